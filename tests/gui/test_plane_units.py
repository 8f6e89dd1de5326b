"""What the plane is measured in: standard deviations of the prior, and of an autoencoder, which has none, its code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import train
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.panels.point_strips import say_distance
from vae_explorer.gui.plotting import axes, plane_canvas

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow

OF_PRIOR = "prior standard deviations"


def told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return each place of the window that tells what the plane is measured in."""
    units: list[str] = []

    def paint(*parts: object, unit: str, **others: object) -> None:
        units.append(unit)
        axes.paint_axes(*parts, unit=unit, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(plane_canvas, "paint_axes", paint)
    window.reveal("plane")
    plane, inspector = window.panel("plane"), window.panel("inspector")
    assert isinstance(plane, PlanePanel)
    assert isinstance(inspector, InspectorPanel)
    plane.view.resize(500, 400)  # else the axes are those that were drawn before
    plane.view.grab()
    window.reveal("inspector")
    boxes = [words for box in inspector.coordinates for words in (box.toolTip(), box.accessibleName())]
    window.reveal("path")
    length = window.hosts["path"].findChildren(QLabel, "path-length")[0].toolTip()
    window.show_tab("manifold")
    manifold = window.panel("manifold")
    assert isinstance(manifold, ManifoldPanel)
    return [*units[-1:], *boxes, length, manifold.controls.range_box.toolTip()]


def explore(window: MainWindow, qtbot: QtBot) -> None:
    """Train, pin a point and lay a path."""
    session = window.session
    train(session, qtbot)
    session.pin((0.5, -0.5))
    session.set_start(LatentPoint((-1.4, 0.6)))
    session.set_end(LatentPoint((1.2, -0.8)))


def test_that_a_model_with_a_prior_is_measured_by_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    explore(window, qtbot)
    assert [OF_PRIOR in words for words in told(window, monkeypatch)] == [True] * 7


def test_that_an_autoencoder_is_measured_in_units_of_its_code(
    window: MainWindow, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    backend.model = FakeModel(is_stochastic=False)
    explore(window, qtbot)
    words = told(window, monkeypatch)
    assert ["code units" in each for each in words] == [True] * 7
    assert not any("prior" in each for each in words)


def test_that_distances_are_told_in_the_unit_of_the_model(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    info = window.session.model_info
    assert info is not None
    assert say_distance(0.5, info) == "0.500 prior standard deviations away"
    assert say_distance(0.5, replace(info, is_stochastic=False)) == "0.500 code units away"
    assert say_distance(0.5, replace(info, is_stochastic=False, can_encode=False)).endswith(f"{OF_PRIOR} away")
