"""Recent runs in the menus: named at once, told more of a moment later, greyed where they are gone."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.test_reopening import opened
from tests.runs.recorded import recorded
from vae_explorer.app.recent_runs import RecentRun
from vae_explorer.app.state import RunState
from vae_explorer.gui.run_words import BETWEEN, run_facts, when
from vae_explorer.runs.summary import RunSummary

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def names(window: MainWindow) -> list[str]:
    window.run_bar.run_menu.fill()
    return [action.text().partition(BETWEEN)[0] for action in window.run_bar.run_menu.actions() if action.isCheckable()]


def train(window: MainWindow, qtbot: QtBot) -> Path:
    window.session.set_setting("training.epochs", "1")
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    run = window.session.run
    assert run is not None
    return run.path


def test_that_the_file_menu_lists_runs_and_a_key_opens_one(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        first, second = train(window, qtbot), train(window, qtbot)
        menu = window.run_bar.run_menu
        assert menu.menuAction() in window.menus.menus["file"].actions()
        assert names(window) == [second.name, first.name]
        window.menus.menus["file"].popup(window.mapToGlobal(window.rect().center()))
        QTest.keyClick(window.menus.menus["file"], Qt.Key.Key_U)
        qtbot.waitUntil(menu.isVisible)
        menu.setActiveAction(next(action for action in menu.actions() if action.data() == str(first)))
        QTest.keyClick(menu, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.session.run is not None and window.session.run.path == first)
        window.menus.menus["file"].close()
        assert names(window) == [first.name, second.name]


def test_that_runs_opened_elsewhere_are_remembered_and_greyed_once_they_are_gone(tmp_path: Path, qtbot: QtBot) -> None:
    elsewhere = tmp_path / "elsewhere" / "a & b"
    with opened(tmp_path, qtbot) as (window, _):
        shutil.copytree(train(window, qtbot), elsewhere)
        window.session.open_run(elsewhere)
        qtbot.waitUntil(lambda: window.session.run is not None and window.session.run.path == elsewhere)
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        assert names(window)[0] == "a && b"
        shutil.rmtree(elsewhere)
        assert names(window)[0] == "a && b"
        menu = window.run_bar.run_menu
        gone = next(action for action in menu.actions() if action.data() == str(elsewhere))
        assert not gone.isEnabled()
        assert "gone" in gone.text()
        next(action for action in menu.actions() if "Forget" in action.text()).trigger()
        assert "a && b" not in names(window)
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        assert "a && b" not in names(window)


def test_that_the_menu_tells_when_how_and_how_well_a_run_was_trained(tmp_path: Path, qtbot: QtBot) -> None:
    run = recorded(tmp_path / "runs" / "real")
    losses = [record.values["loss"] for record in run.metrics if record.split == "test"]
    with opened(tmp_path, qtbot) as (window, _):
        assert names(window) == ["real"]
        menu = window.run_bar.run_menu
        action = next(action for action in menu.actions() if action.data() == str(run.path))
        qtbot.waitUntil(lambda: BETWEEN in action.text())
        facts = action.text().partition(BETWEEN)[2]
        assert facts.startswith("today ")
        assert f"test {losses[-1]:.2f} nats" in facts
        assert run.experiment.objective_entry.title in facts


def test_that_facts_are_told_in_words(tmp_path: Path) -> None:
    now = datetime.now().astimezone()
    assert when(now) == f"today {now:%H:%M}"
    before = now - timedelta(days=400)
    assert str(before.year) in when(before)
    summary = RunSummary(tmp_path, None, "vae", str(tmp_path / "images.npz"), 3.0, 30, None)
    assert run_facts(RecentRun("run", tmp_path, True, summary)) == "VAE · images.npz · not measured yet"
    assert run_facts(RecentRun("run", tmp_path, True)) == ""
    assert run_facts(RecentRun("run", tmp_path, False, summary)) == "its folder is gone"
