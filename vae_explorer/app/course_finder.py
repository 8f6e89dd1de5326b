"""The way of the session's path where its method follows the model's pictures, found in a worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import JobCancelled, JobContext
from vae_explorer.app.state import RunState
from vae_explorer.language import tr
from vae_explorer.latent.metric_choice import metric_named

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.model import Model
    from vae_explorer.app.state import Point
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.latent.paths import Course
    from vae_explorer.models.snapshot import ModelSnapshot

DRAG_PAUSE = 40
"""Milliseconds for which points must rest before a search: one that is begun at each move of a drag never ends."""
TRAINING_PAUSE = 600
"""Milliseconds between two searches while a model trains: its training needs the processor."""


@dataclass(frozen=True, slots=True)
class CourseWish:
    """What a way is wanted for.

    Attributes
    ----------
    points
        Start, waypoints and end.
    classes
        Class of each for a label-conditioned model, else None for each.
    metric
        What lengths are measured by.
    run
        Folder of the run whose late moments a metric averages over; None for other metrics, or without a run.
    """

    points: tuple[Point, ...]
    classes: tuple[int | None, ...]
    metric: str
    run: Path | None = None

    def fits(self, course: Course | None) -> bool:
        """Whether a way is one that is wanted."""
        return (
            course is not None
            and course.fits(self.points)
            and (course.metric, course.classes) == (self.metric, self.classes)
        )


CourseWork = Callable[["Model", CourseWish, "Course | None", Callable[[], bool]], "Course"]
"""Called in the worker with the model, the wish, a way of the same model and whether to leave; tests put their own."""


class CourseFinder(QObject):
    """Keeps the way of the path up to date: where points move the latest counts, where the model learns it follows.

    A way that an earlier moment of the training gave stays until the next is found, and is carried along where samples
    move, so that the line on the plane moves without flicker. Else one through other points is forgotten at once.
    """

    changed = Signal()
    """Another way, none, the beginning or the end of a search."""

    def __init__(self, workspace: Workspace, work: CourseWork | None = None) -> None:
        super().__init__(workspace)
        self.work: CourseWork = work or found_course
        self._workspace = workspace
        self._latest = workspace.latest_work(tr("find the shortest path"))
        self._wish: CourseWish | None = None
        self._course: Course | None = None
        self._found_with: Model | None = None
        self._problem = ""
        self._known: Course | None = None
        self._soon = QTimer(self, singleShot=True, interval=DRAG_PAUSE)
        self._soon.timeout.connect(self._begin)
        self._pause = QTimer(self, singleShot=True, interval=TRAINING_PAUSE)
        self._pause.timeout.connect(self._follow_model)
        self._latest.finished.connect(self._take)
        self._latest.failed.connect(self._fail)
        workspace.path_changed.connect(self._follow_path)
        workspace.label_changed.connect(self._follow_path)
        workspace.model_changed.connect(self._follow_model)

    @property
    def course(self) -> Course | None:
        """The way of the path as it is now, None while it isn't known or the path needs none."""
        return self._course

    @property
    def exact(self) -> Course | None:
        """The way if it was found with the very model that is shown now, else None."""
        return self._course if self._found_with is self._workspace.model else None

    @property
    def is_searching(self) -> bool:
        """Whether the path's way is being looked for and none is known yet."""
        return self._wish is not None and self._course is None and not self._problem

    @property
    def problem(self) -> str:
        """Why there is no way, as a sentence; or ""."""
        return tr(self._problem)

    @Slot()
    def _follow_path(self) -> None:
        wish = self._wanted()
        if wish == self._wish:
            return
        before, self._wish, self._problem = self._course, wish, ""
        if wish is not None and before is not None and self._is_carried(wish, before):
            self._course, self._found_with = before.moved_to(wish.points), None
            if not self._is_busy():
                self._search(known=None)
        else:
            self._course = before if wish is not None and wish.fits(before) else None
            self._known = before or self._known
            if self._course is None:
                self._latest.forget()
                self._soon.start()
        self.changed.emit()

    @Slot()
    def _begin(self) -> None:
        self._search(self._known)

    def _is_carried(self, wish: CourseWish, course: Course) -> bool:
        """Whether points moved because the model learns: the way goes with them until the next search."""
        is_alike = (course.metric, course.classes) == (wish.metric, wish.classes)
        return self._workspace.state is RunState.TRAINING and is_alike and len(course.points) == len(wish.points)

    @Slot()
    def _follow_model(self) -> None:
        wish, model = self._wanted(), self._workspace.model
        if wish != self._wish:
            self._follow_path()
        elif wish is not None and model is not self._found_with and not self._is_busy():
            self._search(known=None)

    def _is_busy(self) -> bool:
        """Whether a newer model must wait: a search is under way, or training needs the processor for a while."""
        return self._latest.is_running or self._soon.isActive() or self._pause.isActive()

    def _wanted(self) -> CourseWish | None:
        workspace = self._workspace
        path, info, model = workspace.path, workspace.model_info, workspace.model
        if model is None or info is None or not info.can_decode:
            return None
        # Not before it is needed: it brings numpy, and the window opens without it.
        from vae_explorer.app import path_walk

        if not path_walk.follows_model(path):
            return None
        classes = path_walk.point_classes(path, info, workspace.label) if info.needs_label else None
        points = tuple(point.z for point in path.points)
        run = workspace.run.path if workspace.run is not None and metric_named(path.metric).averages else None
        return CourseWish(points, classes or (None,) * len(points), path.metric, run)

    def _search(self, known: Course | None) -> None:
        model, wish, work = self._workspace.model, self._wish, self.work
        if model is None or wish is None:
            return
        kept = known if model is self._found_with else None

        def run(context: JobContext) -> object:
            return model, wish, work(model, wish, kept, context.cancelled)

        self._latest.ask(run)

    @Slot(object)
    def _take(self, found: tuple[Model, CourseWish, Course]) -> None:
        model, wish, course = found
        if wish == self._wish:
            self._course, self._found_with, self._problem = course, model, ""
            self.changed.emit()
        self._go_on()

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        self._course, self._found_with, self._problem = None, self._workspace.model, message
        self.changed.emit()
        self._go_on()

    def _go_on(self) -> None:
        """Look again where the model has learned meanwhile; after a pause while it still does."""
        if self._workspace.state is RunState.TRAINING:
            self._pause.start()
        elif self._workspace.model is not self._found_with:
            QTimer.singleShot(0, self, self._follow_model)


def found_course(model: Model, wish: CourseWish, known: Course | None, cancelled: Callable[[], bool]) -> Course:
    """Return the way that is wanted, found on one processor: the others are for training.

    Raises
    ------
    CapabilityError
        If the model can't measure its plane so.
    JobCancelled
        If another way is wanted meanwhile.
    RunError
        If late moments are asked for and can't be read.
    """
    import torch

    torch.set_num_threads(1)
    from vae_explorer.app.layer_source import late_moments_of
    from vae_explorer.latent.geodesics import Abandoned, find_course

    frozen = cast("ModelSnapshot", model)
    try:
        return find_course(
            frozen,
            wish.points,
            wish.classes,
            metric=wish.metric,
            moments=late_moments_of(frozen, wish.run)[:-1],
            known=known,
            cancelled=cancelled,
        )
    except Abandoned:
        raise JobCancelled from None
