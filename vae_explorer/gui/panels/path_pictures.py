"""The pictures that the path panel shows, asked of the decode service and never more often than it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app import path_walk
from vae_explorer.app.decode_service import DecodeFailure, DecodeReply, EncodeReply, Priority

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint, ModelInfo

POSITION_KEY = "path.position"
STRIP_KEY = "path.strip"
_END_KEYS = {"path.start": "start", "path.end": "end"}
_SAMPLE_KEYS = {"path.sample.start": "start", "path.sample.end": "end"}


def is_image(point: LatentPoint, info: ModelInfo | None) -> bool:
    """Whether a point stands for an image of the data: a model without an encoder knows no place of one."""
    return point.sample is not None and (info is None or info.can_encode)


class PathPictures(QObject):
    """Asks for pictures of a session's path; replies come as signals in the window's thread."""

    position_ready = Signal(object, object)
    """Picture uint8 [C, H, W] where the slider stands, and its z."""
    strip_ready = Signal(object)
    """Pictures uint8 [M, C, H, W] of the film strip."""
    end_ready = Signal(str, object)
    """``start`` or ``end``, and its picture uint8 [C, H, W]."""
    sample_placed = Signal(str, int, object)
    """``start`` or ``end``, the row of a sample, and where it is encoded (z1, z2)."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._strip_asked = False
        self._strip_old = False
        session.decode.decoded.connect(self._receive)
        session.decode.encoded.connect(self._receive_sample)
        session.decode.failed.connect(self._forget)

    @property
    def can_ask(self) -> bool:
        """Whether there is a path and a model that decodes it."""
        info = self._session.model_info
        return info is not None and info.can_decode and self._session.path.is_complete

    def ask_position(self) -> None:
        """Ask for the picture where the slider stands, before everything else."""
        if self.can_ask:
            path, info = self._session.path, self._session.model_info
            course = self._session.courses.course
            labels = path_walk.frame_classes(path, info, self._session.label, np.array([path.position]), course)
            z = path_walk.position_now(path, info, course)
            self._session.decode.request(POSITION_KEY, z, labels, priority=Priority.PIN)

    def ask_strip(self) -> None:
        """Ask for the film strip of a path that has changed."""
        if self.can_ask:
            path, info = self._session.path, self._session.model_info
            times = path_walk.strip_times(path)
            course = self._session.courses.course
            labels = path_walk.frame_classes(path, info, self._session.label, times, course)
            self._strip_asked, self._strip_old = True, False
            z = path_walk.positions(path, info, times, course)
            self._session.decode.request(STRIP_KEY, z, labels, priority=Priority.PICTURES)
        else:
            self._strip_asked = self._strip_old = False

    def renew_strip(self) -> None:
        """Ask for the film strip of a model that has changed, once the strip on its way has arrived."""
        if self._strip_asked and self.can_ask:
            self._strip_old = True
        else:
            self.ask_strip()

    def ask_ends(self) -> None:
        """Ask for pictures of the ends that aren't images of the data."""
        info = self._session.model_info
        if info is None or not info.can_decode:
            return
        for key, end in _END_KEYS.items():
            point = self._end(end)
            if point is not None and not is_image(point, info):
                label = self._session.label if point.label is None else point.label
                z = np.array([point.z])
                self._session.decode.request(key, z, label if info.needs_label else None, priority=Priority.PICTURES)

    def place_sample(self, end: str, row: int) -> None:
        """Find out where a sample lies, at once if it is among the encoded points."""
        points = self._session.points
        place = None if points is None else points.place_of(row)
        if place is not None:
            self.sample_placed.emit(end, row, place)
            return
        dataset, key = self._session.dataset, f"path.sample.{end}"
        info = self._session.model_info
        if dataset is not None and info is not None and info.can_encode:
            self._session.decode.request_encoding(
                key, dataset.images, dataset.labels, rows=np.array([row]), priority=Priority.PIN
            )

    def _end(self, end: str) -> LatentPoint | None:
        return self._session.path.start if end == "start" else self._session.path.end

    @Slot(object)
    def _receive(self, reply: DecodeReply) -> None:
        if reply.key == POSITION_KEY:
            self.position_ready.emit(reply.images[0], reply.z[0])
        elif reply.key == STRIP_KEY:
            self._strip_asked = False
            self.strip_ready.emit(reply.images)
            if self._strip_old:
                self.ask_strip()
        elif reply.key in _END_KEYS:
            self.end_ready.emit(_END_KEYS[reply.key], reply.images[0])

    @Slot(object)
    def _receive_sample(self, reply: EncodeReply) -> None:
        if reply.key in _SAMPLE_KEYS:
            z = reply.mean[0]
            self.sample_placed.emit(_SAMPLE_KEYS[reply.key], int(reply.rows[0]), (float(z[0]), float(z[1])))

    @Slot(object)
    def _forget(self, failure: DecodeFailure) -> None:
        if failure.key == STRIP_KEY:
            self._strip_asked = self._strip_old = False
