"""The synthetic sets: pictures follow their factors."""

from __future__ import annotations

import numpy as np

from vae_explorer.data.catalogue import load
from vae_explorer.data.shapes import draw_bars
from vae_explorer.sections import DataConfig


def test_that_a_blob_lies_where_its_factors_say() -> None:
    blobs = load(DataConfig(source="shapes-blob"))
    assert blobs.factors is not None
    weights = blobs.images[:, 0].astype(np.float64)
    centres = np.arange(28) + 0.5
    total = weights.sum(axis=(1, 2))
    found = np.stack([(weights.sum(axis=1) @ centres) / total, (weights.sum(axis=2) @ centres) / total], axis=1)
    assert np.abs(found - blobs.factors).max() < 0.1


def test_that_a_bar_has_the_length_and_angle_that_its_factors_say() -> None:
    bars = load(DataConfig(source="shapes-bar"))
    assert bars.factors is not None
    weights = bars.images[:, 0].astype(np.float64)
    axis = np.arange(28) + 0.5 - 14
    x, y = np.meshgrid(axis, -axis)
    angle = np.degrees(0.5 * np.arctan2(2 * (weights * x * y).sum((1, 2)), (weights * (x**2 - y**2)).sum((1, 2))))
    off = np.abs((angle - bars.factors[:, 0] + 90) % 180 - 90)
    assert off.max() < 2
    area = weights.sum(axis=(1, 2)) / 255
    expected = np.pi * 4 + (bars.factors[:, 1] - 4) * 4
    assert np.abs(area - expected).max() < 2  # pixels: an edge is softened along the axes, not along the diagonal


def test_that_half_a_turn_gives_the_same_bar() -> None:
    factors = np.array([[20, 15], [200, 15]], dtype=np.float32)
    first, second = draw_bars(factors, 28)
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_that_shapes_are_the_same_every_time_and_antialiased() -> None:
    for name in ("shapes-blob", "shapes-bar"):
        once, twice = (load(DataConfig(source=name)) for _ in range(2))
        assert once.sha256 == twice.sha256
        assert len(np.unique(once.images[:])) > 50
        assert all("(" in factor for factor in once.factor_names)
        assert once.labels is None


def test_that_shapes_alone_means_blobs() -> None:
    assert load(DataConfig(source="shapes")).name == "shapes-blob"
