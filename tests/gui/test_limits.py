"""The limits of files are changed in the window, kept, and in force at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QPushButton

from vae_explorer.data.allowance import FILE, Allowance, keep_allowance, kept_allowance, limits_in_force
from vae_explorer.gui.dialogs.limits import LimitsDialog
from vae_explorer.gui.editors import NumberEdit
from vae_explorer.resources import config_folder

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.state import Notice
    from vae_explorer.gui.main_window import MainWindow


def opened(window: MainWindow, qtbot: QtBot) -> LimitsDialog:
    window.commands["file.limits"].trigger()
    dialog = window.findChild(LimitsDialog)
    assert dialog is not None
    qtbot.waitExposed(dialog)
    return dialog


def press(dialog: LimitsDialog, button: QDialogButtonBox.StandardButton) -> None:
    QTest.mouseClick(dialog.buttons.button(button), Qt.MouseButton.LeftButton)


def type_pixels(dialog: LimitsDialog, text: str) -> None:
    editor = dialog.form.row("pixels").editor
    assert isinstance(editor, NumberEdit)
    editor.setFocus()
    line = editor.lineEdit()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Tab)


def test_that_limits_are_changed_kept_and_in_force(window: MainWindow, qtbot: QtBot) -> None:
    assert limits_in_force().picture_pixels == 25_000_000
    dialog = opened(window, qtbot)
    type_pixels(dialog, "100")
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert kept_allowance(config_folder())[0] == Allowance(pixels=100)
    assert limits_in_force().picture_pixels == 100_000_000


def test_that_cancelling_changes_nothing_and_defaults_come_back(window: MainWindow, qtbot: QtBot) -> None:
    keep_allowance(config_folder(), Allowance(pixels=100, depth=3))
    dialog = opened(window, qtbot)
    press(dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    assert dialog.form.config == Allowance()
    press(dialog, QDialogButtonBox.StandardButton.Cancel)
    assert limits_in_force().depth == 3
    qtbot.waitUntil(lambda: window.findChild(LimitsDialog) is None)
    dialog = opened(window, qtbot)
    press(dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert limits_in_force().depth == 8


def test_that_a_folder_that_cant_be_written_is_told(window: MainWindow, qtbot: QtBot) -> None:
    (config_folder() / FILE).parent.mkdir(parents=True, exist_ok=True)
    (config_folder() / FILE).mkdir()
    told: list[Notice] = []
    window.session.noticed.connect(told.append)
    dialog = opened(window, qtbot)
    press(dialog, QDialogButtonBox.StandardButton.Save)
    assert "can't be kept" in told[-1].text


def test_that_all_fields_end_at_the_same_place_with_a_unit_or_without(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    qtbot.waitUntil(lambda: len({row.editor.geometry().right() for row in dialog.form.rows if row.isVisible()}) == 1)
    press(dialog, QDialogButtonBox.StandardButton.Cancel)


def test_that_large_counts_are_shown_in_groups_and_typed_with_or_without(window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(window, qtbot)
    editor = dialog.form.row("images").editor
    assert isinstance(editor, NumberEdit)
    line = editor.lineEdit()
    assert line.text() == "50,000,000"
    for text in ("1,000,000", "2000000"):
        line.selectAll()
        QTest.keyClicks(line, text)
        assert getattr(dialog.form.config, "images", 0) == int(text.replace(",", ""))
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == "2,000,001"


def test_that_the_bold_word_of_the_main_button_has_room(window: MainWindow, qtbot: QtBot) -> None:
    buttons = opened(window, qtbot).buttons
    save = buttons.button(QDialogButtonBox.StandardButton.Save)
    plain = buttons.button(QDialogButtonBox.StandardButton.Cancel)

    def beside(button: QPushButton) -> int:
        return button.width() - button.fontMetrics().horizontalAdvance(button.text())

    assert save.font().bold()
    assert beside(save) >= beside(plain)
