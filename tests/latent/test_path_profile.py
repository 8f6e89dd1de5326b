"""What happens along a path: the change of its pictures, and the densities of its places."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.latent.linear_model import linear_model
from tests.latent.test_geodesics import model
from vae_explorer.latent.densities import log_normal
from vae_explorer.latent.geodesics import find_course
from vae_explorer.latent.path_profile import path_profile
from vae_explorer.latent.paths import frame_times, interpolate
from vae_explorer.models.snapshot import ModelSnapshot

POINTS = [(-1.5, 0.4), (1.4, -1.2)]
LINE = interpolate(POINTS, "linear", frame_times(61))


def test_that_a_linear_decoder_changes_evenly_along_a_line() -> None:
    network = linear_model()
    weights = network.get_parameter("decoder.body.weights").detach().numpy()
    profile = path_profile(ModelSnapshot(network, step=0, epoch=0), LINE)
    expected = np.linalg.norm(weights @ (LINE[-1] - LINE[0]))
    np.testing.assert_allclose(profile.speed, expected, rtol=1e-9)
    assert profile.unevenness == pytest.approx(1)


def test_that_a_geodesic_is_more_even_than_the_straight_line() -> None:
    course = find_course(model(), POINTS)
    even = path_profile(model(), interpolate(POINTS, "geodesic", frame_times(61), course=course))
    assert even.unevenness < 1.05 < path_profile(model(), LINE).unevenness
    assert even.speed.sum() / 60 == pytest.approx(course.lengths.sum(), rel=5e-3)


def test_that_the_prior_along_the_path_is_that_of_the_model() -> None:
    np.testing.assert_allclose(path_profile(model(), LINE).log_prior, log_normal(LINE))


def test_that_the_aggregate_is_the_mean_of_the_posteriors() -> None:
    mean = np.array([[-1.5, 0.4], [1.4, -1.2]], dtype=np.float32)
    log_var = np.full((2, 2), 2 * math.log(0.5), dtype=np.float32)
    profile = path_profile(model(), LINE, posteriors=(mean, log_var, np.zeros(2, dtype=np.float32)))
    assert profile.log_aggregate is not None
    each = [np.exp(-0.5 * np.square((LINE - centre) / 0.5).sum(axis=1)) / (2 * math.pi * 0.25) for centre in mean]
    np.testing.assert_allclose(profile.log_aggregate, np.log(np.mean(each, axis=0)), rtol=1e-5)


def test_that_there_is_no_aggregate_without_noise() -> None:
    points = np.zeros((3, 2), dtype=np.float32)
    assert (
        path_profile(model(), LINE, posteriors=(points, np.full_like(points, -np.inf), points[:, 0])).log_aggregate
        is None
    )


def test_that_the_change_of_the_class_is_no_speed() -> None:
    labels = np.repeat([0, 2], [30, 31])
    speed = path_profile(model("label"), LINE, labels).speed
    assert np.flatnonzero(np.isnan(speed)).tolist() == [29]
    alone = path_profile(model("label"), LINE, np.zeros(61, dtype=np.int64)).speed
    np.testing.assert_allclose(speed[:29], alone[:29])


def test_that_a_path_that_stays_has_no_speed() -> None:
    profile = path_profile(model(), np.zeros((5, 2)))
    assert profile.speed.max() < 1e-6
    assert math.isnan(profile.unevenness)
