"""What screen readers are told, asked through the interface that they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QTabBar,
    QWidget,
)

from vae_explorer.gui.dialogs.about import AboutDialog
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.dialogs.limits import LimitsDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def told(widget: QWidget) -> Iterator[tuple[QWidget, QAccessibleInterface]]:
    """Yield the widgets in a window that can have the focus, each with what is told of it."""
    for child in (widget, *widget.findChildren(QWidget)):
        inside = child.parent()
        if isinstance(inside, (QAbstractSpinBox, QComboBox, QAbstractItemView)) or isinstance(child, QMenu):
            continue
        interface = QAccessible.queryAccessibleInterface(child)
        if interface is not None and interface.state().focusable and child.isVisibleTo(widget):
            yield child, interface


def nameless(window: QWidget) -> list[str]:
    """Return the widgets that a screen reader could only call by their kind."""
    kinds = (QScrollArea, QTabBar, QLabel)  # a label is what it says
    return [
        f"{type(child).__name__} {child.objectName()} in {type(child.parent()).__name__}"
        for child, interface in told(window)
        if not interface.text(QAccessible.Text.Name).strip() and not isinstance(child, kinds) and child is not window
    ]


def test_that_everything_in_the_window_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    for name in window.hosts:
        window.reveal(name)
        assert nameless(window) == [], name


def make_dialogs(window: MainWindow) -> dict[str, Callable[[], QWidget]]:
    """Return how each dialog is made."""
    return {
        "export": lambda: ExportDialog(window.session, window),
        "limits": lambda: LimitsDialog(window.session, window.theme, window),
        "about": lambda: AboutDialog(window),
        "help": lambda: HelpWindow(window),
    }


def test_that_everything_in_a_dialog_has_a_name(window: MainWindow, qtbot: QtBot, subtests: pytest.Subtests) -> None:
    for name, make in make_dialogs(window).items():
        with subtests.test(dialog=name):
            dialog = make()
            qtbot.addWidget(dialog)
            dialog.show()
            assert [child for child, _interface in told(dialog)]
            assert nameless(dialog) == []
            dialog.close()


def test_that_a_field_without_a_name_is_found(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    field = QLineEdit(holder)
    assert len(nameless(holder)) == 1
    field.setAccessibleName("Width")
    assert nameless(holder) == []
    qtbot.wait(1)


def test_that_settings_are_told_with_what_they_are_for(window: MainWindow) -> None:
    interfaces = [interface for _child, interface in told(window.hosts["experiment"])]
    described = [interface.text(QAccessible.Text.Description) for interface in interfaces]
    assert sum(bool(text.strip()) for text in described) >= len(interfaces) / 2
