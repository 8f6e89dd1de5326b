"""First weights that are scaled to the layers, the pictures and the plane."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tests.models.networks import decoder_of
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.starting import SPREAD
from vae_explorer.sections import ModelConfig

MEAN = np.random.default_rng(0).uniform(0.1, 0.9, (1, 16, 16)).astype(np.float32)
SPEC = ImageSpec((1, 16, 16), 5, MEAN)
DENSE = ModelConfig(hidden=(300, 200))
CONV = ModelConfig(network="conv", channels=(16, 32))


def built(config: ModelConfig, family: Family) -> LatentVariableModel:
    return build_model(SPEC, config, family=family, generator=torch.Generator().manual_seed(3))


def both(config: ModelConfig, family: Family | None = None) -> tuple[LatentVariableModel, LatentVariableModel]:
    """Return a model with scaled first weights, and one with weights as drawn."""
    family = family or Family()
    return built(dataclasses.replace(config, start="scaled"), family), built(
        dataclasses.replace(config, start="drawn"), family
    )


def linear(part: torch.nn.Module) -> list[torch.nn.Linear]:
    return [layer for layer in part.modules() if isinstance(layer, torch.nn.Linear)]


def test_that_inner_layers_have_the_variance_of_two_over_their_inputs() -> None:
    model, _ = both(DENSE)
    assert model.encoder is not None
    inner = [*linear(model.encoder.body), linear(decoder_of(model).body)[1]]
    assert [layer.in_features for layer in inner] == [256, 300, 200]
    for layer in inner:
        assert layer.weight.var().item() == pytest.approx(2 / layer.in_features, rel=0.05)


def test_that_what_passes_many_layers_keeps_its_scale() -> None:
    deep = ModelConfig(hidden=(200,) * 6, activation="relu")
    noise = torch.randn(64, 1, 16, 16, generator=torch.Generator().manual_seed(0)) + torch.from_numpy(MEAN)
    scale = {}
    for name, model in zip(("scaled", "drawn"), both(deep), strict=True):
        assert model.encoder is not None
        scale[name] = float(model.encoder.body(noise, None).detach().std(dim=0).mean())
    assert scale["scaled"] > 0.2
    assert scale["drawn"] < 0.02


def test_that_a_dense_encoder_s_first_layer_gives_zero_at_the_mean_picture() -> None:
    model, drawn = both(DENSE)
    for each, expected in ((model, True), (drawn, False)):
        assert each.encoder is not None
        before = linear(each.encoder.body)[0](torch.from_numpy(MEAN).flatten())
        assert (float(before.detach().abs().max()) < 1e-4) is expected


@pytest.mark.parametrize("config", [DENSE, CONV], ids=["mlp", "conv"])
def test_that_features_of_the_plane_look_in_all_directions_and_bend_within_reach(config: ModelConfig) -> None:
    model, _ = both(config, Family(classifies=True))
    assert model.classifier is not None
    for part in (decoder_of(model), model.classifier):
        first = linear(part)[0]
        torch.testing.assert_close(first.weight.detach().norm(dim=1), torch.ones(first.out_features))
        angles = torch.atan2(*first.weight.detach().T)
        assert len(torch.histc(angles, 8, -np.pi, np.pi).nonzero()) == 8
        distances = first.bias.detach().abs()
        assert 0.9 * SPREAD < float(distances.max()) <= SPREAD
        assert float(distances.mean()) == pytest.approx(SPREAD / 2, rel=0.15)


@pytest.mark.parametrize("config", [DENSE, CONV], ids=["mlp", "conv"])
def test_that_first_pictures_are_nearly_the_mean_picture(config: ModelConfig) -> None:
    model, _ = both(config)
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    difference = model.likelihood(z).mean.detach().numpy() - MEAN
    assert np.abs(difference).mean() < 0.03


@pytest.mark.parametrize("config", [DENSE, CONV], ids=["mlp", "conv"])
def test_that_a_class_moves_the_bends_of_the_plane_as_far_as_they_are_spread(config: ModelConfig) -> None:
    model, drawn = both(config, Family("label"))
    for part, before, reach in ((model.encoder, drawn.encoder, 1.0), (model.decoder, drawn.decoder, SPREAD)):
        assert part is not None
        assert before is not None
        told, as_drawn = (linear(each.body)[0].weight.detach()[:, -5:] for each in (part, before))
        assert float(told.abs().max()) == pytest.approx(reach)
        torch.testing.assert_close(told, as_drawn * reach / as_drawn.abs().max())


@pytest.mark.parametrize("config", [DENSE, CONV], ids=["mlp", "conv"])
def test_that_columns_of_a_picture_that_are_told_count_as_much_as_a_class(config: ModelConfig) -> None:
    model, _ = both(config, Family("image", band=(4, 8)))
    brightness = MEAN[..., 4:12].sum()
    told = linear(decoder_of(model).body)[0].weight.detach()[:, 2:]
    assert told.shape[1] == 16 * 8
    assert float(told.abs().max()) == pytest.approx(SPREAD / brightness**0.5)


def test_that_the_heads_stay_as_drawn() -> None:
    model, drawn = both(DENSE)
    assert model.encoder is not None
    assert drawn.encoder is not None
    assert torch.equal(model.encoder.mean.weight, drawn.encoder.mean.weight)


def test_that_scaling_draws_no_random_numbers() -> None:
    model, drawn = both(DENSE, Family("class-mean"))
    assert model.class_means is not None
    assert drawn.class_means is not None
    assert torch.equal(model.class_means, drawn.class_means)
