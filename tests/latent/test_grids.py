"""Grids: equal prior mass, symmetry, and z2 upward."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from vae_explorer.errors import SettingError
from vae_explorer.latent.grids import (
    SPACINGS,
    Spacing,
    class_means_grid,
    latent_grid,
    quantile_nodes,
    uniform_nodes,
)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 60])
def test_that_the_normal_distribution_maps_quantile_nodes_to_the_middles_of_equal_parts(n: int) -> None:
    np.testing.assert_allclose(norm.cdf(quantile_nodes(n)), (np.arange(n) + 0.5) / n, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 59, 60])
@pytest.mark.parametrize("spacing", SPACINGS.names())
def test_that_nodes_ascend_and_are_exactly_symmetric(spacing: str, n: int) -> None:
    nodes = SPACINGS.get(spacing).nodes(n, 2.5)
    assert nodes.shape == (n,)
    assert (nodes == -nodes[::-1]).all()
    assert (np.diff(nodes) > 0).all()


def test_that_uniform_nodes_reach_the_range_in_equal_steps() -> None:
    nodes = uniform_nodes(13, 3.0)
    assert nodes[0] == -3
    assert nodes[-1] == 3
    np.testing.assert_allclose(np.diff(nodes), 0.5, rtol=1e-12)


@pytest.mark.parametrize("spacing", SPACINGS.names())
def test_that_the_first_row_has_the_largest_z2_and_the_first_column_the_smallest_z1(spacing: str) -> None:
    grid = latent_grid(spacing, 5, 2.0)
    assert grid.shape == (5, 5, 2)
    assert (np.diff(grid[..., 0], axis=1) > 0).all()
    assert (np.diff(grid[..., 1], axis=0) < 0).all()
    assert (np.ptp(grid[..., 0], axis=0) == 0).all()
    assert (np.ptp(grid[..., 1], axis=1) == 0).all()


def test_that_a_grid_for_a_class_lies_round_its_mean() -> None:
    moved = latent_grid("quantile", 6, centre=(2.0, -1.0))
    np.testing.assert_allclose(moved - latent_grid("quantile", 6), np.broadcast_to([2.0, -1.0], (6, 6, 2)), atol=1e-15)


@pytest.mark.parametrize("spacing", SPACINGS.names())
def test_that_a_grid_over_class_means_at_the_origin_is_that_of_the_standard_prior(spacing: str) -> None:
    over_all = class_means_grid(spacing, 9, 3.0, np.zeros((10, 2)))
    np.testing.assert_allclose(over_all, latent_grid(spacing, 9, 3.0), atol=1e-12)


def test_that_quantiles_over_class_means_cut_the_mixture_into_equal_parts() -> None:
    means = np.array([[-4.0, 1.0], [0.0, 7.0], [5.0, -3.0]])
    grid = class_means_grid("quantile", 11, 3.0, means)
    parts = (np.arange(11) + 0.5) / 11
    for axis, nodes in ((0, grid[0, :, 0]), (1, grid[::-1, 0, 1])):
        masses = norm.cdf(nodes[:, None] - means[:, axis]).mean(axis=1)
        np.testing.assert_allclose(masses, parts, rtol=1e-10)


def test_that_a_uniform_grid_over_class_means_reaches_the_range_beyond_the_outermost() -> None:
    grid = class_means_grid("uniform", 5, 3.0, [[-1.0, 10.0], [4.0, 12.0]])
    np.testing.assert_allclose([grid[0, 0, 0], grid[0, -1, 0]], [-4, 7])
    np.testing.assert_allclose([grid[-1, 0, 1], grid[0, 0, 1]], [7, 15])


@pytest.mark.parametrize(
    ("spacing", "n", "reach", "named"),
    [
        ("hexagonal", 5, 3.0, "hexagonal"),
        ("uniform", 5, -1.0, "-1.0"),
        ("uniform", 5, np.nan, "nan"),
        ("quantile", 0, 3.0, "0"),
    ],
)
def test_that_a_wrong_grid_is_refused_by_the_value_that_is_wrong(
    spacing: str, n: int, reach: float, named: str
) -> None:
    with pytest.raises(SettingError, match=named):
        latent_grid(spacing, n, reach)


def test_that_a_new_spacing_is_one_entry() -> None:
    def cubic(n: int, reach: float) -> np.ndarray:
        return uniform_nodes(n, 1.0) ** 3 * reach

    with SPACINGS.added(Spacing("cubic", "Cubic", "", cubic, lambda n, reach, _means: cubic(n, reach))):
        assert latent_grid("cubic", 3, 2.0)[0, 0].tolist() == [-2, 2]
