"""The mixtures: what is drawn is what the factors and the modes say."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.data.catalogue import load
from vae_explorer.data.mixtures import GRID, RING, Mixture, draw_points, mixture_of
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

MIXTURES = pytest.mark.parametrize("mixture", [RING, GRID], ids=lambda mixture: mixture.name)


@MIXTURES
def test_that_labels_are_the_modes_nearest_to_the_points(mixture: Mixture) -> None:
    data = load(DataConfig(source=mixture.name))
    assert data.factors is not None
    assert data.labels is not None
    distance = np.linalg.norm(data.factors[:, None] - mixture.centres, axis=2)
    assert (distance.argmin(axis=1) == data.labels).all()
    offsets = (data.factors - mixture.centres[data.labels]) / mixture.deviation
    assert offsets.std() == pytest.approx(1, abs=4 / np.sqrt(2 * offsets.size))
    assert abs(offsets.mean()) < 4 / np.sqrt(offsets.size)


@MIXTURES
def test_that_all_modes_have_the_same_weight(mixture: Mixture) -> None:
    data = load(DataConfig(source=mixture.name))
    assert data.labels is not None
    expected = len(data) / len(mixture.centres)
    assert np.abs(np.bincount(data.labels) - expected).max() < 4 * np.sqrt(expected)
    assert data.class_names == mixture.mode_names
    assert len(set(data.class_names)) == len(mixture.centres)


@MIXTURES
def test_that_the_data_are_the_same_every_time_and_split_by_rule(mixture: Mixture) -> None:
    once, twice = (load(DataConfig(source=mixture.name)) for _ in range(2))
    assert once.sha256 == twice.sha256
    assert (len(once.train), len(once.test)) == (9000, 1000)


@MIXTURES
def test_that_modes_are_clearly_apart(mixture: Mixture) -> None:
    between = np.linalg.norm(mixture.centres[:, None] - mixture.centres, axis=2)
    np.fill_diagonal(between, np.inf)
    assert between.min() > 10 * mixture.deviation


def test_that_a_blob_is_brightest_at_its_point_with_y_upward() -> None:
    pictures = draw_points(np.array([[2.0, 1.0]]), 24)
    row, column = np.unravel_index(pictures[0].argmax(), (24, 24))
    assert abs((column + 0.5) / 4 - 3 - 2.0) <= 0.125
    assert abs(3 - (row + 0.5) / 4 - 1.0) <= 0.125


def test_that_the_mixture_of_other_data_is_not_known() -> None:
    assert mixture_of(load(DataConfig(source="ring"))) is RING
    assert mixture_of(load(DataConfig(source="shapes-blob"))) is None
    assert mixture_of(None) is None


def test_that_pictures_too_small_for_points_are_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"data set grid .* 12 pixels .* at least 16"):
        load(DataConfig(source="grid", resize=12))
