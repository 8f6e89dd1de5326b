"""Qt's own file dialog, where the desktop has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFileDialog, QToolButton, QTreeView

from tests.gui.test_dressing import contrast
from vae_explorer.gui.theme import DARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def dialog(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> Iterator[QFileDialog]:
    (tmp_path / "pictures.npz").write_bytes(b"0" * 12_345)
    window.set_theme("dark")
    window.opening.ask_for_file()
    found = window.findChild(QFileDialog)
    assert isinstance(found, QFileDialog)
    found.setDirectory(str(tmp_path))
    table = table_of(found)
    qtbot.waitUntil(lambda: table.model().rowCount(table.rootIndex()) > 0)
    yield found
    found.reject()


def table_of(dialog: QFileDialog) -> QTreeView:
    table = dialog.findChild(QTreeView, "treeView")
    assert isinstance(table, QTreeView)
    return table


def test_that_its_arrows_are_seen_in_the_dark(dialog: QFileDialog) -> None:
    button = dialog.findChild(QToolButton, "toParentButton")
    assert isinstance(button, QToolButton)
    assert button.isEnabled()
    picture = button.grab().toImage()
    inner = [picture.pixelColor(x, y) for x in range(5, picture.width() - 5) for y in range(5, picture.height() - 5)]
    assert max(contrast(colour, QColor(DARK.raised)) for colour in inner) > 4.5


def test_that_it_says_all_of_the_date(dialog: QFileDialog, qtbot: QtBot) -> None:
    table = table_of(dialog)
    date = 3
    qtbot.waitUntil(lambda: table.columnWidth(date) >= table.sizeHintForColumn(date) > 0)
