"""What Qt's own file dialog needs to be read in every theme, where the desktop has none of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHeaderView, QToolButton, QTreeView

_ARROWS = {
    "backButton": Qt.ArrowType.LeftArrow,
    "forwardButton": Qt.ArrowType.RightArrow,
    "toParentButton": Qt.ArrowType.UpArrow,
}
_NAME = 0


def make_readable(dialog: QFileDialog) -> QFileDialog:
    """Draw arrows in the colour of the words instead of black, let each column show all of its words, and return it.

    A dialog of the desktop is left as it is.
    """
    for name, arrow in _ARROWS.items():
        button = dialog.findChild(QToolButton, name)
        if isinstance(button, QToolButton):
            button.setArrowType(arrow)
    table = dialog.findChild(QTreeView, "treeView")
    if isinstance(table, QTreeView) and table.header().count():
        header = table.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
    return dialog
