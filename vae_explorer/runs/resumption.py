"""How often a run was gone on with, and with how many epochs, as its header says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from vae_explorer.language import tr

_MOST = 10_000
_LONGEST_TEXT = 200
_LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Resumption:
    """One time that a run was gone on with.

    Attributes
    ----------
    when
        Date and time.
    step
        Steps that were behind it.
    epochs
        Epochs planned from then on.
    schedule_changed
        Whether other epochs than before gave the learning rate another course from then on.
    program, torch
        Versions that went on.
    workers
        Processes that went on with it together.
    """

    when: str
    step: int
    epochs: int
    schedule_changed: bool
    program: str
    torch: str
    workers: int = 1

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return asdict(self)


def resumptions(value: object) -> tuple[Resumption, ...]:
    """Read the section ``resumptions`` of a run's header, which may come from anyone; None stands for none.

    Raises
    ------
    ValueError
        If it isn't a list of resumptions; the message is a part of a sentence about the header.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(tr("its section resumptions is no list."))
    return tuple(_resumption(entry) for entry in value)


def _resumption(entry: object) -> Resumption:
    if not isinstance(entry, Mapping):
        raise ValueError(tr("its section resumptions holds something else than resumptions."))
    return Resumption(
        when=_text(entry, "when"),
        step=_count(entry, "step"),
        epochs=_count(entry, "epochs"),
        schedule_changed=entry.get("schedule_changed") is True,
        program=_text(entry, "program"),
        torch=_text(entry, "torch"),
        workers=_count({"workers": 1, **entry}, "workers"),
    )


def _count(entry: Mapping[str, object], name: str) -> int:
    value = entry.get(name)
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(tr("the {name} of a resumption is no count.", name=name))
    return value


def _text(entry: Mapping[str, object], name: str) -> str:
    return str(entry.get(name, ""))[:_LONGEST_TEXT]
