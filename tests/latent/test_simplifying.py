"""Lines drawn by hand: few points, the same shape."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vae_explorer.latent.simplifying import MOST_POINTS, simplified, simplified_drawing

LINES = arrays(np.float64, st.tuples(st.integers(2, 60), st.just(2)), elements=st.floats(-5, 5, width=32))


def distance_to(line: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return how far each point is from the nearest piece of a line, by looking at many places on it."""
    share = np.linspace(0, 1, 401)[:, None, None]
    places = ((1 - share) * line[:-1] + share * line[1:]).reshape(-1, 2)
    return np.asarray(np.hypot(*(points[:, None] - places[None]).transpose(2, 0, 1)).min(axis=1))


@given(line=LINES, tolerance=st.floats(0.01, 2))
def test_that_no_point_lies_farther_than_the_tolerance_from_what_is_kept(line: np.ndarray, tolerance: float) -> None:
    kept = simplified(line, tolerance)
    assert (kept[0] == line[0]).all()
    assert (kept[-1] == line[-1]).all()
    assert distance_to(kept, line).max() <= tolerance + 0.03


def test_that_a_straight_line_keeps_its_ends_only() -> None:
    line = np.linspace((0, 0), (3, 1), 50)
    assert len(simplified(line, 1e-9)) == 2


def test_that_a_line_that_turns_back_keeps_its_turning_point() -> None:
    line = np.array([(x, 0.0) for x in (0, 1, 2, 3, 2, 1)])
    assert simplified(line, 0.1).tolist() == [[0, 0], [3, 0], [1, 0]]


def test_that_a_circle_is_kept_to_within_a_hundredth_with_few_points() -> None:
    t = np.linspace(0, 2 * math.pi, 700)
    circle = np.stack([np.cos(t), np.sin(t)], axis=1)
    kept = simplified_drawing(circle)
    assert 10 < len(kept) <= MOST_POINTS
    assert distance_to(kept, circle[::20]).max() < 0.02


def test_that_a_scribble_keeps_no_more_points_than_can_be_dragged() -> None:
    scribble = np.random.default_rng(0).normal(size=(900, 2))
    assert 2 < len(simplified_drawing(scribble)) <= MOST_POINTS


def test_that_places_that_are_no_numbers_are_left_out() -> None:
    assert simplified_drawing([(0, 0), (np.nan, 1), (1, 1)]).tolist() == [[0, 0], [1, 1]]
    assert len(simplified_drawing([(np.inf, 0)])) == 0
