"""How the files of a run are read."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.proving._mutation import mutate, mutate_json
from tests.proving._parser import RELEASE, Parser, Read, mutate_document, nothing
from vae_explorer.errors import RunError


def run_parsers(run: Path) -> tuple[Parser, ...]:
    """Return the files of a run's folder."""
    newest = max((run / "checkpoints").iterdir())
    header, done, state = run / "run.json", newest / "DONE.json", newest / "state.json"
    moments = tuple(path.read_bytes() for path in sorted((run / "history").iterdir())[:3])
    names = tuple(
        name.encode() for name in ("__metadata__", "dtype", "shape", "data_offsets", "F32", "F16", "BF16", "U8", "I64")
    )
    documents = {"mutate": mutate_document, "release": RELEASE}
    weights = (newest / "model.safetensors").read_bytes(), (newest / "training.safetensors").read_bytes()
    return (
        Parser("run-header", (header.read_bytes(),), _reads_header, **documents),  # type: ignore[arg-type]
        Parser("run-state", (state.read_bytes(),), _reads_checkpoint(newest, state.name), **documents),  # type: ignore[arg-type]
        Parser("run-done", (done.read_bytes(),), _reads_checkpoint(newest, done.name), **documents),  # type: ignore[arg-type]
        Parser(
            "run-weights", weights[:1], _reads_checkpoint(newest, "model.safetensors"), names, _mutate_tensors, RELEASE
        ),
        Parser("run-training", weights[1:], _reads_training(newest), names, _mutate_tensors),
        Parser("run-moment", moments, _reads_moment, names, _mutate_tensors),
        Parser("run-metrics", (_some(run / "metrics.jsonl"),), _reads_metrics, (b"\n", b"NaN", b"}{"), _mutate_lines),
        Parser("run-followed", (_some(run / "metrics.jsonl"),), _follows_metrics, (b"\n", b"}{"), _mutate_lines),
        Parser("run-lock", (_lock(),), _reads_lock, mutate=mutate_document),
    )


def _some(path: Path) -> bytes:
    return b"".join(path.read_bytes().splitlines(keepends=True)[:8])


def _lock() -> bytes:
    return json.dumps({"process": 77, "host": "here", "began": "2026-01-01", "paused": False, "ended": False}).encode()


def _mutate_lines(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines or chance.random() < 0.4:
        return mutate(content, chance, tokens, others)
    place = chance.randrange(len(lines))
    lines[place] = mutate_json(lines[place], chance) + b"\n" * (chance.random() < 0.9)
    return b"".join(lines)


def _mutate_tensors(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Change the bytes of a safetensors file, or what its header says."""
    length = int.from_bytes(content[:8], "little")
    if length > len(content) or chance.random() < 0.4:
        return mutate(content, chance, tokens, others)
    header = mutate_json(content[8 : 8 + length], chance)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def _reads_header(folder: Path) -> Read:
    from vae_explorer.runs.folder import open_run

    path = folder / "run.json"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        open_run(folder)

    return read


def _reads_checkpoint(whole: Path, name: str) -> Callable[[Path], Read]:
    """Return what reads a checkpoint with another content of one of its files, whose hash is right all the same."""
    files = {path.name: path.read_bytes() for path in whole.iterdir()}

    def prepare(folder: Path) -> Read:
        from vae_explorer.runs.checkpoint import read_checkpoint

        here = folder / whole.name
        here.mkdir()
        for each, content in files.items():
            (here / each).write_bytes(content)
        listed = json.loads(files["DONE.json"])["files"]

        def read(content: bytes) -> None:
            (here / name).write_bytes(content)
            if name != "DONE.json":
                entry = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                (here / "DONE.json").write_text(json.dumps({"files": {**listed, name: entry}}))
            read_checkpoint(here)

        return read

    return prepare


def _reads_training(whole: Path) -> Callable[[Path], Read]:
    state = json.loads((whole / "state.json").read_bytes())

    def prepare(_folder: Path) -> Read:
        from vae_explorer.runs.training_file import training_state

        return lambda content: nothing(
            training_state(content, state["training"], state["step"], whole / "training.safetensors")
        )

    return prepare


def _reads_moment(folder: Path) -> Read:
    from vae_explorer.runs.history import kept_moment, read_moment

    path = folder / "step-00000001.safetensors"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        for step in (1, 2, 3):
            try:
                moment = kept_moment(path, step)
            except RunError:
                if step == 3:
                    raise
            else:
                read_moment(moment)
                return

    return read


def _reads_metrics(folder: Path) -> Read:
    from vae_explorer.runs.metrics_log import last_test_record, read_metrics

    path = folder / "metrics.jsonl"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        read_metrics(path)
        last_test_record(path)

    return read


def _follows_metrics(folder: Path) -> Read:
    """Return what follows a log that grows in three pieces, is cut, and grows again."""
    from vae_explorer.runs.metrics_tail import MetricsTail

    path = folder / "metrics.jsonl"

    def read(content: bytes) -> None:
        tail, third = MetricsTail(path), len(content) // 3
        for end in (third, 2 * third + 1, len(content), third // 2, len(content)):
            path.write_bytes(content[:end])
            news = tail.read()
            assert 0 <= news.kept <= len(tail.records)
            assert len(tail.records) == news.kept + len(news.records)

    return read


def _reads_lock(folder: Path) -> Read:
    from vae_explorer.runs.lock import is_held
    from vae_explorer.runs.writer import writer_of

    path = folder / "run.lock"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        writer_of(folder)
        is_held(folder)

    return read
