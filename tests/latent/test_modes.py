"""Modes of a known mixture, counted in pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vae_explorer.data.catalogue import load
from vae_explorer.data.mixtures import GRID, RING, Mixture, draw_points
from vae_explorer.latent.modes import FoundPoints, count_modes, find_points, reverse_kl
from vae_explorer.sections import DataConfig


def drawn(points: list[tuple[float, float]], side: int = 24) -> np.ndarray:
    return np.rint(255 * draw_points(np.array(points), side)).astype(np.uint8)[:, None]


@pytest.mark.parametrize("mixture", [RING, GRID], ids=lambda mixture: mixture.name)
@pytest.mark.parametrize("side", [0, 16, 40])
def test_that_a_point_survives_the_way_to_bytes_and_back(mixture: Mixture, side: int) -> None:
    data = load(DataConfig(source=mixture.name, resize=side))
    assert data.factors is not None
    found = find_points(data.images[:])
    assert found.is_point.all()
    error = np.abs(found.xy - data.factors) / mixture.deviation
    assert np.sqrt(np.mean(error**2)) < 0.05
    assert error.max() < 0.15


def test_that_the_data_themselves_cover_all_modes_with_the_quality_of_a_gaussian() -> None:
    data = load(DataConfig(source="ring"))
    coverage = count_modes(find_points(data.images[:]), RING)
    assert coverage.modes_covered == 8
    inside = 1 - math.exp(-9 / 2)
    assert coverage.high_quality == pytest.approx(inside, abs=4 * math.sqrt(inside * (1 - inside) / len(data)))
    assert 0 <= coverage.reverse_kl < 0.005


def test_that_what_is_not_one_blob_is_no_point() -> None:
    one, other = drawn([(2.0, 0.0), (1.0, 0.0)]).astype(int)
    black, white = np.zeros_like(one), np.full_like(one, 255)
    smear = (one + other) // 2
    pictures = np.stack([one, black, white, smear, one + drawn([(-2.0, 0.0)])[0], one // 4]).astype(np.uint8)
    assert find_points(pictures).is_point.tolist() == [True, False, False, False, False, False]


def test_that_a_faint_glow_of_the_ground_moves_no_point() -> None:
    clean = drawn([(2.0, 1.0)])
    glowing = np.maximum(clean, 4)
    found = find_points(glowing)
    assert found.is_point.all()
    np.testing.assert_allclose(found.xy, [[2.0, 1.0]], atol=0.01)


def test_that_only_square_grey_pictures_hold_points() -> None:
    with pytest.raises(ValueError, match="square grey"):
        find_points(np.zeros((1, 3, 24, 24), dtype=np.uint8))


def test_that_a_mode_is_covered_by_one_sample_within_three_deviations() -> None:
    just_in, just_out = 2 + 2.9 * RING.deviation, 2 + 3.1 * RING.deviation
    xy = np.array([[just_in, 0.0], [0.0, just_out], [-2.0, 0.0], [-2.0, 0.05], [np.nan, np.nan]])
    coverage = count_modes(FoundPoints(xy, np.isfinite(xy[:, 0])), RING)
    assert coverage.covered.tolist() == [True, False, False, False, True, False, False, False]
    assert coverage.modes_covered == 2
    assert coverage.high_quality == pytest.approx(3 / 5)
    assert coverage.balance.tolist() == [0.25, 0, 0.25, 0, 0.5, 0, 0, 0]
    assert coverage.reverse_kl == pytest.approx(math.log(8) - 1.5 * math.log(2))


def test_that_without_points_nothing_is_covered_and_no_divergence_is_claimed() -> None:
    coverage = count_modes(find_points(np.zeros((3, 1, 24, 24), dtype=np.uint8)), GRID)
    assert (coverage.samples, coverage.points, coverage.modes_covered, coverage.high_quality) == (3, 0, 0, 0.0)
    assert math.isnan(coverage.reverse_kl)


def test_that_reverse_kl_is_zero_for_equal_shares_and_infinite_for_what_the_data_lack() -> None:
    assert reverse_kl(np.array([0.25, 0.75]), np.array([0.25, 0.75])) == 0
    assert reverse_kl(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))
    assert reverse_kl(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == math.inf
