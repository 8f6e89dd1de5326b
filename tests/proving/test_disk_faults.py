"""A disk that fails at any call of saving costs nothing that was there, and the proof would notice if it did."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proving import disk_faults
from tests.proving._faults import Fault
from tests.proving._tally import Tally
from tests.proving._trials import make_run
from vae_explorer import storage

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX systems have such calls, and can fork")


def tried(attempt: Callable[[Tally, int, random.Random], None], count: int) -> Tally:
    tally = Tally("disk_faults", 0)
    attempt(tally, count, random.Random(0))
    return tally


def test_that_a_fault_at_a_call_of_saving_is_told_and_the_next_attempt_succeeds() -> None:
    tally = tried(disk_faults.try_subjects, 6)
    assert tally.failures == []
    assert sum(tally.tried.values()) == 6 * len(disk_faults.SUBJECTS)


def test_that_a_training_that_cannot_be_saved_at_a_call_loses_nothing() -> None:
    tally = tried(disk_faults.try_trainings, 12)
    assert tally.failures == []
    assert sum(tally.tried.values()) == 12


def test_that_a_full_disk_and_a_read_only_one_are_told_or_not_possible_here() -> None:
    tally = Tally("disk_faults", 0)
    disk_faults.try_small_disk(tally)
    disk_faults.try_read_only(tally)
    assert tally.failures == []
    assert sum(tally.tried.values()) + len(tally.notes) == 2
    assert all("not possible here" in note for note in tally.notes)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    make_run(tmp_path / "original")
    return tmp_path / "original", tmp_path / "copy"


def faults_of(name: str, folders: tuple[Path, Path], kind: int) -> list[str]:
    subject = next(subject for subject in disk_faults.SUBJECTS if subject.name == name)
    found = [disk_faults.try_fault(subject, Fault(number, kind), *folders) for number in range(1, 8)]
    return [wrong for wrong in found if wrong not in {"", "the fault never came"}]


def test_that_a_file_that_is_written_in_place_is_noticed(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_place(target: Path, _temporary: Path, _mode: int | None, chunks: Iterator[bytes]) -> None:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with contextlib.closing(os.fdopen(descriptor, "wb", buffering=0)):
            for chunk in chunks:
                storage.write_all(descriptor, chunk)

    monkeypatch.setattr(storage, "_write_then_rename", in_place)
    assert "the old file isn't whole" in faults_of("a file of an export or a session", folders, errno.ENOSPC)


def test_that_a_broken_off_save_that_stays_behind_is_noticed(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda path, **named: None if ".tmp" in str(path) else real(path, **named))
    assert any("it leaves" in wrong for wrong in faults_of("a checkpoint", folders, errno.EIO))
