"""What a person does to runs on the disk: rename, copy, annotate, move to the bin, and take it back; in a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.app.run_bin import NoBinError, bring_back, delete_for_good, move_to_bin
from vae_explorer.errors import RunError, VaeExplorerError, printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vae_explorer.app.session import Session

MOST_STEPS = 50
"""Changes that can be taken back."""


@dataclass(frozen=True, slots=True)
class RunMove:
    """A run that has moved: from where, and to where; None where nobody knows, as with some bins."""

    before: Path
    after: Path | None


@dataclass(frozen=True, slots=True)
class RunChange:
    """Something that was done to runs.

    Attributes
    ----------
    kind
        ``rename``, ``copy``, ``note``, ``bin``, ``delete`` or ``undo``.
    words
        What was done, in a sentence.
    moves
        The runs that moved by it; of a copy, from the original to the copy.
    problems
        A sentence for each run that is as it was.
    without_bin
        Runs that the system has no bin for.
    """

    kind: str
    words: str
    moves: tuple[RunMove, ...] = ()
    problems: tuple[str, ...] = ()
    without_bin: tuple[Path, ...] = ()

    @property
    def can_be_undone(self) -> bool:
        """Whether there is a way back."""
        return self.kind in {"rename", "bin"} and any(move.after is not None for move in self.moves)


class RunChanges(QObject):
    """Does one thing at a time, and remembers it.

    Parameters
    ----------
    session
        Tells which run is shown, which is never moved to the bin.
    own
        Takes a job, to be waited for when the program ends.
    parent
        Owner.
    """

    began = Signal(object)
    """What is being done, in a few words."""

    progressed = Signal(float)
    """The share of it that is done."""

    done = Signal(object)
    """`RunChange`."""

    failed = Signal(object, object)
    """A sentence on why nothing was done, and details."""

    ended = Signal()
    """Nothing is under way any more."""

    def __init__(self, session: Session, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._own = session, own
        self._job: Job | None = None
        self._steps: list[RunChange] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._job is not None

    @property
    def next_undone(self) -> RunChange | None:
        """What `undo` takes back; None for nothing."""
        return self._steps[-1] if self._steps else None

    def rename(self, path: Path, name: str) -> None:
        """Give a run another name."""

        def work(_context: JobContext) -> object:
            from vae_explorer.runs.housekeeping import rename_run

            after = rename_run(path, name)
            words = tr("{before} is called {after} now.", before=printable(path.name), after=printable(after.name))
            return RunChange("rename", words, (RunMove(path, after),))

        self._begin(work, tr("rename the run"), tr("Renaming {name} …", name=printable(path.name, 60)))

    def duplicate(self, path: Path) -> None:
        """Copy a run into a folder beside it."""

        def work(context: JobContext) -> object:
            from vae_explorer.runs.housekeeping import copy_name, duplicate_run

            after = duplicate_run(path, copy_name(path), context.report)
            return RunChange("copy", tr("{name} was made.", name=printable(after.name)), (RunMove(path, after),))

        self._begin(work, tr("copy the run"), tr("Copying {name} …", name=printable(path.name, 60)))

    def annotate(self, path: Path, note: str) -> None:
        """Keep what a person writes of a run."""

        def work(_context: JobContext) -> object:
            from vae_explorer.runs.housekeeping import write_note

            write_note(path, note)
            return RunChange(
                "note", tr("The note on {name} is kept.", name=printable(path.name)), (RunMove(path, path),)
            )

        self._begin(work, tr("keep the note"), tr("Keeping the note …"))

    def move_to_bin(self, paths: Sequence[Path]) -> None:
        """Move runs to the system's bin; those that are trained or shown stay."""
        self._remove(tuple(paths), "bin", move_to_bin, tr("Moving to the bin …"))

    def delete(self, paths: Sequence[Path]) -> None:
        """Delete runs for good, after a person has said so; those that are trained or shown stay."""

        def work(path: Path) -> None:
            delete_for_good(path)

        self._remove(tuple(paths), "delete", work, tr("Deleting …"))

    def undo(self) -> None:
        """Take back what was done last."""
        step = self.next_undone
        if step is None or self._job is not None:
            return
        self._steps.pop()

        def work(_context: JobContext) -> object:
            return _undone(step)

        self._begin(work, tr("take it back"), tr("Taking it back …"))

    @Slot()
    def cancel(self) -> None:
        """Give up what is under way; nothing of it stays."""
        if self._job is not None:
            self._job.cancel()

    def _remove(self, paths: tuple[Path, ...], kind: str, remove: Callable[[Path], Path | None], words: str) -> None:
        shown = None if self._session.run is None else self._session.run.path.absolute()

        def work(context: JobContext) -> object:
            return _removed(paths, shown, kind, remove, context)

        self._begin(work, tr("delete the runs"), words)

    def _begin(self, work: Callable[[JobContext], object], what: str, words: str) -> None:
        if self._job is not None:
            self.failed.emit(tr("Wait until what is under way has ended, or cancel it."), "")
            return
        self._job = Job(work, what, self)
        self._own(self._job)
        self._job.progressed.connect(self._tell_progress)
        self._job.finished.connect(self._take)
        self._job.failed.connect(self.failed)
        self._job.ended.connect(self._end)
        self.began.emit(words)
        self._job.start()

    @Slot(object)
    def _tell_progress(self, progress: object) -> None:
        if isinstance(progress, float):
            self.progressed.emit(progress)

    @Slot(object)
    def _take(self, change: RunChange) -> None:
        if change.can_be_undone:
            self._steps = [*self._steps, change][-MOST_STEPS:]
        if change.kind != "copy":
            is_gone = change.kind in {"bin", "delete"}
            self._session.recent.follow_moves((move.before, None if is_gone else move.after) for move in change.moves)
        self.done.emit(change)

    @Slot(object)
    def _end(self, _job: Job) -> None:
        self._job = None
        self.ended.emit()


