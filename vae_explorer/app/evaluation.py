"""Measuring the model that is shown, in a worker of its own, while everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import ModelInfo, RunInfo
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import Evaluation, EvaluationOptions
    from vae_explorer.models.snapshot import ModelSnapshot

Progress = Callable[[str, float], None]
EvaluationWork = Callable[
    ["Model", "ImageDataset", "EvaluationOptions", Progress, Callable[[], bool]], "Evaluation | None"
]
"""Called in the worker thread; tests put a quicker one in its place."""


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """What was measured: the model, the run that it belongs to, and the data."""

    model: ModelInfo | None
    run: RunInfo | None
    dataset: ImageDataset


class EvaluationService(QObject):
    """Measures one model at a time and keeps the newest result.

    Parameters
    ----------
    workspace
        Whose model and data are measured.
    own
        Takes the job, to be waited for when the program ends.
    work
        What measures; all that the program knows by default.
    """

    changed = Signal()
    """A measuring has begun or ended, or the result has come or gone."""

    progressed = Signal(str, float)
    """What is being done, and the share that is done, from 0 to 1."""

    failed = Signal(object, object)
    """A sentence for the user, and details to copy."""

    def __init__(self, workspace: Workspace, own: Callable[[Job], None], work: EvaluationWork | None = None) -> None:
        super().__init__(workspace)
        self.work: EvaluationWork = work or measured
        self._workspace = workspace
        self._own = own
        self._job: Job | None = None
        self._result: Evaluation | None = None
        self._measured: _Subject | None = None
        self._subject: _Subject | None = None
        self._text = ""
        self._share = 0.0
        workspace.dataset_changed.connect(self._forget)

    @property
    def result(self) -> Evaluation | None:
        """What was measured last."""
        return self._result

    @property
    def is_running(self) -> bool:
        """Whether a model is being measured."""
        return self._job is not None

    @property
    def is_current(self) -> bool:
        """Whether the result is that of the model that is shown now."""
        return self._measured is not None and self._measured.model is self._workspace.model_info

    @property
    def is_of_this_run(self) -> bool:
        """Whether the result is that of the run that is shown, at this or another moment of its training."""
        return self._measured is not None and self._measured.run == self._workspace.run

    @property
    def can_measure(self) -> bool:
        """Whether there are a model and data to measure it on."""
        return self._workspace.model is not None and self._workspace.dataset is not None

    def measure(self, options: EvaluationOptions) -> None:
        """Measure the model of this moment, while training may go on; nothing happens where that is under way."""
        model, dataset, work = self._workspace.model, self._workspace.dataset, self.work
        if self._job is not None or model is None or dataset is None:
            return

        def run(context: JobContext) -> object:
            def tell(text: str, share: float) -> None:
                context.report(text)
                context.report(share)

            return work(model, dataset, options, tell, context.cancelled)

        self._subject = _Subject(self._workspace.model_info, self._workspace.run, dataset)
        self._text, self._share = "", 0.0
        self._job = job = Job(run, tr("measure the model"), self)
        self._own(job)
        job.progressed.connect(self._tell)
        job.finished.connect(self._take)
        job.failed.connect(self.failed)
        job.ended.connect(self._end)
        job.start()
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Give up measuring; the result before stays."""
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _forget(self) -> None:
        self.cancel()
        self._result = self._measured = None
        self.changed.emit()

    @Slot(object)
    def _tell(self, progress: object) -> None:
        if isinstance(progress, str):
            self._text = progress
        elif isinstance(progress, float):
            self._share = progress
            self.progressed.emit(tr(self._text), self._share)

    @Slot(object)
    def _take(self, result: Evaluation | None) -> None:
        # A measuring that ended just as the data changed speaks of rows that are no more.
        if result is not None and self._subject is not None and self._subject.dataset is self._workspace.dataset:
            self._result, self._measured = result, self._subject

    @Slot(object)
    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = self._subject = None
            self.changed.emit()


def measured(
    model: Model,
    dataset: ImageDataset,
    options: EvaluationOptions,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Evaluation | None:
    """Return all measures of a model, or None when cancelled; on one processor, the others are for training."""
    import torch

    torch.set_num_threads(1)
    from vae_explorer.latent.evaluation import evaluate

    return evaluate(cast("ModelSnapshot", model), dataset, options, progress=progress, cancelled=cancelled)
