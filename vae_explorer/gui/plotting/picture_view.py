"""One picture, as large as its place allows, with sharp pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.images import fitted
from vae_explorer.gui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class PictureView(QWidget):
    """A picture in the middle of its place, or a quiet frame while there is none.

    Parameters
    ----------
    name
        What the picture shows, for those who can't see it.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._theme = LIGHT
        self.setAccessibleName(name)

    @property
    def image(self) -> QImage:
        """The picture on show; null while there is none."""
        return self._image

    def set_image(self, image: QImage | None) -> None:
        """Show a picture, or none."""
        self._image = QImage() if image is None else image
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture on the grid of device pixels; smoothed unless each of its pixels becomes a square."""
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.setPen(self._theme.colour("border"))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
                return
            ratio = self.devicePixelRatioF()
            place = QRect(0, 0, int(self.width() * ratio), int(self.height() * ratio))
            painter.scale(1 / ratio, 1 / ratio)
            target = fitted(self._image.size(), place)
            # By any other factor some lines of pixels would be lost or doubled, and letters their shape.
            smooth = target.width() % self._image.width() != 0
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(target, self._image)
