"""The sheet under the pen: pixels several times finer than those of the data, strokes on them, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from vae_explorer.gui.images import fitted, qimage_from_chw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIDE = 280
"""Longer side of a sheet, at least: ten times that of a digit."""
_FINEST, _COARSEST = 32, 3


@dataclass(frozen=True, slots=True)
class Paper:
    """What a sheet is made of.

    Attributes
    ----------
    shape
        Channels, height and width of the data's pictures.
    ground, ink
        Colours of the empty sheet and of the pen.
    """

    shape: tuple[int, int, int]
    ground: QColor
    ink: QColor

    @property
    def factor(self) -> int:
        """How many times finer the sheet is than the data."""
        return max(_COARSEST, min(_FINEST, _SIDE // max(self.shape[1:])))

    @property
    def size(self) -> QSize:
        """Size of the sheet in its own pixels."""
        return QSize(self.shape[2] * self.factor, self.shape[1] * self.factor)


def blank(paper: Paper) -> QImage:
    """Return an empty sheet."""
    sheet = QImage(paper.size, QImage.Format.Format_RGB32)
    sheet.fill(paper.ground)
    return sheet


def is_blank(sheet: QImage, paper: Paper) -> bool:
    """Whether nothing is on a sheet."""
    return sheet == blank(paper)


def stroked(sheet: QImage, places: Sequence[QPointF], colour: QColor, width: float) -> QImage:
    """Return a sheet with one smooth stroke more.

    Parameters
    ----------
    sheet
        Left as it is.
    places
        Where the pen was, in pixels of the sheet; one place makes a dot.
    colour, width
        Of the pen.
    """
    result = sheet.copy()
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if len(places) == 1:
        painter.drawPoint(places[0])
    else:
        painter.drawPath(_smooth(places))
    painter.end()
    return result


def with_picture(pixels: NDArray[np.uint8], paper: Paper) -> QImage:
    """Return a sheet with a picture uint8 [C, h, w] on it, as large as it fits."""
    sheet = blank(paper)
    picture = qimage_from_chw(pixels)
    place = _largest(picture.size(), paper.size)
    painter = QPainter(sheet)
    # A picture of the data's own size is laid down pixel by pixel, so that the model sees it as it is.
    enlarges_whole = place.width() % picture.width() == 0 and place.height() % picture.height() == 0
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not enlarges_whole)
    painter.drawImage(place, picture)
    painter.end()
    return sheet


def inverted(sheet: QImage) -> QImage:
    """Return a sheet with bright and dark swapped."""
    result = sheet.copy()
    result.invertPixels(QImage.InvertMode.InvertRgb)
    return result


def pixels_of(sheet: QImage, channels: int) -> NDArray[np.uint8]:
    """Return what is on a sheet, uint8 [1 or 3, h, w]."""
    height, width = sheet.height(), sheet.width()
    values = np.frombuffer(sheet.constBits(), dtype=np.uint8).reshape(height, sheet.bytesPerLine() // 4, 4)
    colours = values[:, :width, 2::-1] if channels == 3 else values[:, :width, 1:2]
    return np.ascontiguousarray(colours.transpose(2, 0, 1))


def _largest(picture: QSize, place: QSize) -> QRect:
    return fitted(picture, QRect(0, 0, place.width(), place.height()))


def _smooth(places: Sequence[QPointF]) -> QPainterPath:
    """Return a curve that runs through the middles between places, bent towards each place."""
    path = QPainterPath(places[0])
    for here, after in pairwise(places[1:]):
        path.quadTo(here, QPointF((here.x() + after.x()) / 2, (here.y() + after.y()) / 2))
    path.lineTo(places[-1])
    return path
