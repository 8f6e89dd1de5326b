"""Columns of a table that a user has of the images: numbers or words, one for each image, to colour points by."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.allowance import limits_in_force
from vae_explorer.data.files import open_regular
from vae_explorer.data.limits import Limits, byte_size, more_than
from vae_explorer.errors import DataError, printable
from vae_explorer.language import marked, sentences, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOST_COLUMNS: Final = 256
MOST_WORDS: Final = 200
"""Different words of a column; with more, nobody could tell their colours apart."""
_LONGEST_LINE: Final = 1 << 20
_LONGEST_WORD: Final = 60
_LONGEST_NUMBER: Final = 18
_INDEX_NAMES: Final = ("row", "index", "id")
"""Names of a column, in small letters, that says to which image each line belongs, counted from 0."""
_DELIMITERS: Final = ",;\t"
_CHECK_EVERY: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column, in the order of the data set's rows.

    Attributes
    ----------
    name
        Its heading.
    values
        float64 [N], NaN where there is no number; None for words.
    codes, words
        int64 [N]: index into `words` of each image's word, -1 where there is none; None and () for numbers.
    """

    name: str
    values: NDArray[np.float64] | None = None
    codes: NDArray[np.int64] | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ColumnTable:
    """The columns of a file that can be shown; `notes` are sentences on those that can't."""

    name: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    def named(self, name: str) -> Column | None:
        """Return a column by its name."""
        return next((column for column in self.columns if column.name == name), None)


def read_columns(
    path: Path, source_rows: NDArray[np.int64], check: Callable[[], None] | None = None, *, limits: Limits | None = None
) -> ColumnTable:
    """Read a table with a line for each image, in UTF-8, with commas, semicolons or tabs between the cells.

    Lines are matched with images by a column named row, index or id, which holds the row of the image in its source as
    exported tables do; without one, the lines are in the order of the source.

    Parameters
    ----------
    path
        The file.
    source_rows
        Row of each image in its source, int64 [N].
    check
        Called now and then; raises to leave the reading.
    limits
        Bounds on the file; left out, those that the user allows.

    Raises
    ------
    DataError
        If the file can't be read, is too large, is no table, or has another number of lines than there are images.
    """
    where = printable(path)
    lines = _lines(path, where, limits or limits_in_force(), check)
    first = next(lines, None)
    if first is None:
        raise DataError(tr("{where} is empty: it needs a line for each image.", where=where))
    _check_width(where, first)
    has_names = not all(_is_number(cell) for cell in first)
    names = _names(first if has_names else [""] * len(first))
    cells = _cells(where, lines if has_names else _with(first, lines), len(names))
    index = next((names.index(name) for wanted in _INDEX_NAMES for name in names if name.lower() == wanted), None)
    order = (
        _order_by_line(where, len(cells[0]), source_rows)
        if index is None
        else _order_by_index(where, names[index], cells[index], source_rows)
    )
    columns: list[Column] = []
    notes: list[str] = []
    for place, (name, column) in enumerate(zip(names, cells, strict=True)):
        if place != index:
            made, note = _column(name, column, order)
            columns += [made] if made is not None else []
            notes += [f"{where}: {note}"] if note else []
    if not columns:
        raise DataError(
            tr(
                "{where} has no column of numbers or words to colour points by: {notes}",
                where=where,
                notes=sentences(*notes) or tr("add one."),
            )
        )
    return ColumnTable(printable(path.name), tuple(columns), tuple(notes))


def _check_width(where: str, first: Sequence[str]) -> None:
    if len(first) > MOST_COLUMNS:
        raise DataError(
            tr(
                "{where} has {count:,} columns, more than the {most_columns} allowed: leave some out.",
                where=where,
                count=len(first),
                most_columns=MOST_COLUMNS,
            )
        )


def _lines(path: Path, where: str, limits: Limits, check: Callable[[], None] | None) -> Iterator[list[str]]:
    """Yield the cells of each line that isn't empty."""
    with open_regular(path) as file:
        size = file.seek(0, io.SEEK_END)
        if size > limits.table_bytes:
            allowed = more_than(byte_size(limits.table_bytes), "limits.table")
            raise DataError(
                tr("{where} holds {size}, {allowed}: split it.", where=where, size=byte_size(size), allowed=allowed)
            )
        file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            start = text.readline(_LONGEST_LINE)
            text.seek(0)
            delimiter = max(_DELIMITERS, key=start.count)
            for count, cells in enumerate(csv.reader(_short(text, where), delimiter=delimiter)):
                if check is not None and count % _CHECK_EVERY == 0:
                    check()
                if cells:
                    yield cells
        except UnicodeDecodeError:
            raise DataError(tr("{where} isn't text in UTF-8: save the table as CSV in UTF-8.", where=where)) from None
        except csv.Error as error:
            raise DataError(
                tr("{where} can't be read as a table ({error}): save it as CSV.", where=where, error=printable(error))
            ) from None


