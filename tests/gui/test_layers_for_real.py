"""Layers of a model that was really trained: what the window shows is what the network gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.real_driver import PATIENCE, real_window
from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.latent.doubt import disagreement, round_trip
from vae_explorer.latent.geometry import PullbackMetric
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.late_moments import late_moments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.plotting.heat_layer import HeatLayer

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as a user gets it, with a small VAE that was trained on sixty pictures of 8x8."""
    with real_window(tmp_path, qtbot, epochs=30) as made:
        session = made.session
        QTest.mouseClick(made.run_bar.toggle_button, LEFT)
        qtbot.waitUntil(lambda: session.state is RunState.FINISHED and session.points is not None, timeout=PATIENCE)
        yield made


def shown(window: MainWindow, name: str, qtbot: QtBot) -> HeatLayer:
    """Switch a layer on and wait for its finest map."""
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    panel.controls.switches.action(name).setChecked(True)
    heat = panel.maps.layers[name]
    qtbot.waitUntil(lambda: heat.is_complete and not heat.picture.is_empty, timeout=PATIENCE)
    return heat


def middles(heat: HeatLayer) -> tuple[np.ndarray, np.ndarray]:
    """Return the values in the finest cells, and where these are."""
    patch = heat.picture.finest
    assert patch is not None
    rows, columns = np.indices(patch.found.values.shape)
    return patch.found.values.ravel(), patch.lattice.middles(rows.ravel(), columns.ravel())


def log10_magnification(metric: PullbackMetric, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the area that the pictures of a small patch take up, by another way than the map's."""
    return np.asarray(0.5 * np.log10(np.linalg.det(metric.tensor(z))))


def test_that_each_map_is_what_the_networks_give(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    model, run = session.model, session.run
    assert isinstance(model, ModelSnapshot)
    assert run is not None
    values, z = middles(shown(window, "magnification", qtbot))
    assert values == pytest.approx(log10_magnification(PullbackMetric.of_model(model.network), z), abs=1e-3)
    values, z = middles(shown(window, "magnification-fisher", qtbot))
    fisher = log10_magnification(PullbackMetric.of_model(model.network, "fisher"), z)
    assert values == pytest.approx(fisher, abs=1e-3)
    values, z = middles(shown(window, "round-trip", qtbot))
    assert values == pytest.approx(round_trip(model, z), abs=1e-4)
    values, z = middles(shown(window, "disagreement", qtbot))
    late = late_moments(open_run(run.path), model)
    assert len(late) == 5
    assert values == pytest.approx(disagreement(late, z), abs=1e-3)
    values, _ = middles(shown(window, "aggregate", qtbot))
    assert values.max() > 0


def test_that_layers_follow_the_moments_of_a_run(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    heat = shown(window, "magnification", qtbot)
    newest, _ = middles(heat)
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    step = session.moments.kept[-1].step
    qtbot.waitUntil(lambda: session.model is not None and session.model.step == step, timeout=PATIENCE)
    qtbot.waitUntil(lambda: heat.is_complete and heat.subject is not None, timeout=PATIENCE)
    assert heat.subject is not None
    assert heat.subject.model.step == step
    values, z = middles(heat)
    model = session.model
    assert isinstance(model, ModelSnapshot)
    assert values == pytest.approx(log10_magnification(PullbackMetric.of_model(model.network), z), abs=1e-3)
    assert np.abs(values - newest).max() > 1e-4


def test_that_a_true_posterior_is_shown_for_the_sample_that_is_chosen(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    points = session.points
    assert points is not None
    z1, z2 = points.z[0].tolist()
    session.pin((z1, z2), int(points.rows[0]))
    values, _ = middles(shown(window, "exact", qtbot))
    assert values.max() > 0
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    assert "True posterior" in panel.view.keys[-1].title
