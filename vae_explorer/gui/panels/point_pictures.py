"""The inspector's part for the picture at a point: decoded, and beside it the original of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vae_explorer.app.decode_service import Priority
from vae_explorer.gui.plotting.pictures import FramedPicture
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint, ModelInfo
    from vae_explorer.gui.theme import Theme

HOVER, PIN = "hover", "pin"


class PointPictures(QWidget):
    """The decoded picture of the hovered point, else of the pinned one, and the image of a chosen sample."""

    decoded_changed = Signal(object)
    """The decoded picture on show, uint8 [C, H, W], or None."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._numbers = {HOVER: -1, PIN: -1}
        self._pinned_pixels: NDArray[np.uint8] | None = None
        self.decoded = FramedPicture(tr("Decoded picture"))
        self.original = FramedPicture(tr("Original image of the sample"))
        self._captions = {"original": QLabel(tr("Original")), "decoded": QLabel(tr("Reconstruction"))}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SMALL_SPACING)
        for place, (caption, view) in enumerate(
            zip(self._captions.values(), (self.original, self.decoded), strict=True)
        ):
            caption.setProperty("role", "muted")
            grid.addWidget(caption, 0, place, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(view, 1, place)
        session.decode.decoded.connect(self._take)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.decoded.set_theme(theme)
        self.original.set_theme(theme)

    def ask_pinned(self, point: LatentPoint | None) -> None:
        """Ask for the picture at the pinned point."""
        self._request(PIN, point, Priority.PIN)

    def ask_hovered(self, point: LatentPoint | None) -> None:
        """Ask for the picture at the hovered point."""
        self._request(HOVER, point, Priority.HOVER)

    def show_pinned(self) -> None:
        """Show the pinned picture again: nothing is hovered any more."""
        self._show(self._pinned_pixels)

    def forget_pinned(self) -> None:
        """Forget the pinned picture; a hovered one stays."""
        self._pinned_pixels = None
        if self._session.hovered is None:
            self._show(None)

    def clear(self) -> None:
        """Show nothing: there is no model."""
        self._pinned_pixels = None
        self._show(None)

    def describe(self, point: LatentPoint | None) -> None:
        """Show the original of a sample, and a decoded picture only for models that make some."""
        dataset, model = self._session.dataset, self._session.model_info
        row = None if point is None else point.sample
        is_sample = row is not None and dataset is not None and row < len(dataset.images)
        if row is not None and is_sample:
            self.original.show_pixels(self._session.sample_image(row))
        decodes = model is None or model.can_decode
        self.setVisible(decodes or is_sample)
        self.decoded.setVisible(decodes)
        for widget in (self.original, self._captions["original"]):
            widget.setVisible(is_sample)
        self._captions["decoded"].setVisible(is_sample and decodes)

    def _show(self, pixels: NDArray[np.uint8] | None) -> None:
        self.decoded.show_pixels(pixels)
        self.decoded_changed.emit(pixels)

    def _request(self, key: str, point: LatentPoint | None, priority: Priority) -> None:
        model = self._session.model_info
        if point is None or model is None or not model.can_decode:
            if self._numbers[key] >= 0:
                self._session.decode.cancel(key)
            self._numbers[key] = -1
            return
        self._numbers[key] = self._session.decode.request(
            key,
            np.array([point.z]),
            label_at(self._session, point, model),
            condition=self._condition(point, model),
            priority=priority,
        )

    def _condition(self, point: LatentPoint, model: ModelInfo) -> NDArray[np.uint8] | None:
        """Return the sample itself, whose own band belongs to its reconstruction."""
        dataset = self._session.dataset
        if not model.completes or dataset is None or point.sample is None:
            return None
        return self._session.sample_image(point.sample) if point.sample < len(dataset.images) else None

    @Slot(object)
    def _take(self, reply: DecodeReply) -> None:
        if reply.number != self._numbers.get(reply.key):
            return
        if reply.key == PIN:
            self._pinned_pixels = reply.images[0]
        if reply.key == HOVER or self._session.hovered is None:
            self._show(reply.images[0])


def label_at(session: Session, point: LatentPoint, model: ModelInfo) -> int | None:
    """Return the class with which a point is decoded, None for models that need none."""
    if not model.needs_label:
        return None
    return session.label if point.label is None else point.label
