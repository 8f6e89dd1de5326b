"""A second model beside the one at hand: opened, encoded and decoded by workers of its own, laid over the first plane.

The model at hand is called A, the second one B. B is frozen: while A trains nothing of B is computed anew.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.comparison_words import obstacle_to_points, remarks
from vae_explorer.app.conditioning import bound
from vae_explorer.app.decode_service import DecodeFailure, DecodeService
from vae_explorer.app.encoding import PointEncoder
from vae_explorer.app.evaluation import EvaluationService
from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.app.plane_fit import PlaneFit, is_same_map
from vae_explorer.app.second_course import second_courses
from vae_explorer.app.second_run import SecondRun, opened_second
from vae_explorer.app.state import ModelInfo, RunInfo, described
from vae_explorer.app.turned_model import turned, turned_cloud
from vae_explorer.language import tr
from vae_explorer.latent.spread import POINTS_AT_REST

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import PointCloud
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.alignment import Alignment
    from vae_explorer.training.events import MetricRecord


class Comparison(QObject):
    """Follows what is chosen to be compared, while someone looks.

    Parameters
    ----------
    workspace
        Whose model is A, and whose choices name B.
    backend
        What the workers call.
    own
        Takes each job, to be waited for when the program ends.
    is_closing
        Whether nothing new may begin.
    """

    changed = Signal()
    """B, what is known of it, or what stands in its way."""

    model_changed = Signal(object)
    """`ModelInfo` of B as it is shown, or None: ask anew for what is visible of it."""

    points_changed = Signal(object)
    """`PointCloud` of B as it is shown, or None."""

    activity_changed = Signal()
    """Someone has begun or ceased to look."""

    dataset_changed = Signal(object)
    """`ImageDataset` or None: the images that both models are shown."""

    def __init__(
        self, workspace: Workspace, backend: Backend, own: Callable[[Job], None], is_closing: Callable[[], bool]
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._backend, self._own, self._is_closing = workspace, backend, own, is_closing
        self.decode = DecodeService(backend.warm_up, self)
        self.decode.failed.connect(self._tell_failure)
        self._encoder = PointEncoder(self.decode, self)
        self._encoder.points_changed.connect(self._take_cloud)
        self.evaluation = EvaluationService(cast("Workspace", self), own)
        self._active = self._started = False
        self._wanted: tuple[str, int] = ("", 0)
        self._job: Job | None = None
        self._second: SecondRun | None = None
        self._model: Model | None = None
        self._shown: Model | None = None
        self._model_info: ModelInfo | None = None
        self._shown_info: ModelInfo | None = None
        self._cloud: PointCloud | None = None
        self._fit = PlaneFit(workspace)
        self._turned: tuple[PointCloud | None, Alignment | None, PointCloud | None] | None = None
        self._first_kind: object = None
        self._problem = ""
        workspace.comparison_changed.connect(self._follow)
        workspace.dataset_changed.connect(self._take_dataset)
        workspace.model_changed.connect(self._take_first)
        workspace.points_changed.connect(self._realign)
        workspace.state_changed.connect(self._realign)
        workspace.condition_changed.connect(self._take_condition)
        self.courses = second_courses(workspace, self)

    # -- What is at hand -----------------------------------------------------------------------------------------------

    @property
    def choice(self) -> ComparisonChoice:
        """What is chosen of the comparison."""
        return self._workspace.choices.comparison

    @property
    def second(self) -> SecondRun | None:
        """B's run as it was opened; None while there is none."""
        return self._second

    @property
    def model(self) -> Model | None:
        """B in its own coordinates; only workers may call its methods."""
        return self._model

    @property
    def shown_model(self) -> Model | None:
        """B in the coordinates in which it is shown; only workers may call its methods."""
        return self._shown

    @property
    def is_active(self) -> bool:
        """Whether someone looks."""
        return self._active

    @property
    def model_info(self) -> ModelInfo | None:
        """What is known of B in its own coordinates."""
        return self._model_info

    @property
    def shown_info(self) -> ModelInfo | None:
        """What is known of B as it is shown, turned where it is aligned."""
        return self._shown_info

    @property
    def run(self) -> RunInfo | None:
        """Name and folder of B's run."""
        return None if self._second is None else RunInfo(self._second.name, self._second.path)

    @property
    def dataset(self) -> ImageDataset | None:
        """The images that both models are shown: those at hand."""
        return self._workspace.dataset

    @property
    def metrics(self) -> tuple[MetricRecord, ...]:
        """All records of B's run."""
        return () if self._second is None else self._second.metrics

    @property
    def points(self) -> PointCloud | None:
        """Encodings of the images under B, where they are shown."""
        own, alignment = self._cloud, self.alignment
        if self._turned is None or self._turned[0] is not own or self._turned[1] is not alignment:
            self._turned = (own, alignment, None if own is None else turned_cloud(own, alignment))
        return self._turned[2]

    @property
    def alignment(self) -> Alignment | None:
        """The map from what is shown to B's own plane; None where B's plane is shown as it is."""
        return self._fit.alignment

    @property
    def is_loading(self) -> bool:
        """Whether B is being opened."""
        return self._job is not None

    @property
    def problem(self) -> str:
        """Why B can't be opened, in one sentence; empty where it can."""
        return tr(self._problem)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be known to read the comparison, in whole sentences."""
        if self._second is None or self._model_info is None:
            return ()
        said = remarks(self._workspace, self._second, self._model_info)
        return (*said, self._fit.misfit) if self._fit.misfit else said

    @property
    def label(self) -> int | None:
        """Class with which B decodes, the one of A where it exists; None where B is told none."""
        info = self._shown_info
        if info is None or not info.needs_label:
            return None
        wanted = self._workspace.label if self.choice.label is None else self.choice.label
        return wanted if 0 <= wanted < info.classes else 0

    # -- What happens --------------------------------------------------------------------------------------------------

    def set_active(self, active: bool) -> None:
        """Open B, and lay it over A, only while someone looks."""
        self._active = active
        self.activity_changed.emit()
        if active:
            self._follow()

    @Slot()
    def align_again(self) -> None:
        """Fit the alignment anew to where A's encodings are now, though A trains."""
        self._fit.loosen()
        self._realign()

    def stop(self) -> None:
        """Tell the decoding thread to end; `wait` for it."""
        self.decode.stop()

    def wait(self, milliseconds: int) -> bool:
        """Block until the decoding thread is gone; False if it takes longer."""
        return self.decode.wait(milliseconds)

    @Slot()
    def _follow(self) -> None:
        choice = self.choice
        if not self._active or self._is_closing():
            return
        if self._wanted == (choice.run, choice.step):
            self._realign()
            self.changed.emit()
            return
        self._wanted = (choice.run, choice.step)
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._problem = ""
        if choice.run:
            self._open(Path(choice.run), choice.step)
        else:
            self._show(None)

    def _open(self, path: Path, step: int) -> None:
        backend, known = self._backend, self._second

        def work(_context: JobContext) -> object:
            return opened_second(backend, path, step, known)

        self._job = job = Job(work, tr("open the run {name}", name=path.name), self)
        self._own(job)
        job.finished.connect(self._take)
        job.failed.connect(self._give_up)
        job.ended.connect(self._end)
        job.start()
        self.changed.emit()

    @Slot(object)
    def _take(self, second: SecondRun) -> None:
        if self.sender() is self._job:
            self._show(second)

    @Slot(str, str)
    def _give_up(self, message: str, details: str) -> None:
        if self.sender() is self._job:
            self._problem = message
            self._workspace.notify("error", message, details)
            self._show(None)

    @Slot(object)
    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.changed.emit()

    def _show(self, second: SecondRun | None) -> None:
        self._second = second
        if second is not None and not self._started:
            self._started = True
            self.decode.start()
        self._encoder.set_dataset(self.dataset)
        self._renew()

    def _renew(self) -> None:
        """Show B on its own plane, with other weights or other images, and place the images on it."""
        second = self._second
        self._model = None if second is None else bound(second.model, self.dataset, self._workspace.condition)[0]
        self._model_info = None
        if self._model is not None and second is not None:
            self._model_info = described(self._model, second.class_names)
        self._fit.forget()
        self._cloud = None
        self._show_model()
        placed = self._model is not None and not obstacle_to_points(self._model, self.dataset)
        self._encoder.set_model(self._model if placed else None, POINTS_AT_REST)

    def _show_model(self) -> None:
        self._shown = model = None if self._model is None else turned(self._model, self.alignment)
        names = () if self._second is None else self._second.class_names
        self._shown_info = None if model is None else described(model, names)
        self.decode.set_model(model)
        self.model_changed.emit(self._shown_info)
        self.points_changed.emit(self.points)
        self.changed.emit()

    @Slot(object)
    def _take_cloud(self, cloud: PointCloud | None) -> None:
        # Asked for only while B is on its own plane, so that these are B's own coordinates.
        self._cloud = cloud
        self._realign()
        self.points_changed.emit(self.points)

    @Slot()
    def _realign(self) -> None:
        before = self.alignment
        self._fit.renew(self._cloud, self.choice)
        if not is_same_map(before, self.alignment):
            self._show_model()
        elif before != self.alignment:
            self.changed.emit()

    @Slot()
    def _take_first(self) -> None:
        info = self._workspace.model_info
        # What is said of both hangs on what A is, and hardly on how far it is trained.
        is_same_step = info is not None and self._model_info is not None and info.step == self._model_info.step
        kind = None if info is None else (replace(info, step=0, epoch=0.0, class_means=None), is_same_step)
        if self._active and kind != self._first_kind:
            self._first_kind = kind
            self.changed.emit()

    @Slot()
    def _take_dataset(self) -> None:
        self.dataset_changed.emit(self.dataset)
        self._encoder.set_dataset(self.dataset)
        if self._second is not None:
            self._renew()

    @Slot()
    def _take_condition(self) -> None:
        if self._second is not None and self._model is not None:
            self._model = bound(self._second.model, self.dataset, self._workspace.condition)[0]
            self._show_model()

    @Slot(object)
    def _tell_failure(self, failure: DecodeFailure) -> None:
        self._workspace.notify("error", tr("Model B: {message}", message=failure.message), failure.details)
