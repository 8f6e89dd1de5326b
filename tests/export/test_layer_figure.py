"""A layer under the figure of a plane: its colours, its bar with unit and numbers, and what it needs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.export.papers import words_of
from tests.models.networks import random_images, small_model
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import CapabilityError, ExportError
from vae_explorer.export.figure_options import PlaneOptions
from vae_explorer.export.plane_contents import plane_contents
from vae_explorer.export.plane_figure import PlaneContents, plane_sheet
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.export.vector import encode_figure, figure_pixels
from vae_explorer.latent.layer import LayerValues
from vae_explorer.latent.layers import compute_layer, find_layer
from vae_explorer.models.snapshot import ModelSnapshot


def options(**chosen: object) -> PlaneOptions:
    return PlaneOptions(**({"points": "none", "circles": False} | chosen))  # type: ignore[arg-type]


def model(seed: int = 1) -> ModelSnapshot:
    return ModelSnapshot(small_model(seed=seed), step=seed, epoch=1.0)


def layer(name: str, values: np.ndarray) -> PlaneContents:
    entry = find_layer(name)
    return PlaneContents(layer=LayerValues(name, entry.title, entry.unit, (-4.0, -4.0, 4.0, 4.0), values))


def test_that_the_figure_shows_the_values_that_the_window_computes() -> None:
    chosen = options(layer="magnification")
    contents = plane_contents(model(), chosen, None)
    assert contents.layer is not None
    again = compute_layer(model(), "magnification", chosen.corners, contents.layer.values.shape)
    assert np.array_equal(contents.layer.values, again.values)


def test_that_the_bar_names_layer_unit_and_ends() -> None:
    values = np.linspace(0.5, 2.5, 64).reshape(8, 8)
    words = words_of(encode_figure(plane_sheet(layer("magnification", values), options(layer="magnification")), ".pdf"))
    assert "Magnification √det G (log scale)" in words
    assert "squared pixel changes per unit area" in words
    assert "31.6" in words
    assert "≤ 3.47" in words


def test_that_high_values_are_light_and_the_first_row_is_on_top() -> None:
    values = np.repeat([[3.0], [0.0]], 2, axis=1)
    picture = figure_pixels(plane_sheet(layer("round-trip", values), options(layer="round-trip")), 100)
    column = picture[:, picture.shape[1] // 2].mean(axis=1)
    side = picture.shape[1]
    assert column[int(0.2 * side)] > column[int(0.6 * side)] + 50


def test_that_q_of_z_is_made_of_the_training_images() -> None:
    images = random_images(12)
    dataset = ImageDataset("noise", images, None, (), 8, np.arange(12))
    contents = plane_contents(model(), options(layer="aggregate"), dataset)
    assert contents.layer is not None
    assert contents.layer.values.max() > 0
    with pytest.raises(CapabilityError, match="Encode some pictures"):
        plane_contents(model(), options(layer="aggregate"), None)


def test_that_late_moments_are_compared() -> None:
    contents = plane_contents(model(), options(layer="disagreement"), None, moments=(model(1), model(2)))
    assert contents.layer is not None
    assert contents.layer.values.min() > 0


def test_that_a_layer_that_a_model_lacks_is_named() -> None:
    with pytest.raises(ExportError, match="regions can't be drawn: This model has no classifier"):
        plane_contents(model(), options(layer="regions"), None)


def test_that_a_layer_can_be_cancelled() -> None:
    with pytest.raises(ExportCancelledError):
        plane_contents(model(), options(layer="magnification"), None, cancelled=lambda: True)
