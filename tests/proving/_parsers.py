"""Everything that reads files which may come from anyone: a few right files of each sort, and how they are read."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from tests.data.writers import idx_bytes, noise, npy_bytes
from tests.proving._mutation import mutate, mutate_json
from tests.runs.recorded import recorded
from vae_explorer.data.limits import Limits
from vae_explorer.errors import RunError
from vae_explorer.resources import resource_path

Read = Callable[[bytes], None]
"""Reads the content of a file; raises an error of the program, or returns."""
Mutate = Callable[[bytes, random.Random, Sequence[bytes], Sequence[bytes]], bytes]

LIMITS = Limits(memory_bytes=64 << 20, memory_name="limits.memory")
RELEASE, RELEASE_PICTURES = 1_000_000, 100_000


@dataclass(frozen=True, slots=True)
class Parser:
    """One sort of file.

    Attributes
    ----------
    name
        For the report and the names of kept files.
    seeds
        Right files.
    prepare
        Makes what reads a content, below a folder of its own.
    tokens
        Bytes that mean something in the format.
    mutate
        Makes a wrong file out of a right one.
    release
        How many wrong files are tried before a release.
    """

    name: str
    seeds: tuple[bytes, ...]
    prepare: Callable[[Path], Read]
    tokens: tuple[bytes, ...] = ()
    mutate: Mutate = mutate
    release: int = RELEASE_PICTURES


def parsers(folder: Path) -> tuple[Parser, ...]:
    """Return all of them; a tiny run is trained below `folder` to have right files."""
    return (*_data_parsers(), *_picture_parsers(), *_run_parsers(recorded(folder / "seed-run").path), *_kept_parsers())


# ---------------------------------------------------------------------------------------------------------- data


def _data_parsers() -> tuple[Parser, ...]:
    images, labels = idx_bytes(noise(6, 8, 9)), idx_bytes(np.arange(6, dtype=np.uint8) % 3)
    idx = (images, idx_bytes(noise(6, 8, 8, 3)), labels, b"\0\0\x0d\3" + images[4:])
    number = b"".join(code.to_bytes(1, "big") + bytes([ndim]) for code in (8, 9, 11, 12, 13, 14) for ndim in (1, 3))
    magic = tuple(b"\0\0" + number[place : place + 2] for place in range(0, len(number), 2))
    packed = tuple(gzip.compress(each, mtime=0) for each in idx)
    npy = _npy_seeds()
    words = (
        b"'descr': ", b"'fortran_order': ", b"'shape': ", b"True", b"False", b"'|u1'", b"'<f4'", b"'|O'", b"'<U9'",
        b"'|b1'",
        b"'<f8'", b"'>i2'", b"'|S0'", b"'<M8[s]'", b"'|V4'", b"(6, 8, 9)", b"(99999999999999, 8)", b"()", b"(0, 8, 8)",
        b"(-1, 8)", b"{", b"}", b"\n", b"\x93NUMPY\1\0", b"\x93NUMPY\2\0", b"\x93NUMPY\3\0",
    )  # fmt: skip
    archives = tuple(_archive(kind) for kind in ("stored", "packed", "parts"))
    zips = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"x.npy", b"y.npy", b"x_train.npy", b"../x.npy", *words)
    table = "row,size,kind\n" + "".join(f"{row},{row / 3:.3f},{'ab'[row % 2]}\n" for row in range(6))
    tables = (table.encode(), table.replace(",", ";").encode(), b"\xef\xbb\xbf1\n2\n3\n4\n5\n6\n")
    signs = (b'"', b"\r\n", b"\0", b"nan", b"1e999", b"9" * 400, b",", b"\xff", b"row", b"\xef\xbb\xbf", b"=1+1")
    return (
        Parser("idx", idx, _reads_idx("a-images-idx3-ubyte"), magic, release=RELEASE),
        Parser("idx-labels", (labels,), _reads_idx_labels, magic, release=RELEASE),
        Parser("idx-gz", packed, _reads_idx("a-images-idx3-ubyte.gz"), magic, _mutate_gzip, release=RELEASE),
        Parser("npy", npy, _reads_npy, words, release=RELEASE),
        Parser("npz", archives, _reads_npz, zips, _mutate_archive, release=RELEASE),
        Parser("table", tables, _reads_table, signs),
    )


def _npy_seeds() -> tuple[bytes, ...]:
    arrays = (
        noise(6, 8, 9), noise(6, 8, 8, 3).astype(np.float32) / 255, np.asfortranarray(noise(6, 8, 9)), noise(6, 64),
        np.arange(6), noise(6, 8, 8) > 99, noise(6, 8, 8).astype(">i2"),
    )  # fmt: skip
    seeds = []
    for array in arrays:
        stream = io.BytesIO()
        np.lib.format.write_array(stream, array, allow_pickle=False)
        seeds.append(stream.getvalue())
    return (*seeds, npy_bytes("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 8, 8), }", bytes(range(128))))


def _archive(kind: str) -> bytes:
    stream = io.BytesIO()
    x, y = noise(6, 8, 9), np.array(["cat", "dog"] * 3)
    if kind == "parts":
        np.savez_compressed(stream, x_train=x, y_train=y, x_test=x[:2], y_test=y[:2], class_names=["a", "b"])
    else:
        (np.savez if kind == "stored" else np.savez_compressed)(stream, x=x, y=np.arange(6))
    return stream.getvalue()


def _mutate_gzip(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Change the packed bytes, or what is packed."""
    if chance.random() < 0.5:
        return mutate(content, chance, tokens, others)
    try:
        plain = gzip.decompress(content)
    except (OSError, EOFError, ValueError, zlib.error):
        return mutate(content, chance, tokens, others)
    return gzip.compress(mutate(plain, chance, tokens, (plain,)), compresslevel=1, mtime=0)


