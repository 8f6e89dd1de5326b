"""Decision regions: which class p(y|z) holds for likeliest at each pixel, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRectF, QTimer, Signal, Slot

from vae_explorer.gui.plotting.heat import region_image
from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.gui.plotting.viewport import Viewport
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage, QPainter

    from vae_explorer.app.decode_service import ClassifyReply, DecodeFailure, DecodeService
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.gui.theme import Theme

KEY = "regions"
PIXELS_A_POINT = (12, 4, 1)
"""Coarse at once, then finer, the last one a point for each pixel of the window."""
REST = 3.0
"""While training, classifying rests this many times as long as it took."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    image: QImage
    viewport: Viewport
    generation: int
    stage: int


@dataclass(frozen=True, slots=True)
class _Request:
    number: int
    viewport: Viewport
    shape: tuple[int, int]
    generation: int
    stage: int


class RegionLayer(QObject):
    """The regions under the points; a picture is shown shifted or stretched until the view has one of its own.

    Parameters
    ----------
    decode
        What classifies; its replies under the key "regions" belong to this layer.
    parent
        Owner.
    """

    changed = Signal()
    """A new picture is ready."""

    def __init__(self, decode: DecodeService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._decode = decode
        self._viewport = Viewport()
        self._model: ModelInfo | None = None
        self._offsets: NDArray[np.float32] | None = None
        self._generation = 0
        self._active = False
        self._training = False
        self._theme: Theme = LIGHT
        self._request: _Request | None = None
        self._drawn: _Drawn | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        decode.classified.connect(self._take)
        decode.failed.connect(self._give_up)

    @property
    def can_show(self) -> bool:
        """Whether there is a classifier."""
        return self._model is not None and self._model.can_classify

    @property
    def is_complete(self) -> bool:
        """Whether the picture shows the newest weights at every pixel of the view, or nothing can be shown."""
        return not self._active or not self.can_show or self._stage() is None

    def set_active(self, active: bool) -> None:
        """Classify only while someone can see it."""
        if active != self._active:
            self._active = active
            if not active:
                self._forget_request()
            self._ask()

    def set_training(self, training: bool) -> None:
        """Tell whether training needs the processor too."""
        self._training = training
        if not training:
            self._rest.stop()
            self._ask()

    def set_model(self, model: ModelInfo | None) -> None:
        """Take new weights: what is shown is stale from now on."""
        if model is None or not model.can_classify:
            self._drawn = None
            self._forget_request()
        self._model = model
        self._renew()

    def set_offsets(self, offsets: NDArray[np.float32] | None) -> None:
        """Average over these offsets [E, 2] round each point; None for the point itself."""
        same = offsets is self._offsets or (
            offsets is not None and self._offsets is not None and np.array_equal(offsets, self._offsets)
        )
        if not same:
            self._offsets = offsets
            self._renew()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, for the lines."""
        self._theme = theme
        self._renew()

    def set_viewport(self, viewport: Viewport, _ratio: float) -> None:
        """Show another part of the plane."""
        if viewport != self._viewport:
            self._viewport = viewport
            self._ask()

    def paint(self, painter: QPainter) -> None:
        """Draw the newest picture where its part of the plane is now."""
        if self._drawn is None:
            return
        left, right, bottom, top = self._drawn.viewport.bounds
        x, y = self._viewport.to_pixel((left, top))
        scale = self._viewport.scale
        painter.save()
        painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(x, y, (right - left) * scale, (top - bottom) * scale), self._drawn.image)
        painter.restore()

    def _renew(self) -> None:
        self._generation += 1
        self._ask()

    def _stage(self) -> int | None:
        """Return which stage comes next, None where the picture is complete."""
        drawn, last = self._drawn, len(PIXELS_A_POINT) - 1
        if drawn is None or drawn.viewport != self._viewport:
            return 0
        if drawn.generation < self._generation:
            return last if drawn.stage == last else 0
        return drawn.stage + 1 if drawn.stage < last else None

    def _ask(self) -> None:
        stage = self._stage()
        if not self._active or not self.can_show or stage is None or self._request is not None:
            return
        if self._rest.isActive():
            return
        viewport = self._viewport
        z, shape = _points(viewport, PIXELS_A_POINT[stage])
        number = self._decode.request_classes(KEY, z, self._offsets)
        self._request = _Request(number, viewport, shape, self._generation, stage)

    @Slot(object)
    def _take(self, reply: ClassifyReply) -> None:
        request = self._request
        if reply.key != KEY or request is None or reply.number != request.number:
            return
        self._request = None
        classes = reply.probabilities.shape[1]
        is_last = request.stage == len(PIXELS_A_POINT) - 1
        ink = self._theme.colour("text")
        image = region_image(
            reply.labels.reshape(request.shape),
            reply.confidence.reshape(request.shape),
            class_palette(classes),
            classes,
            (ink.red(), ink.green(), ink.blue()) if is_last else None,
        )
        self._drawn = _Drawn(image, request.viewport, request.generation, request.stage)
        if self._training and is_last:
            self._rest.start(int(REST * reply.milliseconds))
        self.changed.emit()
        self._ask()

    @Slot(object)
    def _give_up(self, failure: DecodeFailure) -> None:
        if self._request is not None and failure.number == self._request.number:
            self._forget_request()

    def _forget_request(self) -> None:
        if self._request is not None:
            self._decode.cancel(KEY)
        self._request = None


def _points(viewport: Viewport, pixels: int) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return the middles of squares of so many pixels that fill a view [N, 2], and their rows and columns."""
    columns, rows = max(1, round(viewport.width / pixels)), max(1, round(viewport.height / pixels))
    left, right, bottom, top = viewport.bounds
    z1 = left + (np.arange(columns) + 0.5) * (right - left) / columns
    z2 = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    first, second = np.meshgrid(z1, z2)
    return np.stack([first.ravel(), second.ravel()], axis=1).astype(np.float32), (rows, columns)
