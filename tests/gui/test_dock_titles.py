"""Whether the titles of docks are seen whole, in letters that are higher than those of the font's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

from tests.gui.spoken import choose

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.renewal import OneWindow

_MARGIN = 40


def inked_rows(image: QImage) -> int:
    """Return from the first to the last row in which something is drawn on an even ground."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    pixels = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    rows = np.nonzero((pixels != pixels[0, 0]).any(axis=1))[0]
    return int(rows[-1] - rows[0] + 1)


def drawn_freely(dock: QDockWidget) -> QImage:
    """Return the title drawn in the dock's letters and colours, with room around it."""
    width = dock.fontMetrics().horizontalAdvance(dock.windowTitle()) + 2 * _MARGIN
    image = QImage(width, 3 * _MARGIN, QImage.Format.Format_RGB32)
    image.fill(dock.palette().base().color())
    with QPainter(image) as painter:
        painter.setFont(dock.font())
        painter.setPen(dock.palette().color(dock.foregroundRole()))
        painter.drawText(QPoint(_MARGIN, 2 * _MARGIN), dock.windowTitle())
    return image


def titles(window: MainWindow) -> dict[str, tuple[int, int]]:
    """Return, by title, how many rows of it are seen, and how many it has."""
    found = {}
    for dock in window.docks:
        if dock.visibleRegion().isEmpty() or dock.widget() is None:
            continue
        width = dock.fontMetrics().horizontalAdvance(dock.windowTitle()) + 12
        title = dock.grab(QRect(2, 1, width, dock.widget().y() - 3)).toImage()
        found[dock.windowTitle()] = inked_rows(title), inked_rows(drawn_freely(dock))
    return found


def test_that_no_row_of_a_title_is_cut_off(holder: OneWindow, qtbot: QtBot) -> None:
    for code, first in (("zh_CN", "实验设置"), ("en", "Experiment")):
        shown = titles(choose(holder, code, qtbot))
        assert first in shown
        assert {title: seen for title, (seen, _) in shown.items()} == {
            title: all_ for title, (_, all_) in shown.items()
        }
