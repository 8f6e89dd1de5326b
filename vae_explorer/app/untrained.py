"""The model before its first step: built in the background, so that the plane is alive before anyone trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.backend import Backend
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.experiment import Experiment

QUIET_MILLISECONDS = 250
"""How long the settings must stay as they are before a model is built from them."""


@dataclass(frozen=True, slots=True)
class _Wish:
    experiment: Experiment
    dataset: ImageDataset

    def is_like(self, other: _Wish | None) -> bool:
        """Whether the same model would come of both."""
        if other is None or self.dataset is not other.dataset:
            return False
        mine, theirs = self.experiment, other.experiment
        return (mine.model, mine.objective, mine.training.seed) == (
            theirs.model,
            theirs.objective,
            theirs.training.seed,
        )


class UntrainedModel(QObject):
    """Builds one model at a time, of the newest settings; what has been overtaken is dropped.

    Parameters
    ----------
    backend
        What builds models.
    own
        Takes each job, to be waited for when the program ends.
    parent
        Owner.
    """

    built = Signal(object)
    """`Model`."""

    failed = Signal(object)
    """A sentence: why there is no model of these settings and data."""

    def __init__(self, backend: Backend, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._own = own
        self._wish: _Wish | None = None
        self._answered: _Wish | None = None
        self._under_way: _Wish | None = None
        self._allowed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MILLISECONDS)
        self._timer.timeout.connect(self._begin)

    @property
    def is_awaited(self) -> bool:
        """Whether a model is to be built, of settings that may rest a moment first."""
        return self._wish is not None and not self._wish.is_like(self._answered)

    @Slot()
    def allow(self) -> None:
        """Say that the numerical library is there; nothing is built before."""
        self._allowed = True
        self._begin()

    def ask(self, experiment: Experiment, dataset: ImageDataset) -> None:
        """Build the model of an experiment, unless it is the one that was built last."""
        self._wish = _Wish(experiment, dataset)
        if self._wish.is_like(self._answered):
            self._timer.stop()
        elif self._answered is None:
            self._begin()
        else:
            self._timer.start()

    def forget(self) -> None:
        """Build nothing any more, and build anew when asked again."""
        self._timer.stop()
        self._wish = self._answered = None

    @Slot()
    def _begin(self) -> None:
        wish = self._wish
        if not self._allowed or wish is None or self._under_way is not None:
            return
        self._under_way = wish
        backend = self._backend

        def work(context: JobContext) -> object:
            context.check()
            return backend.untrained_model(wish.experiment, wish.dataset)

        job = Job(work, tr("build the model"), self)
        self._own(job)
        job.finished.connect(self._take_model)
        job.failed.connect(self._take_failure)
        job.ended.connect(self._go_on)
        job.start()

    def _is_current(self) -> bool:
        return self._wish is not None and self._wish.is_like(self._under_way)

    @Slot(object)
    def _take_model(self, model: object) -> None:
        if self._is_current():
            self._answered = self._under_way
            self.built.emit(model)

    @Slot(str, str)
    def _take_failure(self, message: str, _details: str) -> None:
        if self._is_current():
            self._answered = self._under_way
            self.failed.emit(message)

    @Slot()
    def _go_on(self) -> None:
        self._under_way = None
        if self.is_awaited and not self._timer.isActive():
            self._begin()
