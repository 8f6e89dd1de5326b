"""Where the points of a curve are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from vae_explorer.gui.plotting.curve_frame import CurveFrame

FRAME = CurveFrame(QRectF(40, 10, 200, 100), x=(0.0, 10.0), y=(100.0, 200.0))


def test_that_points_lie_where_the_axes_say() -> None:
    polygon = FRAME.polygon(np.array([0.0, 5.0, 10.0]), np.array([100.0, 125.0, 200.0]))
    assert [(point.x(), point.y()) for point in polygon.toList()] == [(40.0, 110.0), (140.0, 85.0), (240.0, 10.0)]
    assert [FRAME.column(5.0), FRAME.row(125.0), FRAME.position(140.0)] == [140.0, 85.0, 5.0]


def test_that_no_points_make_an_empty_line() -> None:
    assert FRAME.polygon(np.empty(0), np.empty(0)).toList() == []


def test_that_a_point_far_away_stays_within_what_can_be_drawn() -> None:
    (point,) = FRAME.polygon(np.array([1e12]), np.array([-1e12])).toList()
    assert max(abs(point.x()), abs(point.y())) <= 1e5


def test_that_zooming_keeps_what_is_under_the_mouse_and_panning_carries_it_along() -> None:
    mouse = QPointF(90.0, 35.0)
    zoomed = FRAME.zoomed(0.5, 0.5, mouse)
    assert zoomed.position(90.0) == pytest.approx(FRAME.position(90.0))
    assert zoomed.row(175.0) == pytest.approx(35.0)
    assert zoomed.x[1] - zoomed.x[0] == pytest.approx(5.0)
    panned = FRAME.panned(20.0, 0.0)
    assert panned.column(5.0) == pytest.approx(160.0)
    assert panned.y == FRAME.y


def test_that_zooming_in_ends_before_numbers_run_out_of_digits() -> None:
    frame = FRAME
    for _ in range(500):
        frame = frame.zoomed(0.5, 0.5, QPointF(90.0, 35.0))
    assert frame.x[0] < frame.x[1]
    assert frame.y[0] < frame.y[1]
