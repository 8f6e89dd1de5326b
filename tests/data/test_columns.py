"""Tables with a line for each image: numbers and words are read, and what can't be right is refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_explorer.data.columns import MOST_COLUMNS, MOST_WORDS, ColumnTable, read_columns
from vae_explorer.data.limits import Limits
from vae_explorer.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


SOURCE_ROWS = np.array([2, 0, 3, 1], dtype=np.int64)
"""Row in the source of each of four images: they were shuffled."""


def read(
    folder: Path, text: str | bytes, rows: np.ndarray[tuple[int], np.dtype[np.int64]] = SOURCE_ROWS
) -> ColumnTable:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_columns(path, rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_that_lines_without_an_index_are_in_the_order_of_the_source(tmp_path: Path, delimiter: str) -> None:
    lines = ["weight,style", "1.5,bold", "2.5,thin", "-3,bold", ",wide"]
    table = read(tmp_path, "\n".join(lines).replace(",", delimiter))
    weight, style = table.columns
    assert weight.values is not None
    assert style.codes is not None
    np.testing.assert_array_equal(weight.values, [-3.0, 1.5, np.nan, 2.5])
    assert [style.words[code] for code in style.codes] == ["bold", "bold", "wide", "thin"]


def test_that_a_column_named_row_says_to_which_image_a_line_belongs(tmp_path: Path) -> None:
    table = read(tmp_path, "row,weight\n3,30\n0,0\n2,20\n")
    assert [column.name for column in table.columns] == ["weight"]
    assert table.columns[0].values is not None
    np.testing.assert_array_equal(table.columns[0].values, [20.0, 0.0, 30.0, np.nan])


def test_that_a_table_without_headings_gets_some_and_equal_ones_are_told_apart(tmp_path: Path) -> None:
    assert [column.name for column in read(tmp_path, "1,2\n3,4\n5,6\n7,8\n").columns] == ["Column 1", "Column 2"]
    names = [column.name for column in read(tmp_path, "a,a,\n1,2,x\n3,4,x\n5,6,x\n7,8,x\n").columns]
    assert names == ["a", "a (2)", "Column 3"]


def test_that_words_come_in_the_order_of_numbers_then_letters_and_missing_ones_have_no_class(tmp_path: Path) -> None:
    table = read(tmp_path, "kind\nb\n10\n\n9\na\n".replace("\n\n", '\n""\n'), np.arange(5))
    column = table.columns[0]
    assert column.words == ("9", "10", "a", "b")
    assert column.codes is not None
    assert column.codes.tolist() == [3, 1, -1, 0, 2]


def test_that_what_is_not_a_number_in_a_column_of_numbers_counts_as_missing(tmp_path: Path) -> None:
    column = read(tmp_path, "v\n1\nnan\ninf\n4\n").columns[0]
    assert column.values is not None
    assert np.isfinite(column.values).tolist() == [False, True, True, False]


def test_that_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_table(tmp_path: Path) -> None:
    table = read(tmp_path, b"\xef\xbb\xbfrow,v\r\n0,1\r\n1,2\r\n2,3\r\n3,4\r\n")
    assert [column.name for column in table.columns] == ["v"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("v\n1\n2\n", "has 2 rows, and the data have 4 images"),
        ("row,v\n0,1\n0,2\n", "names an image twice"),
        ("row,v\n0,1\n1.5,2\n", "'1.5' in its column row"),
        ("row,v\n0,1\n-1,2\n", "'-1' in its column row"),
        ("row,v\n0,1\n\u00b2,2\n", "in its column row"),
        ("row,v\n9" + "9" * 40 + ",1\n", "in its column row"),
        ("row,v\n70,1\n80,2\n", "names no image of these data"),
        ("a,b\n1,2\n3\n4,5\n6,7\n", "has 1 cells in row 2 and 2 in its first line"),
        (b"v\n\xff\xfe\n", "isn't text in UTF-8"),
        (",".join(f"c{index}" for index in range(MOST_COLUMNS + 1)), "columns, more than"),
        ("v\n" + "\n".join('""' for _ in range(4)), ""),
        ("x" * (2 << 20), "no table of images"),
        ('v\n"' + "x\n" * 200_000, "can't be read as a table"),
    ],
)
def test_that_what_can_not_be_right_is_refused_in_one_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert "table.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_a_column_of_too_many_words_is_left_out_and_named(tmp_path: Path) -> None:
    count = MOST_WORDS + 1
    lines = "\n".join(f"w{index},{index}" for index in range(count))
    table = read(tmp_path, f"name,v\n{lines}\n", np.arange(count))
    assert [column.name for column in table.columns] == ["v"]
    assert "the column name holds 201 different words" in table.notes[0]


def test_that_a_file_that_is_too_large_or_no_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("v\n" + "1\n" * 400, encoding="utf-8")
    with pytest.raises(DataError, match="more than the 100 bytes allowed"):
        read_columns(path, SOURCE_ROWS, limits=Limits(table_bytes=100))
    with pytest.raises(DataError, match="a folder"):
        read_columns(tmp_path, SOURCE_ROWS)


def test_that_the_reading_can_be_left(tmp_path: Path) -> None:
    class Left(Exception):  # noqa: N818
        pass

    def leave() -> None:
        raise Left

    path = tmp_path / "table.csv"
    path.write_text("v\n1\n2\n3\n4\n", encoding="utf-8")
    with pytest.raises(Left):
        read_columns(path, SOURCE_ROWS, leave)
