"""The fast way of decoding gives the pictures of the plain network, whatever the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
import torch
from torch import nn

from tests.models.networks import NETWORKS, SHAPES, decoder_of, random_images
from vae_explorer.errors import CapabilityError
from vae_explorer.models import decoding, fast_decoding, products
from vae_explorer.models.adversarial import AdversarialParts, build_adversarial_model
from vae_explorer.models.build import build_model
from vae_explorer.models.decoding import is_made_of_known_parts
from vae_explorer.models.family import Conditioning, Family, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import ACTIVATIONS
from vae_explorer.models.likelihoods import LIKELIHOODS, GreyBernoulli
from vae_explorer.models.pixels import Bernoulli
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import numpy.typing as npt

POINTS = 2 * np.random.default_rng(0).normal(size=(75, 2)).astype(np.float32)
CONFIGS = {
    "wide mlp": ModelConfig(network="mlp", hidden=(64, 48)),
    "one layer": ModelConfig(network="mlp", hidden=(20,)),
    "three layers": ModelConfig(network="mlp", hidden=(9, 17, 30)),
    "conv": ModelConfig(network="conv", channels=(8, 12)),
    "conv of one": ModelConfig(network="conv", channels=(5,)),
    "conv of three": ModelConfig(network="conv", channels=(4, 6, 5)),
}


def built(
    config: ModelConfig, shape: tuple[int, int, int] = (1, 8, 8), conditioning: Conditioning = "none"
) -> LatentVariableModel:
    """Return a model whose pictures have every grey level, as those of trained ones do."""
    family = Family(conditioning, band=(2, 3) if conditioning == "image" else (0, 0))
    mean = np.random.default_rng(1).uniform(0.1, 0.9, shape).astype(np.float32)
    spec = ImageSpec(shape, 3, mean)
    model = strengthened(build_model(spec, config, family=family, generator=torch.Generator().manual_seed(2)))
    assert is_made_of_known_parts(model), "else the plain way would be compared with itself"
    return model


def strengthened(model: LatentVariableModel) -> LatentVariableModel:
    with torch.no_grad():
        for layer in model.modules():
            if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
                layer.weight.mul_(2.5)
    return model


def plain(
    model: LatentVariableModel,
    labels: npt.NDArray[np.int64] | None = None,
    images: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[np.uint8]:
    """Return what the network itself makes of the points."""
    told = None if labels is None else torch.from_numpy(labels)
    given = None if images is None else torch.from_numpy(images) / 255
    with torch.inference_mode():
        mean = model.likelihood(torch.from_numpy(POINTS), told, given).mean
    return mean.mul(255).round().clamp(0, 255).to(torch.uint8).numpy()


def assert_same(found: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8]) -> None:
    """Check that no byte differs by more than one, and hardly any at all."""
    assert found.shape == expected.shape
    assert found.dtype == np.uint8
    assert len(np.unique(expected)) > 100, "pictures without contrast show nothing"
    difference = np.abs(found.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def decoded(model: LatentVariableModel, *told: object) -> npt.NDArray[np.uint8]:
    return ModelSnapshot(model, step=0, epoch=0).decode(POINTS, *told)  # type: ignore[arg-type]


@pytest.fixture(params=["fused", "plain"], autouse=True)
def kind_of_product(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every test run with the products of this processor, and with those that any has."""
    if request.param == "plain":
        monkeypatch.setattr(products, "has_fused_products", lambda: False)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CONFIGS)
def test_that_pictures_of_every_network_and_size_are_those_of_the_plain_one(
    name: str, shape: tuple[int, int, int]
) -> None:
    model = built(CONFIGS[name], shape)
    assert_same(decoded(model), plain(model))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_every_activation_is_that_of_the_plain_network(network: str, activation: str) -> None:
    model = built(replace(CONFIGS[network], activation=activation))
    assert_same(decoded(model), plain(model))


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_every_likelihood_shows_its_mean(network: str, likelihood: str) -> None:
    model = built(replace(CONFIGS[network], likelihood=likelihood), (3, 9, 13))
    assert_same(decoded(model), plain(model))


@pytest.mark.parametrize("conditioning", get_args(Conditioning))
@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_what_a_model_is_told_enters_the_pictures(network: str, conditioning: Conditioning) -> None:
    model = built(CONFIGS[network], (3, 9, 13), conditioning)
    labels = np.arange(len(POINTS)) % 3
    images = random_images(len(POINTS), (3, 9, 13))
    expected = plain(model, labels, images)
    if conditioning == "image":
        expected[..., 2:5] = images[..., 2:5]
    assert_same(decoded(model, labels, images), expected)


@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_one_class_or_one_picture_for_all_points_is_as_good_as_many(network: str) -> None:
    labelled, completed = built(CONFIGS[network], conditioning="label"), built(CONFIGS[network], conditioning="image")
    same = np.ones(len(POINTS), dtype=np.int64)
    picture = random_images(1)
    expected = plain(completed, None, np.repeat(picture, len(POINTS), axis=0))
    expected[..., 2:5] = picture[..., 2:5]
    assert_same(decoded(labelled, 1), plain(labelled, same))
    assert_same(decoded(completed, None, picture[0]), expected)


