"""From the words of a command to runs, data, points and options, each wrong one named in a sentence."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vae_explorer.cli.moments import moment_of
from vae_explorer.cli.reporting import say
from vae_explorer.config import Config, settings_of, with_text
from vae_explorer.errors import RunError, SettingError
from vae_explorer.language import tr
from vae_explorer.runs.folder import Run, open_run

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot

OptionsT = TypeVar("OptionsT", bound=Config)
LONGEST_NUMBER = 18
"""Figures of a row or class: more than any has, and no more than 64 bits hold."""

FARTHEST = 1_000_000
_PARTS_OF_A_POINT = 2


def opened(path: Path, at: str | None = None) -> tuple[Run, ModelSnapshot]:
    """Return a run and its model, saying on standard error which damaged checkpoints were passed over.

    Parameters
    ----------
    path
        The run's folder.
    at
        The moment of the run, as ``--at`` names it; left out, the newest.

    Raises
    ------
    RunError
        If it can't be opened.
    SettingError
        If `at` names no moment.
    """
    run = open_run(path)
    moment = moment_of(run, at)
    if moment is not None:
        return run, run.load_moment(moment)
    for notice in run.notes:
        say(notice)
    return run, run.load_model()


def data_of(run: Run, source: str | None) -> ImageDataset:
    """Return the named data, or that of the run, in the size of the run's images.

    Raises
    ------
    RunError
        If the images have another shape or other classes than the run's, or the run's own data has changed.
    DataError
        If it can't be loaded.
    """
    from vae_explorer.data.catalogue import load

    config = run.experiment.data
    dataset = load(config if source is None else dataclasses.replace(config, source=source))
    if (dataset.channels, dataset.height, dataset.width) != run.data.shape:
        channels, height, width = run.data.shape
        raise RunError(
            tr(
                "The images of {name} are {width}x{height} with {channels} channels, but the run was "
                "trained on {own_width}x{own_height} with {own_channels}: name data of that size.",
                name=dataset.name,
                width=dataset.width,
                height=dataset.height,
                channels=dataset.channels,
                own_width=width,
                own_height=height,
                own_channels=channels,
            )
        )
    if source is None and dataset.sha256 != run.data.sha256:
        say(
            tr(
                "The data {name} has changed since the run was trained, so figures aren't comparable.",
                name=dataset.name,
            )
        )
    return dataset


def point(text: str) -> tuple[float, float]:
    """Return the point that a text such as ``0.5,-1`` stands for.

    Raises
    ------
    SettingError
        If it isn't two finite numbers, or lies farther out than single precision can tell apart.
    """
    parts = text.split(",")
    try:
        z = tuple(float(part) for part in parts)
    except ValueError:
        z = ()
    if len(parts) != _PARTS_OF_A_POINT or len(z) != _PARTS_OF_A_POINT or not all(map(math.isfinite, z)):
        raise SettingError(
            tr("The point {text!r} must be two numbers separated by a comma, such as 0.5,-1.", text=text)
        )
    if max(map(abs, z)) > FARTHEST:
        raise SettingError(
            tr(
                "The point {text!r} is too far out: coordinates go from {lowest:,} to {farthest:,}.",
                text=text,
                lowest=-FARTHEST,
                farthest=FARTHEST,
            )
        )
    return z[0], z[1]


def label(text: str | None, class_names: Sequence[str]) -> int | None:
    """Return the class that a text names by its number or its name; None stays None.

    Raises
    ------
    SettingError
        If there is no such class.
    """
    if text is None:
        return None
    if text in class_names:
        return class_names.index(text)
    if text.isdecimal() and len(text) <= LONGEST_NUMBER and int(text) < len(class_names):
        return int(text)
    known = tr("0 to {count}", count=len(class_names) - 1) if class_names else tr("none, because the run has no labels")
    raise SettingError(tr("There is no class {text!r}: the classes of this run are {known}.", text=text, known=known))


def options(config_type: type[OptionsT], chosen: argparse.Namespace, *, others: type[Config] | None = None) -> OptionsT:
    """Return the options of an export from the flags that were given.

    Parameters
    ----------
    config_type
        The options of the format that is written.
    chosen
        The parsed arguments.
    others
        Options of another format of the same command; a flag that only that one has is refused.

    Raises
    ------
    SettingError
        If a value is wrong, or a flag has no effect here.
    """
    names = [item.name for item in settings_of(config_type)]
    for item in settings_of(others) if others else ():
        if item.name not in names and getattr(chosen, item.name, None) is not None:
            raise SettingError(
                tr(
                    "The option {name} has no effect on a file {file}: leave it out.",
                    name=_flag(item.name),
                    file=chosen.out.name,
                )
            )
    result = config_type()
    for name in names:
        text = getattr(chosen, name, None)
        if text is not None:
            result = with_text(result, name, text)
    _refuse_without_effect(result, chosen)
    return result


def _refuse_without_effect(result: Config, chosen: argparse.Namespace) -> None:
    """Refuse a flag that the value of another one leaves without effect."""
    for item in settings_of(type(result)):
        when = item.declaration.when
        if when is not None and getattr(chosen, item.name, None) is not None and not item.applies(result):
            raise SettingError(
                tr(
                    "The option {name} has no effect with {flag} {value}: leave it out, or change {flag}.",
                    name=_flag(item.name),
                    flag=_flag(when[0]),
                    value=getattr(result, when[0]),
                )
            )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
