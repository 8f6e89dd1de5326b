"""The numbers at the loss curves: round, and apart at every width."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from vae_explorer.gui.plotting.curve_axis import number, numbers_across, numbers_up, values_up

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def across(extent: float, size: float) -> list[tuple[float, str]]:
    """Positions in pixels and texts of the numbers of a horizontal axis from 0."""
    metrics = QFontMetricsF(QApplication.font())
    return [(value * size / extent, text) for value, text in numbers_across(0.0, extent, size, metrics)]


@pytest.mark.parametrize("extent", [0.04, 1.62, 2.02, 30.3, 101.0, 2144.0, 14_400.0, 1_234_567.0])
def test_that_numbers_side_by_side_keep_apart_at_every_width(qtbot: QtBot, extent: float) -> None:
    width = QFontMetricsF(QApplication.font()).horizontalAdvance
    for size in range(30, 900, 7):
        found = across(extent, size)
        assert found
        for (left, text), (right, next_text) in pairwise(found):
            assert right - left >= (width(text) + width(next_text)) / 2 + 5, (size, found)
            assert text != next_text


def test_that_shares_are_written_in_per_cent_where_the_table_beside_them_is() -> None:
    assert values_up(0.0, 0.11, 80, logarithmic=False, percent=True) == [(0.0, "0%"), (0.05, "5%"), (0.1, "10%")]
    assert values_up(0.0, 0.11, 80, logarithmic=False, percent=False)[1] == (0.05, "0.05")
    decades = values_up(-2.1, 0.1, 60, logarithmic=True, percent=True)
    assert decades == [(-2.0, "1%"), (-1.0, "10%"), (0.0, "100%")]


@pytest.mark.parametrize("size", [150, 300, 900])
def test_that_a_wide_axis_has_at_least_three_numbers(qtbot: QtBot, size: int) -> None:
    for extent in (1.62, 2.02, 30.3, 101.0, 2144.0):
        assert len(across(extent, size)) >= 3


def test_that_numbers_above_each_other_keep_apart(qtbot: QtBot) -> None:
    for size in range(60, 500, 11):
        places = [value * size / 7.3 for value, _ in numbers_up(0.0, 7.3, size)]
        assert all(after - before >= 20 for before, after in pairwise(places))
        assert len(places) >= 2


def test_that_numbers_have_thousands_set_off_and_no_minus_zero(qtbot: QtBot) -> None:
    assert number(12_000, 0) == "12,000"
    assert number(-0.001, 2) == "0.00"
    assert number(-2.5, 1) == "\N{MINUS SIGN}2.5"
    assert [text for _, text in numbers_up(0.0, 0.5, 52.0)] == ["0.0", "0.5"]


def test_that_an_axis_without_extent_has_no_numbers(qtbot: QtBot) -> None:
    assert across(1e-300, 0.0) == []
    assert numbers_up(1.0, 1.0, 100.0) == []
    assert numbers_up(0.0, 1.0, 0.0) == []
