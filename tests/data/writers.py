"""Files for the tests, written byte by byte where a library would refuse to lie."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.catalogue import load
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    """Random bytes of a shape."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def idx_bytes(array: NDArray[np.uint8], sizes: Sequence[int] | None = None) -> bytes:
    """An IDX file of bytes; `sizes` replaces the true sizes in its header."""
    sizes = array.shape if sizes is None else sizes
    return struct.pack(f">BBBB{len(sizes)}I", 0, 0, 8, len(sizes), *sizes) + array.tobytes()


def npy_bytes(header: str, elements: bytes = b"", version: int = 1) -> bytes:
    """An NPY file with any text as its header."""
    text = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + elements


def write_idx_pair(folder: Path, stem: str, count: int, *, packed: bool = True, seed: int = 0) -> None:
    """Images 9 x 8 and labels 0 to 2 under the names of MNIST."""
    images, labels = noise(count, 9, 8, seed=seed), np.arange(count, dtype=np.uint8) % 3
    for name, array in ((f"{stem}images-idx3-ubyte", images), (f"{stem}labels-idx1-ubyte", labels)):
        content = idx_bytes(array)
        (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(content) if packed else content)


def load_path(path: Path, **settings: object) -> ImageDataset:
    """Load a path with settings of `DataConfig`."""
    return load(DataConfig(source=str(path), **settings))  # type: ignore[arg-type]
