"""The nearest encodings and the density of the prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vae_explorer.latent.densities import log_normal, log_prior
from vae_explorer.latent.neighbours import Neighbours


def test_that_the_nearest_encoding_is_that_of_the_smallest_distance() -> None:
    generator = np.random.default_rng(3)
    z, places = generator.standard_normal((500, 2)), generator.standard_normal((20, 2))
    tree = Neighbours(z)
    for place in places:
        by_distance = np.argsort(np.hypot(*(z - place).T))
        assert tree.nearest(place) == by_distance[0]
        assert tree.nearest_rows(place, 5).tolist() == by_distance[:5].tolist()


def test_that_nothing_is_found_beyond_the_largest_distance() -> None:
    tree = Neighbours([(0, 0), (5, 5)])
    assert tree.nearest((1, 0), max_distance=0.5) is None
    assert tree.nearest((0.4, 0), max_distance=0.5) == 0


def test_that_encodings_that_are_not_finite_are_never_found_and_keep_the_rows_of_the_others() -> None:
    tree = Neighbours([(np.nan, 0), (1, 1), (np.inf, 1), (2, 2)])
    assert len(tree) == 2
    assert tree.nearest((2, 2)) == 3
    assert tree.nearest_rows((0, 0), 10).tolist() == [1, 3]


@pytest.mark.parametrize("place", [(np.nan, 0.0), (0.0, 0.0)])
def test_that_an_empty_cloud_and_a_place_that_is_nowhere_have_no_neighbour(place: tuple[float, float]) -> None:
    assert Neighbours(np.empty((0, 2))).nearest(place) is None
    assert Neighbours([(0, 0)]).nearest((np.nan, 0)) is None


def test_that_the_prior_has_the_density_of_the_normal_distribution() -> None:
    z = np.random.default_rng(1).standard_normal((4, 5, 2)) * 3
    np.testing.assert_allclose(log_normal(z, (1, -2)), multivariate_normal([1, -2]).logpdf(z), rtol=1e-12)
    np.testing.assert_allclose(log_prior(z), multivariate_normal([0, 0]).logpdf(z), rtol=1e-12)


def test_that_a_class_mean_prior_is_the_even_mixture_of_its_islands_and_integrates_to_one() -> None:
    means = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 2.0]])
    axis = np.arange(-9, 10, 0.1)
    z = np.stack(np.meshgrid(axis, axis), axis=-1)
    density = np.exp(log_prior(z, means))
    assert density.sum() * 0.01 == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(
        density, np.mean([multivariate_normal(mean).pdf(z) for mean in means], axis=0), rtol=1e-9
    )
    np.testing.assert_allclose(log_prior(z, np.zeros((4, 2))), log_prior(z), rtol=1e-12)
