"""Tables of named columns as CSV text or NumPy arrays: what all exported tables are written by."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import ExportError
from vae_explorer.export.formats import TABLES, suffix_of
from vae_explorer.export.progress import report
from vae_explorer.language import listed, tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

Column: TypeAlias = npt.NDArray[np.generic] | None
"""Whole numbers, numbers or texts [N]; None for a column that is there in the CSV alone, with nothing in it."""
Columns: TypeAlias = Mapping[str, Column]

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_ROWS_PER_CHUNK = 4096


def save_columns(
    path: str | os.PathLike[str],
    columns: Columns,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write a table as CSV or as NumPy arrays, and return where the file is.

    A ``.csv`` is in UTF-8, its first line names the columns, and a number that isn't there is an empty cell; an
    ``.npz`` has an array for each column, and in ``provenance`` the note of what made it, as JSON.

    Raises
    ------
    ExportError
        If the suffix is neither, columns differ in length, or the file can't be written; an older file then stays.
    """
    suffix = suffix_of(path, TABLES)
    row_count(columns)
    if suffix == ".npz":
        report(0, 1, progress, cancelled)
        data = _npz(columns, provenance)
        report(1, 1, progress, cancelled)
        return write_atomically(path, [data])
    return write_atomically(path, csv_chunks(columns, progress, cancelled))


def row_count(columns: Columns) -> int:
    """Return the number of rows.

    Raises
    ------
    ExportError
        If columns differ in length.
    """
    lengths = {name: len(column) for name, column in columns.items() if column is not None}
    if len(set(lengths.values())) > 1:
        told = listed(f"{name} {length}" for name, length in lengths.items())
        raise ExportError(
            tr("The columns of a table must have the same number of rows, but they have: {told}.", told=told)
        )
    return next(iter(lengths.values()), 0)


def csv_chunks(
    columns: Columns, progress: ReportProgress | None = None, cancelled: IsCancelled | None = None
) -> Iterator[bytes]:
    """Yield a table as CSV text, some thousand rows at a time."""
    count = row_count(columns)
    yield csv_lines([tuple(columns)])
    for start in range(0, count, _ROWS_PER_CHUNK):
        report(start, count, progress, cancelled)
        stop = min(start + _ROWS_PER_CHUNK, count)
        parts = [_cells(None if column is None else column[start:stop], stop - start) for column in columns.values()]
        yield csv_lines(zip(*parts, strict=True))
    report(count, count, progress, cancelled)


def csv_lines(rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> bytes:
    """Return rows of cells as lines of CSV text."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    # A folder's name may hold bytes that are no text; they are shown as escapes rather than making the file invalid.
    return text.getvalue().encode("utf-8", "backslashreplace")


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


def _cells(column: Column, count: int) -> Sequence[str]:
    if column is None:
        return [""] * count
    if column.dtype.kind in "iu":
        return [str(int(value)) for value in column]
    if column.dtype.kind == "f":
        single = column.dtype.itemsize <= 4
        return ["" if np.isnan(value) else _number(float(value), single) for value in column]
    return [safe_cell(str(value)) for value in column]


def _number(value: float, single: bool) -> str:
    """Return a number with the figures that it is restored from: nine for 32 bits."""
    return f"{value:.9g}" if single else repr(value).removesuffix(".0")


def _npz(columns: Columns, provenance: Provenance | None) -> bytes:
    arrays = {name: np.asarray(column) for name, column in columns.items() if column is not None}
    if provenance is not None:
        arrays["provenance"] = np.asarray(provenance.to_json())
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
