"""What both laboratories share: room, names of controls, keys that open them, numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.gui.clipping import clipped
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.laboratories.divergence_window import DivergenceWindow
from vae_explorer.gui.laboratories.fit_window import FitWindow
from vae_explorer.gui.laboratories.numbers import number
from vae_explorer.gui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


# -- Both --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DivergenceWindow, FitWindow])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_nothing_is_cut_off_in_a_small_window(
    qtbot: QtBot, kind: type[DivergenceWindow | FitWindow], theme: object
) -> None:
    laboratory = kind()
    laboratory.set_theme(DARK if theme is DARK else LIGHT)
    laboratory.resize(QSize(800, 560))
    laboratory.show()
    qtbot.waitExposed(laboratory)
    for index in range(laboratory.examples.count()):
        laboratory.examples.setCurrentIndex(index)
        # The sampling goes on meanwhile: a longer number is laid out a moment after it was set.
        qtbot.waitUntil(lambda: clipped(laboratory) == [])
    assert laboratory.size() == QSize(800, 560)
    laboratory.grab()
    laboratory.close()


@pytest.mark.parametrize("kind", [DivergenceWindow, FitWindow])
def test_that_every_control_has_a_name_and_enter_presses_no_button(
    qtbot: QtBot, kind: type[DivergenceWindow | FitWindow]
) -> None:
    laboratory = kind()
    laboratory.show()
    qtbot.waitExposed(laboratory)
    for box in [laboratory.examples, *laboratory.boxes.boxes.values(), laboratory.bell_plot]:
        assert box.accessibleName()
    assert not any(button.autoDefault() for button in laboratory.findChildren(QPushButton))
    QTest.keyClick(laboratory, Qt.Key.Key_Return)
    assert laboratory.isVisible()
    QTest.keyClick(laboratory, Qt.Key.Key_Escape)
    assert not laboratory.isVisible()


@pytest.mark.parametrize(("key", "kind"), [(Qt.Key.Key_K, DivergenceWindow), (Qt.Key.Key_F, FitWindow)])
def test_that_keys_open_a_laboratory_once_beside_the_window(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, kind: type[DivergenceWindow | FitWindow]
) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, key, modifiers)
    (laboratory,) = window.findChildren(kind)
    assert isinstance(laboratory, kind)
    assert laboratory.isVisible()
    assert not laboratory.isModal()
    window.set_theme("dark")
    assert laboratory.bell_plot.theme is DARK
    (
        window.commands["explore.divergences"] if kind is DivergenceWindow else window.commands["explore.bump-fit"]
    ).trigger()
    assert len(window.findChildren(kind)) == 1
    laboratory.help.click()
    (pages,) = laboratory.findChildren(HelpWindow)
    assert isinstance(pages, HelpWindow)
    assert "Two small laboratories" in pages.text.toPlainText()
    pages.close()
    laboratory.close()
    qtbot.waitUntil(lambda: window.findChildren(kind) == [])


def test_that_closing_the_window_leaves_no_laboratory_open(window: MainWindow) -> None:
    window.laboratories.open_divergences()
    window.laboratories.open_bump_fit()
    window.close()
    assert not any(child.isVisible() for child in window.findChildren(DivergenceWindow))
    assert not any(child.isVisible() for child in window.findChildren(FitWindow))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (28.0, "28.000"), (5689.27, "5689.3"), (-2e-9, "−2.0·10⁻⁹"), (0.0, "0.0000"), (math.nan, "–")],
)
def test_that_numbers_have_the_digits_a_person_reads(value: float, text: str) -> None:
    assert number(value) == text
