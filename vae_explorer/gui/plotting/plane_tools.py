"""The buttons of the tools on the plane, selecting with an outline and drawing a path, and of its view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from vae_explorer.gui.icons import icon
from vae_explorer.gui.plotting.plane_strokes import Tool
from vae_explorer.gui.theme import ICON_SIZE, SMALL_SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

_TOOLS = (
    (
        Tool.LASSO,
        "lasso",
        marked("Select with a lasso"),
        marked(
            "Select with a lasso (L): draw round points; a click selects one; Ctrl adds. Without "
            "it, Shift and drag select a rectangle, Ctrl and click a point."
        ),
    ),
    (Tool.DRAW, "path", marked("Draw a path"), marked("Draw a path (D): the path follows the line that you draw.")),
)


_NARROW = (
    "QToolButton { padding-left: 1px; padding-right: 1px; } "
    "QToolButton:focus { padding-left: 0px; padding-right: 0px; }"
)  # untranslated: Qt's style sheet


class PlaneTools(QWidget):
    """A button a tool, pressed in while it is in hand, and the buttons that were added beside them."""

    chosen = Signal(object)
    """The `Tool` that was taken; the usual one where another was put away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[Tool, QToolButton] = {}
        self._drawings: dict[QToolButton, str] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SMALL_SPACING // 2)
        for tool, drawing, title, tip in _TOOLS:
            button = QToolButton()
            button.setObjectName(f"tool-{tool.value}")
            button.setCheckable(True)
            button.setToolTip(tr(tip))
            button.setAccessibleName(tr(title))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._tell)
            self.add(button, drawing)
            self._buttons[tool] = button

    def button(self, tool: Tool) -> QToolButton:
        """Return the button of a tool."""
        return self._buttons[tool]

    def add(self, button: QToolButton, drawing: str = "") -> None:
        """Put a button at the end of the row, with an icon or its own words."""
        button.setStyleSheet(_NARROW)
        button.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        # As high as the row: words take less height than an icon.
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        self._row.addWidget(button)
        if drawing:
            self._drawings[button] = drawing

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        for button, drawing in self._drawings.items():
            button.setIcon(icon(drawing, theme))

    @Slot(object)
    def show_tool(self, tool: Tool) -> None:
        """Show which tool is in hand."""
        for each, button in self._buttons.items():
            button.setChecked(each is tool)

    @Slot(bool)
    def _tell(self, taken: bool) -> None:
        tool = next((tool for tool, button in self._buttons.items() if button is self.sender()), Tool.PIN)
        self.chosen.emit(tool if taken else Tool.PIN)