def _removed(
    paths: tuple[Path, ...],
    shown: Path | None,
    kind: str,
    remove: Callable[[Path], Path | None],
    context: JobContext,
) -> RunChange:
    """Remove one run after the other; what was removed stays so when the rest is given up."""
    from vae_explorer.runs.housekeeping import require_idle

    moves: list[RunMove] = []
    problems: list[str] = []
    without_bin: list[Path] = []
    for number, path in enumerate(paths):
        if context.cancelled():
            break
        try:
            if path == shown:
                raise RunError(
                    tr(
                        "The run {name} is open: open another one, or File > New session, first.",
                        name=printable(path.name),
                    )
                )
            require_idle(path, marked("delete"))
            moves.append(RunMove(path, remove(path)))
        except NoBinError as error:
            without_bin.append(path)
            problems.append(str(error))
        except VaeExplorerError as error:
            problems.append(str(error))
        if not context.cancelled():
            context.report((number + 1) / len(paths))
    return RunChange(kind, _counted(moves, kind), tuple(moves), tuple(problems), tuple(without_bin))


def _undone(step: RunChange) -> RunChange:
    from vae_explorer.runs.housekeeping import rename_run

    moves: list[RunMove] = []
    problems: list[str] = []
    for move in step.moves:
        try:
            if move.after is None:
                problems.append(tr("Only the bin itself can bring {name} back.", name=printable(move.before.name)))
                continue
            if step.kind == "rename":
                rename_run(move.after, move.before.name)
            else:
                bring_back(move.after, move.before)
            moves.append(RunMove(move.after, move.before))
        except VaeExplorerError as error:
            problems.append(str(error))
    if step.kind == "rename":
        words = (
            tr("{name} has its name again.", name=printable(moves[0].after.name)) if moves and moves[0].after else ""
        )
    else:
        words = _counted(moves, "back")
    return RunChange("undo", words, tuple(moves), tuple(problems))


_COUNTED = {
    "bin": (marked("{name} was moved to the bin."), marked("{count:,} runs were moved to the bin.")),
    "delete": (marked("{name} was deleted."), marked("{count:,} runs were deleted.")),
    "back": (marked("{name} was brought back."), marked("{count:,} runs were brought back.")),
}


def _counted(moves: Sequence[RunMove], kind: str) -> str:
    if not moves:
        return ""
    one, several = _COUNTED[kind]
    move = moves[0]
    name = move.after.name if kind == "back" and move.after is not None else move.before.name
    return tr(one, name=printable(name)) if len(moves) == 1 else tr(several, count=len(moves))
