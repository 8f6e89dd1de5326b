"""Samples of the prior: reproducible, standard normal, and of the classes of the data."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.latent.sampling import class_shares, sample_prior


def test_that_the_same_seed_gives_the_same_samples_and_another_seed_others() -> None:
    first, again, other = (sample_prior(50, seed, class_shares=np.ones(3)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.z, again.z)
    assert first.labels is not None
    assert again.labels is not None
    np.testing.assert_array_equal(first.labels, again.labels)
    assert not np.array_equal(first.z, other.z)


def test_that_more_samples_begin_with_the_same_ones() -> None:
    few, many = sample_prior(10, 3, class_shares=np.ones(4)), sample_prior(99, 3, class_shares=np.ones(4))
    np.testing.assert_array_equal(few.z, many.z[:10])
    assert few.labels is not None
    assert many.labels is not None
    np.testing.assert_array_equal(few.labels, many.labels[:10])


def test_that_z_is_standard_normal_and_knows_no_class_unless_asked() -> None:
    samples = sample_prior(20_000, 0)
    assert samples.labels is None
    assert samples.z.dtype == np.float32
    assert np.abs(samples.z.mean(axis=0)).max() < 4 / np.sqrt(20_000)
    np.testing.assert_allclose(np.cov(samples.z.T), np.eye(2), atol=0.05)


def test_that_classes_come_with_their_shares_and_z_from_their_own_prior() -> None:
    means = np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0]])
    samples = sample_prior(8000, 0, class_shares=np.array([0.5, 0.0, 0.5]), class_means=means)
    assert samples.labels is not None
    counts = np.bincount(samples.labels, minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] - 4000) < 4 * np.sqrt(2000)
    for label in (0, 2):
        np.testing.assert_allclose(samples.z[samples.labels == label].mean(axis=0), means[label], atol=0.1)


def test_that_shares_without_labels_are_equal() -> None:
    assert class_shares(None, 4).tolist() == [0.25] * 4
    assert class_shares(np.array([0, 0, 0, 2]), 3).tolist() == pytest.approx([0.75, 0, 0.25])
