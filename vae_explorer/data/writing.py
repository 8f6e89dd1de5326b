"""Writing a data set as a file whose images are read piece by piece: NPZ without compression, or NPY."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.array_sets import labels_file
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.pixels import Bytes

PREPARED_SUFFIXES: Final = (".npz", ".npy")
_PIECE_BYTES: Final = 1 << 23


def check_target(path: Path) -> None:
    """Refuse a name whose ending isn't that of a form in which images can be read piece by piece.

    Raises
    ------
    DataError
        With the endings that are.
    """
    if path.suffix.lower() not in PREPARED_SUFFIXES:
        raise DataError(
            tr(
                "The name {path} doesn't tell the form: let it end in .npz, which holds images, "
                "labels and a test part in one file, or in .npy.",
                path=printable(path),
            )
        )


def written_files(path: Path) -> tuple[Path, ...]:
    """Return the files that may be written for a target."""
    return (path,) if path.suffix.lower() == ".npz" else (path, labels_file(path))


def save_dataset(path: Path, dataset: ImageDataset, *, progress: Callable[[float], None]) -> list[Path]:
    """Write all images of a data set in the order of their source, and return the files, that of the images first.

    An NPZ file holds labels, class names and a test part of the source too. Labels of an NPY file lie in a second one
    beside it. Each file is there whole or not at all, and memory is bounded.

    Parameters
    ----------
    path
        A name that ends in ``.npz`` or ``.npy``.
    dataset
        What to write.
    progress
        Takes the share that is written; what it raises ends the writing and leaves no file.

    Raises
    ------
    DataError
        If the ending is another one, or an NPY file would lose the test part of the source.
    StorageError
        If a file can't be written.
    """
    check_target(path)
    parts = _parts(dataset)
    if path.suffix.lower() == ".npz":
        return [write_atomically(path, _npz(dataset, parts, progress))]
    if len(parts) > 1:
        raise DataError(
            tr(
                "{name} has a test part of its own, which an NPY file can't keep apart: let the name "
                "{path} end in .npz.",
                name=dataset.name,
                path=printable(path),
            )
        )
    files = []
    if dataset.labels is not None:
        files.append(write_atomically(labels_file(path), _npy_of(dataset.labels[parts[0][1]].astype(np.uint16))))
    return [write_atomically(path, _npy(dataset, parts[0][1], progress)), *files]


def _parts(dataset: ImageDataset) -> list[tuple[str, NDArray[np.int64]]]:
    """Return the parts that the source has, each with the end of its arrays' names and its rows in their order."""
    rows = np.argsort(dataset.source_rows)
    if (rows[1:] > rows[:-1]).all():
        return [("_train", rows[: dataset.train_count]), ("_test", rows[dataset.train_count :])]
    return [("", rows)]


def _npy(dataset: ImageDataset, rows: NDArray[np.int64], progress: Callable[[float], None]) -> Iterator[bytes]:
    """Yield the bytes of an array of images, [n, H, W] where they are grey, else [n, C, H, W]."""
    shape = (len(rows), *dataset.images.shape[1:])
    yield _npy_header(np.dtype(np.uint8), shape[:1] + shape[2:] if shape[1] == 1 else shape)
    size = max(1, _PIECE_BYTES // max(1, dataset.channels * dataset.height * dataset.width))
    for start in range(0, len(rows), size):
        progress(start / len(rows))
        pixels: Bytes = dataset.images[rows[start : start + size]]
        yield np.ascontiguousarray(pixels).tobytes()
    progress(1.0)


def _npy_of(values: NDArray[np.generic]) -> Iterator[bytes]:
    yield _npy_header(values.dtype, values.shape)
    yield np.ascontiguousarray(values).tobytes()


def _npy_header(dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    described = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, described)
    return header.getvalue()


def _npz(
    dataset: ImageDataset, parts: list[tuple[str, NDArray[np.int64]]], progress: Callable[[float], None]
) -> Iterator[bytes]:
    """Yield the bytes of an archive, which are never held as a whole."""
    drain = _Drain()
    with zipfile.ZipFile(drain, "w", zipfile.ZIP_STORED) as archive:
        for name, pieces in _members(dataset, parts, progress):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    yield drain.taken()
    yield drain.taken()


def _members(
    dataset: ImageDataset, parts: list[tuple[str, NDArray[np.int64]]], progress: Callable[[float], None]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    if dataset.labels is not None:
        for end, rows in parts:
            yield f"y{end}", _npy_of(dataset.labels[rows].astype(np.uint16))
        yield "class_names", _npy_of(np.array(dataset.class_names))
    done = 0
    for end, rows in parts:
        first, share = done / len(dataset), len(rows) / len(dataset)
        yield f"x{end}", _npy(dataset, rows, lambda part, first=first, share=share: progress(first + share * part))  # type: ignore[misc]
        done += len(rows)


class _Drain(io.RawIOBase):
    """Takes what an archive writes, until it is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Whether it can be written to: yes."""
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        """Keep a piece."""
        self._pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> bytes:
        """Return and forget what was written."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
