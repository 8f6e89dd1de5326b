"""One picture, as large as fits, with sharp pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.images import fitted
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme


class PictureView(QWidget):
    """A picture in the middle of its place, or an empty frame.

    Parameters
    ----------
    name
        What the picture shows, for those who can't see it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._theme: Theme = LIGHT
        self.setAccessibleName(name)

    @property
    def image(self) -> QImage | None:
        """The picture on show."""
        return self._image

    def set_image(self, image: QImage | None) -> None:
        """Show a picture, or none."""
        self._image = image
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture with each of its pixels a square of device pixels."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        if self._image is None:
            painter.setPen(self._theme.colour("border"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        else:
            ratio = self.devicePixelRatioF()
            place = QRect(0, 0, int(self.width() * ratio), int(self.height() * ratio))
            painter.scale(1 / ratio, 1 / ratio)
            painter.drawImage(fitted(self._image.size(), place), self._image)
        painter.end()
