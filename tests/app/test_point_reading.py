"""What encodings say of a point: their density there, and the nearest training pictures."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.app.point_reading import Neighbourhood
from vae_explorer.app.state import PointCloud


def cloud(count: int = 200, *, log_var: float = -2.0) -> PointCloud:
    random = np.random.default_rng(0)
    z = random.normal(size=(count, 2)).astype(np.float32)
    return PointCloud(z, np.full_like(z, log_var), random.permutation(count).astype(np.int64), None, 1)


def test_that_neighbours_are_the_nearest_training_pictures_in_order() -> None:
    points = cloud()
    hood, training = Neighbourhood(points, 150), np.flatnonzero(points.rows < 150)
    for z in np.random.default_rng(1).normal(size=(20, 2)):
        found = hood.read((float(z[0]), float(z[1])), count=5, left_out=None)
        distances = np.linalg.norm(points.z[training] - z, axis=1)
        order = np.argsort(distances)[:5]
        assert found.rows.tolist() == points.rows[training][order].tolist()
        assert found.distances == pytest.approx(distances[order], rel=1e-4)


def test_that_a_sample_is_no_neighbour_of_itself() -> None:
    points = cloud()
    index = int(np.flatnonzero(points.rows < 150)[3])
    z1, z2 = points.z[index].tolist()
    row = int(points.rows[index])
    hood = Neighbourhood(points, 150)
    assert hood.read((z1, z2), count=5, left_out=None).rows[0] == row
    alone = hood.read((z1, z2), count=5, left_out=row)
    assert row not in alone.rows
    assert len(alone.rows) == 5


def test_that_test_pictures_stand_in_where_no_training_picture_is_encoded() -> None:
    assert len(Neighbourhood(cloud(), 0).read((0.0, 0.0), count=5, left_out=None).rows) == 5


def test_that_few_and_broken_encodings_are_no_obstacle() -> None:
    points = cloud(4)
    points.z[:3] = np.nan
    found = Neighbourhood(points, 4).read((0.0, 0.0), count=5, left_out=None)
    assert found.rows.tolist() == [int(points.rows[3])]
    assert found.log_q is not None
    points.z[:] = np.inf
    nothing = Neighbourhood(points, 4).read((0.0, 0.0), count=5, left_out=2)
    assert len(nothing.rows) == 0
    assert nothing.log_q is None


def test_that_an_encoder_without_noise_has_no_density() -> None:
    assert Neighbourhood(cloud(log_var=-np.inf), 150).read((0.0, 0.0), count=5, left_out=None).log_q is None


def test_that_the_density_is_the_mean_of_the_posteriors() -> None:
    points = cloud()
    found = Neighbourhood(points, 150).read((0.3, -0.2), count=5, left_out=None)
    variance = np.exp(-2.0)
    squares = np.square(points.z - np.array([0.3, -0.2])).sum(axis=1)
    density = (np.exp(-0.5 * squares / variance) / (2 * np.pi * variance)).mean()
    assert found.log_q == pytest.approx(np.log(density), rel=1e-5)
