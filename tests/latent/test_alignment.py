"""Alignment of planes: known turns come back, nothing fits better, and the edges where no turn can be told."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.errors import CapabilityError
from vae_explorer.latent.alignment import IDENTITY, Alignment, align

ANGLES = st.floats(-math.pi, math.pi, allow_nan=False)
SEEDS = st.integers(0, 10_000)


def cloud(seed: int, images: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((images, 2)) * (2.0, 0.7) + (0.4, -0.2)


def orthogonal(angle: float, *, mirrored: bool = False) -> np.ndarray:
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return np.diag([-1.0, 1.0]) @ turn if mirrored else turn


def squares(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.square(one - other).sum())


@given(angle=ANGLES, mirrored=st.booleans(), seed=SEEDS)
def test_that_a_known_turn_or_reflection_comes_back_and_explains_everything(
    angle: float, mirrored: bool, seed: int
) -> None:
    z = cloud(seed)
    found = align(z, z @ orthogonal(angle, mirrored=mirrored))
    np.testing.assert_allclose(found.turn, orthogonal(angle, mirrored=mirrored), atol=1e-12)
    assert found.explained == pytest.approx(1.0, abs=1e-12)
    assert found.is_reflection is mirrored
    assert math.isclose(math.cos(math.radians(found.angle) - angle), 1.0, abs_tol=1e-9)
    assert found.images == 200


@given(angle=ANGLES, factor=st.floats(0.05, 20), seed=SEEDS, mirrored=st.booleans())
def test_that_a_known_scale_and_shift_come_back(angle: float, factor: float, seed: int, mirrored: bool) -> None:
    z = cloud(seed)
    target = factor * (z @ orthogonal(angle, mirrored=mirrored)) + (3.0, -1.5)
    found = align(z, target, scale=True, shift=True)
    assert found.scale == pytest.approx(factor, rel=1e-9)
    np.testing.assert_allclose(found.shift, (3.0, -1.5), atol=1e-8)
    np.testing.assert_allclose(found.apply(z), target, atol=1e-8)
    assert found.explained == pytest.approx(1.0, abs=1e-9)


@given(seed=SEEDS, other=SEEDS, scale=st.booleans(), shift=st.booleans())
def test_that_no_other_map_of_its_kind_fits_better(seed: int, other: int, scale: bool, shift: bool) -> None:
    source, target = cloud(seed), cloud(other + 20_000) ** 3
    found = align(source, target, scale=scale, shift=shift)
    best = squares(found.apply(source), target)
    assert best <= squares(source, target) * (1 + 1e-12)
    assert found.explained >= found.explained_before - 1e-12
    moved = np.asarray(found.shift)
    for angle in np.linspace(0, 2 * math.pi, 25):
        for mirrored in (False, True):
            tried = found.scale * source @ orthogonal(float(angle), mirrored=mirrored)
            offset = (target - tried).mean(axis=0) if shift else moved
            assert best <= squares(tried + offset, target) * (1 + 1e-9)
    for factor in (0.9, 1.1) if scale else ():
        tried = factor * found.scale * source @ np.array(found.turn)
        offset = (target - tried).mean(axis=0) if shift else moved
        assert best <= squares(tried + offset, target) * (1 + 1e-9)


def test_that_more_freedom_never_explains_less() -> None:
    source, target = cloud(1), cloud(2) ** 3
    turned = align(source, target).explained
    scaled = align(source, target, scale=True).explained
    assert turned <= scaled <= align(source, target, scale=True, shift=True).explained
    assert turned <= align(source, target, shift=True).explained


@given(seed=SEEDS, angle=ANGLES, factor=st.floats(0.1, 10), mirrored=st.booleans())
def test_that_the_way_back_leads_back(seed: int, angle: float, factor: float, mirrored: bool) -> None:
    turn = orthogonal(angle, mirrored=mirrored)
    there = Alignment(((turn[0, 0], turn[0, 1]), (turn[1, 0], turn[1, 1])), factor, (1.0, -2.0))
    z = cloud(seed)
    np.testing.assert_allclose(there.undo(there.apply(z)), z, atol=1e-9)
    np.testing.assert_allclose(there.inverse().apply(there.apply(z)), z, atol=1e-9)
    np.testing.assert_allclose(there.inverse().undo(z), there.apply(z), atol=1e-9)


def test_that_a_turn_of_either_plane_changes_nothing_of_what_is_explained() -> None:
    source, target = cloud(1), cloud(2)
    before = align(source, target).explained
    assert align(source @ orthogonal(1.1), target).explained == pytest.approx(before)
    assert align(source, target @ orthogonal(0.3, mirrored=True)).explained == pytest.approx(before)
    order = np.random.default_rng(0).permutation(len(source))
    assert align(source[order], target[order]).explained == pytest.approx(before)


def test_that_paths_keep_their_shape_and_a_path_from_the_origin_starts_there() -> None:
    found = align(cloud(1), cloud(1) @ orthogonal(2.0))
    path = np.stack([np.linspace(0, 3, 7), np.linspace(0, -1, 7)], axis=1)
    lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(np.linalg.norm(np.diff(found.apply(path), axis=0), axis=1), lengths)
    np.testing.assert_allclose(found.apply(path)[0], (0, 0), atol=1e-15)
    assert found.apply(np.zeros((3, 4, 2))).shape == (3, 4, 2)


@given(angle=ANGLES, mirrored=st.booleans(), rho=st.floats(-0.95, 0.95), factor=st.floats(0.2, 5))
def test_that_the_spread_of_a_posterior_turns_with_the_plane(
    angle: float, mirrored: bool, rho: float, factor: float
) -> None:
    turn = orthogonal(angle, mirrored=mirrored)
    there = Alignment(((turn[0, 0], turn[0, 1]), (turn[1, 0], turn[1, 1])), factor, (5.0, 5.0))
    covariance = np.array([[0.5, rho * math.sqrt(0.5 * 2.0)], [rho * math.sqrt(0.5 * 2.0), 2.0]])
    log_var, correlation = there.undo_spread(np.log([[0.5, 2.0]]), np.array([rho]))
    expected = turn @ covariance @ turn.T / factor**2
    np.testing.assert_allclose(np.exp(log_var[0]), np.diag(expected), rtol=1e-9)
    np.testing.assert_allclose(correlation[0], expected[0, 1] / math.sqrt(expected[0, 0] * expected[1, 1]), atol=1e-9)


def test_that_a_point_without_spread_stays_one() -> None:
    log_var, correlation = align(cloud(1), cloud(2)).undo_spread(np.full((2, 2), -np.inf), np.zeros(2))
    assert np.isneginf(log_var).all()
    assert (correlation == 0).all()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("angle", np.linspace(-3, 3, 9).tolist())
def test_that_clouds_on_a_line_are_turned_and_not_mirrored(angle: float, mirrored: bool) -> None:
    line = np.stack([np.linspace(-1, 2, 9), np.zeros(9)], axis=1) @ orthogonal(0.2)
    target = line @ orthogonal(angle, mirrored=mirrored)
    found = align(line, target)
    assert not found.is_reflection
    np.testing.assert_allclose(found.apply(line), target, atol=1e-12)


def test_that_clouds_that_have_nothing_in_common_are_left_as_they_are() -> None:
    source = np.array([[1.0, 0], [-1, 0], [1, 0], [-1, 0]])
    target = np.array([[0.0, 1], [0, 1], [0, -1], [0, -1]])
    assert align(source, target, scale=True).is_identity


def test_that_images_without_a_finite_place_are_left_out() -> None:
    z = cloud(3)
    target = z @ orthogonal(0.4)
    z[5], target[9, 1] = np.nan, np.inf
    found = align(z, target)
    assert found.images == 198
    assert found.explained == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (np.zeros((2, 2)), np.ones((2, 2)), "At least 3 images"),
        (np.full((9, 2), np.nan), cloud(1, 9), "At least 3 images"),
        (np.ones((9, 2)), cloud(1, 9), "on one point"),
        (cloud(1, 9), np.ones((9, 2)), "on one point"),
        (cloud(1, 9), cloud(1, 8), "pairs of points"),
        (np.zeros((9, 3)), np.zeros((9, 3)), "pairs of points"),
    ],
)
def test_that_planes_without_anything_to_align_say_so(source: np.ndarray, target: np.ndarray, words: str) -> None:
    with pytest.raises(CapabilityError, match=words):
        align(source, target)


def test_that_the_identity_explains_what_was_there_before() -> None:
    assert IDENTITY.is_identity
    assert not IDENTITY.is_reflection
    np.testing.assert_array_equal(IDENTITY.apply(cloud(1)), cloud(1))
