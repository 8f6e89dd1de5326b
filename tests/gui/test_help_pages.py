"""Help for what one is at: F1 and "What's this?"."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWhatsThis, QWidget

from vae_explorer.gui.dialogs.help import PAGES, HelpWindow
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.help_pages import OBJECTIVE_PAGE, help_page, open_help, set_help_page
from vae_explorer.gui.panels import PANELS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def page_shown(window: QWidget) -> str:
    """Return the name of the page that the help of a window shows."""
    opened = window.findChildren(HelpWindow, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert len(opened) == 1
    return PAGES[opened[0].index.currentRow()].name


def test_that_every_panel_has_a_page_that_is_there() -> None:
    names = {page.name for page in PAGES} | {OBJECTIVE_PAGE}
    assert {entry.page for entry in PANELS} <= names


@pytest.mark.parametrize(("panel", "page"), [("plane", "map"), ("path", "paths"), ("metrics", "measuring")])
def test_that_f1_opens_the_page_of_the_panel_with_the_focus(window: MainWindow, panel: str, page: str) -> None:
    window.enter(panel)
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert page_shown(window) == page


def test_that_f1_in_the_settings_of_an_objective_opens_its_page(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_experiment(window.session.experiment.with_objective("beta-vae"))
    forms = window.hosts["experiment"].findChildren(ConfigForm)
    form = next(form for form in forms if type(form.config).section == "objective" and form.rows)
    form.rows[0].editor.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: page_shown(window) == "beta-vae")


def test_that_f1_again_turns_the_page_of_the_same_help(window: MainWindow) -> None:
    window.enter("path")
    QTest.keyClick(window, Qt.Key.Key_F1)
    window.activateWindow()
    window.enter("plane")
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert page_shown(window) == "map"


def test_that_what_has_no_page_round_it_opens_the_first(qtbot: QtBot) -> None:
    around = QWidget()
    qtbot.addWidget(around)
    inside = QWidget(around)
    assert help_page(None, "vae") == help_page(inside, "vae") == "start"
    set_help_page(around, "paths")
    assert help_page(inside, "vae") == "paths"
    set_help_page(inside, OBJECTIVE_PAGE)
    assert help_page(inside, "gan") == "gan"


def test_that_f1_in_another_window_opens_the_page_about_it(window: MainWindow, qtbot: QtBot) -> None:
    window.runs.open()
    opened = window.runs.opened
    assert opened is not None
    qtbot.waitExposed(opened)
    opened.activateWindow()
    qtbot.waitUntil(opened.isActiveWindow)
    QTest.keyClick(opened, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: page_shown(opened) == "runs")


def test_that_the_help_belongs_to_the_window_that_asks(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    open_help(owner, "vae")
    assert page_shown(owner) == "vae"


def test_that_what_is_clicked_next_is_explained(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert QWhatsThis.inWhatsThisMode()
    button = window.run_bar.device_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    shown = [widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ == "QWhatsThat"]
    QWhatsThis.leaveWhatsThisMode()
    QWhatsThis.hideText()
    assert button.whatsThis() == button.toolTip()
    assert shown or not button.menu() or not button.menu().isVisible()


def test_that_every_setting_is_explained_by_its_help(window: MainWindow) -> None:
    rows = [row for form in window.hosts["experiment"].findChildren(ConfigForm) for row in form.rows]
    assert rows
    assert all(escape(row.setting.declaration.help) in row.editor.whatsThis() for row in rows)
