"""Bounds from samples rise with the number of samples, and neighbours vote."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vae_explorer.latent.importance import bounds_of
from vae_explorer.latent.information import Gaussians, active_units, information
from vae_explorer.latent.measures import Pace
from vae_explorer.latent.neighbours import neighbour_accuracy

QUIET = Pace(lambda _what, _share: None, lambda: False)


def test_that_bounds_from_the_same_samples_never_fall_with_their_number() -> None:
    weights = 5 * torch.randn(7, 5000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = bounds_of(weights, weights, (1, 5, 50, 500, 5000)).by_samples
    values = np.stack([found[count] for count in (1, 5, 50, 500, 5000)])
    assert np.all(np.diff(values, axis=0) > 0)
    np.testing.assert_allclose(values[0], weights.mean(dim=1))
    np.testing.assert_allclose(values[-1], weights.logsumexp(dim=1) - math.log(5000))


def test_that_fewer_samples_than_a_bound_wants_leave_it_out() -> None:
    assert list(bounds_of(torch.zeros(2, 60), torch.zeros(2, 60), (1, 5, 50, 500)).by_samples) == [1, 5, 50, 60]


def test_that_posteriors_far_apart_tell_the_log_of_their_number() -> None:
    mean = np.array([[-50.0, 0.0], [0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    q = Gaussians(mean, np.zeros((4, 2)), np.array([0.0, 0.5, -0.5, 0.9]))
    split = information(q, np.zeros((1, 2)), np.ones(1), seed=0, pace=QUIET)
    assert split.mutual == pytest.approx(math.log(4), abs=1e-9)


def test_that_posteriors_equal_to_the_prior_tell_nothing() -> None:
    q = Gaussians(np.zeros((5, 2)), np.zeros((5, 2)), np.zeros(5))
    split = information(q, np.zeros((1, 2)), np.ones(1), seed=0, pace=QUIET)
    assert split.mutual == pytest.approx(0, abs=1e-12)
    assert split.aggregate_kl == pytest.approx(0, abs=1e-12)


def test_that_correlated_posteriors_have_the_density_of_the_normal_distribution() -> None:
    covariance = np.array([[0.5, 0.3], [0.3, 0.4]])
    correlation = 0.3 / math.sqrt(0.5 * 0.4)
    q = Gaussians(np.array([[1.0, -1.0]]), np.log(np.array([[0.5, 0.4]])), np.array([correlation]))
    z = np.array([[0.3, 0.2], [2.0, -1.5]])
    offset = z - [1.0, -1.0]
    squares = np.einsum("ni,ij,nj->n", offset, np.linalg.inv(covariance), offset)
    expected = -0.5 * (squares + math.log(np.linalg.det(2 * math.pi * covariance)))
    np.testing.assert_allclose(q.log_mean_density(z), expected)
    np.testing.assert_allclose(q.log_densities(z, np.zeros(2, dtype=np.int64)), expected)
    drawn = q.draw(np.zeros(200_000, dtype=np.int64), np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.01)


def test_that_a_dimension_is_active_only_if_its_means_vary() -> None:
    random = np.random.default_rng(0)
    assert active_units(random.normal(size=(500, 2)) * [1.0, 0.05]) == 1


def test_that_the_nearest_training_places_vote_for_the_class() -> None:
    train = np.array([[0.0, 0.0], [0.1, 0.0], [5.0, 5.0], [5.1, 5.0], [0.0, 0.1]])
    labels = np.array([0, 0, 1, 1, 1])
    test = np.array([[0.03, 0.03], [5.0, 5.1]])
    assert neighbour_accuracy(train, labels, test, np.array([0, 1]), pace=QUIET, neighbours=3) == 1.0
    assert neighbour_accuracy(train, labels, test, np.array([1, 0]), pace=QUIET, neighbours=3) == 0.0
    assert neighbour_accuracy(train, labels, test, np.array([1, 1]), pace=QUIET, neighbours=99) == 1.0
