"""Boxes with numbers: the minus sign that they show, and the signs that they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from vae_explorer.config import settings_of
from vae_explorer.gui.calm import CalmDoubleSpinBox
from vae_explorer.gui.editors import NumberEdit
from vae_explorer.sections import TrainingConfig

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def box(qtbot: QtBot) -> CalmDoubleSpinBox:
    made = CalmDoubleSpinBox()
    made.setRange(-9.0, 9.0)
    made.setDecimals(3)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(("value", "text"), [(-0.328, "−0.328"), (0.5, "0.500"), (-0.0001, "0.000"), (-9.0, "−9.000")])
def test_that_a_negative_number_has_a_minus_sign(box: CalmDoubleSpinBox, value: float, text: str) -> None:
    box.setValue(value)
    assert box.text() == text


@pytest.mark.parametrize("text", ["-1.25", "−1.25"])
def test_that_a_number_is_taken_with_a_hyphen_or_a_minus_sign(box: CalmDoubleSpinBox, text: str) -> None:
    box.selectAll()
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -1.25
    assert box.text() == "−1.250"


def test_that_a_negative_number_is_stepped_and_edited_as_it_stands(box: CalmDoubleSpinBox) -> None:
    box.setSingleStep(0.5)
    box.setValue(-1.0)
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.value() == -0.5
    box.lineEdit().setCursorPosition(len(box.text()))
    QTest.keyClick(box, Qt.Key.Key_Backspace)
    QTest.keyClicks(box, "5")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == -0.505


def test_that_a_setting_takes_a_minus_sign_for_a_hyphen(qtbot: QtBot) -> None:
    rate = next(setting for setting in settings_of(TrainingConfig) if setting.name == "learning_rate")
    editor = NumberEdit(rate)
    qtbot.addWidget(editor)
    edited: list[str] = []
    editor.edited.connect(edited.append)
    editor.lineEdit().clear()
    QGuiApplication.clipboard().setText("−3")
    editor.lineEdit().setFocus()
    editor.lineEdit().paste()
    assert edited[-1] == "-3"
