"""What the palette chooses in the experiment panel is on screen afterwards, however far down it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.palette_sources import entries
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.vertical_area import VerticalArea

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow


@pytest.mark.parametrize("name", ["objective.iwae", "setting.training.epochs", "setting.training.threads"])
def test_that_what_is_chosen_is_scrolled_to(window: MainWindow, name: str) -> None:
    window.resize(1000, 640)
    panel = window.panel("experiment")
    assert isinstance(panel, ExperimentPanel)
    area = panel.findChild(VerticalArea)
    assert area is not None
    area.verticalScrollBar().setValue(0)
    next(entry for entry in entries(window) if entry.name == name).act()
    focus = window.focusWidget()
    assert focus is not None
    wanted = panel.objective if name.startswith("objective") else panel.findChild(QWidget, name.partition(".")[2])
    assert wanted is not None
    assert wanted is focus or wanted.isAncestorOf(focus)
    top = wanted.mapTo(area.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= area.viewport().height() - wanted.height()
