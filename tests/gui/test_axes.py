"""The names of the plane's axes: both with the unit, or both without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter

from vae_explorer.gui.plotting.axes import _names, plot_rectangle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SYMBOLS = "z₁", "z₂"


@pytest.mark.parametrize(
    ("size", "has_unit"), [((600, 460), True), ((600, 300), False), ((390, 460), False), ((420, 200), False)]
)
def test_that_both_axes_name_their_unit_or_neither(qtbot: QtBot, size: tuple[int, int], has_unit: bool) -> None:
    image = QImage(10, 10, QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        names = _names(painter, SYMBOLS, "prior standard deviations", plot_rectangle(*size), QSize(*size))
    assert [("prior standard deviations" in name) for name in names] == [has_unit, has_unit]
    assert [name[:2] for name in names] == list(SYMBOLS)
