"""Renaming, copying and annotating runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.runs.recorded import tree
from vae_explorer.errors import RunError, StorageError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.header import read_header
from vae_explorer.runs.housekeeping import check_name, copy_name, duplicate_run, rename_run, write_note
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.overview import LONGEST_NOTE, note_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def ignore(_share: float) -> None:
    return


def test_that_a_renamed_run_is_the_same_run(run: Path) -> None:
    before = tree(run)
    renamed = rename_run(run, "<b>ein Name 漢字")
    assert renamed.name == "<b>ein Name 漢字"
    assert not run.exists()
    assert tree(renamed) == before
    assert open_run(renamed).newest[0].step > 0
    assert rename_run(renamed, renamed.name) == renamed


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a/b", "a\nb", "a\0b", "\x7f", ".hidden", "x" * 300, "é" * 200])
def test_that_a_name_that_no_folder_should_have_is_refused(run: Path, name: str) -> None:
    with pytest.raises(RunError):
        check_name(name)
    with pytest.raises(RunError):
        rename_run(run, name)
    assert run.is_dir()


def test_that_a_name_that_is_taken_is_refused_even_by_an_empty_folder_or_a_dead_link(run: Path) -> None:
    (run.parent / "empty").mkdir()
    (run.parent / "dead link").symlink_to(run.parent / "nowhere")
    for name in ("empty", "dead link"):
        with pytest.raises(RunError, match="already"):
            rename_run(run, name)
        with pytest.raises(RunError, match="already"):
            duplicate_run(run, name, ignore)
    assert run.is_dir()


@pytest.mark.parametrize(
    "act",
    [lambda run: rename_run(run, "b"), lambda run: duplicate_run(run, "b", ignore), lambda run: write_note(run, "b")],
)
def test_that_a_run_that_is_trained_is_left_alone_and_told_of(run: Path, act: Callable[[Path], object]) -> None:
    lock = RunLock(run)
    lock.tell_begun()
    try:
        with pytest.raises(RunError, match=rf"being trained by process {os.getpid()} .*: stop it there to"):
            act(run)
    finally:
        lock.close()
    assert run.is_dir()
    assert not (run.parent / "b").exists()


def test_that_a_folder_that_is_no_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for path in (tmp_path / "pictures", tmp_path / "nowhere"):
        with pytest.raises(RunError, match="There is no run folder"):
            rename_run(path, "b")
        with pytest.raises(RunError, match="There is no run folder"):
            duplicate_run(path, "b", ignore)
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


def test_that_a_copy_is_a_run_of_its_own(run: Path) -> None:
    (run / "run.lock").write_text("{}")
    (run / "checkpoints" / "step-00000009.tmp").mkdir()
    (run / "pipe").parent.mkdir(exist_ok=True)
    os.mkfifo(run / "pipe")
    before = {name: content for name, content in tree(run).items() if name not in {"run.json", "run.lock"}}
    shares: list[float] = []
    copy = duplicate_run(run, copy_name(run), shares.append)
    assert copy.name == "a run copy"
    assert {name: content for name, content in tree(copy).items() if name != "run.json"} == before
    assert open_run(copy).newest[0].step == open_run(run).newest[0].step
    assert read_header(copy)["copied"]["run"] == "a run"  # type: ignore[index]
    assert "copied" not in read_header(run)
    assert shares == sorted(shares)
    assert 0.9 < shares[-1] <= 1.0
    assert copy_name(run) == "a run copy 2"


def test_that_a_copy_that_is_given_up_leaves_nothing_behind(run: Path) -> None:
    def stop(_share: float) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        duplicate_run(run, "b", stop)
    assert list(run.parent.iterdir()) == [run]


def test_that_a_copy_that_the_disk_refuses_leaves_nothing_behind(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vae_explorer.runs.housekeeping.os.fsync", full)
    with pytest.raises(StorageError, match=r"can't be copied: no space left on device\. Nothing was changed\."):
        duplicate_run(run, "b", ignore)
    assert list(run.parent.iterdir()) == [run]


def test_that_a_rename_that_the_disk_refuses_changes_nothing(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object, _target: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(StorageError, match="read-only file system"):
        rename_run(run, "b")
    assert open_run(run).name == "a run"


def test_that_a_note_is_kept_and_taken_away_and_the_rest_of_the_header_stays(run: Path) -> None:
    before = read_header(run)
    write_note(run, "  the best so far  ")
    assert note_of(run) == "the best so far"
    write_note(run, "x" * 10_000)
    assert len(note_of(run)) == LONGEST_NOTE
    write_note(run, "")
    assert read_header(run) == before
