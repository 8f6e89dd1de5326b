"""One decoded picture, large and with sharp pixels, or a strip of small ones to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.images import fitted, qimage_from_chw
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vae_explorer.gui.theme import Theme

_COPY_SIDE = 280
_LARGEST_SIDE = 168
"""Height of a picture, in pixels: six times that of a digit, and the rest still fits below it."""
_BUTTON_WIDTH = 54
"""Room for a class name of about eight letters; five of these fill the inspector."""


class FramedPicture(QWidget):
    """A picture enlarged by a whole factor."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._drawn: QImage | None = None
        self._theme: Theme = LIGHT
        self.setAccessibleName(name)
        self.setMinimumSize(96, 96)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def image(self) -> QImage | None:
        """What is shown."""
        return self._image

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture uint8 [C, H, W], or an empty frame."""
        self._image = None if pixels is None else qimage_from_chw(pixels)
        # Enlarging grey or unaligned pixels takes Qt many times as long as those of the screen's own format.
        self._drawn = None if self._image is None else self._image.convertToFormat(QImage.Format.Format_RGB32)
        self.update()

    def enlarged(self) -> QImage | None:
        """Return the picture enlarged by a whole factor, for the clipboard."""
        if self._image is None:
            return None
        factor = max(1, _COPY_SIDE // max(self._image.width(), self._image.height()))
        return self._image.scaled(self._image.size() * factor)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the width: the frame is square, up to a height at which the rest still fits."""
        return min(width, _LARGEST_SIDE)

    def sizeHint(self) -> QSize:
        """Return a size at which small pictures are easy to see."""
        return QSize(_LARGEST_SIDE, _LARGEST_SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        frame = self.rect().adjusted(0, 0, -1, -1)
        if self._drawn is None:
            painter.setPen(self._theme.colour("border"))
            painter.setBrush(self._theme.colour("raised"))
            side = min(frame.width(), frame.height())
            painter.drawRect(QRect(frame.center().x() - side // 2, frame.center().y() - side // 2, side, side))
        else:
            ratio = self.devicePixelRatioF()
            device = fitted(self._drawn.size(), QRect(0, 0, int(self.width() * ratio), int(self.height() * ratio)))
            painter.scale(1 / ratio, 1 / ratio)
            painter.drawImage(device, self._drawn)
        painter.end()


class PictureStrip(QWidget):
    """Small pictures with captions, each a button; as many side by side as there is room for.

    Parameters
    ----------
    name
        What they are, for those who can't see them.
    columns
        How many are side by side where there is room enough.
    side
        Of a picture, in pixels.
    """

    chosen = Signal(int)
    """Index of the picture that was pressed."""

    def __init__(self, name: str, columns: int, side: int = 44, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns, self._side = columns, side
        self._buttons: list[QToolButton] = []
        self._filled: dict[int, tuple[NDArray[np.uint8], float, str, str]] = {}
        self._layout = FlowLayout(self, SMALL_SPACING // 2)
        self._layout.setContentsMargins(0, 0, 0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(name)
        self.setStyleSheet(
            "QToolButton { padding: 2px 0px; } QToolButton:checked { border: 2px solid palette(highlight); }"
        )

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """The pictures on show."""
        return tuple(button for button in self._buttons if not button.isHidden())

    def show_pictures(
        self, pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str], tips: Sequence[str]
    ) -> None:
        """Show pictures uint8 [C, H, W] with what is written under and said of each."""
        while len(self._buttons) < len(pictures):
            self._add_button()
        for index, button in enumerate(self._buttons):
            if button.isHidden() == (index < len(pictures)):
                button.setVisible(index < len(pictures))
            if index < len(pictures):
                self._fill(index, pictures[index], captions[index], tips[index])

    def _fill(self, index: int, picture: NDArray[np.uint8], caption: str, tip: str) -> None:
        """Change what has changed of a button: while a pin is dragged, most of what is near it stays."""
        button, before, ratio = self._buttons[index], self._filled.get(index), self.devicePixelRatioF()
        if before is None or before[1] != ratio or not np.array_equal(before[0], picture):
            button.setIcon(self._icon(picture))
        if before is None or before[2:] != (caption, tip):
            button.setText(self._elided(caption))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
        self._filled[index] = picture, ratio, caption, tip

    def sizeHint(self) -> QSize:
        """Return the room for the usual number of columns."""
        width = self._columns * (_BUTTON_WIDTH + self._layout.spacing())
        return QSize(width, self._layout.heightForWidth(width))

    def mark(self, index: int) -> None:
        """Show one picture pressed in."""
        for place, button in enumerate(self._buttons):
            button.setCheckable(index >= 0)
            button.setChecked(place == index)

    def _add_button(self) -> None:
        button = QToolButton(self)
        button.setProperty("role", "flat")
        button.setIconSize(QSize(self._side, self._side))
        button.setFixedWidth(_BUTTON_WIDTH)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.clicked.connect(self._tell_chosen)
        self._layout.addWidget(button)
        self._buttons.append(button)

    def _elided(self, caption: str) -> str:
        metrics, right = self.fontMetrics(), Qt.TextElideMode.ElideRight
        return "\n".join(metrics.elidedText(line, right, _BUTTON_WIDTH - 4) for line in caption.split("\n"))

    def _icon(self, pixels: NDArray[np.uint8]) -> QIcon:
        image = qimage_from_chw(pixels)
        side = round(self._side * self.devicePixelRatioF())
        mode = Qt.TransformationMode.SmoothTransformation
        scaled = image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, mode)
        scaled.setDevicePixelRatio(self.devicePixelRatioF())
        return QIcon(QPixmap.fromImage(scaled))

    @Slot()
    def _tell_chosen(self) -> None:
        for index, button in enumerate(self._buttons):
            if button is self.sender():
                self.chosen.emit(index)