def _mutate_archive(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Change the bytes of the archive, or one of the arrays in it."""
    if chance.random() < 0.6:
        return mutate(content, chance, tokens, others)
    stream = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
            infos = old.infolist()[:16]
            chosen = chance.randrange(len(infos)) if infos else -1
            for place, info in enumerate(infos):
                array = old.read(info)[: 1 << 16]
                new.writestr(info.filename, mutate(array, chance, tokens, (array,)) if place == chosen else array)
    except Exception:  # the archive was damaged before
        return mutate(content, chance, tokens, others)
    return stream.getvalue()


def _reads_idx(name: str) -> Callable[[Path], Read]:
    def prepare(folder: Path) -> Read:
        from vae_explorer.data.idx_sets import IDX_FILE
        from vae_explorer.data.reader import ignore
        from vae_explorer.sections import DataConfig

        path, config = folder / name, DataConfig()

        def read(content: bytes) -> None:
            path.write_bytes(content)
            if IDX_FILE.recognises(path):
                IDX_FILE.read(path, config, LIMITS, ignore)

        return read

    return prepare


def _reads_idx_labels(folder: Path) -> Read:
    images = folder / "a-images-idx3-ubyte"
    images.write_bytes(idx_bytes(noise(6, 8, 9)))
    return _beside(_reads_idx(images.name)(folder), images, folder / "a-labels-idx1-ubyte")


def _beside(read: Read, images: Path, other: Path) -> Read:
    """Return what reads the same images with a content as the file beside them."""
    content = images.read_bytes()

    def both(written: bytes) -> None:
        other.write_bytes(written)
        read(content)

    return both


def _reads_npy(folder: Path) -> Read:
    from vae_explorer.data.array_sets import NPY_FILE
    from vae_explorer.data.reader import ignore
    from vae_explorer.sections import DataConfig

    path, config = folder / "a.npy", DataConfig()

    def read(content: bytes) -> None:
        path.write_bytes(content)
        NPY_FILE.recognises(path)
        NPY_FILE.read(path, config, LIMITS, ignore)

    return read


def _reads_npz(folder: Path) -> Read:
    from vae_explorer.data.array_sets import NPZ_FILE
    from vae_explorer.data.reader import ignore
    from vae_explorer.sections import DataConfig

    path, config = folder / "a.npz", DataConfig()

    def read(content: bytes) -> None:
        path.write_bytes(content)
        NPZ_FILE.recognises(path)
        NPZ_FILE.read(path, config, LIMITS, ignore)

    return read


def _reads_table(folder: Path) -> Read:
    from vae_explorer.data.columns import read_columns

    path, rows = folder / "a.csv", np.arange(6)

    def read(content: bytes) -> None:
        path.write_bytes(content)
        read_columns(path, rows, limits=LIMITS)

    return read


# ------------------------------------------------------------------------------------------------------- pictures

_MODES = ("L", "RGB", "RGBA", "P", "1", "LA", "I;16", "CMYK")


def _picture_parsers() -> tuple[Parser, ...]:
    formats = [
        name for name in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP") if name != "WEBP" or features.check("webp")
    ]
    return tuple(
        Parser(f"picture-{name.lower()}", _pictures(name), _reads_picture(name.lower()), _PICTURE_TOKENS)
        for name in formats
    )


_PICTURE_TOKENS = (
    b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"eXIf", b"iCCP", b"zTXt", b"acTL", b"fcTL", b"IEND", b"\xff\xd8", b"\xff\xc0",
    b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xe1", b"\xff\xd9", b"Exif\0\0", b"II*\0", b"MM\0*", b"GIF89a",
    b"\x21\xf9\x04", b"\x2c", b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"BM", b"RIFF",
)  # fmt: skip


def _pictures(name: str) -> tuple[bytes, ...]:
    found = []
    for mode in _MODES:
        picture = Image.fromarray(noise(9, 11).astype(np.uint16) * 200) if mode == "I;16" else _picture(mode)
        settings: list[dict[str, Any]] = [{}]
        if name == "TIFF":
            packings = ("tiff_lzw", "tiff_adobe_deflate", "packbits", *(("tiff_jpeg",) if mode in {"L", "RGB"} else ()))
            settings += [{"compression": each} for each in packings]
        if name in {"PNG", "GIF", "WEBP", "TIFF"} and mode == "RGB":
            settings.append({"save_all": True, "append_images": [picture]})
        if name == "JPEG":
            exif = Image.Exif()
            exif[0x0112] = 6
            settings += [{"exif": exif, "progressive": True}]
        for each in settings:
            stream = io.BytesIO()
            try:
                picture.save(stream, name, **each)
            except Exception:  # not every format holds every sort of pixels
                continue
            found.append(stream.getvalue())
    return tuple(found)


def _picture(mode: str) -> Image.Image:
    return Image.fromarray(noise(9, 11, 3)).convert(mode)


def _reads_picture(suffix: str) -> Callable[[Path], Read]:
    def prepare(folder: Path) -> Read:
        from vae_explorer.data.pictures import Canvas, measure, quiet_pictures, read_picture

        path = folder / f"a.{suffix}"

        def read(content: bytes) -> None:
            path.write_bytes(content)
            with quiet_pictures(LIMITS):
                size = measure(path, LIMITS)
                read_picture(path, Canvas((size.height, size.width), (8, 8), 3 if size.colour else 1), LIMITS)

        return read

    return prepare


# ----------------------------------------------------------------------------------------------------------- runs


def _run_parsers(run: Path) -> tuple[Parser, ...]:
    newest = sorted((run / "checkpoints").iterdir())[-1]
    header, done, state = run / "run.json", newest / "DONE.json", newest / "state.json"
    moments = tuple(path.read_bytes() for path in sorted((run / "history").iterdir())[:3])
    names = tuple(
        name.encode() for name in ("__metadata__", "dtype", "shape", "data_offsets", "F32", "F16", "BF16", "U8", "I64")
    )
    documents = {"mutate": _mutate_document, "release": RELEASE}
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
        Parser("run-lock", (_lock(),), _reads_lock, mutate=_mutate_document),
    )


def _some(path: Path) -> bytes:
    return b"".join(path.read_bytes().splitlines(keepends=True)[:8])


def _lock() -> bytes:
    return json.dumps({"process": 77, "host": "here", "began": "2026-01-01", "paused": False, "ended": False}).encode()


def _mutate_document(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    return mutate_json(content, chance) if chance.random() < 0.8 else mutate(content, chance, tokens, others)


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

        return lambda content: _none(
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


# ------------------------------------------------------------------------------- settings, sessions, notes of exports


def _kept_parsers() -> tuple[Parser, ...]:
    from vae_explorer.app.choices import PlaneChoices
    from vae_explorer.app.frozen_json import to_json
    from vae_explorer.training.experiment import Experiment

    experiment = json.dumps(Experiment().to_dict()).encode()
    session = {
        "schema_version": 1, "run": "/runs/one", "experiment": Experiment().to_dict(), "images": 10_000,
        "choices": to_json(PlaneChoices()), "moment": 3, "tab": "plane", "follows": False,
    }  # fmt: skip
    preferences = {
        "version": 1,
        "theme": "dark",
        "reopen": True,
        "times": True,
        "recent_commands": ["file.quit"],
        "recent_runs": [],
    }
    limits = {"version": 1, "limits": {"pixels": 100, "memory": 0}}
    lesson = resource_path("lessons", "beta.toml").read_bytes()
    toml = (
        b"[[runs]]\n",
        b"[guess]\n",
        b"answer = 9\n",
        b'"""',
        b"nan",
        b"= [[[[[[",
        b"\\u0000",
        b"1979-05-27T07:32:00Z",
        b"1e999",
    )
    return (
        Parser("settings", (experiment,), _reads_settings, mutate=_mutate_document),
        Parser("session", (json.dumps(session).encode(),), _reads_session, mutate=_mutate_document),
        Parser("preferences", (json.dumps(preferences).encode(),), _reads_preferences, mutate=_mutate_document),
        Parser("limits", (json.dumps(limits).encode(),), _reads_limits, mutate=_mutate_document),
        Parser("lesson", (lesson,), _reads_lesson, toml, release=10_000),
        Parser("note", _noted(), _reads_note, (b"vae-explorer", b"tEXt", b"iTXt", b"<metadata", b"moov", b"XMP ")),
    )


