"""Densities over a rectangle of the plane, measured in jobs: the aggregate posterior, and true posteriors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import Point, PointCloud
    from vae_explorer.data.dataset import ImageDataset

_TOLERANCE = 0.02
"""Part of the encoder's posterior that may lie outside the cells for the mismatch to be told."""


@dataclass(frozen=True, slots=True)
class DensityMap:
    """A density on the plane.

    Attributes
    ----------
    key
        What was asked for.
    low, high
        Lower left and upper right corner of the rectangle.
    values
        Density per unit area, float [rows, columns], row 0 at the top.
    sample
        Row of the data whose posterior it is, or None.
    """

    key: str
    low: Point
    high: Point
    values: NDArray[np.floating]
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class DensityRequest:
    """What to measure: as `DensityMap`, with the function that gives the values in a worker."""

    key: str
    low: Point
    high: Point
    measure: Callable[[], NDArray[np.floating]]
    sample: int | None = None


def aggregate_request(
    backend: Backend, cloud: PointCloud | None, *, key: str, corners: tuple[Point, Point], size: tuple[int, int]
) -> DensityRequest | None:
    """Return the request for q(z) between two corners, rows and columns as in `size`; None without encodings."""
    if cloud is None:
        return None
    return DensityRequest(key, *corners, lambda: backend.aggregate_density(cloud, corners, size))


def posterior_request(
    backend: Backend,
    model: Model | None,
    dataset: ImageDataset | None,
    row: int,
    *,
    key: str,
    corners: tuple[Point, Point],
    size: tuple[int, int],
) -> DensityRequest | None:
    """Return the request for the true posterior of a row of the data; None where it has none."""
    if model is None or dataset is None or not (model.has_likelihood and model.can_decode):
        return None
    if row >= len(dataset.images) or dataset.images.shape[1:] != tuple(model.image_shape):
        return None
    image = dataset.images[row]
    label = None if dataset.labels is None or not model.classes else int(dataset.labels[row])
    return DensityRequest(key, *corners, lambda: backend.posterior_density(model, image, label, corners, size), row)


def mismatch(density: DensityMap, cloud: PointCloud) -> float | None:
    """Return KL(q(z|x) to p(z|x)) in nats on the cells of a true posterior, the gap between evidence and ELBO.

    None where the cells don't hold the encoder's posterior to within two per cent, or don't resolve it.
    """
    import numpy as np

    index = None if density.sample is None else cloud.index_of(density.sample)
    if index is None or not np.isfinite(cloud.log_var[index]).all():
        return None
    rows, columns = density.values.shape
    (left, bottom), (right, top) = density.low, density.high
    z1 = left + (np.arange(columns) + 0.5) * (right - left) / columns
    z2 = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    sigma = np.exp(0.5 * cloud.log_var[index].astype(np.float64))
    rho = 0.0 if cloud.correlation is None else float(cloud.correlation[index])
    u, v = (z1[None, :] - cloud.z[index, 0]) / sigma[0], (z2[:, None] - cloud.z[index, 1]) / sigma[1]
    rest = 1.0 - rho**2
    log_q = -0.5 * (u**2 - 2 * rho * u * v + v**2) / rest - np.log(2 * math.pi * sigma[0] * sigma[1] * math.sqrt(rest))
    mass = np.exp(log_q) * (right - left) / columns * (top - bottom) / rows
    if abs(float(mass.sum()) - 1.0) > _TOLERANCE:
        return None
    log_p = np.log(np.maximum(density.values.astype(np.float64), np.finfo(np.float64).tiny))
    return max(0.0, float((mass * (log_q - log_p)).sum()))


class DensityService(QObject):
    """Measures one density of each key at a time; of those that wait the latest wins.

    A measurement that has begun is shown even if the view has moved on, so that something arrives while one pans.

    Parameters
    ----------
    own
        Takes each job, to be waited for when the program ends.
    is_closing
        Whether nothing new may begin.
    parent
        Owner.
    """

    measured = Signal(object)
    """`DensityMap`."""

    failed = Signal(str, str, str)
    """Key, a sentence for the user, and details."""

    def __init__(
        self, own: Callable[[Job], None], is_closing: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._own = own
        self._is_closing = is_closing
        self._waiting: dict[str, DensityRequest] = {}
        self._under_way: dict[Job, DensityRequest] = {}
        self._unwanted: set[str] = set()

    def ask(self, request: DensityRequest) -> None:
        """Measure this in place of an older request of its key that waits."""
        self._unwanted.discard(request.key)
        self._waiting[request.key] = request
        self._begin(request.key)

    def ask_if_any(self, request: DensityRequest | None) -> bool:
        """Measure this if it is anything, and return whether it is."""
        if request is not None:
            self.ask(request)
        return request is not None

    def cancel(self, key: str) -> None:
        """Forget the requests of a key; nothing arrives of one that has begun."""
        self._waiting.pop(key, None)
        self._unwanted.add(key)

    def _begin(self, key: str) -> None:
        busy = any(request.key == key for request in self._under_way.values())
        if busy or key not in self._waiting or self._is_closing():
            return
        request = self._waiting.pop(key)

        def work(context: JobContext) -> object:
            context.check()
            values = request.measure()
            return DensityMap(request.key, request.low, request.high, values, request.sample)

        job = Job(work, "measure a density", self)
        self._under_way[job] = request
        self._own(job)
        job.finished.connect(self._tell)
        job.failed.connect(self._tell_failure)
        job.ended.connect(self._go_on)
        job.start()

    @Slot(object)
    def _tell(self, result: DensityMap) -> None:
        if result.key not in self._unwanted:
            self.measured.emit(result)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        job = self.sender()
        request = self._under_way.get(job) if isinstance(job, Job) else None
        if request is not None and request.key not in self._unwanted:
            self.failed.emit(request.key, message, details)

    @Slot(object)
    def _go_on(self, job: Job) -> None:
        request = self._under_way.pop(job, None)
        if request is not None:
            self._begin(request.key)
