"""Pictures as Qt wants them: arrays of bytes become images that own their memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

if TYPE_CHECKING:
    from numpy.typing import NDArray


def qimage_from_chw(pixels: NDArray[np.uint8]) -> QImage:
    """Return a decoded or sample picture as an image.

    Parameters
    ----------
    pixels
        uint8 ``[C, H, W]`` with one (grey) or three (RGB) channels, in any memory layout.

    Raises
    ------
    ValueError
        If the array has another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[0] not in {1, 3}:
        raise ValueError(f"expected uint8 [1 or 3, H, W], not {pixels.dtype} {list(pixels.shape)}")
    if pixels.shape[0] == 1:
        return qimage_from_hwc(pixels[0])
    interleaved = np.empty((*pixels.shape[1:], len(pixels)), dtype=np.uint8)
    for channel, plane in enumerate(pixels):  # one by one: numpy copies runs of three values several times slower
        interleaved[..., channel] = plane
    return qimage_from_hwc(interleaved)


def qimage_from_hwc(pixels: NDArray[np.uint8]) -> QImage:
    """Return a finished picture, such as a mosaic, as an image.

    Parameters
    ----------
    pixels
        uint8 ``[H, W]``, ``[H, W, 1]``, ``[H, W, 3]`` (RGB) or ``[H, W, 4]`` (RGBA, not premultiplied).

    Raises
    ------
    ValueError
        If the array has another shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in {2, 3} or (pixels.ndim == 3 and pixels.shape[2] not in _FORMATS):
        raise ValueError(f"expected uint8 [H, W] or [H, W, 1, 3 or 4], not {pixels.dtype} {list(pixels.shape)}")
    rows = np.ascontiguousarray(pixels)
    height, width = rows.shape[:2]
    channels = rows.shape[2] if rows.ndim == 3 else 1
    # QImage only borrows the array's memory, and keeps no reference to it: copy() takes it over.
    return QImage(rows.data, width, height, width * channels, _FORMATS[channels]).copy()


def chw_from_qimage(image: QImage) -> NDArray[np.uint8]:
    """Return an image from elsewhere as uint8 ``[1 or 3, H, W]``, laid over white where it is transparent."""
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(QColor("white"))
    painter = QPainter(ground)
    painter.drawImage(QRect(0, 0, image.width(), image.height()), image)
    painter.end()
    rows = np.frombuffer(ground.constBits(), dtype=np.uint8).reshape(image.height(), ground.bytesPerLine() // 4, 4)
    colours = rows[:, : image.width(), 2::-1].transpose(2, 0, 1)
    return np.ascontiguousarray(colours[:1] if image.isGrayscale() else colours)


def qpixmap_from_chw(pixels: NDArray[np.uint8]) -> QPixmap:
    """Return a decoded or sample picture, uint8 ``[C, H, W]``, as a pixmap; GUI thread only."""
    return QPixmap.fromImage(qimage_from_chw(pixels))


def fitted(picture: QSize, place: QRect) -> QRect:
    """Return where to draw a picture so that it fills a place, centred, without changing its shape.

    Where that wastes little room, the picture is enlarged by a whole factor: its pixels become squares of one size.
    """
    if picture.isEmpty() or place.isEmpty():
        return QRect(place.center(), QSize(0, 0))
    factor = min(place.width() / picture.width(), place.height() / picture.height())
    if int(factor) >= _LEAST_SHARE * factor:
        factor = int(factor)
    size = QSize(max(1, round(picture.width() * factor)), max(1, round(picture.height() * factor)))
    corner = place.topLeft()
    corner.setX(corner.x() + (place.width() - size.width()) // 2)
    corner.setY(corner.y() + (place.height() - size.height()) // 2)
    return QRect(corner, size)


_LEAST_SHARE = 0.8
"""Share of the room that a picture must still fill for a whole factor to be taken."""

_FORMATS = {
    1: QImage.Format.Format_Grayscale8,
    3: QImage.Format.Format_RGB888,
    4: QImage.Format.Format_RGBA8888,
}
