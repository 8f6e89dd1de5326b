"""The page under the pen: what is drawn on it, stroke by stroke, each a step that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.app.undo import UndoStack
from vae_explorer.gui.images import fitted
from vae_explorer.gui.plotting.drawing_sheet import Paper, blank, inverted, is_blank, pixels_of, stroked, with_picture
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent

    from vae_explorer.gui.theme import Theme

_MOST_STROKES = 100
_LONGEST_PIECE = 40
"""Places of the pen after which a stroke goes on as another piece on the same sheet."""
_LARGEST_SIDE = 216
_LEAST_SIDE = 120


class DrawingPage(QWidget):
    """A sheet with strokes on it, and a pen over it; `DrawingCanvas` leads the pen by mouse and keyboard."""

    drawn = Signal()
    """There is something else on the sheet, perhaps in the middle of a stroke."""

    settled = Signal()
    """A stroke has ended, or the sheet was replaced."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps: UndoStack[QImage] = UndoStack(weigh=_weight, limit=_MOST_STROKES, parent=self)
        self._paper = Paper((1, 28, 28), QColor(0, 0, 0), QColor(255, 255, 255))
        self._sheet = blank(self._paper)
        self._before: QImage | None = None
        self._base = self._sheet
        self._places: list[QPointF] = []
        self._erases = False
        self._stroke_erases = False
        self._width = 2.5
        self._pen = QPointF(self._paper.size.width() / 2, self._paper.size.height() / 2)
        self._by_keys = False
        self._hint = ""
        self._theme: Theme = LIGHT
        self.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # -- What is on it -----------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> QImage:
        """What is drawn."""
        return self._sheet

    @property
    def is_blank(self) -> bool:
        """Whether nothing is on it."""
        return is_blank(self._sheet, self._paper)

    @property
    def is_drawing(self) -> bool:
        """Whether the pen is down."""
        return self._before is not None

    @property
    def erases(self) -> bool:
        """Whether the eraser is the tool at hand."""
        return self._erases

    @property
    def pen_width(self) -> float:
        """Width of the pen in pixels of the data."""
        return self._width

    @property
    def paper(self) -> Paper:
        """What the sheet is made of."""
        return self._paper

    def pixels(self) -> NDArray[np.uint8] | None:
        """Return what is drawn, uint8 [C, h, w] in the channels of the data; None for a blank sheet."""
        return None if self.is_blank else pixels_of(self._sheet, self._paper.shape[0])

    def set_paper(self, paper: Paper) -> None:
        """Begin anew on a sheet for other data; there is nothing to take back then."""
        self._paper = paper
        self._sheet = blank(paper)
        self._before, self._places = None, []
        self._pen = QPointF(paper.size.width() / 2, paper.size.height() / 2)
        self.steps.clear()
        self.update()

    def set_tool(self, *, erases: bool) -> None:
        """Take the eraser or the pen."""
        self._erases = erases
        self.update()

    def set_ink(self, colour: QColor) -> None:
        """Draw in another colour."""
        self._paper = Paper(self._paper.shape, self._paper.ground, colour)
        self.update()

    def set_pen_width(self, width: float) -> None:
        """Draw with strokes of this width, in pixels of the data."""
        self._width = width
        self.update()

    def set_hint(self, text: str) -> None:
        """Say something on the blank sheet."""
        self._hint = text
        self.setAccessibleDescription(text)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def clear(self) -> None:
        """Wipe the sheet; that can be taken back."""
        self._replace(tr("Clear drawing"), blank(self._paper))

    def invert(self) -> None:
        """Swap bright and dark."""
        self._replace(tr("Invert drawing"), inverted(self._sheet))

    def put(self, pixels: NDArray[np.uint8]) -> None:
        """Replace what is drawn by a picture uint8 [C, h, w] in the channels of the data."""
        self._replace(tr("Bring picture"), with_picture(pixels, self._paper))

    def put_sheet(self, sheet: QImage) -> None:
        """Show what was drawn before, such as in the last session; there is nothing to take back."""
        self.lift()
        self.steps.clear()
        self._show(sheet)

    def undo(self) -> None:
        """Take the last stroke back."""
        self.lift()
        self._show(self.steps.undo(self._sheet))

    def redo(self) -> None:
        """Draw the stroke again that was taken back last."""
        self.lift()
        self._show(self.steps.redo(self._sheet))

    def _replace(self, text: str, sheet: QImage) -> None:
        self.lift()
        before, self._sheet = self._sheet, sheet
        self.steps.push(text, before, sheet)
        self._tell()

    def _show(self, sheet: QImage | None) -> None:
        if sheet is not None:
            self._sheet = sheet
            self._tell()

    def _tell(self) -> None:
        self.update()
        self.drawn.emit()
        self.settled.emit()

    def set_down(self, place: QPointF, *, erases: bool) -> None:
        """Begin a stroke at a place in pixels of the sheet, with the eraser if it is to or is at hand."""
        self._before = self._base = self._sheet
        self._places = []
        self._stroke_erases = erases or self._erases
        self.draw_to(place)

    def draw_to(self, place: QPointF) -> None:
        """Lead the stroke on to a place in pixels of the sheet; nothing while the pen isn't down."""
        if self._before is None:
            return
        self._places.append(place)
        colour = self._paper.ground if self._stroke_erases else self._paper.ink
        self._sheet = stroked(self._base, self._places, colour, self._width * self._paper.factor)
        if len(self._places) >= _LONGEST_PIECE:
            # A long curve takes as long to draw as all of it is long: what is dry is drawn no more.
            self._base, self._places = self._sheet, self._places[-2:]
        self.update()
        self.drawn.emit()

    def lift(self) -> None:
        """End the stroke."""
        before, self._before = self._before, None
        if before is not None:
            self.steps.push(tr("Erase") if self._stroke_erases else tr("Draw"), before, self._sheet)
            self.settled.emit()

    # -- On the screen -----------------------------------------------------------------------------------------------

    def heightForWidth(self, width: int) -> int:
        """Return the height at which the sheet fills the width."""
        _, rows, columns = self._paper.shape
        return min(round(width * rows / columns), _LARGEST_SIDE)

    def sizeHint(self) -> QSize:
        """Return a size in which one can draw."""
        return QSize(_LARGEST_SIDE, _LARGEST_SIDE)

    def place(self) -> QRect:
        """Return where the sheet lies in the widget."""
        return fitted(self._sheet.size(), self.rect().adjusted(1, 1, -1, -1))

    def position_of(self, x: float, y: float) -> QPointF:
        """Return where a place of the sheet, in pixels of the data, lies in the widget."""
        place, factor = self.place(), self._paper.factor
        scale = place.width() / self._sheet.width()
        return QPointF(place.x() + x * factor * scale, place.y() + y * factor * scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheet, its rim, and the outline of the pen."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self.place()
        painter.drawImage(place, self._sheet)
        wide = 2 if self.hasFocus() else 1
        pen = QPen(self._theme.colour("accent" if self.hasFocus() else "border"), wide)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        # Half its width within the edge, or a strip of the sheet would lie outside of it on a fine screen.
        painter.drawRect(QRectF(place).adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2))
        if self._hint and not self.is_drawing and self.is_blank:
            self._paint_hint(painter, QRectF(place.adjusted(12, 12, -12, -12)))
        if self.underMouse() or (self.hasFocus() and self._by_keys):
            self._paint_pen(painter, place)
        painter.end()

    def _paint_hint(self, painter: QPainter, place: QRectF) -> None:
        ground = self._paper.ground
        grey = 150 if ground.lightness() < 128 else 100
        painter.setPen(QColor(grey, grey, grey))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)

    def _paint_pen(self, painter: QPainter, place: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = place.width() / self._sheet.width()
        centre = QPointF(place.x() + self._pen.x() * scale, place.y() + self._pen.y() * scale)
        radius = max(2.0, self._width * self._paper.factor * scale / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 160), 2.6), (QColor(255, 255, 255), 1.2)):
            pen = QPen(colour, width, Qt.PenStyle.DotLine if self._erases else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawEllipse(centre, radius, radius)


def _weight(sheet: QImage) -> int:
    return int(sheet.sizeInBytes())
