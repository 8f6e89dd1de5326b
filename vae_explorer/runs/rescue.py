"""What couldn't be written of a run: kept while a person is asked what to do, and written once that is possible."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, StorageError, VaeExplorerError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.header import HEADER_FILE
from vae_explorer.runs.moving import gone
from vae_explorer.system_errors import system_reason
from vae_explorer.training.events import SavingFailed, SavingPutOff, SavingResumed

if TYPE_CHECKING:
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import EventHandler


_ANOTHER = marked("Choose another folder.")
_FULL = marked("Free some space on the disk, or choose another folder.")
_ADVICE = {errno.ENOSPC: _FULL, errno.EDQUOT: _FULL}


@dataclass(frozen=True, slots=True)
class Write:
    """Something to be written, whole or not at all.

    Attributes
    ----------
    run
        Writes it.
    lasts
        Whether it has to be written sooner or later; a checkpoint hasn't, because a newer one follows.
    tries
        Whether writing it is worth a new attempt when others were put off.
    """

    run: Callable[[], None]
    lasts: bool = True
    tries: bool = False


class Rescue:
    """Writes what a training gives it, in order, and asks where that fails.

    Parameters
    ----------
    control
        Of the training; without somebody who attends its questions nothing is asked.
    on_event
        Hears `SavingFailed`, `SavingPutOff` and `SavingResumed`.
    folder
        Returns where the run is kept now.
    mend, move
        Prepare the run's own folder, or another one, for a new attempt; they may fail like a write.
    put_off
        Called when an attempt failed that nobody is asked about.
    """

    def __init__(
        self,
        control: Control,
        on_event: EventHandler,
        *,
        folder: Callable[[], Path],
        mend: Callable[[], None],
        move: Callable[[Path], None],
        put_off: Callable[[], None],
    ) -> None:
        self._questions = control.questions
        self._on_event = on_event
        self._folder, self._mend, self._move, self._put_off = folder, mend, move, put_off
        self._undone: deque[Write] = deque()
        self._is_behind = False

    @property
    def is_behind(self) -> bool:
        """Whether the training goes on though something of it isn't written."""
        return self._is_behind

    def write(self, writes: Iterable[Write], *, at_the_end: bool = False) -> None:
        """Write something, after what is still undone; where that fails, block until a person has said what to do.

        Raises
        ------
        VaeExplorerError, OSError
            If it fails and nobody helps; what isn't about storage is raised at once.
        """
        self._undone.extend(writes)
        if self._is_behind and not at_the_end and not any(write.tries for write in self._undone):
            self._forget_what_passes()
            return
        try:
            self._write()
        except (VaeExplorerError, OSError) as error:
            if not _is_about_storage(error) or not self._questions.is_attended:
                raise
            if self._is_behind and not at_the_end:
                self._forget_what_passes()
                self._put_off()
            else:
                self._ask(error, at_the_end)

    def _ask(self, error: VaeExplorerError | OSError, at_the_end: bool) -> None:
        while True:
            self._on_event(self._told(error, at_the_end))
            answer = self._questions.wait(at_the_end=at_the_end)
            if answer is None or (at_the_end and answer.what == "later"):
                raise error
            if answer.what in {"later", "stop"}:
                self._is_behind = True
                self._forget_what_passes()
                self._put_off()
                self._on_event(SavingPutOff())
                return
            try:
                if answer.folder is not None:
                    self._move(answer.folder)
                else:
                    self._mend()
                self._write()
            except (VaeExplorerError, OSError) as again:
                if not _is_about_storage(again):
                    raise
                error = again
            else:
                self._resumed()
                return

    def _write(self) -> None:
        while self._undone:
            self._undone[0].run()
            self._undone.popleft()
        if self._is_behind:
            self._resumed()

    def _resumed(self) -> None:
        self._is_behind = False
        self._on_event(SavingResumed(self._folder()))

    def _told(self, error: VaeExplorerError | OSError, at_the_end: bool) -> SavingFailed:
        from vae_explorer.training.failures import failure

        told = failure(error_for_the_user(error, self._folder()))
        return SavingFailed(told.message, told.details, at_the_end)

    def _forget_what_passes(self) -> None:
        self._undone = deque(write for write in self._undone if write.lasts)


def error_for_the_user(error: Exception, folder: Path) -> VaeExplorerError:
    """Return an error of this program, or one that says why a run's folder can't be written."""
    if isinstance(error, VaeExplorerError):
        return error
    reason = system_reason(error)
    advice = _ADVICE.get(error.errno or 0, _ANOTHER) if isinstance(error, OSError) else _ANOTHER
    told = StorageError(
        tr(
            "The run folder “{folder}” can't be written: {reason}. {advice}",
            folder=printable(folder),
            reason=reason,
            advice=tr(advice),
        )
    )
    if isinstance(error, FileNotFoundError) and not (folder / HEADER_FILE).is_file():
        told = gone(folder)
    told.__cause__ = error
    return told


def _is_about_storage(error: Exception) -> bool:
    return isinstance(error, (StorageError, RunError, OSError))
