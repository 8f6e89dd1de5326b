"""How files with data are read: IDX, NumPy arrays and archives, tables."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tests.data.writers import idx_bytes, noise, npy_bytes
from tests.proving._mutation import mutate
from tests.proving._parser import LIMITS, RELEASE, Parser, Read


def data_parsers() -> tuple[Parser, ...]:
    """Return the sorts of files that data sets are read from, but for pictures."""
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
