"""A training that can't be saved waits, and once it can it ends as if nothing had been."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

import pytest

from vae_explorer import storage
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.runs.folder import open_run
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

from tests.app.faults.faulty import (
    FAULT_STEP,
    STEPS,
    Fault,
    FullDisk,
    assert_same,
    end_unsaved,
    press,
    saved,
    train_until_it_waits,
    try_again,
    undisturbed,
)


def test_that_a_full_disk_pauses_and_once_there_is_room_everything_is_as_if_nothing_had_been(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    train_until_it_waits(session, qtbot)
    told = notices[-1]
    assert told.level == "error"
    assert "No space left on device" in told.text
    assert told.text.endswith("The training waits.")
    assert [action.title for action in told.actions] == ["Try again", "Save elsewhere…", "Go on without saving"]
    assert saved(session).newest[0].step == FAULT_STEP
    press(told, "Try again")
    qtbot.waitUntil(lambda: disk.tried == 2 and notices[-1] is not told)
    disk.is_full = False
    try_again(session, notices, qtbot)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_the_key_that_goes_on_tries_again(session: Session, disk: FullDisk, qtbot: QtBot) -> None:
    train_until_it_waits(session, qtbot)
    disk.is_full = False
    session.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert saved(session).newest[0].step == STEPS


def test_that_a_run_can_be_saved_elsewhere_and_is_kept_there_from_then_on(
    session: Session, notices: list[Notice], disk: FullDisk, tmp_path: Path, qtbot: QtBot
) -> None:
    train_until_it_waits(session, qtbot)
    old, wanted = saved(session), list[object]()
    session.saving.folder_wanted.connect(wanted.append)
    press(notices[-1], "Save elsewhere")
    assert wanted == [old.path]
    disk.is_full = False
    session.saving.save_in(tmp_path / "other drive")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    run = saved(session)
    assert run.path == tmp_path / "other drive" / old.path.name
    assert open_run(old.path).newest[0].step == FAULT_STEP
    assert all(moment.path.is_relative_to(run.path) and moment.path.is_file() for moment in session.moments.kept)
    kept = [moment.step for moment in session.moments.kept]
    assert_same(run, undisturbed(session, qtbot))
    assert kept == [moment.step for moment in session.moments.kept]


def test_that_a_training_goes_on_unsaved_and_is_saved_whole_once_there_is_room(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    train_until_it_waits(session, qtbot)
    end_unsaved(session, notices, qtbot)
    assert session.progress is not None
    assert session.progress.step == STEPS
    assert any("goes on without being saved" in notice.text for notice in notices)
    session.stop()
    assert notices[-1].text.endswith("waits to be saved.")  # it is over already: only the question is left
    disk.is_full = False
    try_again(session, notices, qtbot)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_nothing_says_saved_while_it_is_not_and_nothing_says_unsaved_once_it_is(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    said, taken_back = list[str](), list[Notice]()
    session.message_changed.connect(said.append)
    session.withdrawn.connect(taken_back.append)
    train_until_it_waits(session, qtbot)
    assert said[-1] == ""
    end_unsaved(session, notices, qtbot)
    assert said[-1] == ""
    disk.is_full = False
    try_again(session, notices, qtbot)
    assert said[-1].startswith("Saved")
    left = [notice.text for notice in notices if notice not in taken_back]
    assert not any("saved" in text for text in left)


def test_that_giving_up_leaves_the_last_save_to_go_on_from(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    train_until_it_waits(session, qtbot)
    end_unsaved(session, notices, qtbot)
    press(notices[-1], "Give it up")
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert saved(session).newest[0].step == FAULT_STEP
    disk.is_full = False
    assert session.can_go_on
    session.go_on()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_stopping_a_training_that_waits_asks_once_more_about_its_end(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    train_until_it_waits(session, qtbot)
    session.stop()
    qtbot.waitUntil(lambda: notices[-1].text.endswith("waits to be saved."))
    disk.is_full = False
    try_again(session, notices, qtbot)
    assert saved(session).newest[0].step == FAULT_STEP + 1


def test_that_closing_while_it_waits_keeps_the_last_save(session: Session, disk: FullDisk, qtbot: QtBot) -> None:
    train_until_it_waits(session, qtbot)
    assert session.close()
    assert saved(session).newest[0].step == FAULT_STEP


@pytest.mark.parametrize("what", ["deleted", "renamed"])
def test_that_a_folder_that_is_gone_is_made_again_with_all_that_is_known(
    session: Session, notices: list[Notice], what: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_away(_loop: Loop) -> None:
        assert session.run is not None
        if what == "deleted":
            shutil.rmtree(session.run.path)
        else:
            session.run.path.rename(session.run.path.with_name("away"))

    Fault(monkeypatch, take_away)
    train_until_it_waits(session, qtbot)
    assert "is gone" in notices[-1].text
    assert session.moments.kept
    try_again(session, notices, qtbot)
    assert all(moment.path.is_file() for moment in session.moments.kept), "the others went with the folder"
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_a_line_that_cant_be_written_is_written_once(
    session: Session, notices: list[Notice], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes a part of some records and no more; later it takes all of them."""
    is_full, real = [False], storage.write_all

    def write(descriptor: int, content: bytes) -> None:
        if is_full[0]:
            real(descriptor, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor, content)

    monkeypatch.setattr("vae_explorer.runs.metrics_log.write_all", write)
    Fault(monkeypatch, lambda _loop: is_full.__setitem__(0, True))
    train_until_it_waits(session, qtbot)
    assert "metrics.jsonl” can't be written" in notices[-1].text
    is_full[0] = False
    try_again(session, notices, qtbot)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_time_spent_waiting_is_no_time_of_training(
    session: Session, disk: FullDisk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_until_it_waits(session, qtbot)
    thread = session._thread
    assert thread is not None
    questions = thread.control.questions
    qtbot.waitUntil(lambda: questions.is_waiting)
    monkeypatch.setattr(type(questions), "take_waited", lambda _self: 0.0 if disk.is_full else 1000.0)
    disk.is_full = False
    session.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert min(record.seconds for record in session.metrics) < 0
