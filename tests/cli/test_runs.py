"""The runs of a folder on the command line: listed, renamed and copied."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import call
from tests.cli.printed import mapping, one_object
from vae_explorer.runs.housekeeping import write_note
from vae_explorer.runs.lock import RunLock

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(run: Path, tmp_path: Path) -> Path:
    for name in ("one", "two\nlines"):
        shutil.copytree(run, tmp_path / "my runs" / name)
    (tmp_path / "my runs" / "bad").mkdir()
    (tmp_path / "my runs" / "bad" / "run.json").write_text("{")
    return tmp_path / "my runs"


def test_that_all_runs_are_listed_and_damaged_ones_say_why(folder: Path, capsys: Capture) -> None:
    answer = call(capsys, "runs", "--folder", folder, "--sort", "name")
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0].split()[:3] == ["RUN", "OBJECTIVE", "DATA"]
    assert [line.split()[0] for line in lines[1:4]] == ["bad", "one", "two\\nlines"]
    assert lines[1].endswith("damaged")
    assert lines[4].startswith("bad: ")


def test_that_the_list_is_an_object_for_programs(folder: Path, capsys: Capture) -> None:
    told = one_object(call(capsys, "runs", "--folder", folder, "--json", "--search", "VAE one").out)
    runs = told["runs"]
    assert isinstance(runs, list)
    (found,) = runs
    one = mapping(found)
    assert (one["name"], one["state"], one["objective"]) == ("one", "finished", "vae")
    assert isinstance(one["test_loss"], float)


def test_that_notes_are_searched_and_an_empty_answer_is_told(folder: Path, capsys: Capture) -> None:
    write_note(folder / "one", "Sevens")
    assert "one" in call(capsys, "runs", "--folder", folder, "--search", "sevens").out
    assert "No run has these words." in call(capsys, "runs", "--folder", folder, "--search", "nothing").err
    assert "There are no runs" in call(capsys, "runs", "--folder", folder / "nowhere").err


def test_that_the_header_of_a_run_stands_for_its_folder(folder: Path, capsys: Capture) -> None:
    told = call(capsys, "runs", "rename", folder / "one" / "run.json", "first")
    assert told.out == f"{folder / 'first'}\n"
    told = call(capsys, "runs", "duplicate", folder / "first" / "run.json", "second")
    assert told.out == f"{folder / 'second'}\n"
    few = ("--images", "10", "--samples", "50", "--fitted", "2")
    assert call(capsys, "evaluate", folder / "second" / "run.json", *few, "--json").status == 0


def test_that_a_run_is_renamed_and_copied(folder: Path, capsys: Capture) -> None:
    assert call(capsys, "runs", "rename", folder / "one", "first").out == f"{folder / 'first'}\n"
    assert (folder / "first" / "run.json").is_file()
    told = one_object(call(capsys, "runs", "duplicate", folder / "first", "--json").out)
    assert told == {"run": str(folder / "first copy")}
    assert call(capsys, "runs", "duplicate", folder / "first", "third").status == 0
    assert call(capsys, "moments", folder / "third").status == 0


def test_that_what_cannot_be_done_is_told_in_a_line(folder: Path, capsys: Capture) -> None:
    assert "already" in call(capsys, "runs", "rename", folder / "one", "bad").complaint
    assert "leave out" in call(capsys, "runs", "rename", folder / "one", "a/b").complaint
    assert "no run folder" in call(capsys, "runs", "duplicate", folder / "nowhere").complaint
    assert "can't be read" in call(capsys, "runs", "--folder", folder / "bad" / "run.json").complaint
    lock = RunLock(folder / "one")
    lock.tell_begun()
    try:
        assert "being trained" in call(capsys, "runs", "rename", folder / "one", "b").complaint
    finally:
        lock.close()
