"""What the Explore menu does: pin, path and class, all by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from vae_explorer.app.decode_service import DecodeReply, Priority
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session

_COPY_KEY = "window.copy"


class ExploreCommands(QObject):
    """Carries out commands on what is pointed at."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        session.decode.decoded.connect(self._put_on_clipboard)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {
            "edit.copy-picture": self.copy_picture,
            "explore.set-start": self.set_start,
            "explore.add-way-point": self.add_way_point,
            "explore.set-end": self.set_end,
            "explore.reverse-path": self.reverse_path,
            "explore.clear-path": self.clear_path,
            "explore.pin-origin": self.pin_origin,
            "explore.random-sample": self.pin_random_sample,
            "explore.unpin": self.unpin,
            "explore.previous-class": self.previous_class,
            "explore.next-class": self.next_class,
        }

    @Slot()
    def copy_picture(self) -> None:
        """Decode the pin and put its picture on the clipboard."""
        pin = self._session.pinned
        if pin is None or not self._session.decode.has_model:
            self._session.notify("info", tr("There is no picture to copy: train a model and click on the plane first."))
            return
        import numpy as np

        label = self._session.label if pin.label is None else pin.label
        self._session.decode.request(_COPY_KEY, np.array([pin.z]), label, priority=Priority.PIN)

    @Slot(object)
    def _put_on_clipboard(self, reply: DecodeReply) -> None:
        if reply.key == _COPY_KEY:
            from vae_explorer.gui.images import qimage_from_chw

            QGuiApplication.clipboard().setImage(qimage_from_chw(reply.images[0]))
            self._session.message_changed.emit(tr("Copied the picture at the pin"))

    @Slot()
    def set_start(self) -> None:
        """Start the path at the pin."""
        if self._session.pinned is not None:
            self._session.set_start(self._session.pinned)

    @Slot()
    def add_way_point(self) -> None:
        """Let the path pass the pin."""
        if self._session.pinned is not None:
            self._session.add_way_point(self._session.pinned)

    @Slot()
    def set_end(self) -> None:
        """End the path at the pin."""
        if self._session.pinned is not None:
            self._session.set_end(self._session.pinned)

    @Slot()
    def reverse_path(self) -> None:
        """Swap start and end."""
        self._session.reverse_path()

    @Slot()
    def clear_path(self) -> None:
        """Take the path away."""
        self._session.clear_path()

    @Slot()
    def pin_origin(self) -> None:
        """Pin the middle of the plane."""
        self._session.pin((0.0, 0.0))

    @Slot()
    def pin_random_sample(self) -> None:
        """Pin one of the encoded images by chance."""
        points = self._session.points
        if points is None or len(points.rows) == 0:
            self._session.notify("info", tr("There are no encoded images yet: train a model first."))
            return
        from secrets import randbelow

        index = randbelow(len(points.rows))
        z1, z2 = points.z[index]
        label = None if points.labels is None else int(points.labels[index])
        model = self._session.model_info
        with self._session.one_step(tr("Pin a random sample")):
            if model is not None and model.needs_label and label is not None:
                self._session.set_label(label)
            self._session.pin((float(z1), float(z2)), int(points.rows[index]), label)

    @Slot()
    def unpin(self) -> None:
        """Pin nothing."""
        self._session.pin(None)

    @Slot()
    def previous_class(self) -> None:
        """Decode with the class before."""
        self._turn_class(-1)

    @Slot()
    def next_class(self) -> None:
        """Decode with the class after."""
        self._turn_class(1)

    def _turn_class(self, step: int) -> None:
        model = self._session.model_info
        if model is not None and model.classes:
            self._session.set_label((self._session.label + step) % model.classes)
