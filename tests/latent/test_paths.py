"""Paths: exact ends, the laws of the norm, symmetry, and the edges where an angle has no sense."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, rayleigh

from vae_explorer.errors import SettingError
from vae_explorer.latent.paths import (
    INTERPOLATIONS,
    Course,
    Interpolation,
    frame_times,
    interpolate,
    is_antipodal,
    leg_times,
    path_length,
    path_notes,
    turn,
)

METHODS = tuple(entry.name for entry in INTERPOLATIONS if not entry.needs_model)
EVEN_LEGS = tuple(name for name in METHODS if not INTERPOLATIONS.get(name).at_even_pace)
COORDINATES = st.floats(-1e3, 1e3, allow_nan=False)
POINTS = st.tuples(COORDINATES, COORDINATES)
TIMES = np.linspace(0, 1, 11)
SAMPLES = 4000


def independent_ends() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(7)
    return generator.standard_normal((SAMPLES, 2)), generator.standard_normal((SAMPLES, 2))


def norms_at(method: str, t: float) -> np.ndarray:
    starts, ends = independent_ends()
    function = INTERPOLATIONS.get(method).function
    return np.array([np.hypot(*function(one, two, np.array([t]))[0]) for one, two in zip(starts, ends, strict=True)])


def test_that_spherical_is_the_default_and_all_methods_are_there() -> None:
    assert INTERPOLATIONS.names() == ("spherical", "linear", "cos-sin", "spherical-white", "geodesic", "hand-drawn")
    assert INTERPOLATIONS.get("spherical").title == "Spherical (polar)"
    assert [entry.name for entry in INTERPOLATIONS if entry.needs_model] == ["geodesic"]


@pytest.mark.parametrize("method", EVEN_LEGS)
@given(start=POINTS, end=POINTS, way=POINTS)
def test_that_a_path_meets_its_points_exactly_and_is_finite_everywhere(
    method: str, start: tuple[float, float], end: tuple[float, float], way: tuple[float, float]
) -> None:
    path = interpolate([start, way, end], method, TIMES)
    assert tuple(path[0]) == start
    assert tuple(path[5]) == way
    assert tuple(path[-1]) == end
    assert np.isfinite(path).all()


@pytest.mark.parametrize("method", METHODS)
@given(start=POINTS, end=POINTS)
def test_that_the_way_back_is_the_way_there_unless_the_ends_are_opposite(
    method: str, start: tuple[float, float], end: tuple[float, float]
) -> None:
    if is_antipodal(start, end):
        return
    there = interpolate([start, end], method, TIMES)
    back = interpolate([end, start], method, TIMES)
    np.testing.assert_allclose(back[::-1], there, atol=1e-9 * (1 + np.abs(there).max()))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("start", "end"),
    [((1.6e-299, 1.6e-299), (1.6e-299, 1.6e-299)), ((0.0, 0.0), (3e-310, 0.0)), ((0.1, 0.7), (0.1, 0.7))],
)
def test_that_a_path_that_hardly_moves_is_walked_without_a_jump(
    method: str, start: tuple[float, float], end: tuple[float, float]
) -> None:
    path = interpolate([start, end], method, TIMES, equal_speed=True)
    assert np.abs(path - start).max() <= 2 * math.hypot(*start) + 1e-300


@pytest.mark.parametrize("method", METHODS)
@given(angle=st.floats(-4, 4))
def test_that_turning_the_plane_turns_the_path(method: str, angle: float) -> None:
    ends = np.array([[1.0, 0.5], [-0.3, 2.0]])
    rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    np.testing.assert_allclose(
        interpolate(ends @ rotation, method, TIMES), interpolate(ends, method, TIMES) @ rotation, atol=1e-12
    )


@pytest.mark.parametrize("t", [0.1, 0.25, 0.5, 0.9])
def test_that_cos_sin_of_independent_ends_keeps_the_law_of_the_prior(t: float) -> None:
    assert kstest(norms_at("cos-sin", t), rayleigh.cdf).pvalue > 0.01


def test_that_the_middle_of_a_straight_line_has_the_norm_of_the_law_with_half_the_variance() -> None:
    norms = norms_at("linear", 0.5)
    assert kstest(norms, rayleigh(scale=math.sqrt(0.5)).cdf).pvalue > 0.01
    assert norms.mean() == pytest.approx(0.886, abs=4 * norms.std() / math.sqrt(SAMPLES))
    assert kstest(norms, rayleigh.cdf).pvalue < 1e-6


def test_that_the_middle_of_a_spherical_path_has_the_mean_norm_of_its_ends() -> None:
    starts, ends = independent_ends()
    means = (np.hypot(*starts.T) + np.hypot(*ends.T)) / 2
    np.testing.assert_allclose(norms_at("spherical", 0.5), means, rtol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-5, 0.9e-4, 1.1e-4, 0.5, math.pi / 2, 3.0, math.pi - 1e-5, math.pi])
@pytest.mark.parametrize("radius", [1e-6, 1.0, 50.0])
def test_that_a_spherical_path_between_equal_norms_stays_on_the_circle(angle: float, radius: float) -> None:
    ends = radius * np.array([[1.0, 0.0], [math.cos(angle), math.sin(angle)]])
    path = interpolate(ends, "spherical", np.linspace(0, 1, 101))
    np.testing.assert_allclose(np.hypot(*path.T), radius, rtol=2e-9)


def test_that_a_spherical_path_turns_evenly_and_takes_the_shorter_turn() -> None:
    path = interpolate([[2.0, 0.0], [0.0, -1.0]], "spherical", TIMES)
    np.testing.assert_allclose(np.arctan2(path[:, 1], path[:, 0]), -TIMES * math.pi / 2, atol=1e-12)
    np.testing.assert_allclose(np.hypot(*path.T), 2 - TIMES, rtol=1e-12)


def test_that_below_the_smallest_angle_a_spherical_path_is_the_straight_line() -> None:
    ends = [[1.0, 0.0], [3.0, 3.0 * 0.9e-4]]
    assert (interpolate(ends, "spherical", TIMES) == interpolate(ends, "linear", TIMES)).all()


@pytest.mark.parametrize("end", [(-2.0, 0.0), (-2.0, -0.0), (-2.0, 1e-5), (-2.0, -1e-5), (-1e-3, 0.0)])
def test_that_opposite_ends_turn_counter_clockwise_and_say_so(end: tuple[float, float]) -> None:
    ends = [(2.0, 0.0), end]
    assert is_antipodal(*ends)
    path = interpolate(ends, "spherical", TIMES)
    assert (path[1:-1, 1] > 0).all()
    assert tuple(path[-1]) == end
    (note,) = path_notes(ends, "spherical")
    assert "counter-clockwise" in note
    assert path_notes(ends, "linear") == ()


def test_that_ends_just_off_opposite_take_the_shorter_turn_in_silence() -> None:
    ends = [(1.0, 0.0), (-1.0, -2e-4)]
    assert not is_antipodal(*ends)
    assert turn(np.array(ends[0]), np.array(ends[1])) < 0
    assert path_notes(ends, "spherical") == ()


def test_that_a_note_names_its_leg_when_there_are_several() -> None:
    notes = path_notes([(1, 0), (0, 1), (0, -1)], "spherical")
    assert notes == ("On leg 2, the ends lie opposite each other, so the path turns counter-clockwise.",)


def test_that_a_zero_vector_takes_the_direction_of_the_other_end() -> None:
    ends = [(0.0, 0.0), (3.0, 4.0)]
    path = interpolate(ends, "spherical", TIMES)
    np.testing.assert_allclose(path, np.outer(TIMES, [3.0, 4.0]), atol=1e-15)
    assert "origin" in path_notes(ends, "spherical")[0]
    assert (interpolate([(0, 0), (0, 0)], "spherical", TIMES) == 0).all()


def test_that_beyond_its_ends_each_method_goes_on_as_documented() -> None:
    ends = [(1.0, 0.0), (0.0, 2.0)]
    np.testing.assert_allclose(interpolate(ends, "linear", [-1, 2]), [(2, -2), (-1, 4)])
    np.testing.assert_allclose(
        interpolate(ends, "spherical", [2, -0.5, -2]),
        [(-3, 0), (math.sqrt(0.125), -math.sqrt(0.125)), (0, 0)],
        atol=1e-12,
    )
    np.testing.assert_allclose(interpolate(ends, "cos-sin", [2, 4]), [(-1, 0), (1, 0)], atol=1e-12)


def test_that_the_first_and_last_legs_go_on_beyond_way_points() -> None:
    path = interpolate([(0, 0), (1, 0), (1, 1)], "linear", [-0.5, 1.5])
    np.testing.assert_allclose(path, [(-1, 0), (1, 2)])


@pytest.mark.parametrize("method", METHODS)
def test_that_class_means_move_straight_while_offsets_follow_the_method(method: str) -> None:
    offsets = np.array([[1.0, 0.0], [0.0, 1.0]])
    means = np.array([[10.0, 0.0], [0.0, -10.0]])
    path = interpolate(offsets + means, method, TIMES, centres=means)
    expected = interpolate(offsets, method, TIMES) + interpolate(means, "linear", TIMES)
    np.testing.assert_allclose(path, expected, atol=1e-12)
    assert (path[[0, -1]] == offsets + means).all()


@pytest.mark.parametrize("method", METHODS)
def test_that_at_equal_speed_equal_times_cover_equal_lengths(method: str) -> None:
    points = [(0.1, 0.0), (0.0, 2.0), (-3.0, 0.5), (-3.0, 0.4)]
    path = interpolate(points, method, frame_times(41), equal_speed=True)
    fine = interpolate(points, method, frame_times(4001), equal_speed=True)
    steps = np.hypot(*np.diff(fine, axis=0).T).reshape(40, 100).sum(axis=1)
    np.testing.assert_allclose(steps, path_length(points, method) / 40, rtol=3e-3)
    assert (path[[0, -1]] == np.array(points)[[0, -1]]).all()


def test_that_the_length_of_half_a_circle_is_pi() -> None:
    assert path_length([(1, 0), (0, 1), (-1, 0)], "spherical") == pytest.approx(math.pi, rel=1e-6)


def test_that_a_path_of_one_point_stays_there() -> None:
    assert (interpolate([(1, 2)], "spherical", TIMES) == (1, 2)).all()
    assert (interpolate([(1, 2), (1, 2)], "linear", TIMES, equal_speed=True) == (1, 2)).all()


@pytest.mark.parametrize(
    ("points", "method", "centres", "named"),
    [
        ([], "linear", None, "start and an end"),
        ([(1, 2, 3)], "linear", None, "two numbers"),
        ([(1, np.nan), (0, 0)], "linear", None, "finite"),
        ([(1, 2), (0, 0)], "sperical", None, "spherical"),
        ([(1, 2), (0, 0)], "linear", [(0, 0)], "class means"),
    ],
)
def test_that_a_wrong_path_is_refused_in_one_sentence(
    points: list[tuple[float, ...]], method: str, centres: list[tuple[float, ...]] | None, named: str
) -> None:
    with pytest.raises(SettingError, match=named):
        interpolate(points, method, TIMES, centres=centres)


def test_that_times_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(SettingError, match="times"):
        interpolate([(0, 0), (1, 1)], "linear", [0, np.inf])


def test_that_a_new_interpolation_is_one_function_and_one_entry() -> None:
    def jump(z1: np.ndarray, z2: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.where(t[:, None] < 0.5, z1, z2)

    with INTERPOLATIONS.added(Interpolation("jump", "Jump", "Stays, then jumps.", jump)):
        assert interpolate([(0, 0), (1, 1)], "jump", [0.4, 0.6]).tolist() == [[0, 0], [1, 1]]


def course(points: list[tuple[float, float]]) -> Course:
    """Return a way that bulges by one to the left in the middle of each leg."""
    route = np.array(points, dtype=np.float64)
    along = np.diff(route, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    middles = route[:-1] + along / 2 + across / np.hypot(*along.T)[:, None]
    legs = tuple(np.stack(leg) for leg in zip(route[:-1], middles, route[1:], strict=True))
    return Course(route, legs, np.full(len(legs), 3.0), np.full(len(legs), 4.0), "pixel")


def test_that_a_way_found_with_a_model_is_followed_leg_by_leg() -> None:
    points = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)]
    path = interpolate(points, "geodesic", [0, 0.25, 0.5, 0.75, 1], course=course(points))
    np.testing.assert_allclose(path, [(0, 0), (1, 1), (2, 0), (1, 1), (2, 2)])
    beyond = interpolate(points, "geodesic", [-0.25, 1.25], course=course(points))
    np.testing.assert_allclose(beyond, [(-1, -1), (3, 3)])
    assert path_length(points, "geodesic", course=course(points)) == pytest.approx(4 * math.sqrt(2))
    assert course(points).ratio == 0.75


def test_that_a_way_is_turned_and_stretched_to_other_points() -> None:
    moved = course([(0.0, 0.0), (2.0, 0.0)]).moved_to([(1.0, 1.0), (1.0, 5.0)])
    np.testing.assert_allclose(moved.legs[0], [(1, 1), (-1, 3), (1, 5)])
    assert moved.fits([(1.0, 1.0), (1.0, 5.0)])
    still = course([(0.0, 0.0), (2.0, 0.0)]).moved_to([(1.0, 1.0), (1.0, 1.0)])
    np.testing.assert_allclose(still.moved_to([(0.0, 0.0), (2.0, 0.0)]).legs[0], [(0, 0), (1, 0), (2, 0)])


def test_that_a_way_found_with_a_model_can_be_walked_at_equal_speed() -> None:
    points = [(0.0, 0.0), (2.0, 0.0), (2.0, 8.0)]
    path = interpolate(points, "geodesic", frame_times(41), equal_speed=True, course=course(points))
    assert np.hypot(*np.diff(path, axis=0).T).std() < 0.05


@pytest.mark.parametrize("found", [None, course([(0.0, 0.0), (2.0, 0.1)])])
def test_that_a_geodesic_without_its_own_way_is_refused(found: Course | None) -> None:
    with pytest.raises(SettingError, match="find its way"):
        interpolate([(0.0, 0.0), (2.0, 0.0)], "geodesic", TIMES, course=found)


def test_that_the_middle_of_whites_path_has_the_norm_of_its_formula() -> None:
    starts, ends = independent_ends()
    cosines = (starts * ends).sum(axis=1) / np.hypot(*starts.T) / np.hypot(*ends.T)
    expected = np.hypot(*(starts + ends).T) / (2 * np.cos(np.arccos(cosines) / 2))
    np.testing.assert_allclose(norms_at("spherical-white", 0.5), expected, rtol=1e-6)


def test_that_whites_middle_flies_off_as_often_as_its_law_says() -> None:
    """P(norm > x) goes to E|r1 - r2| / (pi x), with r the norm of a sample of the prior: the mean is infinite."""
    norms = norms_at("spherical-white", 0.5)
    gap = 2 * (math.sqrt(math.pi / 2) - math.sqrt(math.pi) / 2)
    for far in (10.0, 20.0, 40.0):
        share = gap / (math.pi * far)
        assert (norms > far).mean() == pytest.approx(share, abs=4 * math.sqrt(share / SAMPLES))
    assert norms_at("spherical", 0.5).max() < 5


@pytest.mark.parametrize("angle", [1.1e-4, 0.5, 2.0, 3.0])
def test_that_whites_path_between_equal_norms_is_the_arc(angle: float) -> None:
    ends = 1.5 * np.array([[1.0, 0.0], [math.cos(angle), math.sin(angle)]])
    arc = interpolate(ends, "spherical", TIMES)
    np.testing.assert_allclose(interpolate(ends, "spherical-white", TIMES), arc, atol=1e-8)


@pytest.mark.parametrize("end", [(-2.0, 0.0), (-2.0, 1e-5), (0.0, 0.0), (3.0, 1e-5)])
def test_that_whites_path_is_straight_where_its_formula_divides_by_zero(end: tuple[float, float]) -> None:
    ends = [(1.0, 0.0), end]
    assert (interpolate(ends, "spherical-white", TIMES) == interpolate(ends, "linear", TIMES)).all()


def test_that_whites_path_warns_where_it_flies_off_and_says_when_it_is_straight() -> None:
    (off,) = path_notes([(1, 0), (-2, 0.02)], "spherical-white")
    assert "flies off" in off
    (straight,) = path_notes([(1, 0), (-2, 0)], "spherical-white")
    assert "straight" in straight
    (origin,) = path_notes([(1, 0), (0, 0)], "spherical-white")
    assert "origin" in origin
    assert path_notes([(1, 0), (0, 2)], "spherical-white") == ()


def test_that_a_drawn_line_is_walked_at_an_even_pace_however_its_points_lie() -> None:
    points = [(0.0, 0.0), (0.1, 0.0), (1.0, 0.0), (1.0, 3.0)]
    path = interpolate(points, "hand-drawn", [0, 0.125, 0.25, 0.625, 1])
    np.testing.assert_allclose(path, [(0, 0), (0.5, 0), (1, 0), (1, 1.5), (1, 3)], atol=1e-3)
    np.testing.assert_allclose(leg_times(points, "hand-drawn", [0.125, 0.625]) * 3, [1 + 4 / 9, 2.5], atol=1e-3)
    assert leg_times(points, "linear", [0.2]) == pytest.approx(0.2)
