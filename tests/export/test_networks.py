"""Parts of models as ONNX files do what the models do."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.models.networks import random_images, small_model
from vae_explorer.errors import CapabilityError, ExportError
from vae_explorer.export import networks
from vae_explorer.export.networks import encode_onnx, save_onnx
from vae_explorer.export.provenance import KEYWORD, Provenance
from vae_explorer.models.family import Conditioning
from vae_explorer.models.snapshot import ModelSnapshot

NOTE = Provenance("onnx", {}, 3, 7, "ab" * 32, {"part": "decoder"})


def snapshot(network: str = "mlp", conditioning: Conditioning = "none") -> ModelSnapshot:
    return ModelSnapshot(small_model(network, conditioning), step=7, epoch=1.0)


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


@pytest.mark.parametrize("conditioning", ["none", "label"])
def test_that_the_encoder_places_pictures_where_the_model_does(conditioning: Conditioning) -> None:
    model = snapshot("conv", conditioning)
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
    from vae_explorer.export.network_parts import network_part

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
