"""When a panel catches up with news."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.base import Panel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


class CountingPanel(Panel):
    """Counts how often it is brought up to date."""

    refreshed = 0

    def refresh(self) -> None:
        """Count."""
        self.refreshed += 1


def shown(state: RunState, qtbot: QtBot) -> CountingPanel:
    panel = CountingPanel(cast("Session", SimpleNamespace(state=state)))
    qtbot.addWidget(panel)
    panel.show()
    panel.refreshed = 0
    return panel


def test_that_news_of_a_training_wait_for_the_panels_turn_and_are_shown_once(qtbot: QtBot) -> None:
    panel = shown(RunState.TRAINING, qtbot)
    panel.mark_stale()
    panel.mark_stale()
    assert panel.refreshed == 0
    qtbot.waitUntil(lambda: panel.refreshed > 0)
    qtbot.wait(20)
    assert panel.refreshed == 1


def test_that_other_news_are_shown_at_once(qtbot: QtBot) -> None:
    panel = shown(RunState.FINISHED, qtbot)
    panel.mark_stale()
    assert panel.refreshed == 1


def test_that_a_panel_that_is_hidden_before_its_turn_catches_up_when_it_is_shown_again(qtbot: QtBot) -> None:
    panel = shown(RunState.TRAINING, qtbot)
    panel.mark_stale()
    panel.hide()
    qtbot.wait(20)
    assert panel.refreshed == 0
    panel.show()
    assert panel.refreshed == 1
