"""Threads make way for the window."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from tests.app.fake_backends import FakeBackend
from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.app.threads import DECODING_NICENESS, SWITCH_SECONDS, TRAINING_NICENESS, WORKER_NICENESS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot


def niceness() -> int:
    """Of this thread; 0 where threads have none of their own."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if sys.platform == "linux" else 0


def test_that_a_job_is_less_urgent_than_the_window_and_computes_with_one_thread(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = type(sys)("torch")
    chosen: list[tuple[int, int]] = []
    torch.set_num_threads = lambda count: chosen.append((count, threading.get_ident()))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)

    def work(_context: JobContext) -> object:
        return niceness(), threading.get_ident()

    job = Job(work, "look at itself")
    before = niceness()
    with qtbot.waitSignal(job.finished) as told:
        job.start()
    found, thread = told.args[0]
    assert found == before + (WORKER_NICENESS if sys.platform == "linux" else 0)
    assert niceness() == before
    assert chosen == [(1, thread)]
    assert job.wait(1000)


class NoticingBackend(FakeBackend):
    """Notes how urgent the threads are that call it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, int] = {}

    def warm_up(self) -> None:
        self.found["decoding"] = niceness()

    def train(self, *what: Any, **options: Any) -> None:
        self.found["training"] = niceness()
        super().train(*what, **options)


def test_that_decoder_and_training_are_less_urgent_than_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    backend, before = NoticingBackend(), niceness()
    session = Session(tmp_path, backend)
    session.start()
    qtbot.waitUntil(lambda: session.state is RunState.READY)
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.close()
    less = {"decoding": DECODING_NICENESS, "training": TRAINING_NICENESS}
    assert backend.found == {name: before + (most if sys.platform == "linux" else 0) for name, most in less.items()}
    assert niceness() == before


def test_that_the_threads_of_a_window_take_turns_quickly(qtbot: QtBot, tmp_path: Path) -> None:
    before = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.5)
        Session(tmp_path)
        assert abs(sys.getswitchinterval() - SWITCH_SECONDS) < 1e-6
    finally:
        sys.setswitchinterval(before)
