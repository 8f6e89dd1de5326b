"""Everything that a person reads is marked, translated, and compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from development.catalogues import catalogue_files, collected, compiled, faults, merged, read, written

from tests.architecture.prose import ill_filled, unmarked

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run python3 packaging/dev.py words"
CATALOGUES = [pytest.param(path, id=path.parent.parent.name) for path in catalogue_files(ROOT)]


def test_that_all_words_for_a_person_are_marked() -> None:
    files = sorted((ROOT / "vae_explorer").rglob("*.py"))
    found = [str(word) for path in files for word in unmarked(path, window="gui" in path.parts)]
    assert found == [], "wrap them in tr() or marked(), or say on their line # untranslated: why"


def test_that_unmarked_words_are_found(tmp_path: Path) -> None:
    file = tmp_path / "panel.py"
    file.write_text(
        '"""A module."""\n'
        'title = "Loss curves"\n'
        'label.setObjectName("loss curves")\n'
        'tip = tr("Loss of {name}", name=f"epoch {number} of it")\n'
        'key = "not for people at all"  # untranslated: a key\n'
        'button = "Train"\n',
        encoding="utf-8",
    )
    assert sorted(word.line for word in unmarked(file, window=True)) == [2, 4, 6]
    assert sorted(word.line for word in unmarked(file, window=False)) == [2, 4]


def test_that_every_text_gets_what_is_filled_in() -> None:
    files = sorted((ROOT / "vae_explorer").rglob("*.py"))
    assert [line for path in files for line in ill_filled(path)] == []


def test_that_a_value_without_a_place_and_a_place_without_a_value_are_found(tmp_path: Path) -> None:
    file = tmp_path / "sizes.py"
    file.write_text('tr("{width} x {height:.{places}f}", width=1, height=2, places=0)\ntr("{width}", wide=1)\n')
    assert [line.split(": ")[0] for line in ill_filled(file)] == [f"{file}:2"]


@pytest.mark.parametrize("path", CATALOGUES)
def test_that_every_text_is_translated_with_what_is_filled_in(path: Path) -> None:
    assert list(faults(read(path))) == []


@pytest.mark.parametrize("path", CATALOGUES)
def test_that_the_catalogue_holds_the_texts_of_today_and_is_compiled(path: Path) -> None:
    today = merged(path, collected(ROOT))
    assert path.read_bytes() == written(today), AGAIN
    assert path.with_suffix(".mo").read_bytes() == compiled(today), AGAIN


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "resources" / "help").glob("*.md")))
def test_that_a_help_page_is_there_in_chinese_with_the_same_build(page: str) -> None:
    english, chinese = (
        (ROOT / "resources" / "help" / folder / page).read_text(encoding="utf-8") for folder in ("", "zh_CN")
    )
    assert shape(chinese) == shape(english)


def shape(text: str) -> list[str]:
    """Return the beginnings of the lines that make the structure of a page: headings, tables, code."""
    lines = (line.strip() for line in text.splitlines())
    return [line.split(" ")[0] for line in lines if line.startswith(("#", "```", "|---"))]
