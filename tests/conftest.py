"""What holds for all tests: no display, no settings of the user's, and nothing left behind."""

from __future__ import annotations

import gc
import itertools
import os
import sys
import time
from typing import TYPE_CHECKING, Protocol

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings
from PySide6.QtCore import QCoreApplication, QEvent, QtMsgType
from PySide6.QtWidgets import QApplication

from tests.app.fake_backends import FakeBackend
from tests.app.fake_models import tiny_images
from tests.patience import PatientBot
from vae_explorer.app.collection import GarbageCollection

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset


class QtLog(Protocol):
    """What pytest-qt's fixture ``qtlog`` gives."""

    @property
    def records(self) -> list[Record]: ...


class Record(Protocol):
    """One message of Qt."""

    message: str
    type: QtMsgType


# An example takes longer than 200 ms whenever the machine is busy; what fails today fails tomorrow too.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

_HARMLESS = (
    # The offscreen platform says so whenever a window has a smallest size.
    "This plugin does not support propagateSizeHints",
    # And so whenever a menu opens.
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)
_SERIOUS = {QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg}
_LASTING_THREADS = {"TMonitor"}
_THREAD_SECONDS = 10.0
_SET_ASIDE_EVERY = 10
_tests_with_windows = itertools.count(1)
_freeze = gc.freeze


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep tests away from the user's preferences, layout, runs and downloads."""
    monkeypatch.setenv("VAE_EXPLORER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("VAE_EXPLORER_LANGUAGE", "en")
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("VAE_EXPLORER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_EXPLORER_LOGS", str(tmp_path / "logs"))


@pytest.fixture(autouse=True)
def nothing_left_behind(qtlog: QtLog) -> Iterator[None]:
    """Fail on Qt warnings, windows still open and threads still running at the end of a test."""
    before = running_threads()
    yield
    windows = open_windows()
    threads = wait_for_end(before)
    warnings = serious_messages(qtlog)
    assert not windows, f"windows left open: {windows}"
    assert not threads, f"threads left running: {threads}"
    assert not warnings, f"Qt warned: {warnings}"


def open_windows() -> list[str]:
    """Return what is still on screen, and close it for the next test."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [widget for widget in app.topLevelWidgets() if widget.isVisible()]
    for widget in left:
        widget.close()
    return [f"{type(widget).__name__} {widget.objectName()!r}" for widget in left]


def running_threads() -> set[int]:
    """Return the threads in which Python runs, those of Qt included."""
    return set(sys._current_frames())


def wait_for_end(before: set[int]) -> list[str]:
    """Return the threads that are new and don't end within a moment."""
    import threading

    deadline = time.monotonic() + _THREAD_SECONDS
    while True:
        lasting = {thread.ident for thread in threading.enumerate() if type(thread).__name__ in _LASTING_THREADS}
        left = running_threads() - before - lasting
        if not left or time.monotonic() > deadline:
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            return [names.get(ident, f"QThread {ident}") for ident in left]
        QCoreApplication.processEvents()
        time.sleep(0.005)


def serious_messages(log: QtLog) -> list[str]:
    """Return Qt's warnings but for those known to be harmless."""
    return [
        record.message for record in log.records if record.type in _SERIOUS and not record.message.startswith(_HARMLESS)
    ]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no cycles among modules and tests: they live to the end, and each process would take seconds for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        _freeze()


@pytest.fixture(autouse=True)
def cycles_are_collected(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Collect after each test, because many of them never let the collector's timer run.

    The program sets aside what is there when a full collection takes long, because its window lives as long as it does.
    Here every test has its own, of which six megabytes each would stay: it is set aside between tests alone, when the
    windows are gone and only what was imported is left.
    """
    monkeypatch.setattr(gc, "freeze", lambda: None)
    yield
    collection = GarbageCollection.begin()
    if collection is not None:
        collection.collect_if_due()
    if "qtbot" in request.fixturenames and next(_tests_with_windows) % _SET_ASIDE_EVERY == 0:
        gc.collect()
        _freeze()


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """Drive widgets, with enough patience for a machine that others load."""
    return PatientBot(request)


@pytest.fixture
def tiny_dataset() -> ImageDataset:
    """Sixty pictures of 8x8 in three classes, 45 of them for training."""
    return tiny_images()


@pytest.fixture
def backend() -> FakeBackend:
    """Loading, training and opening without torch, as quick as a test needs them."""
    return FakeBackend()
