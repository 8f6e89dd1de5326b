"""What happens along the session's path, measured in a worker while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app import path_walk
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import PointCloud
    from vae_explorer.latent.path_profile import PathProfile
    from vae_explorer.models.snapshot import ModelSnapshot

STEPS = 120
"""Pieces into which a path is cut to measure its speed."""


@dataclass(frozen=True, slots=True, eq=False)
class ProfileWish:
    """What is measured: places at even times [M, 2], the class of each or None, and the encodings or None."""

    z: NDArray[np.float64]
    labels: NDArray[np.int64] | None
    cloud: PointCloud | None


ProfileWork = Callable[["Model", ProfileWish], "PathProfile"]
"""Called in the worker; tests put a quicker one in its place."""


class PathProfiler(QObject):
    """Measures the path anew whenever it, the model or the encodings change, one measuring at a time.

    Parameters
    ----------
    session
        Whose path it is.
    """

    measured = Signal(object)
    """`PathProfile` of the path as it was a moment ago."""

    failed = Signal(object)
    """Why there is none."""

    def __init__(self, session: Session, parent: QObject | None = None, work: ProfileWork | None = None) -> None:
        super().__init__(parent)
        self.work: ProfileWork = work or measured_profile
        self._session = session
        self._is_old = False
        self._latest = session.latest_work(tr("measure the path"))
        self._latest.finished.connect(self._take)
        self._latest.failed.connect(self._fail)

    @Slot()
    def ask(self) -> None:
        """Measure the path as it is now; after the measuring that is under way."""
        session = self._session
        info, path, model, work = session.model_info, session.path, session.model, self.work
        if model is None or info is None or not info.can_decode or not path.is_complete:
            return
        if self._latest.is_running:
            self._is_old = True
            return
        self._is_old = False
        times, course = np.linspace(0.0, 1.0, STEPS + 1), session.courses.course
        labels = path_walk.frame_classes(path, info, session.label, times, course)
        places = path_walk.positions(path, info, times, course)
        wish = ProfileWish(places, labels, session.points if info.is_stochastic else None)

        def run(_context: JobContext) -> object:
            return work(model, wish)

        self._latest.ask(run)

    @Slot(object)
    def _take(self, profile: PathProfile) -> None:
        self.measured.emit(profile)
        self._go_on()

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        self.failed.emit(message)
        self._go_on()

    def _go_on(self) -> None:
        if self._is_old:
            QTimer.singleShot(0, self, self.ask)


def measured_profile(model: Model, wish: ProfileWish) -> PathProfile:
    """Return what happens along a path, measured on one processor: the others are for training."""
    import torch

    torch.set_num_threads(1)
    from vae_explorer.latent.path_profile import path_profile

    return path_profile(cast("ModelSnapshot", model), wish.z, wish.labels, _posteriors(wish.cloud))


def _posteriors(cloud: PointCloud | None) -> tuple[NDArray[np.floating], ...] | None:
    if cloud is None:
        return None
    correlation = np.zeros(len(cloud.z), dtype=np.float32) if cloud.correlation is None else cloud.correlation
    return cloud.z, cloud.log_var, correlation
