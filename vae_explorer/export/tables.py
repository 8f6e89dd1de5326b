"""Tables of latents, for spreadsheets and for numpy."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import ExportError
from vae_explorer.export.formats import TABLES, suffix_of
from vae_explorer.export.progress import report
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

COLUMNS = ("row", "split", "label", "class", "z1", "z2", "sigma1", "sigma2", "correlation")
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_ROWS_PER_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class LatentTable:
    """Encodings of images, one a row.

    Attributes
    ----------
    mean, log_var
        Mean and log variance of q(z|x) [N, 2]; `log_var` is None for an encoder without noise.
    rows
        Row of each image in its source [N].
    splits
        ``train`` or ``test`` for each image.
    labels
        Class of each image [N], or None.
    class_names
        Name of each class; () where classes have none.
    correlation
        Correlation of the two dimensions under q(z|x) [N]; None where they are independent.
    """

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32] | None
    rows: npt.NDArray[np.int64]
    splits: Sequence[str]
    labels: npt.NDArray[np.int64] | None = None
    class_names: Sequence[str] = ()
    correlation: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        count = len(self.mean)
        others = (self.rows, self.splits, self.labels, self.log_var, self.correlation)
        if any(column is not None and len(column) != count for column in others):
            raise ExportError(
                f"A table of {count} encodings needs as many rows, splits, labels, variances and correlations."
            )

    @property
    def sigma(self) -> npt.NDArray[np.float32]:
        """Standard deviations exp(log_var / 2) [N, 2]; not a number for an encoder without noise."""
        if self.log_var is None:
            return np.full_like(self.mean, np.nan)
        with np.errstate(over="ignore"):
            return np.exp(np.asarray(self.log_var) / 2)

    @property
    def rho(self) -> npt.NDArray[np.float32]:
        """Correlations [N]: 0 where the dimensions are independent, not a number for an encoder without noise."""
        known = np.zeros(len(self.mean), np.float32) if self.correlation is None else np.asarray(self.correlation)
        return np.where(np.isfinite(self.sigma).all(axis=1), known, np.float32(np.nan))

    def class_name(self, label: int) -> str:
        """Return the name of a class, or the class itself in figures where it has no name."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else str(label)


def save_latents(
    path: str | os.PathLike[str],
    table: LatentTable,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write encodings as a CSV table or as NumPy arrays, and return where the file is.

    A ``.csv`` has the columns `COLUMNS`, in UTF-8; an ``.npz`` has an array for each of them, and in ``provenance`` the
    note of what made it, as JSON.

    Raises
    ------
    ExportError
        If the suffix is neither, or the file can't be written; an older file then stays whole.
    """
    if suffix_of(path, TABLES) == ".npz":
        report(0, 1, progress, cancelled)
        return write_atomically(path, [_npz(table, provenance)])
    return write_atomically(path, _csv_chunks(table, progress, cancelled))


def csv_text(table: LatentTable, *, cancelled: IsCancelled | None = None) -> str:
    """Return the text that `save_latents` writes to a ``.csv`` file."""
    return b"".join(_csv_chunks(table, None, cancelled)).decode("utf-8")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that looks like a formula gets an apostrophe.

    Plain numbers such as -1 are left as they are.
    """
    if not text.lstrip(" ").startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def _csv_chunks(table: LatentTable, progress: ReportProgress | None, cancelled: IsCancelled | None) -> Iterator[bytes]:
    count = len(table.mean)
    sigma, rho = table.sigma, table.rho
    yield _csv_lines([COLUMNS])
    for start in range(0, count, _ROWS_PER_CHUNK):
        report(start, count, progress, cancelled)
        yield _csv_lines(_cells(table, sigma, rho, row) for row in range(start, min(start + _ROWS_PER_CHUNK, count)))
    report(count, count, progress, cancelled)


def _csv_lines(rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    # A folder's name may hold bytes that are no text; they are shown as escapes rather than making the file invalid.
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cells(table: LatentTable, sigma: npt.NDArray[np.float32], rho: npt.NDArray[np.float32], row: int) -> Sequence[str]:
    label = "" if table.labels is None else str(int(table.labels[row]))
    name = "" if table.labels is None else safe_cell(table.class_name(int(table.labels[row])))
    numbers = (*table.mean[row], *sigma[row], rho[row])
    return (str(int(table.rows[row])), table.splits[row], label, name, *(_number(value) for value in numbers))


def _number(value: float) -> str:
    """Return a number with the nine figures that a 32-bit float is restored from; "" where there is none."""
    return "" if np.isnan(value) else f"{value:.9g}"


def _npz(table: LatentTable, provenance: Provenance | None) -> bytes:
    sigma = table.sigma
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "row": np.asarray(table.rows),
        "split": np.asarray(table.splits, dtype=np.str_),
        "z1": table.mean[:, 0],
        "z2": table.mean[:, 1],
        "sigma1": sigma[:, 0],
        "sigma2": sigma[:, 1],
        "correlation": table.rho,
    }
    if table.labels is not None:
        arrays["label"] = np.asarray(table.labels)
        arrays["class"] = np.asarray([table.class_name(int(label)) for label in table.labels], dtype=np.str_)
    if provenance is not None:
        arrays["provenance"] = np.asarray(provenance.to_json())
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
