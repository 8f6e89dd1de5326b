"""Settings that are turned while a run trains: which ones can be, what was changed when, and what is in force."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vae_explorer.config import Setting, settings_of
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.training.experiment import Experiment

_MOST = 100_000
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One turn of a setting while the run trained.

    Attributes
    ----------
    step, epoch, seconds
        Steps, epochs and seconds of training before it: the next step was the first with the new value.
    setting
        Section and name, such as ``objective.beta``.
    before, after
        Its values.
    """

    step: int
    epoch: float
    seconds: float
    setting: str
    before: float
    after: float

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return asdict(self)


def adjustable(experiment: Experiment) -> tuple[tuple[str, Setting], ...]:
    """Return section and name, and the declaration, of each setting that can be turned while it trains."""
    return tuple(
        (f"{section}.{item.name}", item)
        for section, _, config in experiment.sections()
        for item in settings_of(type(config))
        if item.declaration.adjustable and item.applies(config)
    )


def value_of(experiment: Experiment, setting: str) -> float:
    """Return the value of a setting such as ``objective.beta``."""
    section, _, name = setting.partition(".")
    return float(getattr(getattr(experiment, section), name))


def in_force(experiment: Experiment, changes: Iterable[SettingChange], step: float = math.inf) -> Experiment:
    """Return the settings with which the last of `step` steps was taken.

    Raises
    ------
    SettingError
        If a change is of a setting that the experiment doesn't have, or of a value out of its range.
    """
    for change in changes:
        if change.step < step:
            experiment = experiment.with_setting(change.setting, repr(change.after))
    return experiment


def changes_from(value: object) -> tuple[SettingChange, ...]:
    """Read the section ``changes`` of a run's header, which may come from anyone; None stands for none.

    Raises
    ------
    ValueError
        If it isn't a list of changes; the message is a part of a sentence about the header.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(tr("its section changes is no list."))
    found = tuple(map(change_from, value))
    if any(change is None for change in found):
        raise ValueError(tr("its section changes holds something else than changes of settings."))
    return tuple(change for change in found if change is not None)


def change_from(value: object) -> SettingChange | None:
    """Return the change that `to_dict` gave, None for anything else."""
    if not isinstance(value, Mapping) or type(value.get("step")) is not int:
        return None
    numbers = [value.get(name) for name in ("step", "epoch", "seconds", "before", "after")]
    setting = value.get("setting")
    if not isinstance(setting, str) or any(isinstance(each, bool) for each in numbers):
        return None
    step, *rest = (float(each) if isinstance(each, (int, float)) else math.nan for each in numbers)
    if not all(math.isfinite(each) and abs(each) < _LARGEST for each in (step, *rest)) or step < 0:
        return None
    return SettingChange(int(step), rest[0], rest[1], setting, rest[2], rest[3])


def change_words(change: SettingChange, experiment: Experiment) -> str:
    """Return a change in few words: ``beta 1 → 4``."""
    label = next((item.declaration.label for path, item in adjustable(experiment) if path == change.setting), "")
    return f"{tr(label) or change.setting} {change.before:g} \N{RIGHTWARDS ARROW} {change.after:g}"
