"""A run folder is opened without trust: an older checkpoint with a notice, or one sentence; never a traceback."""

from __future__ import annotations

import json
import shutil
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.runs.damage import flip_a_bit, newest, one_sentence
from tests.runs.recorded import checkpoints, tree, write_checkpoint
from vae_explorer.errors import RunError
from vae_explorer.runs.folder import Run, is_run, open_run
from vae_explorer.runs.places import new_run_folder
from vae_explorer.training.experiment import Experiment


def test_that_opening_changes_nothing(folder: Path) -> None:
    flip_a_bit(newest(folder) / "model.safetensors")
    (folder / "checkpoints" / "step-00000009.tmp").mkdir()
    before = tree(folder)
    run = open_run(folder)
    run.load_model()
    assert len(run.metrics) == 8
    assert tree(folder) == before
    assert (folder / "checkpoints" / "step-00000009.tmp").is_dir()


def test_that_a_half_written_checkpoint_is_not_looked_at(folder: Path) -> None:
    shutil.copytree(newest(folder), folder / "checkpoints" / "step-00000009.tmp")
    run = open_run(folder)
    assert run.newest[0].step == 6
    assert run.newest[1] == ()


def test_that_a_run_without_a_checkpoint_says_what_to_do(folder: Path) -> None:
    shutil.rmtree(folder / "checkpoints")
    (folder / "LATEST").unlink()
    with pytest.raises(RunError, match=r"has no checkpoint.*train it again"):
        open_run(folder).load_model()


def test_that_a_checkpoint_that_was_taken_away_is_missed(folder: Path) -> None:
    (folder / "LATEST").write_text("step-00000006\n")
    shutil.rmtree(newest(folder))
    run = open_run(folder)
    assert run.load_model().step == 5
    assert [note.split(" of the run")[0] for note in run.newest[1]] == ["The checkpoint step-00000006"]
    shutil.rmtree(folder / "checkpoints")
    with pytest.raises(RunError, match=r"No checkpoint of the run .* The checkpoint step-00000006 .* is missing\.$"):
        open_run(folder).load_model()


