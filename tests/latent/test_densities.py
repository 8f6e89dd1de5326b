"""The density of the prior."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from vae_explorer.latent.densities import log_normal, log_prior


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
