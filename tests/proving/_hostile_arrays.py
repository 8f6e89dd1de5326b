"""Hostile IDX, NPY and NPZ files, and tables."""

from __future__ import annotations

import gzip
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.data.writers import idx_bytes, noise, npy_bytes
from tests.proving._hostile import Case, Expected, Loads, Make, Refused

PIXELS = noise(6, 8, 9)
DESCR = "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 8, 9), }"
_TEN_GB = 10 << 30


def _file(name: str, content: bytes | Callable[[], bytes]) -> Make:
    def make(folder: Path, _canary: Path) -> Path:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content())
        return folder / name

    return make


def _idx(name: str, content: bytes, expected: Expected) -> Case:
    return Case(f"idx {name}", _file("a-images-idx3-ubyte", content), expected)


def _npy(name: str, header: str, elements: bytes, expected: Expected) -> Case:
    return Case(f"npy {name}", _file("a.npy", npy_bytes(header, elements)), expected)


def _array(array: Any) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


def _zipped(members: dict[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return stream.getvalue()


def _npz(name: str, content: bytes | Callable[[], bytes], expected: Expected) -> Case:
    return Case(f"npz {name}", _file("a.npz", content), expected)


def bomb(size: int, head: bytes = b"", *, form: int = zlib.MAX_WBITS) -> bytes:
    """Return a head and zeros packed by deflate, without holding them: one packed block stands there many times.

    The checksum at the end is wrong; nobody should come so far.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, form)
    start = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * (size >> 20) + packer.flush()


def gzip_bomb(head: bytes, size: int) -> bytes:
    """Return a gzip file that unpacks to a head and zeros."""
    return bomb(size, head, form=zlib.MAX_WBITS | 16)


class Reduced:
    """An object whose pickle runs a command, as people with bad intentions write them."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"echo owned > {self.target}",)


def _pickled(folder: Path, canary: Path) -> Path:
    path = folder / "a.npy"
    objects = np.empty(4, dtype=object)
    objects[:] = [Reduced(canary)] * 4
    path.write_bytes(_array(objects))
    return path


def _pickled_npz(folder: Path, canary: Path) -> Path:
    inner = _pickled(folder, canary).read_bytes()
    return _file("a.npz", _zipped({"x.npy": inner}))(folder, canary)


def _linked_labels(folder: Path, canary: Path) -> Path:
    path = _file("a-images-idx3-ubyte", idx_bytes(PIXELS))(folder, canary)
    (folder / "a-labels-idx1-ubyte").symlink_to(canary)
    return path


def _pipe(name: str) -> Make:
    def make(folder: Path, _canary: Path) -> Path:
        os.mkfifo(folder / name)
        return folder / name

    return make


def _beside_pipe(folder: Path, canary: Path) -> Path:
    path = _file("a-images-idx3-ubyte", idx_bytes(PIXELS))(folder, canary)
    os.mkfifo(folder / "a-labels-idx1-ubyte")
    return path


def _sparse(folder: Path, _canary: Path) -> Path:
    """Make an NPY file of floats that is as large as it says, of holes."""
    path = folder / "a.npy"
    header = npy_bytes(f"{{'descr': '<f8', 'fortran_order': True, 'shape': ({_TEN_GB // 8 // 4096}, 64, 64), }}")
    path.write_bytes(header)
    os.truncate(path, len(header) + _TEN_GB)
    return path


def _overlapping() -> bytes:
    """Return an archive whose second entry is the first one again: thousands of such make a bomb of few bytes."""
    content = bytearray(_zipped({"x.npy": _array(PIXELS), "y.npy": _array(np.arange(6))}))
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def _lying_size() -> bytes:
    content = bytearray(_zipped({"x.npy": _array(PIXELS)}))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 2**32 - 2)
    return bytes(content)


def _encrypted() -> bytes:
    content = bytearray(_zipped({"x.npy": _array(PIXELS)}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _with_nan() -> bytes:
    images = PIXELS.astype(np.float32)
    images[3, 2, 2] = np.nan
    return _array(images)


_WHOLE = npy_bytes(DESCR, PIXELS.tobytes())
_LABELLED = {"x.npy": _array(PIXELS)}
_NAMED = {"x.npy": _array(PIXELS), "y.npy": _array(np.array(["<b>a</b>\n", "é\u202e"] * 3))}
_BIG = {f"member-{number}": b"" for number in range(65_535)}

CASES = (
    _idx("whole", idx_bytes(PIXELS), Loads(6)),
    _idx("four billion images", idx_bytes(PIXELS, (2**32 - 1, 8, 9)), Refused("can't hold the 288.0 GiB")),
    _idx("all sizes largest", idx_bytes(PIXELS, (2**32 - 1,) * 4), Refused("can't hold")),
    _idx("a zero side", idx_bytes(PIXELS[:, :0], (6, 0, 9)), Refused("without pixels")),
    _idx("no images", idx_bytes(PIXELS[:0]), Refused("holds no images")),
    _idx("one image", idx_bytes(PIXELS[:1]), Refused("only one image")),
    _idx("images of one pixel", idx_bytes(PIXELS[:, :1, :1]), Refused("at least 8")),
    _idx("all the same", idx_bytes(np.zeros_like(PIXELS)), Refused("all the same")),
    _idx("cut short", idx_bytes(PIXELS)[:-1], Refused("can't hold")),
    _idx("too long", idx_bytes(PIXELS) + b"x", Refused("is longer than")),
    _idx("within its header", idx_bytes(PIXELS)[:9], Refused("ends within its header")),
    _idx("empty", b"", Refused("begins with nothing")),
    _idx("of an unknown type", b"\0\0\x0f\3" + idx_bytes(PIXELS)[4:], Refused("isn't an IDX file")),
    _idx("of nine dimensions", b"\0\0\x08\x09" + idx_bytes(PIXELS)[4:], Refused("isn't an IDX file")),
    _idx("the wrong end first", struct.pack("<BBBB3I", 0, 0, 8, 3, 6, 8, 9) + PIXELS.tobytes(), Refused("can't hold")),
    _idx("labels instead", idx_bytes(np.arange(9, dtype=np.uint8)), Refused("holds labels, not images")),
    Case("idx.gz whole", _file("a-images-idx3-ubyte.gz", gzip.compress(idx_bytes(PIXELS))), Loads(6)),
    Case("idx.gz cut", _file("a-images-idx3-ubyte.gz", gzip.compress(idx_bytes(PIXELS))[:-30]), Refused("cut short")),
    Case(
        "idx.gz of a wrong checksum",
        _file("a-images-idx3-ubyte.gz", gzip.compress(idx_bytes(PIXELS))[:-8] + bytes(8)),
        Refused("damaged"),
    ),
    Case("idx.gz in gz", _file("a-images-idx3-ubyte.gz", gzip.compress(gzip.compress(PIXELS.tobytes()))), Refused("isn't an IDX")),
    Case(
        "idx.gz bomb that says what it holds",
        _file("a-images-idx3-ubyte.gz", gzip_bomb(idx_bytes(PIXELS[:0], (3 << 17, 128, 128)), 6 << 30)),
        Refused("more than the 2.0 GiB allowed (data.memory)"),
    ),
    Case(
        "idx.gz bomb that lies",
        _file("a-images-idx3-ubyte.gz", gzip_bomb(idx_bytes(PIXELS), 1 << 30)),
        Refused("goes on after the last element"),
    ),
    Case("idx with labels by a link", _linked_labels, Loads(6, "no labels")),
    Case("idx with labels in a pipe", _beside_pipe, Loads(6, "no labels")),
    Case("idx as a pipe", _pipe("a-images-idx3-ubyte"), Refused("is a pipe")),
    Case("a device", lambda _folder, _canary: Path("/dev/zero"), Refused("is a device")),
    _npy("whole", DESCR, PIXELS.tobytes(), Loads(6)),
    _npy("exabytes", DESCR.replace("6, 8, 9", "9" * 18 + ", 8, 9"), b"", Refused("can't hold")),
    _npy("a number of figures without end", DESCR.replace("6, 8, 9", "9" * 3000), b"", Refused("impossible shape")),
    _npy("negative sides", DESCR.replace("6, 8", "-6, -8"), PIXELS.tobytes(), Refused("plain array")),
    _npy("a zero side", DESCR.replace("6, 8, 9", "6, 0, 9"), b"", Refused("without pixels")),
    _npy("objects", DESCR.replace("|u1", "|O"), PIXELS.tobytes(), Refused("never read")),
    _npy("a structure", DESCR.replace("'|u1'", "[('a', '<f8'), ('b', '|O')]"), b"", Refused("plain array")),
    _npy("code in its header", DESCR.replace("False", "exit()"), b"", Refused("plain array")),
    _npy("a deep header", "(" * 4000, b"", Refused("plain array")),
    _npy("a header of 60 kB", DESCR + " " * 60_000, PIXELS.tobytes(), Refused("(limits.header)")),
    _npy("dates", DESCR.replace("|u1", "<M8[s]"), b"", Refused("plain array")),
    _npy("complex numbers", DESCR.replace("|u1", "<c8"), bytes(3456), Refused("type '<c8'")),
    _npy("the other end first", DESCR.replace("|u1", ">i2"), PIXELS.astype(">i2").tobytes(), Loads(6)),
    _npy("Fortran order", DESCR.replace("False", "True"), np.asfortranarray(PIXELS).T.tobytes(), Loads(6)),
    _npy("a scalar", DESCR.replace("6, 8, 9", ""), b"x", Refused("no dimensions")),
    _npy("40 dimensions", DESCR.replace("6, 8, 9", "1," * 40), b"x", Refused("impossible shape")),
    Case("npy with numbers that aren't finite", _file("a.npy", _with_nan()), Refused("NaN or infinite, first in image 3")),
    Case("npy cut short", _file("a.npy", _WHOLE[:-1]), Refused("can't hold")),
    Case("npy without an end to its header", _file("a.npy", _WHOLE[:40]), Refused("ends within its header")),
    Case("npy with a pickle that runs a command", _pickled, Refused("never read")),
    Case("npy of holes, 10 GB in Fortran order", _sparse, Refused("more than the 2.0 GiB allowed (data.memory)")),
    Case("npy that is a picture", _file("a.npy", b"\x89PNG\r\n\x1a\n" + bytes(99)), Refused("isn't an NPY array")),
    Case("npy as a pipe", _pipe("a.npy"), Refused("is a pipe")),
    _npz("whole", _zipped(_LABELLED), Loads(6)),
    _npz("bomb", _zipped({"x.npy": npy_bytes(DESCR.replace("6", "90000"), bytes(90_000 * 72))}), Refused("all the same")),
    _npz("bomb beyond what deflate can", _lying_size(), Refused("which can't be")),
    _npz("a name outside", _zipped({"../../x.npy": _array(PIXELS)}), Loads(6, "'../../x'")),
    _npz("an absolute name", _zipped({"/etc/x.npy": _array(PIXELS)}), Loads(6, "'/etc/x'")),
    _npz("an archive within", _zipped({"x.npy": _zipped(_LABELLED)}), Refused("isn't an NPY array")),
    _npz("65,535 members", lambda: _zipped(_BIG, zipfile.ZIP_STORED), Refused("no arrays")),
    _npz("a thousand arrays", _zipped({f"{n}.npy": b"" for n in range(1000)}), Refused("(limits.arrays)")),
    _npz("entries that overlap", _overlapping(), Refused("damaged")),
    _npz("the same name twice", _zipped([("x.npy", b"no"), ("x.npy", _array(PIXELS))]), Loads(6)),
    _npz("an encrypted array", _encrypted(), Refused("encrypted")),
    _npz("bzip2", _zipped(_LABELLED, zipfile.ZIP_BZIP2), Refused("packed in an unknown way")),
    _npz("lzma", _zipped(_LABELLED, zipfile.ZIP_LZMA), Refused("packed in an unknown way")),
    _npz("cut short", _zipped(_LABELLED)[:-40], Refused("isn't a whole NPZ file")),
    _npz("empty", _zipped({}), Refused("no arrays")),
    _npz("no zip at all", b"PK\x03\x04" + bytes(100), Refused("isn't a whole NPZ file")),
    _npz("class names of mark-up", _zipped(_NAMED), Loads(6)),
    _npz("labels that don't match", _zipped({**_LABELLED, "y.npy": _array(np.arange(5))}), Refused("5 labels for 6")),
    _npz("labels that aren't text", _zipped({**_LABELLED, "y.npy": _array(np.frombuffer(b"\xff" * 24, "<U1"))}), Refused("aren't text")),
    _npz("labels that aren't finite", _zipped({**_LABELLED, "y.npy": _array(np.full(6, np.inf))}), Refused("NaN or infinite")),
    _npz("one class", _zipped({**_LABELLED, "y.npy": _array(np.zeros(6))}), Loads(6, "only one class")),
    _npz(
        "1,500 classes",
        _zipped({"x.npy": _array(noise(1500, 8, 8)), "y.npy": _array(np.arange(1500))}),
        Loads(1500, "1,500 different values"),
    ),
    _npz("labels larger than memory", _zipped({**_LABELLED, "y.npy": npy_bytes(DESCR.replace("|u1", "<U999").replace("6, 8, 9", "6, 999999"), b"")}), Refused("can't hold")),
    Case("npz with a pickle that runs a command", _pickled_npz, Refused("never read")),
    Case("a table with a cell of 2 MB", _file("a.csv", b"row,a\n0," + b"x" * (2 << 20)), Refused("a line of more than"), "table"),
    Case("a table of numbers without end", _file("a.csv", b"row,a\n" + b"9" * 5000 + b",1\n"), Refused("must hold whole numbers"), "table"),
    Case("a table of zeros", _file("a.csv", bytes(9999)), Refused("6"), "table"),
    Case("a table that isn't text", _file("a.csv", b"\xff\xfe" * 99), Refused("isn't text in UTF-8"), "table"),
    Case("a table of 300 columns", _file("a.csv", b"a," * 300), Refused("more than the 256"), "table"),
)  # fmt: skip
