"""A snapshot is a frozen copy: the live model may change, callers may write into what they got, it stays the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
import torch

from tests.models.networks import NETWORKS, decoder_of, random_images, small_model
from vae_explorer.errors import CapabilityError
from vae_explorer.models import snapshot as snapshot_module
from vae_explorer.models.family import Conditioning, LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot

POINTS = np.random.default_rng(0).normal(size=(50, 2))


def frozen(network: str = "mlp", conditioning: Conditioning = "none") -> ModelSnapshot:
    return ModelSnapshot(small_model(network, conditioning), step=7, epoch=0.5)


def spoil(model: LatentVariableModel) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(0.5)


@pytest.mark.parametrize("conditioning", get_args(Conditioning))
def test_that_a_snapshot_does_not_follow_the_model(conditioning: Conditioning) -> None:
    model = small_model(conditioning=conditioning)
    copy = ModelSnapshot(model, step=3, epoch=0.1)
    # Nothing is looked at before the change, so that what is worked out late is checked too.
    untouched = ModelSnapshot(small_model(conditioning=conditioning), step=3, epoch=0.1)
    spoil(model)
    assert copy.weight_hash == untouched.weight_hash
    assert np.array_equal(copy.decode(POINTS, 1), untouched.decode(POINTS, 1))
    assert copy.weight_hash != ModelSnapshot(model, step=3, epoch=0.1).weight_hash
    if conditioning == "class-mean":
        assert np.array_equal(copy.class_means, untouched.class_means)  # type: ignore[arg-type]


def test_that_taking_a_snapshot_leaves_the_model_trainable() -> None:
    model = small_model().train()
    ModelSnapshot(model, step=0, epoch=0)
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_that_what_a_snapshot_hands_out_can_not_change_it() -> None:
    copy = frozen(conditioning="class-mean")
    assert copy.class_means is not None
    before = copy.class_means.copy()
    copy.class_means[:] = 9
    assert np.array_equal(copy.class_means, before)
    for values in copy.weights.values():
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("conditioning", get_args(Conditioning))
def test_that_decoding_in_small_pieces_gives_the_same_pictures(
    network: str, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = frozen(network, conditioning)
    labels = np.arange(50) % 3
    images = random_images(50)
    whole, encoded = copy.decode(POINTS, labels), copy.encode(images, labels)
    monkeypatch.setattr(snapshot_module, "_CHUNK_VALUES", 7 * 64)
    assert len(copy._chunks(50)) == 8
    pieces = copy.decode(POINTS, labels)
    assert np.abs(pieces.astype(int) - whole.astype(int)).max() <= 1
    np.testing.assert_allclose(copy.encode(images, labels).mean, encoded.mean, atol=1e-5)
    np.testing.assert_allclose(copy.encode(images, labels).log_var, encoded.log_var, atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_that_pictures_are_the_rounded_means_of_the_model(network: str) -> None:
    model = small_model(network)
    expected = np.rint(model.likelihood(torch.tensor(POINTS).float(), None).mean.detach().numpy() * 255)
    pictures = ModelSnapshot(model, step=0, epoch=0).decode(POINTS)
    assert pictures.dtype == np.uint8
    assert pictures.shape == (50, 1, 8, 8)
    assert np.abs(pictures - expected).max() <= 1
    assert len(np.unique(pictures)) > 10


def test_that_encodings_are_those_of_the_model_on_values_from_zero_to_one() -> None:
    model = small_model(conditioning="label")
    images, labels = random_images(5), np.array([0, 1, 2, 1, 0])
    posterior = model.posterior(torch.from_numpy(images) / 255, torch.from_numpy(labels))
    encoded = ModelSnapshot(model, step=0, epoch=0).encode(images, labels)
    np.testing.assert_allclose(encoded.mean, posterior.mean.detach(), atol=1e-6)
    np.testing.assert_allclose(encoded.log_var, posterior.log_var.detach(), atol=1e-6)
    assert encoded.mean.dtype == encoded.log_var.dtype == np.float32


def test_that_read_only_points_and_images_are_taken_without_a_warning() -> None:
    points, images = POINTS.astype(np.float32), random_images(3)
    points.flags.writeable = images.flags.writeable = False
    assert frozen().decode(points).shape == (50, 1, 8, 8)
    assert frozen().encode(images).mean.shape == (3, 2)


def test_that_no_points_and_no_images_give_nothing() -> None:
    copy = frozen(conditioning="label")
    assert copy.decode(np.zeros((0, 2)), 1).shape == (0, 1, 8, 8)
    assert copy.encode(random_images(0), 1).mean.shape == (0, 2)


def test_that_a_single_point_may_be_given_without_its_axis() -> None:
    assert np.array_equal(frozen().decode([0.5, -1]), frozen().decode([[0.5, -1]]))


@pytest.mark.parametrize("label", [-1, 3, np.array([0, 1, 7])])
def test_that_a_class_that_does_not_exist_is_refused_by_its_number(label: int) -> None:
    with pytest.raises(CapabilityError, match=r"no class (-1|3|7): this model knows the classes 0 to 2"):
        frozen(conditioning="label").decode(POINTS[:3], label)


def test_that_a_label_conditioned_model_asks_for_a_label() -> None:
    copy = frozen(conditioning="label")
    with pytest.raises(CapabilityError, match="name a class from 0 to 2"):
        copy.decode(POINTS)
    with pytest.raises(CapabilityError, match="name a class from 0 to 2"):
        copy.encode(random_images(2))


def test_that_one_label_for_all_is_that_label_for_each() -> None:
    copy = frozen(conditioning="label")
    assert np.array_equal(copy.decode(POINTS, 2), copy.decode(POINTS, np.full(50, 2)))
    assert not np.array_equal(copy.decode(POINTS, 2), copy.decode(POINTS, 1))


@pytest.mark.parametrize("conditioning", ["none", "class-mean"])
def test_that_other_models_leave_labels_aside_even_wrong_ones(conditioning: Conditioning) -> None:
    copy = frozen(conditioning=conditioning)
    assert np.array_equal(copy.decode(POINTS, 99), copy.decode(POINTS))


def test_that_pictures_of_another_size_are_refused_with_both_sizes() -> None:
    with pytest.raises(CapabilityError, match=r"9x10 with 3 channels.*trained on 8x8 with 1 channel:"):
        frozen().encode(random_images(1, (3, 10, 9)))


def test_that_the_hash_depends_on_every_value_and_on_nothing_else() -> None:
    model = small_model()
    first = ModelSnapshot(model, step=0, epoch=0).weight_hash
    assert first == ModelSnapshot(model, step=9, epoch=2).weight_hash
    with torch.no_grad():
        decoder_of(model).bias[0, 3, 3] += 1e-6
    assert ModelSnapshot(model, step=0, epoch=0).weight_hash != first
    assert len(bytes.fromhex(first)) == hashlib.sha256().digest_size


def test_that_a_snapshot_says_what_it_is() -> None:
    copy = frozen(conditioning="class-mean")
    assert (copy.step, copy.epoch, copy.image_shape, copy.classes) == (7, 0.5, (1, 8, 8), 3)
    assert (copy.conditioning, copy.can_encode, copy.can_decode) == ("class-mean", True, True)
    assert copy.parameters == sum(values.size for values in copy.weights.values())
    assert frozen().class_means is None


def test_that_the_module_can_be_imported_without_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; import vae_explorer.models.snapshot"
    subprocess.run([sys.executable, "-c", program], check=True)
