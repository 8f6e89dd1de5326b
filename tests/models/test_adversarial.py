"""Generators in the program: they decode like any model, encode nothing, and come back from disk as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.models.networks import NETWORKS, SHAPES, random_images
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.models.adversarial import SQUARES_BETA, AdversarialModel, AdversarialParts, build_adversarial_model
from vae_explorer.models.family import ImageSpec
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.training.control import Control
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model
from vae_explorer.training.trainer import Trainer

KINDS = {
    "plain": AdversarialParts(1.0, 1.0),
    "spectral": AdversarialParts(1.0, 1.0, is_spectrally_bound=True),
    "code": AdversarialParts(1.0, 1.0, code=5),
}
POINTS = np.random.default_rng(0).normal(size=(20, 2))


def built(kind: str, network: str = "mlp", shape: tuple[int, int, int] = (1, 8, 8), seed: int = 1) -> AdversarialModel:
    generator = torch.Generator().manual_seed(seed)
    return build_adversarial_model(ImageSpec(shape, 3), NETWORKS[network], parts=KINDS[kind], generator=generator)


def experiments() -> dict[str, Experiment]:
    return {
        "gan": tiny_experiment("gan"),
        "spectral": tiny_experiment("gan").with_setting("objective.spectral_norm", "yes"),
        "bottleneck": tiny_experiment("gan-bottleneck"),
    }


def trained(experiment: Experiment) -> ModelSnapshot:
    listener = Listener()
    Trainer(experiment, tiny_dataset()).run(on_event=listener, control=Control())
    return listener.finished.model


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", KINDS)
def test_that_pictures_of_any_size_are_made_and_judged(kind: str, network: str, shape: tuple[int, int, int]) -> None:
    model = built(kind, network, shape)
    pictures = model.generate(torch.zeros(3, 2))
    assert pictures.shape == (3, *shape)
    assert model.discriminator(pictures).shape == (3,)
    assert model.likelihood(torch.zeros(4, 3, 2)).mean.shape == (4, 3, *shape)


def test_that_a_generator_has_neither_an_encoder_nor_a_likelihood() -> None:
    snapshot = ModelSnapshot(built("plain"), step=0, epoch=0)
    assert (snapshot.can_encode, snapshot.can_decode, snapshot.has_likelihood) == (False, True, False)
    assert snapshot.decode(POINTS).shape == (20, 1, 8, 8)
    with pytest.raises(CapabilityError, match="no encoder"):
        snapshot.encode(random_images(2))
    with pytest.raises(TypeError, match="undefined"):
        built("plain").likelihood(torch.zeros(1, 2)).log_prob(torch.zeros(1, 1, 8, 8))


@pytest.mark.parametrize("kind", KINDS)
def test_that_weights_depend_on_the_generator_and_on_nothing_else(kind: str) -> None:
    state = torch.get_rng_state()
    first = built(kind).state_dict()
    torch.manual_seed(123)
    second, other = built(kind).state_dict(), built(kind, seed=2).state_dict()
    torch.set_rng_state(state)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    assert torch.equal(torch.get_rng_state(), state)


def test_that_the_process_wide_generator_is_left_as_it_was() -> None:
    state = torch.get_rng_state()
    built("spectral")
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_parameter_has_exactly_one_optimiser(kind: str) -> None:
    model = built(kind)
    sets = model.parameter_sets()
    assert set(sets) == {"generator", "discriminator"}
    owned = [id(item) for groups in sets.values() for group in groups for item in group["params"]]  # type: ignore[attr-defined]
    assert sorted(owned) == sorted(id(item) for item in model.parameters())


def test_that_both_networks_are_trained_with_their_rates_and_the_momentum_asked_for() -> None:
    parts = AdversarialParts(generator_rate=0.5, discriminator_rate=2.0, momentum=0.3)
    spec = ImageSpec((1, 8, 8), 3)
    sets = build_adversarial_model(
        spec, NETWORKS["mlp"], parts=parts, generator=torch.Generator().manual_seed(1)
    ).parameter_sets()
    assert {name: groups[0]["rate"] for name, groups in sets.items()} == {"generator": 0.5, "discriminator": 2.0}
    assert {groups[0]["betas"] for groups in sets.values()} == {(0.3, SQUARES_BETA)}


@pytest.mark.parametrize("network", NETWORKS)
def test_that_sharpness_makes_pictures_change_faster_over_the_plane_and_nothing_else(network: str) -> None:
    plain, sharp = (
        build_adversarial_model(
            ImageSpec((1, 8, 8), 3),
            NETWORKS[network],
            parts=AdversarialParts(1.0, 1.0, sharpness=sharpness),
            generator=torch.Generator().manual_seed(1),
        )
        for sharpness in (1.0, 5.0)
    )
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(2))
    pictures = torch.rand(4, 1, 8, 8, generator=torch.Generator().manual_seed(3))
    assert sharp.generate(z).std(dim=0).mean() > 1.5 * plain.generate(z).std(dim=0).mean()
    torch.testing.assert_close(sharp.generate(z), plain.generate(5.0 * z))
    torch.testing.assert_close(sharp.discriminator(pictures), plain.discriminator(pictures))


@pytest.mark.parametrize("name", experiments())
def test_that_the_same_seed_gives_the_same_run(name: str) -> None:
    experiment = experiments()[name]
    first, second = trained(experiment), trained(experiment)
    assert first.weight_hash == second.weight_hash
    assert first.weight_hash != trained(experiment.with_setting("training.seed", "5")).weight_hash


@pytest.mark.parametrize("name", experiments())
def test_that_a_model_that_is_loaded_again_makes_the_same_pictures_and_judges_alike(name: str) -> None:
    experiment = experiments()[name]
    snapshot = trained(experiment)
    _, model = initial_model(experiment.with_setting("training.seed", "9"), tiny_dataset())
    model.load_state_dict({key: torch.tensor(values) for key, values in snapshot.weights.items()})
    again = ModelSnapshot(model, step=snapshot.step, epoch=snapshot.epoch)
    np.testing.assert_array_equal(again.decode(POINTS), snapshot.decode(POINTS))
    assert again.weight_hash == snapshot.weight_hash
    pictures = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    networks = (again.network, snapshot.network)
    first, second = (item.discriminator(pictures) for item in networks if isinstance(item, AdversarialModel))
    assert torch.equal(first, second)


def test_that_a_network_that_does_not_fit_is_refused_as_for_any_model() -> None:
    with pytest.raises(SettingError, match="halves the picture"):
        build_adversarial_model(
            ImageSpec((1, 2, 8), 0), NETWORKS["conv"], parts=KINDS["plain"], generator=torch.Generator()
        )
