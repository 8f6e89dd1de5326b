"""Commands: one list for words, keys and menus."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QMenu, QWidget

from vae_explorer.app.state import RunState
from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QKeyCombination
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def train_to_the_end(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "2")
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)


def test_that_no_key_does_two_things(window: MainWindow) -> None:
    keys = Counter(
        sequence.toString(QKeySequence.SequenceFormat.PortableText)
        for menu in window.menuBar().findChildren(QMenu)
        for action in menu.actions()
        for sequence in action.shortcuts()
    )
    assert keys["Ctrl+R"] == 1
    assert [key for key, count in keys.items() if count > 1] == []


def test_that_no_command_takes_a_key_that_is_typed_or_that_the_plane_has(window: MainWindow) -> None:
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    for command in COMMANDS:
        for text in command.keys:
            keys = cast("Sequence[QKeyCombination]", QKeySequence(text, QKeySequence.SequenceFormat.PortableText))
            key = keys[0]
            press = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key.key(), key.keyboardModifiers())
            press.ignore()
            plane.view.event(press)
            assert not press.isAccepted(), f"{text} of {command.name} is a key of the plane"
            plain = key.keyboardModifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}
            assert not plain or text.removeprefix("Shift+").startswith("F"), f"{text} of {command.name} is typed"


def test_that_no_mnemonic_is_used_twice_in_a_menu() -> None:
    for menu in MENUS:
        letters = re.findall(r"&(\w)", " ".join(command.text.lower() for command in COMMANDS if command.menu == menu))
        assert len(letters) == len(set(letters)), menu


def test_that_every_command_is_in_its_menu_with_a_tip(window: MainWindow) -> None:
    shown = {action.objectName() for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()}
    for command in COMMANDS:
        assert command.name in shown
        assert window.commands[command.name].statusTip()


def test_that_keys_train_pause_and_stop(window: MainWindow, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    window.session.set_setting("training.epochs", "10000")
    QTest.keyClick(window, Qt.Key.Key_R, control)
    qtbot.waitUntil(lambda: window.session.state is RunState.TRAINING)
    qtbot.waitUntil(lambda: window.session.progress is not None and window.session.progress.step > 0)
    QTest.keyClick(window, Qt.Key.Key_R, control)
    assert window.session.state is RunState.PAUSED
    QTest.keyClick(window, Qt.Key.Key_Period, control)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)


def test_that_a_path_is_made_by_keys_alone(window: MainWindow, qtbot: QtBot) -> None:
    train_to_the_end(window, qtbot)
    session, control = window.session, Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(lambda: session.points is not None)
    QTest.keyClick(window, Qt.Key.Key_D, control)
    assert session.pinned is not None
    assert session.pinned.sample is not None
    first = session.pinned
    QTest.keyClick(window, Qt.Key.Key_1, control)
    QTest.keyClick(window, Qt.Key.Key_Home, control | Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(window, Qt.Key.Key_3, control)
    assert session.path.start == first
    assert session.path.end is not None
    assert session.path.end.z == (0.0, 0.0)
    QTest.keyClick(window, Qt.Key.Key_0, control)
    assert session.path.points == ()


def test_that_the_picture_at_the_pin_is_copied(window: MainWindow, qtbot: QtBot) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().clear()
    train_to_the_end(window, qtbot)
    window.session.pin((1.0, 0.0))
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_C, keys)
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull())
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (8, 8)
    assert image.pixelColor(0, 0).red() == 160


def test_that_every_control_of_the_shell_has_an_accessible_name(window: MainWindow) -> None:
    places: list[QWidget] = [window.run_bar, window.hosts["experiment"], window.notices]
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for place in places
        for widget in place.findChildren(QWidget)
        if isinstance(widget, (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit))
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []


def test_that_help_lists_the_keys_and_closes_with_escape(window: MainWindow, qtbot: QtBot) -> None:
    from vae_explorer.gui.dialogs.about import ShortcutsDialog

    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ShortcutsDialog)
    assert dialog is not None
    words = dialog.text.toPlainText()
    for command in COMMANDS:
        for text in command.keys[:1]:
            assert QKeySequence(text).toString(QKeySequence.SequenceFormat.NativeText) in words
            assert command.tip in words
    for key in ("Arrows", "Home", "Enter", "Escape", "lasso", "Space or middle button"):
        assert key in words
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
