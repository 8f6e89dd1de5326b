"""Keeps moments while a run trains: written in a thread of its own, so that training waits for no disk."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.runs.history import HISTORY, half_bytes, moment_content, moment_file, moment_files
from vae_explorer.runs.pins import pinned_steps
from vae_explorer.runs.thinning import MOST_MOMENTS, Thinning
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.training.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Written:
    """A moment that is on the disk now, and the steps of those that made room for it."""

    path: Path
    step: int
    epoch: float
    dropped: tuple[int, ...] = ()


class HistoryWriter:
    """Decides which moments a run keeps, and writes them within a budget that is never passed.

    Parameters
    ----------
    run
        Folder of the run, which is locked.
    steps_per_epoch
        Of the training.
    budget
        Most bytes of the history; 0 keeps nothing.
    """

    def __init__(self, run: Path, steps_per_epoch: int, budget: int) -> None:
        self._run = run
        self._steps_per_epoch = steps_per_epoch
        self._budget = budget
        self._thinning: Thinning | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._pending: Future[Written | None] | None = None
        self._written: list[Written] = []

    def wants(self, step: int) -> bool:
        """Whether `keep` should be given the model after `step` steps; asked anew for each step."""
        return self._budget > 0 and (self._thinning is None or self._thinning.wants(step))

    def keep(self, model: ModelSnapshot) -> None:
        """Begin to write a model, once the one before is written.

        Raises
        ------
        StorageError, OSError
            If the one before couldn't be written.
        """
        if self._thinning is None:
            most = min(MOST_MOMENTS, self._budget // half_bytes(model.weights))
            self._thinning = Thinning(self._steps_per_epoch, most)
        if not self._thinning.wants(model.step):
            return
        self.flush()
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._pending = self._pool.submit(self._write, model, self._thinning)

    def flush(self) -> None:
        """Wait until everything is written.

        Raises
        ------
        StorageError, OSError
            If it couldn't be.
        """
        pending, self._pending = self._pending, None
        written = None if pending is None else pending.result()
        if written is not None:
            self._written.append(written)

    def take_written(self) -> tuple[Written, ...]:
        """Return what came to the disk since the last call.

        Raises
        ------
        StorageError, OSError
            If something couldn't be written.
        """
        if self._pending is not None and self._pending.done():
            self.flush()
        written, self._written = tuple(self._written), []
        return written

    def elsewhere(self, run: Path) -> HistoryWriter:
        """Return a writer with the same plan for a run in another folder."""
        return HistoryWriter(run, self._steps_per_epoch, self._budget)

    def close(self) -> None:
        """End the thread; what it was writing is written."""
        if self._pool is not None:
            self._pool.shutdown()

    def _write(self, model: ModelSnapshot, thinning: Thinning) -> Written | None:
        import numpy as np

        if not all(np.isfinite(values).all() for values in model.weights.values()):
            return None  # the training is about to say that it diverged
        found, kept = moment_files(self._run), pinned_steps(self._run)
        dropped = tuple(
            step
            for step, path in found
            if step not in kept and not thinning.keeps(step, model.step) and _is_taken_away(path)
        )
        content = moment_content(model.weights, model.step, model.epoch)
        target = moment_file(self._run, model.step)
        stay = [path for step, path in found if step not in dropped and path != target]
        if len(content) + sum(path.stat().st_size for path in stay) > self._budget:
            return None
        (self._run / HISTORY).mkdir(exist_ok=True)
        write_atomically(target, [content])
        return Written(target, model.step, model.epoch, dropped)


def _is_taken_away(path: Path) -> bool:
    """Take a file away; on some systems one that is being read stays, and is taken away the next time."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        return False
    return True


def history_writer(run: Path, experiment: Experiment, train_count: int) -> HistoryWriter:
    """Return the writer for a run with the budget and the batches of its settings."""
    training = experiment.training
    return HistoryWriter(run, -(-train_count // training.batch_size), training.history << 20)
