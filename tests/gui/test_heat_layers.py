"""Layers of the plane, driven by mouse and keys in the whole window."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import place, train
from vae_explorer.app.state import RunState
from vae_explorer.errors import CapabilityError
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.indicatrix import LONG_AXIS, indicatrix_image
from vae_explorer.gui.plotting.layer_switches import SHOWN_AT_FIRST, SWITCHES
from vae_explorer.gui.plotting.value_scale import ValueRange
from vae_explorer.latent.lattice import FieldValues, Lattice, Patch
from vae_explorer.latent.layer import significant

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.plotting.heat_layer import HeatLayer
    from vae_explorer.latent.lattice import Field


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> PlanePanel:
    """The plane of a window with a trained model."""
    train(window.session, qtbot)
    found = window.panel("plane")
    assert isinstance(found, PlanePanel)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    return found


def click(panel: PlanePanel, layer: str) -> None:
    QTest.mouseClick(panel.controls.toggle(layer), Qt.MouseButton.LeftButton)


def drawn(panel: PlanePanel, layer: str, qtbot: QtBot) -> HeatLayer:
    """Wait until a layer is shown as finely as it gets."""
    heat = panel.maps.layers[layer]
    qtbot.waitUntil(lambda: heat.is_complete and not heat.picture.is_empty)
    return heat


def words(panel: PlanePanel) -> str:
    return "\n".join(line for key in panel.view.keys for line in key.lines)


def test_that_a_click_shows_magnification_with_its_unit_its_numbers_and_its_ellipses(
    panel: PlanePanel, qtbot: QtBot
) -> None:
    click(panel, "magnification")
    heat = drawn(panel, "magnification", qtbot)
    assert "Magnification √det G (log scale)" in words(panel)
    assert "squared pixel changes per unit area" in words(panel)
    assert "ellipses" in words(panel)
    span = heat.picture.span
    assert span is not None
    assert panel.view.keys[0].low == f"≤ {significant(10**span.low)}"
    assert panel.view.keys[0].high == f"≥ {heat.layer.text(span.high)}"
    assert "squared pixel changes per unit area" in panel.view.accessibleDescription()
    levels = heat.picture.levels
    assert len(levels) > 1
    finest = heat.picture.finest
    assert finest is not None
    assert finest.found.axes is not None


def test_that_the_keys_alone_switch_a_layer(panel: PlanePanel, window: MainWindow, qtbot: QtBot) -> None:
    button = panel.controls.toggle("round-trip")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    drawn(panel, "round-trip", qtbot)
    assert "units of z" in words(panel)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert panel.view.keys == ()


def test_that_every_layer_can_be_switched_in_the_menu_by_keys_with_a_sentence_on_each(
    panel: PlanePanel, window: MainWindow, qtbot: QtBot
) -> None:
    menu = panel.controls.switches.menu
    menu.popup(panel.mapToGlobal(QPoint(10, 10)))
    qtbot.waitUntil(menu.isVisible)
    seen = set()
    for _ in SWITCHES:
        QTest.keyClick(menu, Qt.Key.Key_Down)
        action = menu.activeAction()
        assert action.toolTip().endswith(".")
        seen.add(action.objectName().removeprefix("layer-"))
        if action.objectName() == "layer-disagreement":
            QTest.keyClick(menu, Qt.Key.Key_Space)
            assert menu.isVisible()
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert seen == {switch.name for switch in SWITCHES} - {"regions", "averaged"}
    assert panel.controls.is_shown("disagreement")
    drawn(panel, "disagreement", qtbot)


def test_that_one_heat_map_at_a_time_lies_over_the_tiles(panel: PlanePanel, qtbot: QtBot) -> None:
    click(panel, "magnification")
    click(panel, "aggregate")
    assert not panel.controls.is_shown("magnification")
    assert [key.title for key in panel.view.keys] == ["Aggregate posterior q(z)"]
    panel.controls.switches.action("exact").trigger()
    assert panel.controls.is_shown("aggregate")


def test_that_a_button_stands_for_all_layers_that_show_the_same_thing(panel: PlanePanel) -> None:
    button = panel.controls.toggle("magnification")
    panel.controls.switches.action("magnification-fisher").trigger()
    assert button.isChecked()
    click(panel, "magnification")
    assert not panel.controls.is_shown("magnification-fisher")
    assert not button.isChecked()
    click(panel, "magnification")
    assert panel.controls.is_shown("magnification")
    panel.controls.switches.action("disagreement").trigger()
    assert not button.isChecked()
    assert panel.controls.toggle("round-trip").isChecked()


def test_that_the_true_posterior_says_how_to_choose_a_sample_with_and_without_points(panel: PlanePanel) -> None:
    panel.controls.switches.action("exact").trigger()
    assert "choose a sample: double-click a point" in words(panel)
    click(panel, "points")
    assert "choose a sample: show the points and double-click one" in words(panel)


def test_that_the_legend_is_there_as_long_as_its_colours_are_and_its_place_stays(panel: PlanePanel) -> None:
    width = panel.view.width()
    click(panel, "points")
    assert not panel.legend.isVisible()
    assert panel.view.width() == width
    click(panel, "points")
    assert panel.legend.isVisible()


def test_that_what_is_shown_is_undone_and_redone(panel: PlanePanel, window: MainWindow) -> None:
    click(panel, "magnification")
    assert window.session.choices.layers == SHOWN_AT_FIRST | {"magnification"}
    assert window.session.steps.undo_text == "Show Magnification"
    window.session.undo()
    assert not panel.controls.is_shown("magnification")
    assert not panel.controls.toggle("magnification").isChecked()
    window.session.redo()
    assert panel.controls.is_shown("magnification")


def test_that_the_colours_follow_the_view(panel: PlanePanel, qtbot: QtBot) -> None:
    click(panel, "round-trip")
    wide = drawn(panel, "round-trip", qtbot).picture.span
    QTest.keyClick(panel.view, Qt.Key.Key_Plus)
    QTest.keyClick(panel.view, Qt.Key.Key_Plus)
    near = drawn(panel, "round-trip", qtbot).picture.span
    assert wide is not None
    assert near is not None
    assert near.high < wide.high


def test_that_a_map_stays_where_it_belongs_while_one_pans(
    panel: PlanePanel, backend: FakeBackend, qtbot: QtBot
) -> None:
    click(panel, "round-trip")
    heat = drawn(panel, "round-trip", qtbot)
    asked = backend.layers.count("round-trip")
    before = heat.picture.value_at((0.5, 0.5))
    panel.view.centre_on((0.4, 0.2))
    assert heat.picture.value_at((0.5, 0.5)) == before
    drawn(panel, "round-trip", qtbot)
    assert heat.picture.value_at((0.5, 0.5)) == before
    assert backend.layers.count("round-trip") == asked


def test_that_the_value_under_the_pointer_and_at_the_pin_is_told(
    panel: PlanePanel, window: MainWindow, qtbot: QtBot
) -> None:
    click(panel, "magnification")
    heat = drawn(panel, "magnification", qtbot)
    QTest.mouseMove(panel.view, place(panel.view, (1.0, 0.0)))
    qtbot.waitUntil(lambda: window.session.hovered is not None)
    found = heat.picture.value_at((1.0, 0.0))
    assert found is not None
    assert found[0] == pytest.approx(1.0, abs=0.01)
    hovered = window.session.hovered
    assert hovered is not None
    here = heat.picture.value_at(hovered.z)
    assert here is not None
    assert f"Magnification {significant(10 ** here[0])} " in window.status.position.text()
    assert "squared pixel changes per unit area" in window.status.position.toolTip()
    readout = window.findChild(QLabel, "layer-readout")
    assert isinstance(readout, QLabel)
    assert readout.text().endswith("squared pixel changes per unit area")
    window.session.pin((0.0, 2.0))
    window.session.hover(None)
    there = heat.picture.value_at((0.0, 2.0))
    assert there is not None
    assert there[0] == pytest.approx(2.0, abs=0.01)
    assert f"Magnification {significant(10 ** there[0])} " in window.status.position.text()
    click(panel, "magnification")
    assert "Magnification" not in window.status.position.text()
    assert readout.isHidden()


def test_that_new_weights_replace_the_map(panel: PlanePanel, backend: FakeBackend, qtbot: QtBot) -> None:
    click(panel, "magnification")
    heat = drawn(panel, "magnification", qtbot)
    first = heat.subject
    train(panel.session, qtbot)
    qtbot.waitUntil(lambda: panel.session.state is RunState.FINISHED)
    drawn(panel, "magnification", qtbot)
    assert heat.subject is not first
    assert backend.layers.count("magnification") >= 2


def test_that_finer_cells_of_older_weights_are_given_up_for_newer_ones(
    panel: PlanePanel, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: Counter[int] = Counter()
    newer_are_here = threading.Event()

    def held(name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        coarsest: list[tuple[float, float]] = []

        def values(z: NDArray[np.float64], cell: tuple[float, float]) -> FieldValues:
            coarsest.append(cell)
            if cell != coarsest[0]:
                assert newer_are_here.wait(30.0)
            computed[id(subject)] += len(z)
            return FieldValues(z[:, 0])

        return values

    monkeypatch.setattr(backend, "layer_field", held)
    click(panel, "round-trip")
    heat = panel.maps.layers["round-trip"]
    qtbot.waitUntil(lambda: not heat.picture.is_empty)
    older, session = heat.subject, panel.session
    assert isinstance(session.model, FakeModel)
    session._set_model(replace(session.model, step=session.model.step + 1))
    qtbot.waitUntil(lambda: heat._subject is not older)
    newer_are_here.set()
    drawn(panel, "round-trip", qtbot)
    assert heat.subject is not older
    assert computed[id(older)] < computed[id(heat.subject)] / 2


def test_that_an_ellipse_is_long_where_the_picture_changes_least() -> None:
    axes = np.array([[[0.25, 0.0]]])
    patch = Patch(Lattice(0, 0, 0, 1, 1), FieldValues(np.zeros((1, 1)), axes=axes))
    image = indicatrix_image(patch, ValueRange(0.0, 1.0), 100.0, 1.0)
    assert image is not None
    half, middle = round(100 * LONG_AXIS), 50
    assert any(image.pixelColor(middle + half + shift, middle).alpha() > 60 for shift in (-1, 0, 1))
    assert any(image.pixelColor(middle, middle + half // 4 + shift).alpha() > 60 for shift in (-1, 0, 1))
    assert image.pixelColor(middle, middle + half).alpha() == 0
    upright = Patch(patch.lattice, FieldValues(np.zeros((1, 1)), axes=np.array([[[0.25, np.pi / 2]]])))
    turned = indicatrix_image(upright, ValueRange(0.0, 1.0), 100.0, 2.0)
    assert turned is not None
    assert turned.width() == 200
    assert any(turned.pixelColor(2 * middle, 2 * (middle - half) + shift).alpha() > 60 for shift in (-2, -1, 0, 1, 2))


def test_that_a_layer_is_refreshed_while_training_goes_on(
    panel: PlanePanel, window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    click(panel, "magnification")
    heat = drawn(panel, "magnification", qtbot)
    before = backend.layers.count("magnification")
    backend.step_seconds, backend.steps_an_epoch = 0.01, 60
    window.session.set_setting("training.epochs", "5")
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.TRAINING)
    qtbot.waitUntil(lambda: backend.layers.count("magnification") >= before + 3)
    assert window.session.state is RunState.TRAINING
    assert not heat.picture.is_empty
    window.session.stop()
    qtbot.waitUntil(lambda: not window.session.state.is_active)


def test_that_what_a_layer_lacks_is_said_in_its_key_and_not_as_an_error(
    panel: PlanePanel, window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        raise CapabilityError("This needs weights of two moments at least.")

    told: list[object] = []
    window.session.noticed.connect(told.append)
    monkeypatch.setattr(backend, "layer_field", lacking)
    panel.controls.switches.action("disagreement").trigger()
    qtbot.waitUntil(lambda: "two moments" in words(panel))
    assert told == []


def test_that_a_failure_is_told_with_its_details(
    panel: PlanePanel, window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        raise RuntimeError("no such layer")

    told: list[str] = []
    window.session.noticed.connect(lambda notice: told.append(notice.details))
    monkeypatch.setattr(backend, "layer_field", broken)
    click(panel, "magnification")
    qtbot.waitUntil(lambda: len(told) == 1)
    assert "no such layer" in told[0]
    panel.view.zoom(1.5)
    panel.view.zoom(0.2)
    qtbot.wait(300)
    assert len(told) == 1


def test_that_a_place_without_a_value_is_clear(panel: PlanePanel, backend: FakeBackend, qtbot: QtBot) -> None:
    panel.controls.switches.action("points").trigger()
    panel.controls.switches.action("prior").trigger()
    without = panel.view.grab().toImage()
    click(panel, "round-trip")
    drawn(panel, "round-trip", qtbot)
    spot = place(panel.view, (2.0, -2.5))
    assert panel.view.grab().toImage().pixelColor(spot) != without.pixelColor(spot)
    panel.controls.layer_opacity.setValue(10)
    faint = panel.view.grab().toImage().pixelColor(spot)
    assert abs(faint.lightness() - without.pixelColor(spot).lightness()) < 40
    assert np.isfinite(faint.lightness())
