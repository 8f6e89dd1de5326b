"""The help window and its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QColor, QGuiApplication, QTextFrameFormat, QTextTable
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.objectives.ridge import ENTRY
from vae_explorer import language
from vae_explorer.gui.commands import COMMANDS
from vae_explorer.gui.dialogs.about import AboutDialog, ShortcutsDialog
from vae_explorer.gui.dialogs.help import PAGES, HelpWindow, page_text
from vae_explorer.gui.theme import DARK, LIGHT, palette
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def chinese() -> Iterator[None]:
    """Chinese, and English again at the end."""
    language.use("zh_CN")
    yield
    language.use("en")


@pytest.mark.usefixtures("chinese")
def test_that_pages_and_the_index_are_in_the_chosen_language(qtbot: QtBot) -> None:
    window = HelpWindow(None, "paths")
    qtbot.addWidget(window)
    assert window.index.item(0).text() == language.tr(PAGES[0].title) != PAGES[0].title
    written = (resource_path("help", "zh_CN") / "paths.md").read_text(encoding="utf-8")
    assert page_text("paths") == written
    assert "文件" in page_text("keyboard")


@pytest.mark.usefixtures("chinese")
def test_that_lines_of_the_index_are_equally_high_in_two_scripts(qtbot: QtBot) -> None:
    window = HelpWindow(None)
    qtbot.addWidget(window)
    window.show()
    rows = (window.index.item(row) for row in range(window.index.count()))
    assert len({window.index.visualItemRect(row).height() for row in rows}) == 1


@pytest.mark.parametrize("make", [lambda: HelpWindow(None, "keyboard"), ShortcutsDialog])
def test_that_lines_of_tables_follow_the_theme(make: Callable[[], HelpWindow | ShortcutsDialog], qtbot: QtBot) -> None:
    window = make()
    qtbot.addWidget(window)
    for theme in (LIGHT, DARK):
        window.setPalette(palette(theme))
        tables = [each for each in window.text.document().rootFrame().childFrames() if isinstance(each, QTextTable)]
        assert tables
        for table in tables:
            assert table.format().borderStyle() is QTextFrameFormat.BorderStyle.BorderStyle_Solid
            assert table.format().borderBrush().color() == QColor(theme.border)


def test_that_every_objective_has_a_page_with_formula_and_source() -> None:
    names = {page.name for page in PAGES}
    for objective in OBJECTIVES:
        assert objective.name in names
        text = page_text(objective.name)
        assert "\n```math\n" in text
        assert "What to look for" in text
        assert "## Source" in text


def test_that_an_objective_without_a_page_is_explained_by_its_entry() -> None:
    with OBJECTIVES.added(ENTRY):
        text = page_text(ENTRY.name)
    assert text.startswith(f"# {ENTRY.title}\n")
    for words in (ENTRY.summary, ENTRY.formula, ENTRY.reference):
        assert words in text


def test_that_every_page_is_in_the_index_and_every_file_is_a_page() -> None:
    files = {path.stem for path in resource_path("help").glob("*.md")}
    assert files == {page.name for page in PAGES}


def test_that_the_keyboard_page_names_every_key() -> None:
    text = page_text("keyboard")
    for command in COMMANDS:
        if command.keys:
            assert command.tip in text


def test_that_arrow_keys_turn_the_pages(qtbot: QtBot) -> None:
    window = HelpWindow()
    qtbot.addWidget(window)
    window.show()
    for page in PAGES[1:]:
        QTest.keyClick(window.index, Qt.Key.Key_Down)
        assert len(window.text.toPlainText()) > 300, page.name
    assert "command line" in window.text.toPlainText()


@pytest.mark.parametrize("name", ["cvae-label", "no such page"])
def test_that_a_page_is_opened_by_its_name(qtbot: QtBot, name: str) -> None:
    names = [page.name for page in PAGES]
    row = names.index(name) if name in names else 0
    window = HelpWindow(page=name)
    qtbot.addWidget(window)
    assert window.index.currentRow() == row
    window._follow(QUrl("vae.md"))
    assert window.index.currentRow() == 1


def test_that_f1_opens_the_help_beside_the_window(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    pages = window.findChild(HelpWindow)
    assert isinstance(pages, HelpWindow)
    assert pages.isVisible()
    assert not pages.isModal()
    pages.close()


def test_that_about_scrolls_where_the_screen_is_low(window: MainWindow) -> None:
    window.commands["help.about"].trigger()
    dialog = window.findChild(AboutDialog)
    assert isinstance(dialog, AboutDialog)
    dialog.resize(dialog.minimumSizeHint())
    assert dialog.height() < 300
    assert not [widget.height() for widget in dialog.findChildren(QLabel) if widget.height() < least_height(widget)]
    assert dialog.versions.verticalScrollBar().maximum() > 0
    dialog.resize(dialog.sizeHint())
    assert dialog.versions.verticalScrollBar().maximum() == 0
    dialog.close()


def least_height(label: QLabel) -> int:
    """Return the height that the words of a label take in its width."""
    return label.heightForWidth(label.width()) if label.hasHeightForWidth() else label.sizeHint().height()


def test_that_the_versions_can_be_copied_from_about(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["help.about"].trigger()
    dialog = window.findChild(AboutDialog)
    assert isinstance(dialog, AboutDialog)
    QTest.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    dialog.close()
    assert copied.startswith("VAE Explorer ")
    assert f"Qt {qVersion()}" in copied
