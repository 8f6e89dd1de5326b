"""A film of a window: its pictures with the pointer drawn in, which no grab of a window has, as an animated WebP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PIL import Image
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

_ARROW: Final = ((0, 0), (0, 17), (4, 13.4), (6.9, 19.8), (9.7, 18.6), (6.8, 12.4), (12, 12.2))
_ARROW_SIZE = 1.25
_RING = 13.0
_QUALITY = 62


class Film:
    """Takes frames of a window and writes them.

    Parameters
    ----------
    window
        The window.
    width
        Of the frames, in pixels.
    rate
        Frames a second.
    """

    def __init__(self, window: QWidget, width: int, rate: int) -> None:
        self._window, self._width, self._rate = window, width, rate
        self._frames: list[Image.Image] = []

    @property
    def seconds(self) -> float:
        """How long it runs."""
        return len(self._frames) / self._rate

    @property
    def frames(self) -> tuple[Image.Image, ...]:
        """The frames so far."""
        return tuple(self._frames)

    def take(self, pointer: QPointF, *, pressed: bool = False) -> None:
        """Take a frame with the pointer at a place of the window, in a ring while its button is pressed."""
        image = self._window.grab().toImage()
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if pressed:
            painter.setPen(QPen(QColor(255, 196, 0), 2.5))
            painter.setBrush(QColor(255, 196, 0, 70))
            painter.drawEllipse(pointer, _RING, _RING)
        painter.setPen(QPen(QColor("white"), 1.6))
        painter.setBrush(QColor("black"))
        painter.drawPolygon(QPolygonF([pointer + QPointF(x, y) * _ARROW_SIZE for x, y in _ARROW]))
        painter.end()
        self._frames.append(self._scaled(image))

    def write(self, path: Path) -> None:
        """Write the film; it begins anew when it is over."""
        path.parent.mkdir(parents=True, exist_ok=True)
        first, *rest = self._frames
        first.save(
            path,
            save_all=True,
            append_images=rest,
            duration=round(1000 / self._rate),
            loop=0,
            quality=_QUALITY,
            method=4,
        )

    def _scaled(self, image: QImage) -> Image.Image:
        size = QSize(self._width, round(self._width * image.height() / image.width()))
        small = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
        small = small.convertToFormat(QImage.Format.Format_RGB888)
        # Rows of a QImage begin at multiples of four bytes.
        return Image.frombytes(
            "RGB", (small.width(), small.height()), bytes(small.constBits()), "raw", "RGB", small.bytesPerLine()
        )