@pytest.mark.parametrize("network", NETWORKS)
def test_that_a_generator_without_a_likelihood_decodes_as_fast(network: str) -> None:
    spec = ImageSpec((1, 9, 12), 3, np.full((1, 9, 12), 0.4, dtype=np.float32))
    parts = AdversarialParts(generator_rate=1, discriminator_rate=1, sharpness=3)
    generator = torch.Generator().manual_seed(1)
    model = strengthened(build_adversarial_model(spec, NETWORKS[network], parts=parts, generator=generator))
    assert is_made_of_known_parts(model)
    assert_same(decoded(model), plain(model))


@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_chunks_make_no_difference(network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = built(CONFIGS[network], (1, 9, 12), "label")
    labels = np.arange(len(POINTS)) % 3
    monkeypatch.setattr(fast_decoding, "_CHUNK_VALUES", 30_000)
    assert_same(decoded(model, labels), plain(model, labels))


class Inverted(GreyBernoulli):
    """A likelihood of somebody else, whose mean isn't the sigmoid of the logits."""

    def forward(self, parameters: torch.Tensor, mask: torch.Tensor | None = None) -> Bernoulli:
        """Return the opposite."""
        return Bernoulli(-parameters, mask)


@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_parts_nobody_knows_are_called_as_they_are(network: str) -> None:
    model = built(CONFIGS[network], conditioning="label")
    assert is_made_of_known_parts(model)
    model.pixels = Inverted()
    assert not is_made_of_known_parts(model)
    labels = np.arange(len(POINTS)) % 3
    assert_same(decoded(model, labels), plain(model, labels))
    other = built(CONFIGS[network])
    layers = decoder_of(other).body.layers
    layers[1] = nn.Softplus()
    assert not is_made_of_known_parts(other)
    assert_same(decoded(other), plain(other))


def test_that_weights_loaded_later_are_those_that_decode() -> None:
    first, second = built(CONFIGS["conv"]), built(CONFIGS["conv"])
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.mul_(0.7)
    snapshot = ModelSnapshot(first, step=0, epoch=0)
    snapshot.decode(POINTS)
    weights = {name: values.copy() for name, values in ModelSnapshot(second, step=1, epoch=1).weights.items()}
    other = snapshot.with_weights(weights, step=1, epoch=1)
    assert_same(other.decode(POINTS), plain(second))
    assert_same(snapshot.decode(POINTS), plain(first))


def test_that_a_model_that_diverged_decodes_to_something() -> None:
    model = built(CONFIGS["wide mlp"])
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(float("nan"))
    assert decoded(model).shape == (len(POINTS), 1, 8, 8)


def test_that_an_encoder_alone_is_refused_a_picture() -> None:
    spec = ImageSpec((1, 8, 8), 3)
    family = Family("none", decodes=False, classifies=True)
    model = build_model(spec, CONFIGS["wide mlp"], family=family, generator=torch.Generator().manual_seed(1))
    with pytest.raises(CapabilityError, match="no decoder"):
        decoded(model)


# -- Previews ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def fast_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take bfloat16 for fast, whether this processor's instructions are or not."""
    monkeypatch.setattr(decoding, "has_fast_bfloat16", lambda device: True)


def previewed(model: LatentVariableModel, points: npt.NDArray[np.float32] = POINTS) -> npt.NDArray[np.uint8]:
    return ModelSnapshot(model, step=0, epoch=0, in_passing=True).preview(points)


@pytest.mark.usefixtures("fast_bfloat16")
@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli", "gaussian"])
@pytest.mark.parametrize("name", CONFIGS)
def test_that_previews_in_passing_are_off_by_a_few_grey_levels_at_most(name: str, likelihood: str) -> None:
    model = built(replace(CONFIGS[name], likelihood=likelihood), (3, 9, 13))
    difference = np.abs(previewed(model).astype(int) - plain(model))
    assert difference.max() <= (12 if name != "conv of three" else 30)  # each layer of its heavy weights adds to it
    assert difference.mean() < 1


@pytest.mark.usefixtures("fast_bfloat16")
@pytest.mark.parametrize("network", ["wide mlp", "conv"])
def test_that_a_model_in_passing_still_decodes_exactly_when_asked_to(network: str) -> None:
    model = built(CONFIGS[network])
    snapshot = ModelSnapshot(model, step=0, epoch=0, in_passing=True)
    snapshot.preview(POINTS)
    assert_same(snapshot.decode(POINTS), plain(model))


@pytest.mark.usefixtures("fast_bfloat16")
def test_that_previews_of_a_model_that_stays_are_exact() -> None:
    model = built(CONFIGS["wide mlp"])
    snapshot = ModelSnapshot(model, step=0, epoch=0)
    assert np.array_equal(snapshot.preview(POINTS), snapshot.decode(POINTS))


@pytest.mark.usefixtures("fast_bfloat16")
@pytest.mark.parametrize("network", CONFIGS)
def test_that_a_single_point_is_exact_even_in_passing(network: str) -> None:
    snapshot = ModelSnapshot(built(CONFIGS[network], (1, 40, 40)), step=0, epoch=0, in_passing=True)
    assert np.array_equal(snapshot.preview(POINTS[:1]), snapshot.decode(POINTS[:1]))


@pytest.mark.usefixtures("fast_bfloat16")
def test_that_previews_are_rough_where_that_is_faster() -> None:
    model = built(CONFIGS["wide mlp"])
    assert np.array_equal(previewed(model), decoded(model)) != products.has_fused_products()


def test_that_previews_are_exact_where_bfloat16_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "has_fast_bfloat16", lambda device: False)
    model = built(CONFIGS["wide mlp"])
    assert np.array_equal(previewed(model), decoded(model))
