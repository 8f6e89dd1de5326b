"""The tools beside the canvas: pen and eraser, width and colour, steps, and where pictures come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import ICON_SIZE, LIGHT, SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.drawing_canvas import DrawingCanvas
    from vae_explorer.gui.theme import Theme

_BUTTONS = (
    ("pen", marked("Pen"), marked("draw with the left button (P)")),
    ("eraser", marked("Eraser"), marked("erase with the left button; the right one always erases (E)")),
    ("undo", marked("Undo stroke"), marked("take the last stroke back (Ctrl+Z with the canvas in focus)")),
    ("redo", marked("Redo stroke"), marked("draw it again (Ctrl+Shift+Z with the canvas in focus)")),
    ("clear", marked("Clear canvas"), marked("wipe the canvas (Delete with the canvas in focus)")),
    ("invert", marked("Invert colours"), marked("swap bright and dark")),
    ("copy", marked("Copy sample to canvas"), marked("put the chosen sample on the canvas, or a random test picture")),
    ("paste", marked("Paste picture"), marked("put the picture from the clipboard on the canvas")),
    ("file", marked("Open picture"), marked("put a picture file on the canvas; it can be dropped on the window, too")),
)
_ICON = ICON_SIZE - 2
_TIGHT = 2
"""Pixels between tools: all of them fit side by side in the narrowest dock."""
_WIDTH_STEPS = 4
"""Steps of the slider in one pixel of the data."""
_LEAST_WIDTH, _LARGEST_SHARE = 0.5, 0.3


class DrawTools(QWidget):
    """Buttons that act on a canvas.

    Parameters
    ----------
    canvas
        What they act on.
    """

    sample_wanted = Signal()
    paste_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, canvas: DrawingCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._theme: Theme = LIGHT
        self._colours: QColorDialog | None = None
        self.buttons = {name: _button(name, tr(title), tr(tip)) for name, title, tip in _BUTTONS}
        self.colour = QToolButton()
        self.thickness = QSlider(Qt.Orientation.Horizontal)
        self.thickness_value = QLabel()
        self._lay_out()
        self._connect()
        self.take_paper()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for name, button in self.buttons.items():
            button.setIcon(icon(name, theme))

    def take_paper(self, stroke: float = 2.5) -> None:
        """Offer what suits the canvas' paper, with a pen of a width in pixels of the data."""
        channels, height, width = self._canvas.paper.shape
        self.thickness.setRange(
            round(_LEAST_WIDTH * _WIDTH_STEPS), round(_LARGEST_SHARE * max(height, width) * _WIDTH_STEPS)
        )
        self.thickness.setValue(round(stroke * _WIDTH_STEPS))
        self._take_width(self.thickness.value())
        self.colour.setVisible(channels == 3)
        self._show_colour()

    @Slot()
    def follow_steps(self) -> None:
        """Let undo and redo be pressed only where there is something to take back."""
        self.buttons["undo"].setEnabled(self._canvas.steps.can_undo)
        self.buttons["redo"].setEnabled(self._canvas.steps.can_redo)

    def choose(self, *, erases: bool) -> None:
        """Take the eraser or the pen."""
        self.buttons["eraser" if erases else "pen"].setChecked(True)
        self._canvas.set_tool(erases=erases)

    def widen(self, steps: int) -> None:
        """Make the pen wider or narrower."""
        self.thickness.setValue(self.thickness.value() + steps * 2)

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        for name in ("pen", "eraser"):
            self.buttons[name].setCheckable(True)
            group.addButton(self.buttons[name])
        self.buttons["pen"].setChecked(True)
        self.colour.setToolTip(tr("Colour of the pen"))
        self.colour.setAccessibleName(tr("Colour of the pen"))
        self.colour.setIconSize(QSize(_ICON, _ICON))
        row = QWidget()
        flow = FlowLayout(row, _TIGHT)
        flow.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            flow.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(row)
        column.addLayout(self._width_row())

    def _width_row(self) -> QHBoxLayout:
        caption = QLabel(tr("Thickness"))
        caption.setBuddy(self.thickness)
        self.thickness.setAccessibleName(tr("Width of the pen"))
        self.thickness.setToolTip(tr("Width of the pen in pixels of the data ([ and ] with the canvas in focus)"))
        self.thickness.setMinimumWidth(60)
        self.thickness_value.setProperty("role", "muted")
        self.thickness_value.setMinimumWidth(
            self.thickness_value.fontMetrics().horizontalAdvance(tr("{width:g} px", width=88.88))
        )
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.colour)
        row.addWidget(caption)
        row.addWidget(self.thickness, 1)
        row.addWidget(self.thickness_value)
        return row

    def _connect(self) -> None:
        canvas, buttons = self._canvas, self.buttons
        buttons["pen"].clicked.connect(self._take_pen)
        buttons["eraser"].clicked.connect(self._take_eraser)
        buttons["undo"].clicked.connect(canvas.undo)
        buttons["redo"].clicked.connect(canvas.redo)
        buttons["clear"].clicked.connect(canvas.clear)
        buttons["invert"].clicked.connect(canvas.invert)
        buttons["copy"].clicked.connect(self.sample_wanted)
        buttons["paste"].clicked.connect(self.paste_wanted)
        buttons["file"].clicked.connect(self.file_wanted)
        self.thickness.valueChanged.connect(self._take_width)
        self.colour.clicked.connect(self._ask_colour)
        canvas.steps.changed.connect(self.follow_steps)
        self.follow_steps()

    @Slot()
    def _take_pen(self) -> None:
        self.choose(erases=False)

    @Slot()
    def _take_eraser(self) -> None:
        self.choose(erases=True)

    @Slot(int)
    def _take_width(self, steps: int) -> None:
        width = steps / _WIDTH_STEPS
        self.thickness_value.setText(tr("{width:g} px", width=width))
        self._canvas.set_pen_width(width)

    @Slot()
    def _ask_colour(self) -> None:
        dialog = QColorDialog(self._canvas.paper.ink, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._take_colour)
        dialog.open()

    @Slot(QColor)
    def _take_colour(self, colour: QColor) -> None:
        self._canvas.set_ink(colour)
        self._show_colour()

    def _show_colour(self) -> None:
        picture = QPixmap(ICON_SIZE, ICON_SIZE)
        picture.fill(self._canvas.paper.ink)
        self.colour.setIcon(QIcon(picture))


def _button(name: str, title: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"draw-{name}")
    button.setAccessibleName(title)
    button.setToolTip(tr("{title}: {tip}", title=title, tip=tip))
    button.setIconSize(QSize(_ICON, _ICON))
    return button