def _short(text: io.TextIOWrapper, where: str) -> Iterator[str]:
    """Yield lines, and refuse one so long that it can't be one of a table."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) >= _LONGEST_LINE:
            raise DataError(
                tr(
                    "{where} has a line of more than {longest_line}: it is no table of images.",
                    where=where,
                    longest_line=byte_size(_LONGEST_LINE),
                )
            )
        yield line


def _with(first: list[str], rest: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rest


def _names(cells: Sequence[str]) -> list[str]:
    """Return the headings as short plain text, each different."""
    names: list[str] = []
    for index, cell in enumerate(cells):
        name = base = printable(cell.strip(), _LONGEST_WORD) or marked("Column {number}", number=index + 1)
        copies = 1
        while name in names:
            copies += 1
            name = f"{base} ({copies})"
        names.append(name)
    return names


def _cells(where: str, lines: Iterator[list[str]], columns: int) -> list[list[str]]:
    """Return the cells column by column."""
    cells: list[list[str]] = [[] for _ in range(columns)]
    for number, line in enumerate(lines, start=1):
        if len(line) != columns:
            raise DataError(
                tr(
                    "{where} has {count} cells in row {number:,} and {columns} in its first line: give "
                    "every row as many.",
                    where=where,
                    count=len(line),
                    number=number,
                    columns=columns,
                )
            )
        for column, cell in zip(cells, line, strict=True):
            column.append(cell.strip())
    return cells


def _order_by_line(where: str, count: int, source_rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the line of each image, int64 [N], of a table in the order of the source."""
    images, last = len(source_rows), int(source_rows.max(initial=-1))
    # Of a source that isn't used to its end, nobody knows here how long it is.
    fits = count == images if last + 1 == images else count > last
    if not fits:
        raise DataError(
            tr(
                "{where} has {count:,} rows, and the data have {images:,} images: give it one row "
                "for each image in the order of the source, or a column named {index_names} that "
                "says to which image each row belongs.",
                where=where,
                count=count,
                images=images,
                index_names=_INDEX_NAMES[0],
            )
        )
    return source_rows


def _order_by_index(where: str, name: str, cells: list[str], source_rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the line of each image, int64 [N], -1 for an image that has none."""
    lines: dict[int, int] = {}
    for line, cell in enumerate(cells):
        if not (cell.isascii() and cell.isdigit() and len(cell) <= _LONGEST_NUMBER):
            raise DataError(
                tr(
                    "{where} has {cell!r} in its column {name}, which must hold whole numbers: the row "
                    "of each image in its source, counted from 0.",
                    where=where,
                    cell=printable(cell, _LONGEST_WORD),
                    name=name,
                )
            )
        lines[int(cell)] = line
    if len(lines) != len(cells):
        raise DataError(
            tr("{where} names an image twice in its column {name}: give each image one row.", where=where, name=name)
        )
    order = np.array([lines.get(row, -1) for row in source_rows.tolist()], dtype=np.int64)
    if len(order) and (order < 0).all():
        raise DataError(
            tr(
                "{where} names no image of these data in its column {name}: was it made for other data?",
                where=where,
                name=name,
            )
        )
    return order


def _column(name: str, cells: list[str], order: NDArray[np.int64]) -> tuple[Column | None, str]:
    """Return a column in the order of the images, or None with the reason."""
    values = _numbers(cells)
    if values is not None:
        if not np.isfinite(values).any():
            return None, tr("the column {name} holds no number.", name=name)
        return Column(name, values=np.append(values, np.nan)[order]), ""
    words = sorted({cell for cell in cells if cell}, key=_natural)
    if len(words) > MOST_WORDS:
        return None, tr(
            "the column {name} holds {count:,} different words, more than {most_words}.",
            name=name,
            count=len(words),
            most_words=MOST_WORDS,
        )
    places = {word: index for index, word in enumerate(words)} | {"": -1}
    codes = np.array([*(places[cell] for cell in cells), -1], dtype=np.int64)
    return Column(name, codes=codes[order], words=tuple(printable(word, _LONGEST_WORD) for word in words)), ""


def _numbers(cells: list[str]) -> NDArray[np.float64] | None:
    """Return the cells as numbers, NaN for empty ones; None where one is a word."""
    try:
        values = np.array([float(cell) if cell else math.nan for cell in cells], dtype=np.float64)
    except ValueError:
        return None
    return np.where(np.isfinite(values), values, np.nan)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _natural(word: str) -> tuple[float, str]:
    """Sort numbers among words by size, before the words."""
    return (float(word), word) if _is_number(word) and math.isfinite(float(word)) else (math.inf, word)