def weights_of(folder: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return {name: values.copy() for name, values in open_run(folder).newest[0].weights.items()}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_that_weights_that_are_not_finite_give_way_to_the_older_ones(bad: float, folder: Path) -> None:
    weights = weights_of(folder)
    weights["decoder.bias"][0, 0, 0] = bad
    write_checkpoint(newest(folder), weights)
    run = open_run(folder)
    assert run.load_model().step == 5
    assert "decoder.bias" in run.newest[1][0]


@pytest.mark.parametrize("kind", ["float16", "float64", "int32", "uint8", "bool", "complex64"])
def test_that_weights_of_another_type_are_refused(kind: str, folder: Path) -> None:
    weights = weights_of(folder)
    for checkpoint in checkpoints(folder):
        write_checkpoint(checkpoint, {**weights, "decoder.bias": weights["decoder.bias"].astype(kind)})
    with pytest.raises(RunError, match=r"decoder\.bias|holds no weights") as caught:
        open_run(folder).load_model()
    one_sentence(caught.value)


@pytest.mark.parametrize("change", ["shape", "missing", "extra", "renamed", "none", "strange name"])
def test_that_weights_of_another_network_are_refused(change: str, folder: Path) -> None:
    weights = weights_of(folder)
    bias = weights["decoder.bias"]
    changed = {
        "shape": {**weights, "decoder.bias": bias.reshape(1, 64)},
        "missing": {name: values for name, values in weights.items() if name != "decoder.bias"},
        "extra": {**weights, "extra": bias},
        "renamed": {name.replace("decoder", "Decoder"): values for name, values in weights.items()},
        "none": {},
        "strange name": {**weights, "a\nb\x1b[31m": np.full(1, np.nan, dtype=np.float32)},
    }
    for checkpoint in checkpoints(folder):
        write_checkpoint(checkpoint, changed[change])
    with pytest.raises(RunError) as caught:
        open_run(folder).load_model()
    one_sentence(caught.value)


def safetensors(header: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + body


HOSTILE = {
    "nothing": b"",
    "short": b"\x01",
    "length beyond the file": safetensors(b"{}", length=1 << 62),
    "length beyond any file": safetensors(b"{}", length=(1 << 64) - 1),
    "no header": safetensors(b"[]"),
    "deep header": safetensors(b'{"a":' + b"[" * 50_000),
    "pickle": b"\x80\x04\x95\x00\x00\x00\x00",
    "shape beyond the body": safetensors(
        b'{"a":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}', b"\0" * 4
    ),
    "shape that overflows": safetensors(
        b'{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}'
    ),
    "offsets reversed": safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', b"\0" * 4),
    "unknown type": safetensors(b'{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}', b"\0" * 4),
    "bfloat16": safetensors(b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}', b"\0" * 4),
    "float8": safetensors(b'{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}', b"\0" * 4),
    "metadata only": safetensors(b'{"__metadata__":{"a":"b"}}'),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_that_a_weights_file_made_to_harm_is_refused_in_one_sentence(content: bytes, folder: Path) -> None:
    for checkpoint in checkpoints(folder):
        write_checkpoint(checkpoint, content)
    with pytest.raises(RunError) as caught:
        open_run(folder).load_model()
    one_sentence(caught.value)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"step": -1, "epoch": 1.0},
        {"step": "6", "epoch": 1.0},
        {"step": True, "epoch": 1.0},
        {"step": 6, "epoch": None},
        {"step": 10**400, "epoch": 1.0},
        {"step": 6, "epoch": float("nan")},
        {"step": 6, "epoch": [[1]]},
        b'{"step": 6, "epoch": ' + b"[" * 500 + b"]" * 500 + b"}",
        b"[]",
        b'{"step": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda state: str(state)[:30],
)
def test_that_a_state_that_makes_no_sense_gives_way_to_the_older_one(state: object, folder: Path) -> None:
    content = state if isinstance(state, bytes) else json.dumps(state).encode()
    write_checkpoint(newest(folder), weights_of(folder), content)
    run = open_run(folder)
    assert run.load_model().step == 5
    assert "state" in run.newest[1][0]
    assert run.newest[1][0].isprintable()


Change = tuple[str, object]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema_version", 2, "written by a newer version of VAE Explorer (format 2; this one knows 1)"),
        ("schema_version", 10**50, "newer version"),
        ("schema_version", "1", "has no schema_version"),
        ("schema_version", True, "has no schema_version"),
        ("schema_version", 0, "has no schema_version"),
        ("schema_version", None, "has no schema_version"),
        ("experiment", None, "is damaged"),
        ("experiment", [], "is damaged"),
        ("experiment.model", 3, "is damaged"),
        ("experiment.model.network", "transformer", "no choice for model.network 'transformer'"),
        ("experiment.model.hidden", [10**9], "model.hidden"),
        ("experiment.model.hidden", [1.5], "model.hidden"),
        ("experiment.model.hidden", [[[]]], "model.hidden"),
        ("experiment.objective.name", "gam", "no objective 'gam'"),
        ("experiment.objective.beta", float("nan"), "objective.beta"),
        ("experiment.objective.beta", 10**400, "objective.beta"),
        ("experiment.training.epochs", "x" * 10_000, "training.epochs"),
        ("experiment.surprise", 1, "surprise"),
        ("data", None, "is damaged"),
        ("data", {}, "data has no name"),
        ("data.shape", [1, 8], "three whole numbers"),
        ("data.shape", [2, 8, 8], "out of range"),
        ("data.shape", [1, 8, 10**9], "out of range"),
        ("data.shape", [True, 8, 8], "three whole numbers"),
        ("data.class_names", "abc", "no list of texts"),
        ("data.class_names", [1], "no list of texts"),
        ("data.class_names", ["x"] * 100_000, "no list of texts"),
        ("data.images", 0, "no counts"),
        ("data.train_images", 10**6, "no counts"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_that_a_header_with_a_wrong_value_is_refused_with_that_value(
    path: str, value: object, said: str, folder: Path
) -> None:
    header = json.loads((folder / "run.json").read_text())
    inner = header
    *parents, last = path.split(".")
    for name in parents:
        inner = inner[name]
    inner[last] = value
    (folder / "run.json").write_text(json.dumps(header))
    before = tree(folder)
    with pytest.raises(RunError) as caught:
        open_run(folder).load_model()
    assert said in one_sentence(caught.value)
    assert tree(folder) == before


def test_that_a_network_that_does_not_fit_its_pictures_is_refused(folder: Path) -> None:
    header = json.loads((folder / "run.json").read_text())
    header["experiment"]["model"] |= {"network": "conv", "channels": [4] * 9}
    (folder / "run.json").write_text(json.dumps(header))
    with pytest.raises(
        RunError, match=r"The network of the run can't be built: .*halves the picture 9 times"
    ) as caught:
        open_run(folder).load_model()
    one_sentence(caught.value)


@pytest.mark.parametrize(
    "name", ["missing", "file", "empty", "x" * 300, "file/run", "nul\0", "~nobody-of-this-name/run", "line\nbreak"]
)
def test_that_what_is_no_run_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "empty").mkdir()
    path = Path(name) if name.startswith("~") else tmp_path / name
    with pytest.raises(RunError) as caught:
        open_run(path)
    one_sentence(caught.value)
    assert not is_run(path)


def test_that_a_run_is_known_by_its_folder_and_by_its_header(folder: Path) -> None:
    assert is_run(folder)
    assert is_run(folder / "run.json")
    assert not is_run(folder.parent)
    assert open_run(folder / "run.json").path == folder
    assert open_run(str(folder)).name == "run"


def test_that_a_new_folder_has_a_name_that_is_free_and_harmless(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    experiment = Experiment().with_setting("data.source", "/a/b/<Fashion>\n..MNIST?.npz")
    first = new_run_folder(tmp_path, experiment, now)
    assert first == tmp_path / "2026-01-02 03.04.05 Fashion-MNIST vae"
    first.mkdir()
    assert new_run_folder(tmp_path, experiment, now).name == "2026-01-02 03.04.05 Fashion-MNIST vae 2"
    nameless = new_run_folder(tmp_path, Experiment().with_setting("data.source", "数字"), now)
    assert nameless.name == "2026-01-02 03.04.05 data vae"


def test_that_a_run_keeps_what_it_read(folder: Path) -> None:
    run: Run = open_run(folder)
    assert run.newest is run.newest
    assert run.metrics is run.metrics
