"""A file of a run's history that someone made to harm is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from tests.runs.damage import one_sentence
from vae_explorer.errors import RunError
from vae_explorer.runs.history import KeptMoment, _digest, kept_moment, moment_file, read_moment

TOLD = {"step": 6, "epoch": 2.0}


def weights(path: Path, arrays: dict[str, np.ndarray], **told: object) -> None:
    """Write a moment with the hash that fits."""
    digest = _digest(arrays, 6, 2.0)
    path.write_bytes(save(arrays, metadata={"moment": json.dumps({**TOLD, "sha256": digest, **told})}))


def with_header(path: Path, header: bytes, length: int | None = None) -> None:
    path.write_bytes((len(header) if length is None else length).to_bytes(8, "little") + header + bytes(4))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "history").mkdir()
    return moment_file(tmp_path, 6)


@pytest.mark.parametrize(
    ("header", "length", "said"),
    [
        (b"{}", 1 << 40, "doesn't begin as weights do"),
        (b"{", 500, "isn't as long as it says"),
        (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', None, "doesn't say where its weights are"),
        (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,"4"]}}', None, "doesn't say where its weights are"),
        (b'{"a":3}', None, "doesn't say where its weights are"),
        (b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', None, "doesn't say from which step it is"),
        (b'{"__metadata__":{"moment":3},"a":{"data_offsets":[0,4]}}', None, "doesn't say from which step it is"),
        (b'{"__metadata__":{"moment":"[]"},"a":{"data_offsets":[0,4]}}', None, "doesn't hold a JSON object"),
        (b'{"__metadata__":{"moment":"{}"},"a":{"data_offsets":[0,4]}}', None, "isn't the moment that its name says"),
    ],
)
def test_that_a_head_that_makes_no_sense_is_refused(header: bytes, length: int | None, said: str, path: Path) -> None:
    with_header(path, header, length)
    with pytest.raises(RunError, match=said) as caught:
        kept_moment(path, 6)
    one_sentence(caught.value)


@pytest.mark.parametrize("header", [b'{"__metadata__":{"moment":"{}"},"a":{"data_offsets":[0,4]}}', b"[]", b"{"])
def test_that_a_body_that_makes_no_sense_is_refused(header: bytes, path: Path) -> None:
    with_header(path, header)
    with pytest.raises(RunError) as caught:
        read_moment(KeptMoment(6, 2.0, path))
    assert "Error" not in one_sentence(caught.value)


def test_that_a_length_beyond_any_header_is_refused(path: Path) -> None:
    with_header(path, b"{}", 1 << 40)
    with pytest.raises(RunError, match="doesn't begin as weights do"):
        read_moment(KeptMoment(6, 2.0, path))


@pytest.mark.parametrize(
    "values", [np.array([np.nan], np.float16), np.array([np.inf], np.float32), np.array([1], np.int32)], ids=str
)
def test_that_what_is_no_finite_weight_is_refused_whatever_its_hash(values: np.ndarray, path: Path) -> None:
    weights(path, {"a": values})
    with pytest.raises(RunError, match="aren't finite numbers of 16 or 32 bits") as caught:
        read_moment(KeptMoment(6, 2.0, path))
    one_sentence(caught.value)


def test_that_a_hash_of_another_step_is_refused(path: Path) -> None:
    weights(path, {"a": np.ones(1, np.float16)}, sha256="0" * 64)
    with pytest.raises(RunError, match="doesn't match its checksum"):
        read_moment(KeptMoment(6, 2.0, path))
