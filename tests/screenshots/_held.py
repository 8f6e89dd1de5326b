"""The work behind a window, which can be held so that one sees it busy."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.training.events import Progress, SavingFailed, TrainingFailed, TrainingStarted

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.backend import ForkSource
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import TrainingEvent
    from vae_explorer.training.experiment import Experiment


class HeldBackend(StandardBackend):
    """The program's own work behind the window, which can be held, so that one sees it busy, and meets a full disk.

    Attributes
    ----------
    go
        Data aren't read before it is set.
    disk_is_full
        Whether trainings can't be saved.
    """

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()
        self.disk_is_full = False

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        """Load a data set once that isn't held."""
        self.go.wait()
        return super().load(config, progress)

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        fork: ForkSource | None = None,
    ) -> None:
        """Train, or ask at once what to do about the full disk."""
        from vae_explorer.runs.rescue import error_for_the_user

        if not self.disk_is_full:
            super().train(experiment, dataset, folder, on_event=on_event, control=control, fork=fork)
            return
        progress = Progress(0, 60, 0.0, experiment.training.epochs, 0.0, 0.0, None)
        on_event(TrainingStarted(progress, "cpu", "a processor", 1, 1))
        error = error_for_the_user(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder)
        on_event(SavingFailed(str(error), f"{error!r}", at_the_end=False))
        control.questions.wait()
        on_event(TrainingFailed(str(error), ""))
