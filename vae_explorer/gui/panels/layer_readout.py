"""What the shown layers are at the point that is hovered or pinned, with their units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel

from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session


class LayerReadout(QLabel):
    """A line for each layer that is known there; hidden where there is none.

    Parameters
    ----------
    session
        Whose layers and points are followed.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("layer-readout")
        self.setAccessibleName(tr("Layers at this point"))
        self.setToolTip(tr("The layers of the plane that are switched on, at this point"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hide()
        session.hover_changed.connect(self._show)
        session.pin_changed.connect(self._show)
        session.layers.readings.changed.connect(self._show)

    @Slot()
    def _show(self) -> None:
        point = self._session.hovered or self._session.pinned
        readings = () if point is None else self._session.layers.readings.at(point.z)
        text = "\n".join(reading.words for reading in readings)
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(text))
