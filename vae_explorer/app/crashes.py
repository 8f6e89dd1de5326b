"""Crashes of earlier starts, told from what they left in the log folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.logbook import Remains

CHECKPOINTS = "checkpoints"
"""Folder of a run's checkpoints; looked at without the room of runs, which would load much before it is needed."""
_FATAL = "Fatal Python error: "  # untranslated: what Python writes
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Crash:
    """A start of the program that didn't end in order.

    Attributes
    ----------
    sentence
        What happened, in plain words.
    run
        Folder of the run that was shown, None for none.
    was_training
        Whether that run was being trained.
    details
        Everything that helps to find the cause.
    """

    sentence: str
    run: Path | None
    was_training: bool
    details: str

    @property
    def can_go_on(self) -> bool:
        """Whether there is a training to go on with: a checkpoint of it was saved."""
        return self.was_training and self.run is not None and _has_checkpoint(self.run)


def crash_of(left: Remains) -> Crash:
    """Return what remains tell."""
    run = left.note.get("run")
    is_run = isinstance(run, str) and 0 < len(run) <= _LONGEST_PATH and "\0" not in run
    return Crash(
        _sentence(left),
        Path(str(run)) if is_run else None,
        left.note.get("training") is True,
        _details(left),
    )


def _has_checkpoint(run: Path) -> bool:
    try:
        return any((run / CHECKPOINTS).glob("step-*[0-9]"))
    except OSError:
        return False


def _sentence(left: Remains) -> str:
    began, fault = printable(left.note.get("began", ""), 40), printable(_kind(left.faults), 80)
    if left.faults and began:
        return tr("The session that began on {time} ended in a crash ({fault}).", time=began, fault=fault)
    if left.faults:
        return tr("The session ended in a crash ({fault}).", fault=fault)
    if began:
        return tr(
            "The session that began on {time} ended without warning: it was killed, the machine lost power, or "
            "the system took it away because memory ran out.",
            time=began,
        )
    return tr(
        "The session ended without warning: it was killed, the machine lost power, or "
        "the system took it away because memory ran out."
    )


def _kind(faults: str) -> str:
    """Return what faulthandler calls the fault, such as ``Segmentation fault``."""
    first = faults.partition("\n")[0]
    return first.removeprefix(_FATAL)


def _details(left: Remains) -> str:
    note = "\n".join(f"{name}: {printable(value, 400)}" for name, value in left.note.items())
    parts = (note, left.faults, tr("The end of {log}:\n{lines}", log=left.log, lines=left.lines) if left.lines else "")
    return "\n\n".join(part for part in parts if part)
