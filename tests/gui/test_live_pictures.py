"""Panels full of decoded pictures: one request at a time, all that was begun is shown, none while nobody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Slot

from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import train
from vae_explorer.app.state import RunState
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.live_pictures import LivePicturesPanel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo


class Numbered(LivePicturesPanel[int]):
    """Wants two pictures under the number that is next, and notes what was wanted and shown."""

    name: ClassVar[str] = "numbered"
    rest_factor: ClassVar[float] = 0.0
    least_rest_milliseconds: ClassVar[int] = 600_000

    def __init__(self, session: Session) -> None:
        self.wanted: list[int] = []
        self.shown: list[int] = []
        super().__init__(session)

    def refresh(self) -> None:
        self._ask_anew()

    def _follow(self, model: ModelInfo | None) -> None:
        pass

    def _begin(self, model: ModelInfo) -> None:
        self.wanted.append(len(self.wanted))
        self._request(self.wanted[-1], np.zeros((2, 2)), None)

    def _take_pictures(self, pictures: NDArray[np.uint8], wanted: int) -> None:
        self._unpacker.start(pictures, 2, lambda group: qimage_from_chw(group[0]), wanted)

    @Slot(object, object)
    def _show(self, wanted: int, images: list[QImage]) -> None:
        assert len(images) == 2
        self.shown.append(wanted)
        self._go_on()


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[Numbered]:
    train(loaded_session, qtbot)
    made = shown_panel(Numbered, loaded_session, qtbot, (200, 200))
    qtbot.waitUntil(lambda: made.shown == [0])
    yield made
    made.hide()


def test_that_news_that_come_while_a_request_is_under_way_are_asked_for_once_it_is_shown(
    panel: Numbered, qtbot: QtBot
) -> None:
    for _ in range(3):
        panel.mark_stale()
    assert panel.wanted == [0, 1]
    qtbot.waitUntil(lambda: panel.shown == [0, 1, 2])
    assert panel.wanted == [0, 1, 2]


def test_that_what_is_hidden_is_forgotten_and_asked_for_again_when_it_is_looked_at(
    panel: Numbered, qtbot: QtBot
) -> None:
    panel.mark_stale()
    panel.hide()
    panel.mark_stale()
    assert panel.wanted == [0, 1]
    panel.show()
    qtbot.waitUntil(lambda: panel.shown == [0, 2])


def test_that_decoding_rests_while_the_model_trains_and_goes_on_when_it_has_stopped(
    panel: Numbered, qtbot: QtBot
) -> None:
    session = panel.session
    session.set_setting("training.epochs", "100000")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING and panel._rest.isActive())
    resting = list(panel.wanted)
    panel.mark_stale()
    assert panel.wanted == resting
    session.stop()
    qtbot.waitUntil(lambda: not session.state.is_active and panel.shown[-1] > resting[-1])
