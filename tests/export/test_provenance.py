"""What made a picture is read back from it, and files made by others are safe to ask."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_explorer import __version__
from vae_explorer.errors import ExportError
from vae_explorer.export.animation import encode_gif
from vae_explorer.export.figure_options import PaperOptions
from vae_explorer.export.films import encode_film
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.pictures import encode_png
from vae_explorer.export.provenance import LARGEST_NOTE, TAG, Provenance
from vae_explorer.export.vector import Sheet, encode_figure

NOTE = Provenance(
    "grid", {"training": {"seed": 3}}, 3, 1200, "ab" * 32, {"size": 20, "odd": 'a)(b\\ <&> "c" 图'}, run="first run"
)
PNG = bytes(encode_png(np.zeros((4, 4), dtype=np.uint8), NOTE))
GIF = encode_gif(np.arange(3 * 16, dtype=np.uint8).reshape(3, 1, 4, 4), provenance=NOTE)
SIGNATURE = PNG[:8]
_FRAMES = np.arange(3 * 16, dtype=np.uint8).reshape(3, 1, 4, 4)
_SHEET = Sheet(lambda figure: figure.set_alpha(1.0), (30.0, 20.0), PaperOptions())
KINDS = ("png", "gif", "webp", "apng", "mp4", "svg", "pdf")


@cache
def file_of(kind: str) -> bytes:
    """Return a small file of a format, with a note; figures take matplotlib, which only the tests of them wait for."""
    if kind in {"png", "gif"}:
        return PNG if kind == "png" else GIF
    if kind in {"svg", "pdf"}:
        return bytes(encode_figure(_SHEET, f".{kind}", NOTE))
    return encode_film(f".{kind}", _FRAMES, provenance=NOTE)


@dataclass
class Model:
    step: int = 7
    weight_hash: str = "cd" * 32


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(text: bytes, *, compressed: bool = False) -> bytes:
    body = b"vae-explorer\0" + bytes([compressed, 0]) + b"\0\0" + (zlib.compress(text) if compressed else text)
    return SIGNATURE + chunk(b"iTXt", body) + chunk(b"IEND", b"")


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "file"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_that_the_note_is_found_whatever_the_file_is_called(kind: str, tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, file_of(kind))) == NOTE


def test_that_a_note_of_a_model_has_its_step_hash_seed_and_version() -> None:
    experiment = {"training": {"seed": 11, "epochs": 2}, "model": {"hidden": (512, 512)}}
    note = Provenance.of("strip", Model(), experiment=experiment, view={"z": np.array([1.5, 2]), "n": np.int64(3)})
    assert (note.step, note.weight_hash, note.seed, note.version) == (7, "cd" * 32, 11, __version__)
    read = Provenance.from_json(note.to_json())
    assert read.view == {"z": [1.5, 2.0], "n": 3}
    assert read.experiment == {"training": {"seed": 11, "epochs": 2}, "model": {"hidden": [512, 512]}}


def test_that_a_compressed_note_is_read_too(tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, png_with(NOTE.to_json().encode(), compressed=True))) == NOTE


@pytest.mark.parametrize("view", [{"z": float("nan")}, {"z": object()}, {"z": "x" * LARGEST_NOTE}])
def test_that_a_view_which_can_not_be_noted_is_refused(view: dict[str, object]) -> None:
    with pytest.raises(ExportError, match="What made this export"):
        Provenance("grid", view=view).to_json()


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG", SIGNATURE, b"GIF89a", b"GIF89a" + bytes(7), b"PK\3\4" + bytes(100), GIF[:30], b"text"]
)
def test_that_files_of_other_kinds_and_torn_ones_carry_no_note(data: bytes, tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, data)) is None


def changed(**values: object) -> bytes:
    return json.dumps({**json.loads(NOTE.to_json()), **values}).encode()


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (b"{", "isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
        (b'{"program": "vae-explorer", "seed": ' + b"9" * 10_000 + b"}", "isn't JSON"),
        (b"\xff\xfe\x00", "isn't JSON"),
        (changed(seed=float("nan")), "isn't JSON"),
        (b"[]", "another program"),
        (changed(program="other"), "another program"),
        (changed(schema_version=2), "newer version"),
        (changed(schema_version="1"), "newer version"),
        (changed(step=-1), "step"),
        (changed(seed=1.5), "seed"),
        (changed(step=10**30), "step"),
        (changed(kind=["grid"]), "kind"),
        (changed(weight_hash="x" * 5000), "weight_hash"),
        (changed(view=3), "view"),
        (changed(experiment={"a": [{"b": 1}]}).replace(b'"b": 1', b'"b": 1e999'), "experiment"),
        (b"x" * (LARGEST_NOTE + 1), "bytes allowed"),
    ],
)
def test_that_a_damaged_note_is_refused_in_one_sentence(note: bytes, reason: str, tmp_path: Path) -> None:
    for data in (png_with(note), png_with(note, compressed=True)):
        with pytest.raises(ExportError, match=f"doesn't say what made it: .*{reason}") as caught:
            read_provenance(written(tmp_path, data))
        assert "\n" not in str(caught.value)


def test_that_a_note_that_swells_to_a_gigabyte_is_refused_after_its_first_megabyte(tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    body = b"vae-explorer\0\1\0\0\0" + packed
    with pytest.raises(ExportError, match="bytes allowed"):
        read_provenance(written(tmp_path, SIGNATURE + chunk(b"iTXt", body)))


def test_that_a_chunk_that_claims_more_than_the_file_holds_is_no_reason_to_take_memory(tmp_path: Path) -> None:
    claim = SIGNATURE + struct.pack(">I", 2**31 - 1) + b"iTXtvae-explorer\0"
    with pytest.raises(ExportError, match="bytes allowed"):
        read_provenance(written(tmp_path, claim))
    assert read_provenance(written(tmp_path, SIGNATURE + struct.pack(">I", 2**31 - 1) + b"IDATxyz")) is None


def test_that_a_note_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    place = PNG.index(b"weight_hash")
    with pytest.raises(ExportError, match="damaged"):
        read_provenance(written(tmp_path, PNG[:place] + b"W" + PNG[place + 1 :]))


def test_that_a_gif_with_an_endless_comment_is_refused(tmp_path: Path) -> None:
    comment = b"!\xfe" + (b"\xff" + bytes(255)) * 5000 + b"\0"
    with pytest.raises(ExportError, match="bytes allowed"):
        read_provenance(written(tmp_path, b"GIF89a" + bytes(7) + comment))


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def mp4_with(comment: bytes) -> bytes:
    item = box(b"\xa9cmt", box(b"data", bytes(8) + comment))
    inside = box(b"udta", box(b"meta", bytes(4) + box(b"ilst", item)))
    return box(b"ftyp", b"isom") + box(b"moov", inside)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg><desc>" + TAG.encode() + b"{}", "damaged or too long"),
        (b"<?xml?><desc>" + TAG.encode() + b"x" * 4 * LARGEST_NOTE + b"</desc>", "damaged or too long"),
        (b"<?xml?><desc>" + TAG.encode() + b"x" * (LARGEST_NOTE + 1) + b"</desc>", "bytes allowed"),
        (b'<!DOCTYPE x [<!ENTITY a "&b;&b;">]><svg><desc>' + TAG.encode() + b"&a;</desc>", "isn't JSON"),
        (b"%PDF-1.4 /Keywords (" + TAG.encode() + b"\\)" * 100_000, "damaged"),
        (b"%PDF-1.4 /Keywords (" + TAG.encode() + b"{\\(})", "isn't JSON"),
        (mp4_with(TAG.encode() + b"x" * (LARGEST_NOTE + 1)), "bytes allowed"),
        (b"RIFF\xff\xff\xff\xffWEBPXMP \xff\xff\xff\xff<a>" + TAG.encode() + b"{", "damaged or too long"),
    ],
)
def test_that_a_hostile_note_in_any_format_is_refused_in_one_sentence(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=f"doesn't say what made it: .*{reason}"):
        read_provenance(written(tmp_path, data))


@pytest.mark.parametrize(
    "data",
    [
        mp4_with(b"a comment of somebody else"),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 2**31, b"moov") + b"udta" * 10,
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 2**63),
        box(b"ftyp", b"isom") + struct.pack(">I4s", 0, b"moov") * 40,
        box(b"ftyp", b"isom") + struct.pack(">I4s", 2, b"moov") * 40,
        b"RIFF\x10\0\0\0WEBP" + struct.pack("<4sI", b"VP8 ", 2**32 - 1),
        b"%PDF-1.4 trailer",
        b"<svg>nothing</svg>",
    ],
)
def test_that_sizes_that_lie_lead_nowhere(data: bytes, tmp_path: Path) -> None:
    assert read_provenance(written(tmp_path, data)) is None


def test_that_folders_and_missing_files_are_named(tmp_path: Path) -> None:
    for path, reason in ((tmp_path, "ordinary"), (tmp_path / "no", "no such file")):
        with pytest.raises(ExportError, match=reason):
            read_provenance(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes and devices in folders")
def test_that_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ExportError, match="ordinary"):
            read_provenance(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_that_no_change_of_some_bytes_makes_reading_fail_otherwise_than_in_words(
    data: st.DataObject, kind: str, tmp_path: Path
) -> None:
    source = file_of(kind)
    changed_bytes = bytearray(source[: data.draw(st.integers(0, len(source)))])
    for _ in range(data.draw(st.integers(0, 6))):
        if changed_bytes:
            changed_bytes[data.draw(st.integers(0, len(changed_bytes) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path, bytes(changed_bytes))
    with contextlib.suppress(ExportError):
        note = read_provenance(path)
        assert note is None or isinstance(note, Provenance)
