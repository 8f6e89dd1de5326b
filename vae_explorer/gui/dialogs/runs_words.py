"""What the list of runs says of a run, column by column: the words, the tool tip, and the value to sort by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.data.limits import byte_size
from vae_explorer.errors import printable
from vae_explorer.gui.run_words import when
from vae_explorer.language import listed, marked, tr
from vae_explorer.runs.overview import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vae_explorer.runs.overview import RunEntry

NAME, OBJECTIVE, DATA, LOSS, EPOCHS, BEGAN, SIZE, STATE = range(8)
TITLES = (
    marked("Run"),
    marked("Objective"),
    marked("Data"),
    marked("Test loss"),
    marked("Epochs"),
    marked("Begun"),
    marked("Size"),
    marked("State"),
)
NUMBERS = frozenset({LOSS, EPOCHS, SIZE})
"""Columns that are set flush right."""
_NOTHING = "\N{EN DASH}"
_LONGEST_NAME, _LONGEST_SOURCE, _LONGEST_TIP = 200, 60, 600
_WORDS = {
    Condition.TRAINING: marked("Training now"),
    Condition.PAUSED: marked("Paused"),
    Condition.FINISHED: marked("Finished"),
    Condition.STOPPED: marked("Stopped"),
    Condition.KILLED: marked("Broke off"),
    Condition.DAMAGED: marked("Damaged"),
    Condition.NEWER: marked("Newer format"),
    Condition.GONE: marked("Folder is gone"),
}
_READ_ONLY = marked("can only be read")


def cell(entry: RunEntry, column: int, shown: Path | None) -> str:
    """Return what stands in a column; `shown` is the run that is open."""
    if column == STATE:
        return state(entry, shown)
    is_unknown = not entry.objective and column not in {NAME, SIZE}
    return _NOTHING if is_unknown else _CELLS[column](entry)


def _size(entry: RunEntry) -> str:
    return _NOTHING if entry.condition is Condition.GONE else size(entry.bytes)


def _loss(entry: RunEntry) -> str:
    return (
        _NOTHING
        if entry.test_loss is None
        else tr("{test_loss:.2f} nats", test_loss=entry.test_loss).replace("-", "\N{MINUS SIGN}")
    )


def _began(entry: RunEntry) -> str:
    return _NOTHING if entry.created is None else when(entry.created)


def sort_key(entry: RunEntry, column: int, shown: Path | None) -> tuple[int, float, str]:
    """Return what a column is sorted by: what isn't known comes last."""
    number: float | None
    if column == LOSS:
        number = entry.test_loss
    elif column == EPOCHS:
        number = entry.epoch if entry.epochs else None
    elif column == SIZE:
        number = float(entry.bytes)
    elif column == BEGAN:
        number = None if entry.created is None else entry.created.timestamp()
    else:
        text = cell(entry, column, shown).casefold()
        return (1 if text == _NOTHING else 0), 0.0, text
    return (1, 0.0, "") if number is None else (0, number, "")


def tip(entry: RunEntry, column: int, shown: Path | None) -> str:
    """Return the whole of what a cell has no room for, as plain text."""
    if column == LOSS and entry.test_loss is not None:
        return tr("{measure}, on the test images, in nats per image", measure=measure(entry.objective))
    if column == STATE:
        return tr(entry.reason) or state(entry, shown)
    if column == DATA:
        return printable(entry.source, _LONGEST_TIP)
    if column == NAME:
        note = f"\n{printable(entry.note, _LONGEST_TIP)}" if entry.note else ""
        return f"{printable(entry.path, _LONGEST_TIP)}{note}"
    return cell(entry, column, shown)


def state(entry: RunEntry, shown: Path | None) -> str:
    """Return what has become of a run in few words."""
    words = [tr(_WORDS[entry.condition])]
    if entry.path == shown:
        words.append(tr("open here"))
    if not entry.can_be_changed and entry.condition is not Condition.GONE:
        words.append(tr(_READ_ONLY))
    return listed(words)


def measure(objective: str) -> str:
    """Return what the loss of an objective is, by its formula."""
    from vae_explorer.objectives import OBJECTIVES

    if objective not in OBJECTIVES:
        return tr("Loss")
    entry = OBJECTIVES.get(objective)
    return tr(
        "Loss of {objective}: {formula}", objective=tr(entry.title), formula=tr(entry.formula).replace("-", chr(0x2212))
    )


def objective_title(objective: str) -> str:
    """Return what an objective is called; its name where this program doesn't know it."""
    from vae_explorer.objectives import OBJECTIVES

    return tr(OBJECTIVES.get(objective).title) if objective in OBJECTIVES else printable(objective, _LONGEST_SOURCE)


def objective_titles() -> tuple[str, ...]:
    """Return what the objectives that this program knows are called."""
    from vae_explorer.objectives import OBJECTIVES

    return tuple(tr(entry.title) for entry in OBJECTIVES)


def data_titles() -> tuple[str, ...]:
    """Return what the data that the program brings are called."""
    from vae_explorer.data.catalogue import SOURCES

    return tuple(tr(source.title) for source in SOURCES)


def size(count: float) -> str:
    """Return bytes in the unit of a file manager."""
    return byte_size(int(count))


def _data_title(source: str) -> str:
    from vae_explorer.data.catalogue import source_title

    return source_title(source)


def searched(entry: RunEntry) -> str:
    """Return the words of a run that a search looks at, in small letters."""
    title = objective_title(entry.objective)
    words = (entry.name, entry.objective, title, entry.source, _data_title(entry.source), entry.note)
    return "\n".join(words).casefold()


_CELLS: Mapping[int, Callable[[RunEntry], str]] = {
    NAME: lambda entry: printable(entry.name, _LONGEST_NAME),
    OBJECTIVE: lambda entry: objective_title(entry.objective),
    DATA: lambda entry: printable(_data_title(entry.source), _LONGEST_SOURCE),
    LOSS: _loss,
    EPOCHS: lambda entry: tr("{epoch:.4g} of {epochs:,}", epoch=entry.epoch, epochs=entry.epochs),
    BEGAN: _began,
    SIZE: _size,
}
