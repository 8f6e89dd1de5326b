"""What panels full of decoded pictures share: one request at a time, live while the model trains, and rests between."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from PySide6.QtCore import QTimer, Slot

from vae_explorer.app.decode_service import Priority
from vae_explorer.app.state import ModelInfo, RunState
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.plotting.unpacking import Unpacker

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QHideEvent, QImage
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.decode_service import DecodeFailure, DecodeReply
    from vae_explorer.app.session import Session

WantedT = TypeVar("WantedT")


class LivePicturesPanel(Panel, Generic[WantedT]):
    """Pictures of many points of the plane; every request that was begun is shown before the next one.

    A derived class calls `_ask_anew` when there are news, says in `_begin` what it wants next, and asks for it with
    `_request`; in `_take_pictures` it may start `_unpacker`, whose images come to `_show`. When it shows what came,
    it calls `_go_on`.
    """

    rest_factor: ClassVar[float]
    """While training, decoding rests this many times as long as the last pictures took,"""

    least_rest_milliseconds: ClassVar[int] = 0
    """and at least so long."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._requested: WantedT | None = None
        self._number = -1
        self._milliseconds = 0.0
        self._has_news = False
        self._unpacker = Unpacker(self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        self._unpacker.finished.connect(self._show)
        session.model_changed.connect(self._take_model)
        session.state_changed.connect(self._take_state)
        session.decode.decoded.connect(self._take_reply)
        session.decode.failed.connect(self._take_failure)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop decoding: nobody looks."""
        super().hideEvent(event)
        self._renew()

    # -- For derived classes -----------------------------------------------------------------------------------------

    def _follow(self, model: ModelInfo | None) -> None:
        """Offer what another model can do, and clear what it doesn't show."""
        raise NotImplementedError

    def _begin(self, model: ModelInfo) -> None:
        """Ask for the pictures that are wanted now."""
        raise NotImplementedError

    def _take_pictures(self, pictures: NDArray[np.uint8], wanted: WantedT) -> None:
        """Make something to look at of pictures [N, C, H, W]."""
        raise NotImplementedError

    @Slot(object, object)
    def _show(self, wanted: WantedT, images: list[QImage]) -> None:
        """Show the images that were unpacked."""
        raise NotImplementedError

    @Slot(object)
    def _take_model(self, model: ModelInfo | None) -> None:
        """Follow another model; without one that makes pictures, nothing that was asked for arrives.

        Not to be overridden: PySide would still call it when the panel is gone, with a window in another language in
        its place.
        """
        self._follow(model)
        if model is None or not model.can_decode:
            self._forget()
        self.mark_stale()

    def _model_to_ask(self) -> ModelInfo | None:
        """Return the model if it makes pictures and someone looks."""
        model = self.session.model_info
        return model if model is not None and model.can_decode and self.isVisible() else None

    def _ask_anew(self) -> None:
        """Ask as soon as nothing is under way and decoding has rested."""
        self._has_news = True
        self._ask()

    def _request(self, wanted: WantedT, z: NDArray[np.floating], labels: NDArray[np.int64] | int | None) -> None:
        """Ask for the pictures at points [N, 2]; `wanted` comes back with them."""
        self._requested = wanted
        self._number = self.session.decode.request(self.name, z, labels, priority=Priority.TILES)

    def _go_on(self) -> None:
        """Turn to the next request, with a rest before it while the model trains."""
        self._requested = None
        if self.session.state is RunState.TRAINING:
            self._rest.start(max(self.least_rest_milliseconds, int(self.rest_factor * self._milliseconds)))
        self._ask()

    @Slot()
    def _renew(self) -> None:
        """Ask for everything again, now or when the panel is looked at."""
        self._forget()
        self.mark_stale()

    def _forget(self) -> None:
        """Give up what is under way."""
        if self._number >= 0:
            self.session.decode.cancel(self.name)
        self._number = -1
        self._requested = None
        self._unpacker.stop()
        self._rest.stop()

    # -- Requests and replies ----------------------------------------------------------------------------------------

    @Slot()
    def _ask(self) -> None:
        model = self._model_to_ask()
        if model is None or not self._has_news or self._requested is not None or self._rest.isActive():
            return
        self._has_news = False
        self._begin(model)

    @Slot(object)
    def _take_reply(self, reply: DecodeReply) -> None:
        if reply.key == self.name and reply.number == self._number and self._requested is not None:
            self._number, self._milliseconds = -1, reply.milliseconds
            self._take_pictures(reply.images, self._requested)

    @Slot(object)
    def _take_failure(self, failure: DecodeFailure) -> None:
        if failure.key == self.name:
            self._forget()

    @Slot(object)
    def _take_state(self, state: RunState) -> None:
        if state is not RunState.TRAINING:
            self._rest.stop()
        self.mark_stale()
