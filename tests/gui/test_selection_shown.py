"""The Selection panel comes forward when a selection begins, and otherwise stays where a person left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.plane_driver import settle, train
from tests.gui.test_selection import draw, selected
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.plane_strokes import Tool
from vae_explorer.gui.plotting.point_parts import Part

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

ALL = [(-4.5, -4.5), (4.5, -4.5), (4.5, 4.5), (-4.5, 4.5)]
NOTHING = [(4.6, 4.6), (4.9, 4.6), (4.9, 4.9)]


@pytest.fixture
def plane(window: MainWindow, qtbot: QtBot) -> PlanePanel:
    """The plane of the window with all its points, the inspector in front beside it."""
    train(window.session, qtbot)
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    panel.controls.part_box.setCurrentIndex(list(Part).index(Part.ALL))
    panel.view.fit((-5.0, -5.0), (5.0, 5.0))
    settle(panel, qtbot)
    window.reveal("inspector")
    panel.view.setFocus()
    return panel


def circle(plane: PlanePanel, corners: list[tuple[float, float]]) -> None:
    plane.view.set_tool(Tool.LASSO)
    draw(plane, corners)


def is_in_front(window: MainWindow, name: str) -> bool:
    """Whether a dock is on screen: Qt keeps those behind others visible, but out of the window."""
    dock = next(dock for dock in window.docks if dock.objectName() == f"dock.{name}")
    return dock.isVisible() and dock.geometry().intersects(window.rect())


def test_that_a_lasso_brings_the_selection_forward_and_keeps_the_focus(window: MainWindow, plane: PlanePanel) -> None:
    circle(plane, NOTHING)
    assert not is_in_front(window, "selection")
    circle(plane, ALL)
    assert selected(plane)
    assert is_in_front(window, "selection")
    assert plane.view.hasFocus()


def test_that_it_comes_forward_once_for_a_selection(window: MainWindow, plane: PlanePanel) -> None:
    circle(plane, ALL)
    window.reveal("inspector")
    circle(plane, ALL[:3])
    assert not is_in_front(window, "selection")
    plane.session.select(())
    circle(plane, ALL)
    assert is_in_front(window, "selection")


def test_that_a_closed_selection_panel_stays_closed(window: MainWindow, plane: PlanePanel) -> None:
    next(dock for dock in window.docks if dock.objectName() == "dock.selection").close()
    window.reveal("inspector")
    circle(plane, ALL)
    assert selected(plane)
    assert not is_in_front(window, "selection")
    assert is_in_front(window, "inspector")
