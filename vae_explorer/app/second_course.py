"""The way of the shared path on the second plane, where its method follows the pictures of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.course_finder import CourseFinder, CourseWish, found_course
from vae_explorer.app.state import RunState
from vae_explorer.app.turned_model import TurnedModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.comparison import Comparison
    from vae_explorer.app.latest import LatestWork
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import LatentPath, ModelInfo, RunInfo
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.latent.paths import Course


class SecondPlane(QObject):
    """What a finder of ways needs to know of a workspace, with the second model in place of the first.

    Parameters
    ----------
    workspace
        Whose path is shared.
    comparison
        Has the second model.
    """

    path_changed = Signal(object)
    """`LatentPath`."""

    label_changed = Signal()
    """B decodes with another class."""

    model_changed = Signal(object)
    """`ModelInfo` of B as it is shown, or None."""

    def __init__(self, workspace: Workspace, comparison: Comparison) -> None:
        super().__init__(comparison)
        self._workspace, self._comparison = workspace, comparison
        workspace.path_changed.connect(self.path_changed)
        workspace.label_changed.connect(self.label_changed)
        comparison.model_changed.connect(self.model_changed)
        comparison.activity_changed.connect(self._tell)

    @property
    def path(self) -> LatentPath:
        """The path that both planes share."""
        return self._workspace.path

    @property
    def label(self) -> int:
        """Class with which B decodes."""
        return self._comparison.label or 0

    @property
    def model(self) -> Model | None:
        """B as it is shown; None while nobody looks."""
        return self._comparison.shown_model if self._comparison.is_active else None

    @property
    def model_info(self) -> ModelInfo | None:
        """What is known of it."""
        return self._comparison.shown_info

    @property
    def run(self) -> RunInfo | None:
        """B's run."""
        return self._comparison.run

    @property
    def state(self) -> RunState:
        """B never trains."""
        return RunState.FINISHED

    def latest_work(self, what: str) -> LatestWork:
        """Return a worker of which only the latest counts."""
        return self._workspace.latest_work(what)

    @Slot()
    def _tell(self) -> None:
        self.model_changed.emit(self.model_info)


def second_courses(workspace: Workspace, comparison: Comparison) -> CourseFinder:
    """Return what keeps the way on the second plane up to date."""
    return CourseFinder(cast("Workspace", SecondPlane(workspace, comparison)), found_second_course)


def found_second_course(model: Model, wish: CourseWish, known: Course | None, cancelled: Callable[[], bool]) -> Course:
    """Return the way that is wanted, found on the model's own plane and shown where an alignment shows that.

    Raises
    ------
    CapabilityError
        If the model can't measure its plane so.
    JobCancelled
        If another way is wanted meanwhile.
    """
    if not isinstance(model, TurnedModel):
        return found_course(model, wish, known, cancelled)
    from dataclasses import replace
    from itertools import pairwise

    import numpy as np

    alignment, shown = model.alignment, np.array(wish.points, dtype=np.float64)
    own = tuple((float(z1), float(z2)) for z1, z2 in alignment.apply(shown).tolist())
    course = found_course(model.own, replace(wish, points=own), None, cancelled)
    legs = [alignment.undo(leg) for leg in course.legs]
    for leg, ends in zip(legs, pairwise(shown), strict=True):
        # There and back costs a rounding, and a way begins and ends exactly where its points are.
        leg[0], leg[-1] = ends
    return replace(course, points=shown, legs=tuple(legs))
