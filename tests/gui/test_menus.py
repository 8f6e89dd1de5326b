"""What is seen in the menus, in light and in dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from tests.gui.test_dressing import contrast
from vae_explorer.gui.panels.path_options import PathOptions
from vae_explorer.gui.theme import THEMES

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QIcon, QImage
    from PySide6.QtWidgets import QMenu
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_the_icon_of_train_is_seen_in_the_menu_and_on_its_button(choice: str, window: MainWindow) -> None:
    window.set_theme(choice)
    theme, button = THEMES[choice], window.run_bar.toggle_button
    assert contrast(_ink(window.commands["train.toggle"].icon()), QColor(theme.panel)) > 4.5
    assert contrast(_ink(button.icon()), QColor(theme.accent)) > 4.5
    window.commands["train.toggle"].setStatusTip("other words")
    assert contrast(_ink(button.icon()), QColor(theme.accent)) > 4.5


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_a_box_without_a_tick_is_seen_in_a_menu(choice: str, window: MainWindow, qtbot: QtBot) -> None:
    window.set_theme(choice)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    menu, action = window.menus.menus["view"], window.commands["view.times"]
    action.setChecked(False)
    row = _row(menu, action)
    middle = row.height() // 2
    outline = (row.pixelColor(x, middle) for x in range(2, 16))
    assert max(contrast(colour, QColor(THEMES[choice].panel)) for colour in outline) > 3.0


def test_that_panels_without_a_box_are_a_group_of_their_own(window: MainWindow) -> None:
    groups: list[list[QAction]] = [[]]
    for action in window.menus.menus["view"].actions():
        groups.append([]) if action.isSeparator() else groups[-1].append(action)
    panels = [group for group in groups if set(group) <= set(window.menus.panels)]
    assert [{action.isCheckable() for action in group} for group in panels] == [{True}, {False}]


def test_that_the_key_of_a_panel_behind_another_brings_it_forward_and_only_then_closes_it(window: MainWindow) -> None:
    behind = next(dock for dock in window.docks if not dock.isHidden() and dock.visibleRegion().isEmpty())
    name = behind.objectName().removeprefix("dock.")
    action = next(action for action in window.menus.panels if action.property("panel") == name)
    seen = []
    for _ in range(3):
        action.trigger()
        QApplication.processEvents()
        seen.append((not behind.visibleRegion().isEmpty(), action.isChecked(), behind.isHidden()))
    assert seen == [(True, True, False), (False, False, True), (True, True, False)]
    behind.close()
    assert not action.isChecked()


def test_that_every_entry_of_the_menu_of_training_has_a_mnemonic(window: MainWindow) -> None:
    entries = [action.text() for action in window.menus.menus["train"].actions() if not action.isSeparator()]
    assert [text for text in entries if "&" not in text] == []
    assert window.run_bar.toggle_button.text() == "Train"


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_that_the_first_heading_of_a_menu_keeps_off_its_edge(choice: str, window: MainWindow, qtbot: QtBot) -> None:
    window.set_theme(choice)
    qtbot.waitUntil(lambda: not window.dressing.is_at_work)
    options = window.findChild(PathOptions)
    assert options is not None
    menu = options.menu()
    first, second = [action for action in menu.actions() if action.isSeparator() and action.text()]
    above = menu.actions()[menu.actions().index(second) - 1]
    row = _row(menu, above)
    heights = [y for y in range(row.height()) if _is_written(row, y)]
    assert menu.actionGeometry(first).top() >= row.height() - max(heights) > 0


def _is_written(row: QImage, y: int) -> bool:
    return len({row.pixel(x, y) for x in range(row.width() // 4, row.width() - 4)}) > 1


def _ink(icon: QIcon) -> QColor:
    """Return the colour of the middle of an icon, which is drawn there."""
    picture = icon.pixmap(18, 18).toImage()
    return picture.pixelColor(picture.width() // 2, picture.height() // 2)


def _row(menu: QMenu, action: QAction) -> QImage:
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    return menu.grab(menu.actionGeometry(action)).toImage()
