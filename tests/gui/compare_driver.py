"""Hands for the window that compares: a second run, opened and chosen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def make_run(folder: Path, name: str) -> Path:
    """Make a run that the stand-in for loading can open."""
    path = folder / name
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(Experiment().to_dict()), encoding="utf-8")
    return path


def choose_other(opened: CompareWindow, qtbot: QtBot) -> None:
    """Choose the other run in the menu of runs."""
    panel = opened.panel
    menu = panel.bar.run_button.menu()
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text().startswith("the other one"))
    action.trigger()
    comparison = panel.session.comparison
    qtbot.waitUntil(lambda: comparison.second is not None and not comparison.is_loading)
