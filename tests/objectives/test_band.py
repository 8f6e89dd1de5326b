"""The band of columns that an image-conditioned model is told: where it lies when nobody says."""

from __future__ import annotations

import pytest
import torch

from vae_explorer.errors import SettingError
from vae_explorer.models.family import ImageSpec
from vae_explorer.objectives.cvae import ImageConditionedConfig, ImageConditionedVAE
from vae_explorer.sections import ModelConfig

NETWORK = ModelConfig(hidden=(4,))


def band(width: int, config: ImageConditionedConfig) -> tuple[int, int]:
    generator = torch.Generator().manual_seed(0)
    model = ImageConditionedVAE(config).build_model(ImageSpec((1, 8, width), 0), NETWORK, generator)
    assert model.band is not None
    return model.band.first, model.band.count


@pytest.mark.parametrize(("width", "first"), [(8, 2), (9, 2), (12, 4), (16, 6), (28, 12), (64, 30)])
def test_that_the_band_lies_in_the_middle_of_pictures_of_every_width(width: int, first: int) -> None:
    assert band(width, ImageConditionedConfig()) == (first, 4)


def test_that_a_band_is_where_it_was_put() -> None:
    assert band(8, ImageConditionedConfig(first_column=0, columns=3)) == (0, 3)


@pytest.mark.parametrize("config", [ImageConditionedConfig(first_column=12), ImageConditionedConfig(columns=8)])
def test_that_a_band_which_is_not_in_the_pictures_is_refused(config: ImageConditionedConfig) -> None:
    with pytest.raises(SettingError, match="columns"):
        band(8, config)
