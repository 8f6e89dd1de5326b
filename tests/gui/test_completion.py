"""A model that completes pictures: whose band it is given, on the plane, in its menu and in the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel
from tests.gui.family_driver import choose_sample, trained
from tests.gui.panel_driver import shown_panel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.plane_menu import plane_menu

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session

COMPLETER = FakeModel(conditioning="image", band=(5, 3), can_regress=True)


def test_that_a_completing_model_begins_with_the_first_test_image(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    assert loaded_session.dataset is not None
    assert loaded_session.condition == loaded_session.dataset.train_count


def test_that_complete_this_picture_binds_the_whole_plane_to_the_sample(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = shown_panel(InspectorPanel, loaded_session, qtbot, (320, 640))
    assert not panel.completion.button.isEnabled()
    row = choose_sample(loaded_session, 3)
    QTest.mouseClick(panel.completion.button, Qt.MouseButton.LeftButton)
    assert loaded_session.condition == row
    model = loaded_session.model
    assert isinstance(model, FakeModel)
    assert model.condition is not None
    assert np.array_equal(model.condition, loaded_session.sample_image(row))
    pictures = panel.completion.pictures
    qtbot.waitUntil(lambda: pictures["regressed"].image is not None and pictures["completed"].image is not None)
    regressed = pictures["regressed"].image
    assert regressed is not None
    assert regressed.pixelColor(5, 5).red() == 77
    panel.hide()


def test_that_the_menu_of_the_plane_completes_the_pinned_sample(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = shown_panel(PlanePanel, loaded_session, qtbot, (560, 460))
    row = choose_sample(loaded_session, 2)
    menu = plane_menu(loaded_session, panel.view, LatentPoint((0.0, 0.0)), None, panel)
    next(action for action in menu.actions() if action.text() == "Complete this picture").trigger()
    assert loaded_session.condition == row
    menu.deleteLater()
    panel.hide()


def test_that_the_reconstruction_of_a_sample_uses_its_own_band(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = shown_panel(InspectorPanel, loaded_session, qtbot, (320, 640))
    row = choose_sample(loaded_session, 5)
    own = loaded_session.sample_image(row)[0, :, 5:]
    assert not np.array_equal(own, loaded_session.sample_image(loaded_session.condition or 0)[0, :, 5:])

    def band() -> list[list[int]] | None:
        image = panel.pictures.decoded.image
        return None if image is None else [[image.pixelColor(x, y).red() for x in range(5, 8)] for y in range(8)]

    qtbot.waitUntil(lambda: band() == own.tolist())
    panel.hide()
