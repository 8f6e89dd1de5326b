"""The map of the rooms in CONTRIBUTING.md is that of the tree, and what it names is where it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.import_graph import FLOORS, FOUNDATION

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
PACKAGE = ROOT / "vae_explorer"
TOLD = [code for code in re.findall(r"`([^`\n]+)`", PROSE) if re.fullmatch(r"[\w./*]+(?:/|\.(?:py|txt|toml|md))", code)]
MADE_UP = ("CODE", "NAME")
PLACED = re.findall(r"`(\w+)`\s+in\s+`([\w/]+(?:\.py|/))`", PROSE)


def places(code: str) -> list[Path]:
    """Return where a file or folder is that is named whole, from the package on, or by its last name."""
    return [*ROOT.glob(code), *PACKAGE.glob(code), *PACKAGE.glob(f"*/{code}"), *PACKAGE.glob(f"*/*/{code}")]


def test_that_the_table_names_each_room_and_the_lower_ones_first() -> None:
    rows = re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)
    rooms = [{name.removesuffix(".py").removesuffix("/") for name in re.findall(r"`([^`]+)`", row)} for row in rows]
    assert rooms[0] == FOUNDATION
    assert set().union(*rooms) == set().union(*FLOORS) - {"__main__"}
    floors = [{number for number, names in enumerate(FLOORS) if names & row} for row in rooms]
    assert all(len(floor) == 1 for floor in floors)
    assert floors == sorted(floors, key=max, reverse=True)


def test_that_names_and_their_places_are_found() -> None:
    assert len(TOLD) > 50
    assert len(PLACED) > 10


@pytest.mark.parametrize("code", sorted({code for code in TOLD if not any(name in code for name in MADE_UP)}))
def test_that_each_file_and_folder_it_names_exists(code: str) -> None:
    assert places(code)


@pytest.mark.parametrize(("name", "file"), PLACED)
def test_that_what_is_to_be_touched_is_in_the_file_it_names(name: str, file: str) -> None:
    assert any(re.search(rf"\b{name}\b", path.read_text(encoding="utf-8")) for path in places(file) if path.is_file())