def _none(_value: object) -> None:
    return None


def _reads_settings(_folder: Path) -> Read:
    from vae_explorer.training.experiment import Experiment

    def read(content: bytes) -> None:
        try:
            values = json.loads(content)
        except (ValueError, RecursionError):
            return
        if isinstance(values, dict):
            Experiment.from_dict(values)

    return read


def _reads_session(folder: Path) -> Read:
    from vae_explorer.app.saved_session import SessionFile

    kept = SessionFile(folder)

    def read(content: bytes) -> None:
        kept.path.write_bytes(content)
        kept.read()

    return read


def _reads_preferences(folder: Path) -> Read:
    from vae_explorer.gui.preferences import load_preferences

    def read(content: bytes) -> None:
        (folder / "preferences.json").write_bytes(content)
        _, problem = load_preferences(folder)
        assert "\n" not in problem

    return read


def _reads_limits(folder: Path) -> Read:
    from vae_explorer.data.allowance import FILE, kept_allowance

    def read(content: bytes) -> None:
        (folder / FILE).write_bytes(content)
        allowance, problem = kept_allowance(folder)
        assert allowance.limits.memory_bytes > 0
        assert "\n" not in problem

    return read


def _reads_lesson(_folder: Path) -> Read:
    from vae_explorer.app.lessons import lesson_from

    return lambda content: _none(lesson_from("beta", content))


def _noted() -> tuple[bytes, ...]:
    from PIL.PngImagePlugin import PngInfo

    from vae_explorer.export.provenance import KEYWORD, Provenance

    note = Provenance("grid")
    info = PngInfo()
    info.add_itxt(KEYWORD, note.to_json())
    png, gif = io.BytesIO(), io.BytesIO()
    _picture("RGB").save(png, "PNG", pnginfo=info)
    _picture("RGB").save(gif, "GIF", comment=note.to_text().encode())
    svg = f'<?xml version="1.0"?><svg><metadata id="vae-explorer">{note.to_text()}</metadata></svg>'.encode()
    pdf = b"%PDF-1.4\n1 0 obj\n<< /Keywords (" + note.to_text().encode() + b") >>\nendobj\n%%EOF"
    box = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\0\x10moov\0\0\0\x08udta"
    return png.getvalue(), gif.getvalue(), svg, pdf, box


def _reads_note(folder: Path) -> Read:
    from vae_explorer.export.notes import read_provenance

    path = folder / "a.file"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        read_provenance(path)

    return read
