"""The cloud of encodings: kept up to date with the model, at the lowest priority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.decode_service import DecodeService, EncodeReply, Priority
from vae_explorer.app.state import PointCloud
from vae_explorer.latent.spread import chosen_rows

if TYPE_CHECKING:
    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.grids import Encoded

POINTS_IN_PASSING = 1_000
POINTS_WHILE_TRAINING = 2_000
"""How many images are encoded while time is short; `POINTS_AT_REST` when it isn't."""

_KEY = "session.points"


class PointEncoder(QObject):
    """Encodes the test images, and some training images, each time the model changes."""

    points_changed = Signal(object)
    """`PointCloud` or None."""

    def __init__(self, decode: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decode = decode
        self._dataset: ImageDataset | None = None
        self._points: PointCloud | None = None
        decode.encoded.connect(self._receive)

    @property
    def points(self) -> PointCloud | None:
        """The newest cloud."""
        return self._points

    def set_dataset(self, dataset: ImageDataset | None) -> None:
        """Encode these images from now on."""
        self._dataset = dataset
        self._decode.cancel(_KEY)
        self._set_points(None)

    def show(self, points: PointCloud) -> None:
        """Take encodings that are known already."""
        self._decode.cancel(_KEY)
        self._set_points(points)

    def complete(self, model: Model | None, budget: int) -> None:
        """Encode up to `budget` images with the model at hand, unless as many are encoded."""
        dataset, points = self._dataset, self._points
        if dataset is None or model is None:
            return
        known = len(points.rows) if points is not None and points.step == model.step else 0
        if known < len(chosen_rows(len(dataset.images), dataset.train_count, budget)):
            self.set_model(model, budget)

    def set_model(self, model: Model | None, budget: int) -> None:
        """Encode up to `budget` images with a new model."""
        dataset = self._dataset
        if model is None or not model.can_encode or dataset is None:
            self._set_points(None)
            return
        if dataset.images.shape[1:] != tuple(model.image_shape):
            self._set_points(None)
            return
        rows = chosen_rows(len(dataset.images), dataset.train_count, budget)
        labels = dataset.labels if model.conditioning == "label" else None
        self._decode.request_encoding(_KEY, dataset.images, labels, rows=rows, priority=Priority.POINTS)

    @Slot(object)
    def _receive(self, reply: EncodeReply) -> None:
        dataset = self._dataset
        if reply.key != _KEY or dataset is None:
            return
        labels = None if dataset.labels is None else dataset.labels[reply.rows]
        self._set_points(PointCloud(reply.mean, reply.log_var, reply.rows, labels, reply.step, reply.correlation))

    def _set_points(self, points: PointCloud | None) -> None:
        if points is None and self._points is None:
            return
        self._points = points
        self.points_changed.emit(points)


def encoded(points: PointCloud | None) -> Encoded | None:
    """Return encodings as grids follow them; None without any."""
    from vae_explorer.latent.grids import Encoded

    return None if points is None else Encoded(points.z, points.log_var, points.correlation, points.labels)
