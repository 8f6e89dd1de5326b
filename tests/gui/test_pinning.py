"""A moment is kept for good, and let go, by menu and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import SMALL, write_data
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.cli import main
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.runs.pins import pinned_steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PATIENCE = 60_000


@pytest.fixture
def run(tmp_path: Path) -> Path:
    data, out = write_data(tmp_path / "tiny.npz"), tmp_path / "runs" / "run"
    assert main(["train", "--data", str(data), *SMALL, "--epochs", "2", "--out", str(out)]) == 0
    return out


@pytest.fixture
def window(run: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.begin(str(run))
    session = window.session
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and not session.pinning.why_not, timeout=PATIENCE)
    yield window
    window.close()
    assert window.stopped_in_time


def test_that_the_moment_that_is_shown_is_kept_until_it_is_let_go(run: Path, window: MainWindow, qtbot: QtBot) -> None:
    session, action = window.session, window.commands["explore.keep-moment"]
    newest = session.pinning.step
    assert action.isEnabled()
    assert not action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: session.pinning.steps == {newest}, timeout=PATIENCE)
    assert action.isChecked()
    assert pinned_steps(run) == {newest}
    session.moments.travel_to_place(0)
    assert not action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: session.pinning.steps == {0, newest}, timeout=PATIENCE)
    assert action.isChecked()
    action.trigger()
    qtbot.waitUntil(lambda: session.pinning.steps == {newest}, timeout=PATIENCE)
    assert not action.isChecked()
    assert pinned_steps(run) == {newest}


def test_that_a_moment_that_is_gone_is_told_and_not_shown_as_kept(run: Path, window: MainWindow, qtbot: QtBot) -> None:
    session, action = window.session, window.commands["explore.keep-moment"]
    session.moments.travel_to_place(0)
    qtbot.waitUntil(lambda: session.moments.shown is not None and not session.moments.is_loading, timeout=PATIENCE)
    (run / "history" / "step-00000000.safetensors").unlink()
    with qtbot.waitSignal(session.noticed, timeout=PATIENCE) as told:
        action.trigger()
    assert "has no weights of step 0 that could be pinned" in told.args[0].text
    qtbot.waitUntil(lambda: not action.isChecked(), timeout=PATIENCE)
    assert pinned_steps(run) == frozenset()
