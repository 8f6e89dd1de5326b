"""Grids that follow the encodings: what Rosenblatt's transform must do, and whom class-mean grids lie round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import kstest, norm

from vae_explorer.errors import SettingError
from vae_explorer.latent.aggregate import PosteriorMixture
from vae_explorer.latent.grids import SPACINGS, Encoded, latent_grid, plane_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mixture(count: int = 300, seed: int = 0) -> PosteriorMixture:
    random = np.random.default_rng(seed)
    mean = random.normal(size=(count, 2)) * (1.5, 0.7) + (0.3, -0.5)
    return PosteriorMixture.of(mean, random.uniform(-5, -2, (count, 2)), random.uniform(-0.8, 0.8, count))


def drawn(q: PosteriorMixture, count: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    chosen = random.integers(len(q.mean), size=count)
    noise = random.standard_normal((count, 2))
    rho = q.correlation[chosen]
    noise[:, 1] = rho * noise[:, 0] + np.sqrt(1 - rho**2) * noise[:, 1]
    return np.asarray(q.mean[chosen] + q.deviation[chosen] * noise)


def to_uniform(q: PosteriorMixture, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rosenblatt's transform (1952): u1 is the share of the mixture below z1, u2 that below z2 among those at z1."""
    scaled = (z[:, None] - q.mean) / q.deviation
    first = ndtr(scaled[:, :, 0]).mean(axis=1)
    weights = norm.pdf(scaled[:, :, 0]) / q.deviation[:, 0]
    given = ndtr((scaled[:, :, 1] - q.correlation * scaled[:, :, 0]) / np.sqrt(1 - q.correlation**2))
    return np.stack([first, np.average(given, axis=1, weights=weights)], axis=1)


def test_that_the_grid_of_one_standard_posterior_is_the_quantile_grid_of_the_prior() -> None:
    one = PosteriorMixture.of(np.zeros((1, 2)), np.zeros((1, 2)))
    np.testing.assert_allclose(one.grid(9), latent_grid("quantile", 9), atol=1e-10)


def test_that_the_nodes_of_a_grid_are_the_middles_of_equal_shares() -> None:
    q, n = mixture(), 8
    u = to_uniform(q, q.grid(n).reshape(-1, 2)).reshape(n, n, 2)
    shares = (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(u[:, :, 0], np.broadcast_to(shares, (n, n)), atol=1e-8)
    np.testing.assert_allclose(u[:, :, 1], np.broadcast_to(shares[::-1, None], (n, n)), atol=1e-8)


def test_that_points_of_the_mixture_become_uniform_and_independent() -> None:
    q = mixture()
    u = to_uniform(q, drawn(q, 800, seed=1))
    assert kstest(u[:, 0], "uniform").pvalue > 0.01
    assert kstest(u[:, 1], "uniform").pvalue > 0.01
    assert abs(float(np.mean((u[:, 0] - 0.5) * (u[:, 1] - 0.5)) * 12)) < 4 / np.sqrt(800)


def test_that_points_of_another_law_do_not_become_uniform() -> None:
    q = mixture()
    u = to_uniform(q, drawn(q, 800, seed=1) + np.array([0.5, 0.0]))
    assert kstest(u[:, 0], "uniform").pvalue < 1e-6


def test_that_a_symmetric_mixture_has_a_symmetric_grid() -> None:
    random = np.random.default_rng(3)
    half = random.normal(size=(100, 2))
    q = PosteriorMixture.of(np.concatenate([half, -half]), np.full((200, 2), -3.0))
    grid = q.grid(7)
    np.testing.assert_allclose(grid, -grid[::-1, ::-1], atol=1e-8)


def test_that_rows_go_down_and_columns_to_the_right() -> None:
    grid = mixture().grid(6)
    assert (np.diff(grid[:, :, 0], axis=1) > 0).all()
    assert (np.diff(grid[:, :, 1], axis=0) < 0).all()


def test_that_single_points_and_far_ones_and_undefined_ones_make_a_grid_too() -> None:
    mean = np.array([[0.0, 0.0], [1.0, 1.0], [400.0, 0.0], [np.nan, 0.0]])
    grid = PosteriorMixture.of(mean, np.full((4, 2), -np.inf)).grid(5)
    assert np.isfinite(grid).all()
    with pytest.raises(SettingError, match="No image has a place"):
        PosteriorMixture.of(np.full((2, 2), np.nan), np.zeros((2, 2)))


def test_that_a_class_mean_grid_lies_round_the_prior_mean_of_its_class() -> None:
    means = np.array([[3.0, 0.0], [-2.0, 1.0]])
    grid = plane_grid("class-mean", 5, means=means, label=1)
    shares = (np.arange(5) + 0.5) / 5
    np.testing.assert_allclose(grid[0, :, 0], -2.0 + ndtri(shares))
    np.testing.assert_allclose(grid[::-1, 0, 1], 1.0 + ndtri(shares))


def test_that_a_class_mean_grid_of_a_plain_model_lies_round_the_encodings_of_the_class() -> None:
    mean = np.array([[1.0, 1.0], [3.0, 1.0], [-5.0, 0.0], [np.nan, 0.0]])
    encoded = Encoded(mean, np.zeros((4, 2)), None, np.array([0, 0, 1, 0]))
    grid = plane_grid("class-mean", 3, label=0, encoded=encoded)
    np.testing.assert_allclose(grid[1, 1], (2.0, 1.0), atol=1e-9)
    whole = plane_grid("class-mean", 3, encoded=encoded)
    assert whole[0, 0, 0] < -4 < 1 < whole[0, -1, 0]


def test_that_an_aggregate_grid_can_follow_one_class() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 100)
    mean = random.normal(size=(200, 2)) + np.where(labels == 1, 8.0, 0.0)[:, None]
    encoded = Encoded(mean, np.full((200, 2), -4.0), None, labels)
    assert plane_grid("aggregate", 4, label=1, encoded=encoded).min() > 4
    with pytest.raises(SettingError, match="No image of class 7"):
        plane_grid("aggregate", 4, label=7, encoded=encoded)


@pytest.mark.parametrize("spacing", ["class-mean", "aggregate"])
def test_that_a_grid_that_follows_images_says_so_where_there_are_none(spacing: str) -> None:
    with pytest.raises(SettingError, match="there are none"):
        plane_grid(spacing, 5)


@pytest.mark.parametrize("spacing", [entry.name for entry in SPACINGS if not entry.follows])
def test_that_grids_that_follow_nothing_are_those_of_the_prior(spacing: str) -> None:
    np.testing.assert_array_equal(plane_grid(spacing, 6, 2.5), latent_grid(spacing, 6, 2.5))


def test_that_a_correlated_gaussian_has_its_conditional_quantiles() -> None:
    rho = 0.9
    one = PosteriorMixture.of(np.zeros((1, 2)), np.zeros((1, 2)), np.array([rho]))
    grid = one.grid(5)
    x, y = grid[..., 0], grid[..., 1]
    shares = ndtri((np.arange(5) + 0.5) / 5)
    np.testing.assert_allclose(x[0], shares, atol=1e-8)
    np.testing.assert_allclose(y, rho * x + np.sqrt(1 - rho**2) * shares[::-1, None], atol=1e-8)
