"""What a list says of runs: whole ones, damaged ones, newer ones, and folders that are none."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vae_explorer.errors import RunError
from vae_explorer.runs.header import read_header, rewrite_header
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.overview import (
    Condition,
    RunEntry,
    bytes_of,
    entries,
    entry,
    is_meant,
    note_of,
    run_folders,
)

if TYPE_CHECKING:
    from pathlib import Path


def listed(folder: Path, known: dict[Path, RunEntry] | None = None) -> list[RunEntry]:
    return list(entries(run_folders(folder), known or {}, lambda: None))


def test_that_a_run_is_told_by_what_it_came_to(run: Path) -> None:
    found = entry(run)
    assert found.condition is Condition.FINISHED
    assert found.reason == ""
    assert (found.objective, found.epoch) == ("vae", found.epochs)
    assert found.test_loss is not None
    assert found.created is not None
    assert found.bytes == sum(file.stat().st_size for file in run.rglob("*") if file.is_file())


def test_that_only_runs_are_listed_and_a_folder_that_is_not_there_has_none(run: Path) -> None:
    folder = run.parent
    (folder / "pictures").mkdir()
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "run.json").write_text("{}")
    (folder / "a file").write_text("no folder")
    assert run_folders(folder) == [run]
    assert run_folders(folder / "nowhere") == []
    with pytest.raises(RunError, match="can't be read"):
        run_folders(folder / "a file")


@pytest.mark.parametrize(
    ("header", "condition"),
    [
        (b"", Condition.DAMAGED),
        (b"[]", Condition.DAMAGED),
        (b'{"schema_version": 999}', Condition.NEWER),
        (b'{"schema_version": 1}', Condition.DAMAGED),
        (b"{" * 100_000, Condition.DAMAGED),
    ],
)
def test_that_a_run_that_cannot_be_opened_is_listed_with_the_reason(
    run: Path, header: bytes, condition: Condition
) -> None:
    (run / "run.json").write_bytes(header)
    (found,) = listed(run.parent)
    assert found.condition is condition
    assert found.reason.endswith((".", "it."))
    assert not found.condition.can_be_opened


def test_that_a_run_without_its_header_is_listed_as_damaged(run: Path) -> None:
    (run / "run.json").unlink()
    (found,) = listed(run.parent)
    assert found.condition is Condition.DAMAGED
    assert "run.json" in found.reason


def test_that_a_run_without_a_checkpoint_says_so(run: Path) -> None:
    rewrite_header(run, experiment={**read_header(run)["experiment"], "training": {"epochs": 50}})  # type: ignore[dict-item]
    assert entry(run).condition is Condition.STOPPED
    shutil.rmtree(run / "checkpoints")
    assert entry(run).condition is Condition.DAMAGED
    assert "no checkpoint" in entry(run).reason


def test_that_a_run_that_is_trained_is_told_with_who_holds_it(run: Path) -> None:
    lock = RunLock(run)
    lock.tell_begun()
    try:
        (found,) = listed(run.parent)
        assert found.condition is Condition.TRAINING
        assert str(os.getpid()) in found.reason
        lock.tell_paused(True)
        assert entry(run).condition is Condition.PAUSED
    finally:
        lock.close()
    (again,) = listed(run.parent, {found.path: found})
    assert again.condition is Condition.FINISHED


def test_that_what_has_not_changed_is_not_read_again(run: Path) -> None:
    (first,) = listed(run.parent)
    (second,) = listed(run.parent, {first.path: first})
    assert second is first
    rewrite_header(run, note="a remark")
    (third,) = listed(run.parent, {first.path: first})
    assert third.note == "a remark"


def test_that_a_look_ends_when_it_is_no_longer_wanted(run: Path) -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(entries([run], {}, stop))


def test_that_a_folder_that_went_away_is_told(run: Path) -> None:
    shutil.rmtree(run)
    assert entry(run).condition is Condition.GONE
    assert "no longer there" in entry(run).reason


def test_that_links_are_not_followed_when_sizes_are_added_up(run: Path, tmp_path: Path) -> None:
    before = bytes_of(run)
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "file").write_bytes(b"x" * 100_000)
    (run / "link").symlink_to(tmp_path / "large")
    (run / "round").symlink_to(run)
    assert bytes_of(run) == before


def unfinished(run: Path) -> Path:
    """Plan more epochs than the run has."""
    rewrite_header(run, experiment={**read_header(run)["experiment"], "training": {"epochs": 50}})  # type: ignore[dict-item]
    return run


def test_that_a_run_whose_training_was_killed_says_so(run: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    note = {"process": process.pid, "host": platform.node(), "began": "2026-01-01T00:00:00+00:00"}
    (unfinished(run) / "run.lock").write_text(json.dumps(note))
    found = entry(run)
    assert found.condition is Condition.KILLED
    assert "killed" in found.reason


def test_that_a_run_that_may_not_be_written_is_told(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entry(run).can_be_changed
    monkeypatch.setattr("vae_explorer.runs.overview.os.access", lambda path, _mode: path != run.parent)
    assert not entry(run).can_be_changed


def test_that_a_folder_that_may_not_be_read_is_listed_and_not_added_up(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vae_explorer.runs.overview.os.listdir", refuse)
    assert run_folders(run.parent) == [run]
    monkeypatch.setattr("vae_explorer.runs.overview.os.scandir", refuse)
    assert bytes_of(run) == 0
    assert entry(unfinished(run)).condition is Condition.DAMAGED
    assert not is_meant(run / "nowhere" / ("x" * 5000))


@pytest.mark.parametrize(
    ("text", "is_known"),
    [("2026-03-01T10:00:00", True), ("yesterday", False), ("0001-01-01T00:00:00", None), ("", False)],
)
def test_that_a_run_of_an_odd_date_is_listed(run: Path, text: str, is_known: bool | None) -> None:
    rewrite_header(run, created=text)
    created = entry(run).created
    assert is_known is None or (created is not None) is is_known
    assert created is None or created.tzinfo is not None


def test_that_the_last_test_is_found_far_from_the_end_of_a_log_and_in_none(run: Path) -> None:
    loss = entry(run).test_loss
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as log:
        record = {"step": 9, "epoch": 1.0, "split": "train", "seconds": 1.0, "values": {"loss": 1.0}}
        log.write((json.dumps(record) + "\n") * 400)
    assert entry(run).test_loss == loss
    (run / "metrics.jsonl").unlink()
    assert entry(run).test_loss is None
    assert entry(run).epoch == 0.0


def test_that_a_note_of_another_kind_is_none(run: Path) -> None:
    rewrite_header(run, note=["no", "text"])
    assert note_of(run) == ""
    (run / "run.json").unlink()
    assert note_of(run) == ""


@pytest.mark.parametrize("name", ["run.json", "metrics.jsonl", "run.lock", "checkpoints"])
def test_that_a_pipe_in_place_of_a_file_is_never_waited_for(run: Path, name: str) -> None:
    if (run / name).is_dir():
        shutil.rmtree(run / name)
    else:
        (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    assert entry(run).path == run
    assert [found.path for found in listed(run.parent)] == [run]


def test_that_a_training_that_was_killed_without_a_word_is_no_longer_told_as_one(run: Path) -> None:
    lock = RunLock(run)
    (found,) = listed(run.parent)
    assert found.condition is Condition.TRAINING
    lock.close()  # no note was written, so that no file has changed
    assert listed(run.parent, {found.path: found})[0].condition is Condition.FINISHED
