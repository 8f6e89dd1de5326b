"""Run folders that somebody else made: every file with the hash that fits, and what it says is a lie."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from tests.proving._hostile import Case, Expected, Loads, Refused
from tests.runs.recorded import checkpoints, recorded, write_checkpoint
from vae_explorer.runs.header import CHECKSUM

Header = dict[str, Any]
Weights = dict[str, Any]


@cache
def _whole(place: str) -> Path:
    return recorded(Path(place) / "whole").path


def _run(name: str, harm: Callable[[Path, Path], object], expected: Expected) -> Case:
    def make(folder: Path, canary: Path) -> Path:
        run = folder / "run"
        shutil.copytree(_whole(str(canary.parent)), run)
        harm(run, canary)
        return run

    return Case(f"run {name}", make, expected, "run")


def _header(change: Callable[[Header], object]) -> Callable[[Path, Path], object]:
    def harm(run: Path, _canary: Path) -> None:
        values = json.loads((run / "run.json").read_bytes())
        change(values)
        values.pop(CHECKSUM, None)
        (run / "run.json").write_text(json.dumps(values))

    return harm


def _text(old: str, new: str) -> Callable[[Path, Path], object]:
    def harm(run: Path, _canary: Path) -> None:
        values = json.loads((run / "run.json").read_bytes())
        values.pop(CHECKSUM, None)
        text = json.dumps(values)
        assert old in text
        (run / "run.json").write_text(text.replace(old, new, 1))

    return harm


def _weights(change: Callable[[Weights], object]) -> Callable[[Path, Path], object]:
    def harm(run: Path, _canary: Path) -> None:
        newest, *older = checkpoints(run)
        weights = load((newest / "model.safetensors").read_bytes())
        changed = change(weights)
        content = changed if isinstance(changed, bytes) else save(weights)
        for each in older:
            shutil.rmtree(each)
        _forget_history(run)
        write_checkpoint(newest, content)

    return harm


def _forget_history(run: Path) -> None:
    shutil.rmtree(run / "history", ignore_errors=True)


def _set(section: str, **values: object) -> Callable[[Path, Path], object]:
    return _header(lambda header: header["experiment"][section].update(values))


def _first(weights: Weights) -> str:
    return min(weights)


def _nan(weights: Weights) -> None:
    weights[_first(weights)].flat[0] = np.nan


def _other_shape(weights: Weights) -> None:
    weights[_first(weights)] = np.zeros((3, 3), dtype=np.float32)


def _doubles(weights: Weights) -> None:
    weights[_first(weights)] = weights[_first(weights)].astype(np.float64)


def _renamed(weights: Weights) -> None:
    weights["../../etc/passwd"] = weights.pop(_first(weights))


def _lying(header: bytes) -> Callable[[Weights], bytes]:
    return lambda _weights: len(header).to_bytes(8, "little") + header


def _linked(name: str) -> Callable[[Path, Path], object]:
    def harm(run: Path, canary: Path) -> None:
        path = next(run.rglob(name))
        path.unlink()
        path.symlink_to(canary)

    return harm


def _sparse_weights(run: Path, _canary: Path) -> None:
    """Let the weights be a file of holes of nearly 2 GB, whose size is listed as it is."""
    newest, *older = checkpoints(run)
    for each in older:
        shutil.rmtree(each)
    _forget_history(run)
    size = (2 << 30) - 4096
    os.truncate(newest / "model.safetensors", size)
    done = json.loads((newest / "DONE.json").read_bytes())
    done["files"]["model.safetensors"] = {"size": size, "sha256": "0" * 64}
    (newest / "DONE.json").write_text(json.dumps(done))


def _pickled(run: Path, canary: Path) -> None:
    import pickletools

    newest, *older = checkpoints(run)
    for each in older:
        shutil.rmtree(each)
    _forget_history(run)
    # What torch.save writes begins so: a pickle that would run a command.
    content = f"cos\nsystem\n(S'echo owned > {canary}'\ntR.".encode()
    assert len(list(pickletools.genops(content))) > 3
    write_checkpoint(newest, content)


def _many_folders(run: Path, _canary: Path) -> None:
    for number in range(3000):
        (run / "checkpoints" / f"step-{number + 10**7:08d}").mkdir()


def _done(change: Callable[[Header], object]) -> Callable[[Path, Path], object]:
    def harm(run: Path, _canary: Path) -> None:
        for each in checkpoints(run):
            values = json.loads((each / "DONE.json").read_bytes())
            change(values)
            (each / "DONE.json").write_text(json.dumps(values))
        _forget_history(run)

    return harm


def _outside(values: Header) -> None:
    values["files"] = {"../../../" + name: entry for name, entry in values["files"].items()}


_TERA = (4096,) * 12
_GIANT = json.dumps({"a": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}).encode()
_OVERLAP = (
    json.dumps({name: {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} for name in "ab"}).encode() + b" " * 8
)
_DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
_TWICE = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'

CASES = (
    _run("whole", lambda _run, _canary: None, Loads(0)),
    _run("with a network of terabytes", _set("model", hidden=_TERA), Refused("parameters")),
    _run("with layers without end", _set("model", hidden=[8] * 5000), Refused("")),
    _run("with a layer of 10^18 units", _set("model", hidden=[10**18]), Refused("between 1 and 4096")),
    _run("with pictures of a million pixels a side", _header(lambda h: h["data"].update(shape=[1, 10**6, 10**6])), Refused("out of range")),
    _run("with negative pictures", _header(lambda h: h["data"].update(shape=[1, -8, -8])), Refused("out of range")),
    _run("with 10^6 classes", _header(lambda h: h["data"].update(class_names=["a"] * 10**6)), Refused("class names")),
    _run("with an objective that is a path", _set("objective", name="../../evil"), Refused("no objective")),
    _run("with a setting that nobody knows", _set("training", command="rm -rf /"), Refused("no setting")),
    _run("with a learning rate that isn't finite", _text('"learning_rate": 0.002', '"learning_rate": NaN'), Refused("finite number")),
    _run("with an infinite number", _text('"learning_rate": 0.002', '"learning_rate": 1e999'), Refused("finite number")),
    _run("with a number of 5,000 figures", _text('"seed": 0', '"seed": ' + "9" * 5000), Refused("isn't valid JSON")),
    _run("with a number of 4,000 figures", _text('"seed": 0', '"seed": ' + "9" * 4000), Refused("seed")),
    _run("with a header nested 100,000 deep", lambda run, _: (run / "run.json").write_bytes(b"[" * 100_000), Refused("isn't valid JSON")),
    _run("with a header nested 60 deep", _header(lambda h: h.update(x=json.loads("[" * 60 + "]" * 60))), Refused("levels deep")),
    _run("with the same section twice", _text('"schema_version": 1', '"schema_version": 99, "schema_version": 1'), Loads(0)),
    _run("with a header of 20 MB", lambda run, _: (run / "run.json").write_bytes(b" " * (20 << 20)), Refused("(limits.document)")),
    _run("with a header by a link", _linked("run.json"), Refused("")),
    _run("from the future", _header(lambda h: h.update(schema_version=10**6)), Refused("newer version")),
    _run("of no version", _header(lambda h: h.update(schema_version=True)), Refused("schema_version")),
    _run("that isn't an object", lambda run, _: (run / "run.json").write_bytes(b"[1]"), Refused("doesn't hold a JSON object")),
    _run("with a name of mark-up", _header(lambda h: h.update(created="<b>x</b>\n")), Loads(0)),
    _run("with weights that aren't finite", _weights(_nan), Refused("aren't finite")),
    _run("with weights of another shape", _weights(_other_shape), Refused("have the shape")),
    _run("with weights of 64 bits", _weights(_doubles), Refused("aren't finite numbers of 32 bits")),
    _run("with weights of other names", _weights(_renamed), Refused("another network")),
    _run("with weights that say they are terabytes", _weights(_lying(_GIANT)), Refused("holds no weights")),
    _run("with weights that overlap", _weights(_lying(_OVERLAP + bytes(16))), Refused("holds no weights")),
    _run("with weights nested without end", _weights(_lying(_DEEP)), Refused("holds no weights")),
    _run("with the same weights twice", _weights(_lying(_TWICE + bytes(4))), Refused("")),
    _run("with a header of weights of 2^63 bytes", _weights(lambda _: b"\xff" * 7 + b"\x7f" + b"{}"), Refused("holds no weights")),
    _run("with a pickle for weights", _pickled, Refused("holds no weights")),
    _run("with weights of 2 GB of holes", _sparse_weights, Refused("for the network of the run's header")),
    _run("with weights by a link", _linked("model.safetensors"), Refused("bytes instead of")),
    _run("that lists files elsewhere", _done(_outside), Refused("doesn't list it")),
    _run("that lists a size that isn't one", _done(lambda d: d["files"]["model.safetensors"].update(size="1")), Refused("")),
    _run("with 3,000 empty checkpoints", _many_folders, Loads(0)),
)  # fmt: skip
