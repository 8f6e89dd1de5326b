"""Pictures of both models at the same points: asked of two workers, shown as they come, compared when both came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.decode_service import DecodeFailure, DecodeReply, DecodeService

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session


class PicturePair(QObject):
    """Asks A and B for pictures.

    Parameters
    ----------
    session
        Whose model is A, and whose comparison has B.
    name
        What the pictures are for; no two pairs share one.
    priority
        See `vae_explorer.app.decode_service.Priority`.
    """

    arrived = Signal()
    """Other pictures are there than before."""

    def __init__(self, session: Session, name: str, priority: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._priority = session, priority
        self._key = f"compare.{name}"
        self._services: tuple[DecodeService, DecodeService] = (session.decode, session.comparison.decode)
        self._numbers: list[int | None] = [None, None]
        self._pictures: list[NDArray[np.uint8] | None] = [None, None]
        self._is_new = [False, False]
        # What both workers answer in one turn of the event loop is shown at once, and painted once.
        self._telling = QTimer(self, singleShot=True, interval=0)
        self._telling.timeout.connect(self.arrived)
        self._services[0].decoded.connect(self._take_first)
        self._services[1].decoded.connect(self._take_second)
        for service in self._services:
            service.failed.connect(self._give_up)

    @property
    def first(self) -> NDArray[np.uint8] | None:
        """Pictures of A, uint8 [N, C, H, W]; None while there are none."""
        return self._pictures[0]

    @property
    def second(self) -> NDArray[np.uint8] | None:
        """Pictures of B."""
        return self._pictures[1]

    @property
    def both(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        """Pictures of A and B at the same points, of one shape; None where they can't be compared (yet)."""
        first, second = self._pictures
        if first is None or second is None or not all(self._is_new) or first.shape != second.shape:
            return None
        return first, second

    def ask(
        self,
        first: NDArray[np.floating] | None,
        second: NDArray[np.floating] | None,
        labels: tuple[NDArray[np.int64] | int | None, NDArray[np.int64] | int | None] = (None, None),
    ) -> None:
        """Ask for pictures at points [N, 2] of A's and of B's plane as they are shown; None asks for none."""
        infos = (self._session.model_info, self._session.comparison.shown_info)
        had = [pictures is not None for pictures in self._pictures]
        for index, (points, info) in enumerate(zip((first, second), infos, strict=True)):
            if points is None or info is None or not info.can_decode or not len(points):
                self._services[index].cancel(self._key)
                self._numbers[index] = self._pictures[index] = None
                self._is_new[index] = False
                continue
            told = labels[index] if info.needs_label else None
            self._is_new[index] = False
            self._numbers[index] = self._services[index].request(self._key, points, told, priority=self._priority)
        if had != [pictures is not None for pictures in self._pictures]:
            self._telling.start()

    @Slot(object)
    def _take_first(self, reply: DecodeReply) -> None:
        self._take(0, reply)

    @Slot(object)
    def _take_second(self, reply: DecodeReply) -> None:
        self._take(1, reply)

    def _take(self, index: int, reply: DecodeReply) -> None:
        if reply.key != self._key or self._numbers[index] is None:
            return
        self._pictures[index] = reply.images
        self._is_new[index] = reply.number == self._numbers[index]
        self._telling.start()

    @Slot(object)
    def _give_up(self, failure: DecodeFailure) -> None:
        if failure.key == self._key:
            index = 0 if self.sender() is self._services[0] else 1
            self._numbers[index] = self._pictures[index] = None
            self._telling.start()
