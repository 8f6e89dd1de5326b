"""The window's log, and what is told of sessions that were cut off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import qVersion

from tests.patience import has_settled
from vae_explorer import __version__
from vae_explorer.app.crash_watch import CrashWatch
from vae_explorer.app.crashes import crash_of
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.logbook import Remains

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


@pytest.fixture
def session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[Session]:
    made = Session(tmp_path / "runs", backend)
    yield made
    assert made.close()


@pytest.fixture
def watch(session: Session) -> Iterator[CrashWatch]:
    made = CrashWatch(session)
    made.begin(catch_faults=False)
    yield made
    made.close()


def log(watch: CrashWatch) -> str:
    assert watch.path is not None
    return watch.path.read_text()


def note(watch: CrashWatch) -> dict[str, object]:
    assert watch.path is not None
    values: dict[str, object] = json.loads(watch.path.with_suffix(".state").read_text())
    return values


def test_that_start_and_stop_are_written_with_versions_and_screen(watch: CrashWatch) -> None:
    watch.end()
    first, last = log(watch).splitlines()
    assert all(
        part in first for part in (f"VAE Explorer {__version__}", f"Qt {qVersion()}", "Display offscreen", "Locale")
    )
    assert last.endswith("stopped")


def test_that_notices_are_written(watch: CrashWatch, session: Session) -> None:
    session.notify("error", "The disk is full.", "some details")
    assert "ERROR notice: The disk is full.\nsome details" in log(watch)


def test_that_the_note_follows_the_training(
    watch: CrashWatch, session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    assert (note(watch)["run"], note(watch)["training"]) == (None, False)
    session.start()
    qtbot.waitUntil(lambda: has_settled(session))
    session.set_setting("training.epochs", "10000")
    session.train()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 1)
    assert session.run is not None
    assert (note(watch)["run"], note(watch)["training"]) == (str(session.run.path), True)
    assert "on cpu (a processor)" in log(watch)
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert note(watch)["training"] is False


def test_that_a_log_that_can_not_be_kept_is_told_and_stops_nothing(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAE_EXPLORER_LOGS", str(tmp_path / "file"))
    watch = CrashWatch(session)
    assert watch.begin(catch_faults=False) == ()
    assert "No log can be kept" in watch.problem
    assert watch.path is None
    watch.end()


def test_that_a_session_cut_off_is_told_once_at_the_next_start(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    left = {"began": "2026-01-02 03:04", "run": str(tmp_path / "r"), "training": True}
    (folder / "window-1.state").write_text(json.dumps(left))
    watch = CrashWatch(session)
    (crash,) = watch.begin(catch_faults=False)
    assert crash.was_training
    assert crash.run == tmp_path / "r"
    assert "2026-01-02 03:04" in crash.sentence
    assert "cut off" in log(watch)
    watch.close()
    again = CrashWatch(session)
    assert again.begin(catch_faults=False) == ()
    again.close()


def test_that_a_crash_is_named_by_what_it_was() -> None:
    faults = "Fatal Python error: Segmentation fault\n\nThread 0x1 (most recent call first):\n  somewhere"
    crash = crash_of(Remains({"run": None}, True, faults))
    assert "ended in a crash (Segmentation fault)" in crash.sentence
    assert "somewhere" in crash.details
    assert crash.run is None


@pytest.mark.parametrize("run", [None, 3, "", "x" * 5000, "a\0b", ["a"]])
def test_that_a_note_of_nonsense_names_no_run(run: object) -> None:
    assert crash_of(Remains({"run": run, "training": 1}, True)).run is None


def test_that_what_crashed_after_its_orderly_end_is_only_written_down(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "window-1.fault").write_text("Fatal Python error: Aborted")
    watch = CrashWatch(session)
    assert watch.begin(catch_faults=False) == ()
    assert "Fatal Python error: Aborted" in log(watch)
    watch.close()
