"""The thread in which a model trains while the window stays free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread

from vae_explorer.app.jobs import explain
from vae_explorer.app.mailbox import Mailbox, Queue
from vae_explorer.app.threads import TRAINING_NICENESS, make_way
from vae_explorer.language import tr
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFailed, TrainingSnapshot

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.backend import Backend, ForkSource
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.experiment import Experiment


class TrainingThread(QThread):
    """Trains and records one run; whoever started it empties `events` and `snapshots` at the screen's pace.

    Attributes
    ----------
    control
        Pause, resume, step and stop.
    events
        Everything but snapshots, without loss and in order; the last is `TrainingFinished` or `TrainingFailed`.
    snapshots
        The newest snapshot.
    folder
        Where the run is recorded.
    goes_on
        Whether it goes on with the run in that folder, to the epochs of the experiment, instead of making a new one.
    fork
        The moment of another run that a new one starts from, or None.
    """

    def __init__(
        self,
        backend: Backend,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        parent: QObject | None = None,
        *,
        goes_on: bool = False,
        fork: ForkSource | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self.control = Control()
        self.control.questions.attend()
        self.events: Queue[TrainingEvent] = Queue()
        self.snapshots: Mailbox[TrainingSnapshot] = Mailbox()
        self.experiment = experiment
        self.folder = folder
        self.goes_on = goes_on
        self.fork = fork
        self._backend = backend
        self._dataset = dataset

    def run(self) -> None:
        """Train; called by Qt in the new thread."""
        make_way(TRAINING_NICENESS)
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            what = self.experiment, self._dataset, self.folder
            if self.goes_on:
                self._backend.resume(*what, on_event=self._receive, control=self.control)
            else:
                self._backend.train(*what, on_event=self._receive, control=self.control, fork=self.fork)
        except BaseException as error:
            message, details = explain(error, tr("train the model"))
            self.events.put(TrainingFailed(message, details))

    def _receive(self, event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot):
            self.snapshots.put(event)
        else:
            self.events.put(event)
