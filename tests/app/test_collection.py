"""The garbage collector stays in the window's thread."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from vae_explorer.app.collection import GarbageCollection
from vae_explorer.app.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.jobs import JobContext

YOUNG, MIDDLE, OLD = gc.get_threshold()


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collections(qtbot: QtBot) -> Iterator[list[int]]:
    """Threads of all collections during the test."""
    threads: list[int] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        if phase == "start":
            threads.append(threading.get_ident())

    gc.callbacks.append(note)
    yield threads
    gc.callbacks.remove(note)


def tie_knots(context: JobContext) -> int:
    knots = [Knot() for _ in range(100 * YOUNG)]
    return len(knots)


def test_that_work_in_another_thread_never_collects_there(qtbot: QtBot, collections: list[int]) -> None:
    GarbageCollection.begin()
    job = Job(tie_knots, "tie knots")
    with qtbot.waitSignal(job.ended):
        job.start()
    qtbot.waitUntil(lambda: len(collections) > 0)
    assert set(collections) == {threading.get_ident()}


def test_that_cycles_are_freed_by_the_timer_alone(qtbot: QtBot) -> None:
    GarbageCollection.begin()
    knot = Knot()
    gone = weakref.ref(knot)
    del knot
    rest = [Knot() for _ in range(2 * YOUNG)]
    qtbot.waitUntil(lambda: gone() is None)
    assert len(rest) == 2 * YOUNG


def test_that_nothing_is_collected_while_nothing_is_due(qtbot: QtBot, collections: list[int]) -> None:
    collection = GarbageCollection.begin()
    assert collection is not None
    gc.collect()
    collections.clear()
    collection.collect_if_due()
    assert not collections


def test_that_all_windows_share_one_collector(qtbot: QtBot) -> None:
    assert GarbageCollection.begin() is GarbageCollection.begin()
