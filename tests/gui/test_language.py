"""Choosing another language while the program runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from shiboken6 import isValid

from tests.gui.plane_driver import train
from tests.gui.spoken import choose
from vae_explorer import language
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.errors import VaeExplorerError
from vae_explorer.gui.faults import Fault, FaultReporter
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.preferences import Preferences, load_preferences

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from PySide6.QtGui import QAction
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.renewal import OneWindow


def titles(window: MainWindow) -> list[str]:
    """Return the titles of the menus."""
    return [action.text() for action in window.menuBar().actions()]


def test_that_the_window_speaks_the_language_that_is_chosen_and_english_again(holder: OneWindow, qtbot: QtBot) -> None:
    assert titles(holder.window)[0] == "&File"
    chinese = choose(holder, "zh_CN", qtbot)
    assert titles(chinese)[0] == "文件(&F)"
    assert chinese.run_bar.toggle_button.text() == "训练"
    assert titles(choose(holder, "en", qtbot))[0] == "&File"


def test_that_each_language_is_listed_in_its_own_words(holder: OneWindow, qtbot: QtBot) -> None:
    for code in ("zh_CN", "en"):
        actions: list[QAction] = choose(holder, code, qtbot).menus.languages.actions()
        assert [action.text() for action in actions[1:]] == ["English", "简体中文"]
        assert [action.data() for action in actions if action.isChecked()] == [code]


def test_that_the_language_is_remembered(holder: OneWindow, tmp_path: Path, qtbot: QtBot) -> None:
    choose(holder, "zh_CN", qtbot)
    qtbot.waitUntil(lambda: load_preferences(tmp_path / "config")[0].language == "zh_CN")


def test_that_a_training_goes_on_and_what_was_chosen_stays(holder: OneWindow, qtbot: QtBot) -> None:
    session, old = holder.window.session, holder.window
    train(session, qtbot)
    session.pin((0.5, -0.5))
    old.show_tab("manifold")
    session.notify("warning", "This is worth keeping.")
    session.set_setting("training.epochs", "1000")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING)
    new = choose(holder, "zh_CN", qtbot)
    assert new.session is session
    assert session.state.is_active
    assert new.tab == "manifold"
    assert new.run_bar.device_button.text() == "CPU"
    assert session.pinned is not None
    assert session.pinned.z == (0.5, -0.5)
    assert [card.notice.text for card in new.notices.cards] == ["This is worth keeping."]
    qtbot.waitUntil(lambda: not isValid(old))
    QTest.keyClick(new, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not session.state.is_active)


def test_that_a_window_that_is_gone_hears_of_no_model(holder: OneWindow, qtbot: QtBot) -> None:
    session, old = holder.window.session, holder.window
    for tab in ("manifold", "samples"):
        old.show_tab(tab)
    kept = [old.panel(name) for name in old.hosts]
    choose(holder, "zh_CN", qtbot)
    qtbot.waitUntil(lambda: not isValid(old))
    with qtbot.captureExceptions() as faults:
        session.model_changed.emit(session.model_info)
        QApplication.processEvents()
    assert len(kept) == len(holder.window.hosts)
    assert faults == []


def test_that_windows_beside_it_are_open_again(holder: OneWindow, qtbot: QtBot) -> None:
    train(holder.window.session, qtbot)
    holder.window.enlarging.open()
    new = choose(holder, "zh_CN", qtbot)
    opened = new.enlarging.opened
    assert opened is not None
    assert opened.isVisible()


def test_that_qt_speaks_it_too(holder: OneWindow, qtbot: QtBot) -> None:
    choose(holder, "zh_CN", qtbot)
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert box.button(QDialogButtonBox.StandardButton.Cancel).text() == "取消"


def test_that_a_fault_is_shown_in_the_window_that_is_there(holder: OneWindow, qtbot: QtBot) -> None:
    reporter = FaultReporter(holder.window.session)
    holder.window.crash_care.listen(reporter)
    new = choose(holder, "zh_CN", qtbot)
    reporter.caught.emit(Fault("The file is gone.", "", "here"))
    assert [card.notice.text for card in new.notices.cards] == ["The file is gone."]


def test_that_the_language_of_the_system_needs_no_choice(holder: OneWindow) -> None:
    assert holder.window.preferences.language == "system"


def test_that_a_language_that_cannot_be_read_is_told_and_english_is_spoken(
    tmp_path: Path, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def fail(code: str) -> None:
        raise VaeExplorerError(f"The language {code} is damaged.")

    monkeypatch.setattr(language, "use", fail)
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config", Preferences(language="zh_CN"))
    qtbot.addWidget(window)
    assert "The language zh_CN is damaged." in [card.notice.text for card in window.notices.cards]
    assert titles(window)[0] == "&File"
    window.close()
    assert window.stopped_in_time
