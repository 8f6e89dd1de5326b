"""Following a run that somebody else writes: each look says what is new, and what can't be read yet is read later."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.checkpoint import checkpoint_folders, read_checkpoint
from vae_explorer.runs.folder import CHECKPOINTS, METRICS_FILE, Run, open_run
from vae_explorer.runs.header import HEADER_FILE
from vae_explorer.runs.history import KeptMoment, kept_moment, moment_files, read_moment
from vae_explorer.runs.metrics_tail import MetricsTail
from vae_explorer.runs.pace import progress_of
from vae_explorer.runs.presence import Presence, presence
from vae_explorer.runs.writer import LOCK_FILE, Writer, writer_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.training.events import MetricRecord, Progress

LATELY_SECONDS = 900.0
"""How long ago a run may have grown that is still waited for when it is opened."""
HOLD_SECONDS = 10.0
"""How long a run that was given back is still looked at: in a synchronised folder its last files may come late."""
Stamp = tuple[tuple[str, int, int], ...]
"""Name, bytes and time of change of some files."""


@dataclass(frozen=True, slots=True)
class RunNews:
    """What a look at a run found.

    Attributes
    ----------
    run
        The run as its header is now.
    header_changed
        Whether that is another one than at the look before: settings were turned, or the run was gone on with.
    kept, records
        How many of the records that were known still count, and those that come after them.
    moments
        The moments of the history, the earliest first.
    model
        The newest model, where it is another one than before.
    reason
        Why the training ended, ``completed`` or ``stopped``, if the newest checkpoint is from an end; else "".
    can_resume
        Whether the newest checkpoint was saved with the state of the training.
    progress
        How far the training is, with the speed of its last seconds; None before the first record.
    presence, writer
        Whether somebody writes the run, and who.
    quiet
        Seconds since the run grew.
    has_grown
        Whether anything is new.
    """

    run: Run
    header_changed: bool
    kept: int
    records: tuple[MetricRecord, ...]
    moments: tuple[KeptMoment, ...]
    model: ModelSnapshot | None
    reason: str
    can_resume: bool
    progress: Progress | None
    presence: Presence
    writer: Writer | None
    quiet: float
    has_grown: bool

    @property
    def is_over(self) -> bool:
        """Whether the training has ended and all of it is here, or was killed."""
        has_all = bool(self.reason) or self.quiet > HOLD_SECONDS
        return self.presence.is_gone or (self.presence.is_nobody and has_all)


class RunFollower:
    """Looks at a run again and again, in one thread at a time; nothing in it is changed.

    Of checkpoints and moments the newest is read that is whole: what is still on its way to a shared folder, or was
    just taken away to make room, is passed over, and looked at again once its files have changed.

    Parameters
    ----------
    folder
        The run's folder.
    known
        Records that were read before, by whoever opened it.
    shown
        Step of the model that is known already, and whether its weights are exact; None for none.
    with_models
        Whether models are wanted, or only what is said of them.
    """

    def __init__(
        self,
        folder: Path,
        known: Iterable[MetricRecord] = (),
        shown: tuple[int, bool] | None = None,
        *,
        with_models: bool = True,
    ) -> None:
        self._folder = folder
        self._with_models = with_models
        self._tail = MetricsTail(folder / METRICS_FILE, known)
        self._run: Run | None = None
        self._header: Stamp = ()
        self._heads: dict[int, KeptMoment] = {}
        self._shown = shown
        self._failed: dict[Path, Stamp] = {}
        self._checkpoint: tuple[Path, Stamp] | None = None
        self._reason, self._can_resume = "", False
        self._grew: float | None = None
        self._has_looked = False

    def look(self) -> RunNews:
        """Return what is new since the last look.

        Raises
        ------
        RunError
            If the run can't be read just now; the next look may find it again.
        """
        writer = writer_of(self._folder)
        # Asked before anything is read: what a training wrote before it ended is read below.
        quiet = self._quiet()
        found = presence(self._folder, writer, quiet)
        run, header_changed = self._read_header()
        known = len(self._tail.records)
        log = self._tail.read()
        if log.kept < known:
            self._begin_anew()
        moments = self._moments()
        model = self._newer_model(run, moments)
        has_grown = header_changed or log.kept < known or bool(log.records) or model is not None
        if has_grown and self._has_looked:
            self._grew, quiet = time.monotonic(), 0.0
            found = Presence.WRITING if found is Presence.QUIET else found
        self._has_looked = True
        return RunNews(
            run=run,
            header_changed=header_changed,
            kept=log.kept,
            records=log.records,
            moments=moments,
            model=model,
            reason=self._reason,
            can_resume=self._can_resume,
            progress=progress_of(run, self._tail.records),
            presence=found,
            writer=writer,
            quiet=quiet,
            has_grown=has_grown,
        )

    def _read_header(self) -> tuple[Run, bool]:
        stamp = _stamp([self._folder / HEADER_FILE])
        if self._run is not None and stamp and stamp == self._header:
            return self._run, False
        if self._run is not None and not stamp:
            raise RunError(
                tr(
                    "The folder of the run {folder} is gone, or can't be reached just now.",
                    folder=printable(self._folder),
                )
            )
        run = open_run(self._folder)
        self._header = stamp
        if run == self._run:
            return self._run, False
        self._run = run
        return run, True

    def _begin_anew(self) -> None:
        """Forget the weights that were seen: the run goes on from an earlier step, and makes the later ones anew."""
        self._heads.clear()
        self._failed.clear()
        self._shown = self._checkpoint = None

    # -- Weights -------------------------------------------------------------------------------------------------------

    def _moments(self) -> tuple[KeptMoment, ...]:
        """Return the history; a file's head is read once."""
        files = moment_files(self._folder)
        if files:  # a folder that can't be listed for a moment loses nothing
            for step in self._heads.keys() - {step for step, _ in files}:
                del self._heads[step]
        for step, path in files:
            if step not in self._heads:
                try:
                    self._heads[step] = kept_moment(path, step)
                except RunError:
                    continue  # it is on its way, or was taken away just now
        return tuple(self._heads[step] for step in sorted(self._heads))

    def _newer_model(self, run: Run, moments: tuple[KeptMoment, ...]) -> ModelSnapshot | None:
        """Return the newest whole model of checkpoints and history, None where it isn't newer than the one before."""
        model = self._newer_checkpoint(run)
        if model is not None or not self._with_models:
            return model
        for moment in reversed(moments):
            if self._shown is not None and moment.step <= self._shown[0]:
                return None
            stamp = _stamp([moment.path])
            if self._failed.get(moment.path) != stamp:
                try:
                    model = run.model_with(moment, read_moment(moment, run.most_weight_bytes))
                except RunError:
                    self._failed[moment.path] = stamp
                else:
                    self._shown = moment.step, False
                    return model
        return None

    def _newer_checkpoint(self, run: Run) -> ModelSnapshot | None:
        """Take note of the newest whole checkpoint, and return its model if that is newer than the one before."""
        for path in checkpoint_folders(self._folder / CHECKPOINTS):
            stamp = _stamp_below(path)
            if (path, stamp) == self._checkpoint:
                return None
            if self._failed.get(path) == stamp:
                continue
            try:
                checkpoint = read_checkpoint(path, run.most_weight_bytes)
                moment = KeptMoment(checkpoint.step, checkpoint.epoch, path)
                model = run.model_with(moment, checkpoint.weights) if self._with_models else None
            except RunError:
                self._failed[path] = stamp
                continue
            self._checkpoint = path, stamp
            self._failed.clear()
            self._reason, self._can_resume = str(checkpoint.state.get("reason") or ""), checkpoint.can_resume
            if self._shown is not None and (checkpoint.step, True) <= self._shown:
                return None
            self._shown = checkpoint.step, True
            return model
        return None

    def _quiet(self) -> float:
        """Return how many seconds the run has been as it is; at first its files tell, by their own clock."""
        if self._grew is None:
            self._grew = time.monotonic() - quiet_by_files(self._folder)
        return max(0.0, time.monotonic() - self._grew)


def quiet_by_files(folder: Path) -> float:
    """Return how many seconds ago the files of a run were changed last, by their own clock; 0 for the future."""
    files = [folder / name for name in (METRICS_FILE, HEADER_FILE, LOCK_FILE)]
    newest = max((changed for _, _, changed in _stamp(files)), default=0) / 1e9
    return max(0.0, time.time() - newest)


def is_worth_following(folder: Path) -> bool:
    """Whether a training writes the run in a folder, or did until lately on a machine that can't be seen from here."""
    quiet = quiet_by_files(folder)
    found = presence(folder, writer_of(folder), quiet)
    return found.is_at_work or (found is Presence.QUIET and quiet < LATELY_SECONDS)


def _stamp_below(folder: Path) -> Stamp:
    try:
        return _stamp(sorted(folder.iterdir()))
    except OSError:
        return ()


def _stamp(paths: Iterable[Path]) -> Stamp:
    """Return what tells files from others of the same names; those that aren't there are left out."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.stat()
            found.append((path.name, status.st_size, status.st_mtime_ns))
    return tuple(found)
