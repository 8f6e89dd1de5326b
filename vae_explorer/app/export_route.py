"""What the session tells an export beside its options: the path, the classes, and the picture that is completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app import path_walk
from vae_explorer.latent.metric_choice import metric_named
from vae_explorer.latent.paths import INTERPOLATIONS

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.export_plans import IsCancelled, Report
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.latent.paths import Course

    Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Told:
    """What a conditional model is told beside the points: the names of its classes, and the picture it completes.

    Attributes
    ----------
    class_names
        Name of each class, () for a model that knows none.
    condition
        The picture whose band is completed, as on the command line (``sample:7``), or None.
    """

    class_names: tuple[str, ...] = ()
    condition: str | None = None

    @classmethod
    def of(cls, session: Session) -> Told:
        """Return what the model that is shown is told now."""
        info, dataset, row = session.model_info, session.dataset, session.condition
        knows = info is not None and info.knows_classes
        names = tuple(info.class_name(label) for label in range(info.classes)) if info is not None and knows else ()
        completes = info is not None and info.completes and dataset is not None and row is not None
        condition = f"sample:{dataset.source_rows[row]}" if completes and dataset is not None else None
        return cls(names, condition)

    def view(self, labels: Sequence[int | None]) -> dict[str, object]:
        """Return what the note in the file says beside numbers: the name of each class, and the picture."""
        names = [self._name(label) for label in labels]
        told: dict[str, object] = {"classes": names} if any(name is not None for name in names) else {}
        return told if self.condition is None else told | {"condition": self.condition}

    def _name(self, label: int | None) -> str | None:
        return self.class_names[label] if label is not None and 0 <= label < len(self.class_names) else None


@dataclass(frozen=True, slots=True)
class Route:
    """A path as exports take it; see `LatentPath`. Without a course, a path that needs one looks for it."""

    points: tuple[tuple[float, float], ...]
    labels: tuple[int | None, ...] | None
    method: str
    told: Told
    metric: str = "pixel"
    equal_speed: bool = False
    course: Course | None = None
    run: Path | None = None

    @classmethod
    def of(cls, session: Session) -> Route:
        """Return the path that is chosen in the window."""
        path = session.path
        labels = path_walk.point_classes(path, session.model_info, session.label)
        return cls(
            tuple(point.z for point in path.points),
            labels,
            path.method,
            Told.of(session),
            path.metric,
            path.equal_speed,
            session.courses.exact,
            None if session.run is None else session.run.path,
        )

    def frames(self, count: int, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Decode pictures [M, C, H, W] along the path."""
        from vae_explorer.export.figures import path_frames

        course = self.found_course(model, cancelled)
        return path_frames(
            model,
            self.points,
            frames=count,
            method=self.method,
            labels=self.labels,
            equal_speed=self.equal_speed,
            course=course,
            progress=report,
            cancelled=cancelled,
        )

    def drawn(
        self, model: Model, steps: int, cancelled: IsCancelled
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the points of the path [P, 2], and the path itself in so many short steps a leg [M, 2]."""
        import numpy as np

        from vae_explorer.export.figures import path_latents

        way = np.asarray(self.points, dtype=np.float64)
        times = np.linspace(0.0, 1.0, steps * max(1, len(way) - 1) + 1)
        course = self.found_course(model, cancelled)
        return way, path_latents(model, way, times, method=self.method, labels=self.labels, course=course)

    def found_course(self, model: Model, cancelled: IsCancelled | None = None) -> Course | None:
        """Return the way of a path that needs one, found now where the window hadn't found it yet."""
        if self.course is not None or not INTERPOLATIONS.get(self.method).needs_model:
            return self.course
        import numpy as np

        from vae_explorer.app.layer_source import late_moments_of
        from vae_explorer.export.courses import path_course
        from vae_explorer.models.snapshot import ModelSnapshot

        moments: tuple[ModelSnapshot, ...] = ()
        if metric_named(self.metric).averages and isinstance(model, ModelSnapshot):
            moments = late_moments_of(model, self.run)[:-1]
        way = np.asarray(self.points, dtype=np.float64)
        labels, metric = self.labels, self.metric
        return path_course(model, way, self.method, labels=labels, metric=metric, moments=moments, cancelled=cancelled)

    def view(self) -> dict[str, object]:
        """Return what the note in the file says of the path."""
        own = {"points": self.points, "labels": self.labels, "method": self.method, "equal_speed": self.equal_speed}
        if INTERPOLATIONS.get(self.method).needs_model:
            own["metric"] = self.metric
        return own | self.told.view(self.labels or ())
