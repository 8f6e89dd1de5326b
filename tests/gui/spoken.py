"""All that windows say: texts, tool tips and names for screen readers, of every widget, action, entry and tab."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QTabBar, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QAbstractItemModel, QObject
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.renewal import OneWindow

_PROPERTIES = (
    "windowTitle",
    "title",
    "text",
    "plainText",
    "placeholderText",
    "prefix",
    "suffix",
    "specialValueText",
    "toolTip",
    "statusTip",
    "accessibleName",
    "accessibleDescription",
)
_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)

Said = Counter[tuple[str, str, str]]
"""Class, property and text, and how often it is said."""


def choose(holder: OneWindow, code: str, qtbot: QtBot) -> MainWindow:
    """Choose a language in the menu View; return the window that speaks it."""
    action = next(action for action in holder.window.menus.languages.actions() if action.data() == code)
    with qtbot.waitSignal(holder.replaced):
        action.trigger()
    qtbot.waitExposed(holder.window)
    return holder.window


def said_by(window: QWidget) -> Said:
    """Return all that a window says, the widgets in it that are seen, and all actions."""
    seen = (widget for widget in window.findChildren(QWidget) if widget.isVisibleTo(window))
    things: list[QObject] = [window, *seen, *window.findChildren(QAction)]
    return Counter((type(thing).__name__, *said) for thing in things for said in _said(thing) if said[1].strip())


def said_beside(window: QWidget) -> Said:
    """Return all that the windows beside a window say that are open."""
    others = (each for each in QApplication.topLevelWidgets() if each is not window and each.isVisible())
    return sum((said_by(other) for other in others), Counter())


def _said(thing: QObject) -> Iterator[tuple[str, str]]:
    for name in _PROPERTIES:
        value = thing.property(name)
        if isinstance(value, str):
            yield name, value
    if isinstance(thing, QComboBox | QAbstractItemView) and thing.model() is not None:
        yield from _in_model(thing.model())
    if isinstance(thing, QTabBar):
        yield from ((f"tab {kind}", text) for place in range(thing.count()) for kind, text in _of_tab(thing, place))


def _of_tab(bar: QTabBar, place: int) -> tuple[tuple[str, str], ...]:
    return ("text", bar.tabText(place)), ("toolTip", bar.tabToolTip(place)), ("name", bar.accessibleTabName(place))


def _in_model(model: QAbstractItemModel) -> Iterator[tuple[str, str]]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for column in range(columns):
        for role in _ROLES:
            heading = model.headerData(column, Qt.Orientation.Horizontal, role)
            entries = (model.index(row, column).data(role) for row in range(model.rowCount()))
            yield from (("entry", text) for text in (heading, *entries) if isinstance(text, str))
