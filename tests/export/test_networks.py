"""Parts of models as ONNX files do what the models do."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from tests.models.networks import NETWORKS, random_images, small_model
from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.errors import CapabilityError, ExportError
from vae_explorer.export import networks
from vae_explorer.export.network_parts import network_part
from vae_explorer.export.networks import encode_onnx, save_onnx
from vae_explorer.export.provenance import KEYWORD, Provenance
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Conditioning, Family, ImageSpec
from vae_explorer.models.layers import ACTIVATIONS
from vae_explorer.models.likelihoods import LIKELIHOODS
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig
from vae_explorer.training.initial import untrained_snapshot

NOTE = Provenance("onnx", {}, 3, 7, "ab" * 32, {"part": "decoder"})


def snapshot(network: str = "mlp", conditioning: Conditioning = "none") -> ModelSnapshot:
    return ModelSnapshot(small_model(network, conditioning), step=7, epoch=1.0)


def built(config: ModelConfig, shape: tuple[int, int, int] = (1, 8, 8)) -> ModelSnapshot:
    spec = ImageSpec(shape, 3, np.full(shape, 0.5, dtype=np.float32))
    generator = torch.Generator().manual_seed(1)
    return ModelSnapshot(build_model(spec, config, family=Family(), generator=generator), step=7, epoch=1.0)


def run(data: bytes, **inputs: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return list(session.run(None, inputs))


@pytest.mark.parametrize(
    ("network", "conditioning"), [("mlp", "none"), ("conv", "class-mean"), ("mlp", "label"), ("conv", "image")]
)
def test_that_the_decoder_makes_the_same_pictures(network: str, conditioning: Conditioning) -> None:
    model = snapshot(network, conditioning)
    z = np.random.default_rng(0).standard_normal((5, 2)).astype(np.float32)
    labels = np.arange(5) % 3
    told = random_images(5)
    inputs: dict[str, np.ndarray] = {"z": z}
    if conditioning == "label":
        inputs["label"] = labels
    if conditioning == "image":
        inputs["picture"] = told.astype(np.float32) / 255
    made = run(encode_onnx(model, "decoder"), **inputs)[0]
    shown = model.decode(z, labels, told if conditioning == "image" else None)
    assert np.abs(255 * made - shown).max() <= 0.5 + 255e-4


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("network", ["mlp", "conv"])
@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_that_every_activation_and_posterior_is_written(activation: str, network: str, posterior: str) -> None:
    config = dataclasses.replace(NETWORKS[network], activation=activation, posterior=posterior)
    model = built(config, shape=(3, 9, 13))
    for part in ("decoder", "encoder"):
        assert networks.largest_difference(encode_onnx(model, part), network_part(model, part)) < 1e-5


@pytest.mark.parametrize("likelihood", list(LIKELIHOODS))
def test_that_every_likelihood_s_mean_and_pictures_are_written(likelihood: str) -> None:
    model = built(dataclasses.replace(NETWORKS["mlp"], likelihood=likelihood))
    for parameter in model.network.parameters():
        parameter.data.mul_(6.0)  # logits on both sides of the series of the continuous Bernoulli
    for part in ("decoder", "encoder"):
        assert networks.largest_difference(encode_onnx(model, part), network_part(model, part)) < 1e-5


@pytest.mark.parametrize("objective", ["autoencoder", "vib", "gan", "gan-bottleneck"])
def test_that_models_without_some_parts_are_written_as_far_as_they_go(objective: str) -> None:
    model = untrained_snapshot(tiny_experiment(objective), tiny_dataset())
    parts = {"decoder": model.can_decode, "encoder": model.can_encode, "classifier": model.can_classify}
    for part in (name for name, has in parts.items() if has):
        assert networks.largest_difference(encode_onnx(model, part), network_part(model, part)) < 1e-5


def test_that_the_same_network_is_the_same_file_and_takes_older_readers() -> None:
    model = snapshot("conv", "label")
    data = encode_onnx(model, "decoder", NOTE)
    assert encode_onnx(model, "decoder", NOTE) == data
    found = onnx.load_from_string(data)
    assert (found.ir_version, found.opset_import[0].version) == (8, 18)


def test_that_a_layer_nobody_knows_is_named() -> None:
    model = snapshot()
    decoder = model.network.decoder
    assert decoder is not None
    decoder.body.layers = nn.Sequential(nn.Linear(2, 64), nn.Hardswish())
    with pytest.raises(ExportError, match="Hardswish"):
        encode_onnx(model, "decoder")


@pytest.mark.parametrize("raised", [0.0, 30.0], ids=["usual", "beyond-bound"])
@pytest.mark.parametrize("conditioning", ["none", "label"])
def test_that_the_encoder_places_pictures_where_the_model_does(conditioning: Conditioning, raised: float) -> None:
    model = snapshot("conv", conditioning)
    encoder = model.network.encoder
    assert encoder is not None
    assert encoder.log_var is not None
    with torch.no_grad():
        encoder.log_var.bias.add_(raised)
    images, labels = random_images(4), np.arange(4) % 3
    inputs: dict[str, np.ndarray] = {"picture": images.astype(np.float32) / 255}
    if conditioning == "label":
        inputs["label"] = labels
    mean, log_var, correlation = run(encode_onnx(model, "encoder"), **inputs)
    expected = model.encode(images, labels)
    np.testing.assert_allclose(mean, expected.mean, atol=1e-4)
    np.testing.assert_allclose(log_var, expected.log_var, atol=1e-4)
    np.testing.assert_allclose(correlation, expected.correlation, atol=1e-4)


def test_that_the_file_is_valid_and_says_what_made_it_but_not_where(tmp_path: Path) -> None:
    path = save_onnx(tmp_path / "decoder.onnx", snapshot("mlp", "class-mean"), "decoder", NOTE, class_names=("a", "b"))
    found = onnx.load(path)
    onnx.checker.check_model(found, full_check=True)
    told = {entry.key: entry.value for entry in found.metadata_props}
    assert Provenance.from_json(told[KEYWORD]) == NOTE
    assert json.loads(told["class_names"]) == ["a", "b"]
    assert np.shape(json.loads(told["class_means"])) == (3, 2)
    assert "z: points of the plane" in found.doc_string
    assert str(Path(networks.__file__).parents[1]).encode() not in path.read_bytes()


def test_that_a_file_that_differs_from_the_model_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "largest_difference", lambda data, part: 2e-4)
    with pytest.raises(ExportError, match=r"differs from the model by 0\.0002"):
        save_onnx(tmp_path / "decoder.onnx", snapshot(), "decoder")
    assert list(tmp_path.iterdir()) == []


def test_that_a_changed_weight_is_noticed() -> None:
    model = snapshot()
    data = encode_onnx(model, "decoder")
    part = network_part(model, "decoder")
    assert networks.largest_difference(data, part) < 1e-5
    for parameter in part.module.parameters():
        parameter.data.add_(0.01)
    assert networks.largest_difference(data, part) > networks.TOLERANCE


def test_that_a_part_that_is_not_there_is_told() -> None:
    with pytest.raises(CapabilityError, match="no classifier"):
        encode_onnx(snapshot(), "classifier")


def test_that_missing_packages_are_named_with_the_line_that_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install 'vae-explorer\[onnx\]'"):
        encode_onnx(snapshot(), "decoder")
