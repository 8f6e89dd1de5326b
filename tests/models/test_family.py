"""Models fit every size of picture, use the class they are given, and start from the mean picture."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch

from tests.models.networks import NETWORKS, SHAPES, decoder_of, random_images, small_model
from vae_explorer.errors import SettingError
from vae_explorer.models import build
from vae_explorer.models.build import FARTHEST_ISLAND, ISLAND_DISTANCE, build_model, islands
from vae_explorer.models.family import Conditioning, Family, ImageSpec
from vae_explorer.models.layers import ACTIVATIONS
from vae_explorer.sections import ModelConfig

LABELS = torch.tensor([0, 1, 2, 0])


def batch(shape: tuple[int, int, int] = (1, 8, 8)) -> torch.Tensor:
    return torch.from_numpy(random_images(4, shape)).float() / 255


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("conditioning", get_args(Conditioning))
@pytest.mark.parametrize("shape", SHAPES)
def test_that_any_size_is_encoded_to_the_plane_and_decoded_to_the_same_size(
    network: str, conditioning: Conditioning, shape: tuple[int, int, int]
) -> None:
    model = small_model(network, conditioning, shape=shape)
    posterior = model.posterior(batch(shape), LABELS)
    assert posterior.mean.shape == posterior.log_var.shape == (4, 2)
    pictures = model.likelihood(posterior.mean, LABELS, batch(shape)).mean
    assert pictures.shape == (4, *shape)
    assert pictures.isfinite().all()


@pytest.mark.parametrize("side", [(8, 8), (8, 9), (9, 8), (15, 16), (17, 31), (128, 8)])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_that_convolutions_come_back_to_the_size_they_started_from(side: tuple[int, int], depth: int) -> None:
    spec = ImageSpec((1, *side), 0)
    config = ModelConfig(network="conv", channels=(2,) * depth)
    model = build_model(spec, config, family=Family(), generator=torch.Generator())
    assert model.likelihood(torch.zeros(1, 2), None).mean.shape == (1, 1, *side)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("network", NETWORKS)
def test_that_every_activation_named_in_the_settings_can_be_built(network: str, activation: str) -> None:
    config = ModelConfig(network=network, hidden=(5,), channels=(2,), activation=activation)
    model = build_model(ImageSpec((1, 8, 8), 0), config, family=Family(), generator=torch.Generator())
    kinds = {type(layer) for layer in model.modules()}
    assert type(ACTIVATIONS[activation]()) in kinds


@pytest.mark.parametrize("network", NETWORKS)
def test_that_the_untrained_picture_is_close_to_the_mean_of_the_data_all_over_the_plane(network: str) -> None:
    mean = np.random.default_rng(0).uniform(0.02, 0.98, (1, 28, 28)).astype(np.float32)
    config = ModelConfig(network=network)
    generator = torch.Generator().manual_seed(0)
    model = build_model(ImageSpec((1, 28, 28), 0, mean), config, family=Family(), generator=generator)
    z = torch.tensor([[0.0, 0.0], [2.0, -2.0], [-1.0, 1.5]])
    difference = model.likelihood(z, None).mean.detach().numpy() - mean
    assert np.abs(difference).mean() < 0.05
    black = build_model(ImageSpec((1, 28, 28), 0), config, family=Family(), generator=generator)
    assert np.abs(black.likelihood(z, None).mean.detach().numpy() - mean).mean() > 0.2


@pytest.mark.parametrize("network", NETWORKS)
def test_that_the_decoder_starts_at_the_logit_of_the_mean_and_at_finite_values_for_black_and_white(
    network: str,
) -> None:
    mean = np.full((1, 8, 8), 0.25, dtype=np.float32)
    mean[0, 0] = 0
    mean[0, 1] = 1
    bias = decoder_of(small_model(network, mean_image=mean)).bias.detach()
    assert bias[0, 2, 0].item() == pytest.approx(-np.log(3), rel=1e-5)
    assert bias.isfinite().all()
    assert bias[0, 0, 0] < bias[0, 2, 0] < bias[0, 1, 0]


@pytest.mark.parametrize("network", NETWORKS)
def test_that_the_picture_has_one_bias_and_not_two_that_do_the_same(network: str) -> None:
    model = small_model(network)
    final = list(decoder_of(model).body.layers.children())[-1]
    assert isinstance(final, (torch.nn.Linear, torch.nn.ConvTranspose2d))
    assert final.bias is None


@pytest.mark.parametrize("network", NETWORKS)
def test_that_the_label_changes_encoding_and_decoding_of_a_label_conditioned_model(network: str) -> None:
    model = small_model(network, "label")
    same = batch()[:1].expand(3, -1, -1, -1)
    means = model.posterior(same, torch.arange(3)).mean
    pictures = model.likelihood(torch.zeros(3, 2), torch.arange(3)).mean
    for first, second in ((0, 1), (1, 2), (0, 2)):
        assert (means[first] - means[second]).abs().max() > 1e-4
        assert (pictures[first] - pictures[second]).abs().max() > 1e-4


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("conditioning", ["none", "class-mean"])
def test_that_the_label_changes_neither_network_of_the_other_models(network: str, conditioning: Conditioning) -> None:
    model = small_model(network, conditioning)
    images = batch()
    assert torch.equal(model.posterior(images, LABELS).mean, model.posterior(images, LABELS.flip(0)).mean)
    assert torch.equal(
        model.likelihood(torch.ones(4, 2), LABELS).mean, model.likelihood(torch.ones(4, 2), LABELS.flip(0)).mean
    )


def test_that_the_prior_is_standard_normal_but_for_class_means() -> None:
    for conditioning in ("none", "label"):
        prior = small_model(conditioning=conditioning).prior(LABELS)
        assert not prior.mean.any()
        assert not prior.log_var.any()
    model = small_model(conditioning="class-mean")
    assert model.class_means is not None
    assert torch.equal(model.prior(LABELS).mean, model.class_means[LABELS])
    assert not model.prior(LABELS).log_var.any()


def test_that_class_means_start_apart() -> None:
    means = small_model(conditioning="class-mean").class_means
    assert means is not None
    assert means.shape == (3, 2)
    assert torch.pdist(means.detach()).min().item() == pytest.approx(ISLAND_DISTANCE)


def test_that_class_means_start_in_an_order_of_the_seed_and_not_too_far_out() -> None:
    first, again, other = (islands(200, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.norm(dim=1).max().item() == pytest.approx(FARTHEST_ISLAND)
    assert islands(1, torch.Generator()).shape == (1, 2)


def test_that_a_missing_label_is_an_error_and_no_guess() -> None:
    with pytest.raises(ValueError, match="needs a label"):
        small_model(conditioning="label").posterior(batch(), None)
    with pytest.raises(ValueError, match="needs a label"):
        small_model(conditioning="class-mean").prior(None)


def test_that_every_parameter_is_in_exactly_one_group_of_the_optimiser() -> None:
    for conditioning in get_args(Conditioning):
        model = small_model(conditioning=conditioning)
        (groups,) = model.parameter_sets().values()
        grouped = [id(item) for group in groups for item in group["params"]]  # type: ignore[attr-defined]
        assert sorted(grouped) == sorted(id(item) for item in model.parameters())
        rates = [group["rate"] for group in groups]
        assert rates == ([1.0, 5.0] if conditioning == "class-mean" else [1.0])


@pytest.mark.parametrize("network", NETWORKS)
def test_that_weights_depend_on_the_generator_and_on_nothing_else(network: str) -> None:
    state = torch.get_rng_state()
    first = small_model(network, "class-mean", seed=1).state_dict()
    torch.manual_seed(12345)
    second = small_model(network, "class-mean", seed=1).state_dict()
    torch.set_rng_state(state)
    other = small_model(network, "class-mean", seed=2).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    drawn = [name for name in first if name != "decoder.bias" and first[name].any()]
    assert sum("weight" in name for name in drawn) >= 7
    assert all(not torch.equal(first[name], other[name]) for name in drawn)


def test_that_building_leaves_the_process_wide_generator_alone() -> None:
    before = torch.get_rng_state()
    small_model("conv", "class-mean")
    assert torch.equal(before, torch.get_rng_state())


def test_that_weights_as_drawn_keep_within_one_over_the_square_root_of_the_inputs() -> None:
    model = build_model(
        ImageSpec((1, 28, 28), 0),
        ModelConfig(hidden=(256, 64), start="drawn"),
        family=Family(),
        generator=torch.Generator().manual_seed(0),
    )
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    assert len(layers) == 7
    for layer in layers:
        bound = layer.in_features**-0.5
        assert layer.weight.abs().max() <= bound
        assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.15)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (ModelConfig(network="conv", channels=(2, 2, 2, 2)), "halves the picture 4 times.*only 8 pixels"),
        (ModelConfig(network="conv", channels=()), "model.channels names 0 layers"),
        (ModelConfig(hidden=()), "model.hidden names 0 layers"),
        (ModelConfig(hidden=(1,) * 13), "names 13 layers, but it must name 1 to 12"),
    ],
)
def test_that_a_network_that_does_not_fit_is_refused_in_one_sentence(config: ModelConfig, said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        build_model(ImageSpec((1, 8, 20), 0), config, family=Family(), generator=torch.Generator())
    assert str(caught.value).isprintable()


def test_that_a_network_larger_than_allowed_is_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object, **__: object) -> None:
        raise AssertionError("memory was taken")

    monkeypatch.setattr(torch.nn.Module, "to_empty", no_memory)
    config = ModelConfig(hidden=(4096,) * 12)
    with pytest.raises(SettingError, match=r"would have [\d,]+ parameters, more than the 200,000,000 allowed"):
        build_model(ImageSpec((3, 128, 128), 0), config, family=Family(), generator=torch.Generator())


def test_that_the_largest_allowed_number_of_parameters_is_still_built(monkeypatch: pytest.MonkeyPatch) -> None:
    count = sum(parameter.numel() for parameter in small_model().parameters())
    monkeypatch.setattr(build, "MAX_PARAMETERS", count)
    small_model()
    monkeypatch.setattr(build, "MAX_PARAMETERS", count - 1)
    with pytest.raises(SettingError):
        small_model()
