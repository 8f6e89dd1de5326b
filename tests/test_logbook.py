"""The log: files of its own for every process, bounded, and what a dead process left in them."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vae_explorer import logbook
from vae_explorer.logbook import LOGGER, Logbook, Remains, log_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]

WRITE_AND_DIE = """
import logging, os, signal, sys
from pathlib import Path
from vae_explorer.logbook import Logbook
book = Logbook(Path(sys.argv[1]), "window")
book.catch_faults()
book.note({"run": "the run", "training": True})
logging.getLogger("vae_explorer").info("the last words")
os.kill(os.getpid(), int(sys.argv[2]))
"""


def die(folder: Path, number: int) -> None:
    command = [sys.executable, "-c", WRITE_AND_DIE, str(folder), str(number)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, capture_output=True)
    assert done.returncode == -number, done.stderr


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    made = Logbook(tmp_path, "window")
    yield made
    made.close()


def remains(folder: Path) -> tuple[Remains, ...]:
    made = Logbook(folder, "window")
    made.close()
    return made.remains


def test_that_the_folder_is_the_user_s_or_the_one_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_LOGS", str(tmp_path / "own"))
    assert log_folder() == tmp_path / "own"
    monkeypatch.delenv("VAE_EXPLORER_LOGS")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert log_folder().name == "log" or "vae-explorer" in str(log_folder())


def test_that_two_writers_at_once_have_files_of_their_own(book: Logbook, tmp_path: Path) -> None:
    other = Logbook(tmp_path, "window")
    assert (book.path.name, other.path.name) == ("window-1.log", "window-2.log")
    other.close()


def test_that_a_file_that_was_given_back_is_written_on(tmp_path: Path) -> None:
    for words in ("one", "two"):
        book = Logbook(tmp_path, "window")
        logging.getLogger(LOGGER).info(words)
        book.close()
    assert [line.split()[-1] for line in (tmp_path / "window-1.log").read_text().splitlines()] == ["one", "two"]


def test_that_a_log_never_takes_more_than_its_files_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MOST_BYTES", 1000)
    book = Logbook(tmp_path, "window")
    for _ in range(200):
        logging.getLogger(LOGGER).info("x" * 50)
    book.close()
    logs = sorted(tmp_path.glob("*.log*"))
    assert len(logs) == 1 + logbook.OLDER_FILES
    assert all(path.stat().st_size <= 1000 for path in logs)


def test_that_the_last_lines_reach_into_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "MOST_BYTES", 300)
    book = Logbook(tmp_path, "window")
    for number in range(12):
        logging.getLogger(LOGGER).info("line %d", number)
    assert [line.split()[-1] for line in book.last_lines(5).splitlines()] == ["7", "8", "9", "10", "11"]
    book.close()


def test_that_an_orderly_end_leaves_nothing_to_tell(book: Logbook, tmp_path: Path) -> None:
    book.note({"training": True})
    book.end()
    book.close()
    assert remains(tmp_path) == ()


def test_that_what_was_killed_left_its_note_and_its_last_lines(tmp_path: Path) -> None:
    die(tmp_path, signal.SIGKILL)
    (left,) = remains(tmp_path)
    assert left.was_running
    assert left.note == {"run": "the run", "training": True}
    assert left.faults == ""
    assert "the last words" in left.lines
    assert remains(tmp_path) == (), "it is told once"


def test_that_what_crashed_left_what_its_threads_did(tmp_path: Path) -> None:
    die(tmp_path, signal.SIGSEGV)
    (left,) = remains(tmp_path)
    assert left.faults.startswith("Fatal Python error: Segmentation fault")
    assert "<module>" in left.faults


def test_that_a_living_writer_is_not_taken_for_a_dead_one(book: Logbook, tmp_path: Path) -> None:
    book.note({"training": True})
    assert remains(tmp_path) == ()


def test_that_a_note_cut_off_by_the_power_tells_at_least_that_something_ran(tmp_path: Path) -> None:
    (tmp_path / "window-1.state").write_bytes(b'{"run": "/half')
    (left,) = remains(tmp_path)
    assert left.was_running
    assert left.note == {}


def test_that_a_log_that_can_not_be_written_raises_an_error_that_names_a_file(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    with pytest.raises(OSError, match="logs"):
        Logbook(tmp_path / "logs", "window")


def test_that_a_full_disk_stops_nobody(book: Logbook, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    handler = logging.getLogger(LOGGER).handlers[-1]
    monkeypatch.setattr(handler, "shouldRollover", full)
    logging.getLogger(LOGGER).error("this is lost")
