"""The window as a user gets it, with sixty pictures of 8x8 and networks small enough to be trained in a test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.cli.commands import write_data
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PATIENCE = 60_000


@contextmanager
def real_window(folder: Path, qtbot: QtBot, *, epochs: int) -> Iterator[MainWindow]:
    """Give a window that is ready to train for so many epochs; it is closed at the end."""
    window = MainWindow(Session(folder / "runs"), folder / "config")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.begin(str(write_data(folder / "tiny.npz")))
    session = window.session
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.model_info is not None, timeout=PATIENCE)
    for setting, value in (("model.hidden", "12"), ("training.batch_size", "16"), ("training.epochs", str(epochs))):
        session.set_setting(setting, value)
    yield window
    window.close()
    assert window.stopped_in_time
