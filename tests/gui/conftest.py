"""A session and a window to drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.app.loading import loaded
from tests.gui.compare_driver import choose_other, make_run
from tests.gui.plane_driver import train
from tests.patience import has_settled
from vae_explorer import language
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.qt_words import speak_with_qt
from vae_explorer.gui.renewal import OneWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


@pytest.fixture
def loaded_session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[Session]:
    """A session that has loaded sixty tiny pictures; nothing is trained yet."""
    with loaded(tmp_path / "runs", backend, qtbot) as session:
        yield session


@pytest.fixture
def modelless_session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[Session]:
    """A session with data in which not even an untrained model is there yet."""
    backend.hold_building.clear()
    session = Session(tmp_path / "runs", backend)
    session.start()
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.dataset is not None)
    yield session
    backend.hold_building.set()
    assert session.close()


@pytest.fixture
def window(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[MainWindow]:
    """The whole window, filled, with sixty tiny pictures loaded; nothing is trained yet.

    Its untrained model and encodings are there: what asks for them is ready, and none arrive later in place of others.
    """
    made = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.begin()
    qtbot.waitUntil(lambda: has_settled(made.session))
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()
    assert made.stopped_in_time


@pytest.fixture
def comparing(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> CompareWindow:
    """The window that compares, opened by its key beside a trained model, with no second model yet."""
    make_run(tmp_path / "runs", "the other one")
    train(window.session, qtbot)
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    opened = window.comparing.opened
    assert opened is not None
    qtbot.waitExposed(opened)
    # The offscreen platform gives the pointer to whichever window is older.
    opened.move(window.geometry().right() + 100, 0)
    QTest.mouseMove(opened, QPoint(1, 1))
    window.session.hover(None)
    return opened


@pytest.fixture
def compared(comparing: CompareWindow, qtbot: QtBot) -> CompareWindow:
    """The window that compares, in front, with a second model and its encodings."""
    choose_other(comparing, qtbot)
    comparison = comparing.panel.session.comparison
    qtbot.waitUntil(lambda: comparison.points is not None)
    comparing.activateWindow()
    qtbot.waitUntil(comparing.isActiveWindow)
    return comparing


@pytest.fixture
def holder(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[OneWindow]:
    """The program's window, filled, with sixty tiny pictures loaded; English at first and at the end."""
    QCursor.setPos(0, 0)  # where another test left it, it may lie on the plane, and a new window would tell of that
    made = OneWindow(MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config"))
    made.window.show()
    qtbot.waitExposed(made.window)
    made.window.begin()
    qtbot.waitUntil(lambda: has_settled(made.window.session))
    yield made
    made.window.close()
    assert made.window.stopped_in_time
    made.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    language.use("en")
    speak_with_qt()
