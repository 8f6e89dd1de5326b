"""The film strip: pictures along a path side by side, with a frame that shows where the slider stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_explorer.gui.images import qimage_from_hwc
from vae_explorer.gui.plotting.path_times import PathTimes
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QPaintEvent

_GAP = 2
_BORDER = 3
_LEAST_HEIGHT = 40


class FilmStrip(PathTimes):
    """Pictures at even times from 0 to 1; a click, a drag or an arrow key goes to one of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames = QImage()
        self._count = 0
        self._scaled = QPixmap()
        self.setObjectName("film-strip")
        self.setAccessibleName(tr("Film strip"))
        self.setToolTip(tr("Pictures along the path: click one to go there, or use the arrow keys."))
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def count(self) -> int:
        """Number of pictures shown."""
        return self._count

    def set_frames(self, images: NDArray[np.uint8] | None) -> None:
        """Show pictures uint8 [M, C, H, W]; ``None`` takes them away."""
        self._count = 0 if images is None else len(images)
        self._frames = QImage() if images is None or not len(images) else qimage_from_hwc(_side_by_side(images))
        self._scaled = QPixmap()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size at which a dozen small pictures can be made out."""
        return QSize(480, 64)

    def frame_rect(self, index: int) -> QRect:
        """Return where a picture stands."""
        side, left, top = self._layout()
        width, height = side
        return QRect(round(left + index * (width + _GAP)), round(top), round(width), round(height))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pictures and the mark."""
        if not self._count:
            return
        (width, height), left, top = self._layout()
        with QPainter(self) as painter:
            painter.drawPixmap(QPointF(left, top), self._row(width, height))
            place = left + self._position * (self._count - 1) * (width + _GAP)
            mark = QRectF(place, top, width, height).adjusted(-1.5, -1.5, 1.5, 1.5)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._theme.panel), 5))
            painter.drawRoundedRect(mark, 2, 2)
            painter.setPen(QPen(QColor(self._theme.accent), 3))
            painter.drawRoundedRect(mark, 2, 2)
            self._paint_focus(painter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to a neighbouring picture, or to the first or last."""
        last = self._count - 1
        now = self._position * last
        targets = {
            Qt.Key.Key_Left: np.ceil(now - 1e-6) - 1,
            Qt.Key.Key_Right: np.floor(now + 1e-6) + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(Qt.Key(event.key()))
        if target is None or last < 1:
            super().keyPressEvent(event)
        else:
            self._choose(int(target))

    def event(self, event: QEvent) -> bool:
        """Say which time the picture under the mouse is from."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._count > 1:
            index = self._index_at(event.pos().x())
            QToolTip.showText(
                event.globalPos(), tr("t = {index:.2f}: click to go there", index=index / (self._count - 1)), self
            )
            return True
        return super().event(event)

    def _choose_at(self, x: float) -> None:
        if self._count > 1:
            self._choose(self._index_at(x))

    def _choose(self, index: int) -> None:
        last = self._count - 1
        self.position_chosen.emit(min(max(index, 0), last) / last)

    def _index_at(self, x: float) -> int:
        (width, _), left, _ = self._layout()
        return min(max(int((x - left) // (width + _GAP)), 0), self._count - 1)

    def _layout(self) -> tuple[tuple[float, float], float, float]:
        """Return the size of one picture, and the left and top of the first."""
        count = max(1, self._count)
        shape = self._frames.width() / count / max(1, self._frames.height()) or 1.0
        room_x, room_y = self.width() - 2 * _BORDER - (count - 1) * _GAP, self.height() - 2 * _BORDER
        width = max(1.0, min(room_x / count, room_y * shape))
        height = max(1.0, width / shape)
        total = count * width + (count - 1) * _GAP
        return (width, height), (self.width() - total) / 2, (self.height() - height) / 2

    def _row(self, width: float, height: float) -> QPixmap:
        """Return all pictures in one pixmap, scaled once and kept: moving the mark must cost nothing."""
        ratio = self.devicePixelRatioF()
        size = QSize(round((self._count * (width + _GAP) - _GAP) * ratio), round(height * ratio))
        if self._scaled.size() != size:
            self._scaled = self._scale(size, width, height, ratio)
        return self._scaled

    def _scale(self, size: QSize, width: float, height: float, ratio: float) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        one = self._frames.width() // self._count
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, width * ratio < 2 * one)
            for index in range(self._count):
                target = QRectF(index * (width + _GAP), 0, width, height)
                painter.drawImage(target, self._frames, QRectF(index * one, 0, one, self._frames.height()))
        return pixmap


def _side_by_side(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return [M, C, H, W] as one row [H, M * W, C]."""
    count, channels, height, width = images.shape
    return np.ascontiguousarray(images.transpose(2, 0, 3, 1)).reshape(height, count * width, channels)
