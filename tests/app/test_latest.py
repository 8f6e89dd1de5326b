"""Work of which only the latest counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from vae_explorer.app.background import Background

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.jobs import JobContext


def test_that_a_newer_wish_gives_up_the_older_ones(qtbot: QtBot) -> None:
    owner = Background()
    work = owner.latest_work("count")
    arrived: list[object] = []
    work.finished.connect(arrived.append)
    begun = threading.Event()

    def slow(context: JobContext) -> object:
        begun.set()
        while not context.cancelled():
            threading.Event().wait(0.002)
        return "slow"

    work.ask(slow)
    assert begun.wait(5)
    work.ask(lambda _context: "overtaken")
    work.ask(lambda _context: "latest")
    qtbot.waitUntil(lambda: not work.is_running)
    assert arrived == ["latest"]


def test_that_forgotten_work_never_arrives(qtbot: QtBot) -> None:
    owner = Background()
    work = owner.latest_work("count")
    arrived: list[object] = []
    work.finished.connect(arrived.append)
    work.ask(lambda _context: 1)
    work.forget()
    qtbot.waitUntil(lambda: not work.is_running)
    assert arrived == []


def test_that_a_failure_is_told_and_later_work_goes_on(qtbot: QtBot) -> None:
    owner = Background()
    work = owner.latest_work("count the pictures")
    failures: list[str] = []
    work.failed.connect(lambda message, _details: failures.append(message))
    work.ask(lambda _context: 1 // 0)
    qtbot.waitUntil(lambda: len(failures) == 1)
    assert "Could not count the pictures: ZeroDivisionError" in failures[0]
    with qtbot.waitSignal(work.finished) as told:
        work.ask(lambda _context: 2)
    assert told.args == [2]
