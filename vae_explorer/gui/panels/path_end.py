"""One end of a path: its picture and place, and a menu that says where it may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from vae_explorer.app.state import LatentPoint

THUMBNAIL = 30
MINUS = "\N{MINUS SIGN}"


class PathEnd(QToolButton):
    """A button with a thumbnail that opens a menu: set from the pin or the drawing, choose a sample, take away.

    Parameters
    ----------
    title
        ``start`` or ``end``.
    """

    pin_wanted = Signal()
    drawing_wanted = Signal()
    sample_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._begins, self._is_empty, self._has_pictures = name == "start", False, True
        self._title = tr("Start") if self._begins else tr("End")
        self.setObjectName(f"path-{name}")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMinimumWidth(THUMBNAIL + 80)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self)
        self.from_pin = _action(menu, tr("Set from &pin"), tr("The point that is pinned on the plane"))
        self.from_drawing = _action(
            menu, tr("Set from &drawing"), tr("Where the model sees what is drawn on the canvas")
        )
        self.from_sample = _action(menu, tr("Choose &sample…"), tr("The encoding of one of the data's pictures"))
        menu.addSeparator()
        self.take_away = _action(menu, tr("&Clear"), tr("Remove this end"))
        self.from_pin.triggered.connect(self.pin_wanted)
        self.from_drawing.triggered.connect(self.drawing_wanted)
        self.from_sample.triggered.connect(self.sample_wanted)
        self.take_away.triggered.connect(self.clear_wanted)
        self.setMenu(menu)
        self.show_point(None)

    def show_point(self, point: LatentPoint | None, number: int | None = None, class_name: str = "") -> None:
        """Show where the end is, or that it isn't chosen yet.

        Parameters
        ----------
        point
            The end, None where it isn't chosen.
        number
            Row of its sample in the source of the data, None for a point that is no sample.
        class_name
            Name of its class, or "".
        """
        self.take_away.setEnabled(point is not None)
        if point is None:
            self.set_thumbnail(QImage())
            self.setText(tr("{end}\nnot chosen", end=self._title))
            starts, ends = tr("Choose where the path starts."), tr("Choose where the path ends.")
            self.setToolTip(starts if self._begins else ends)
            self.setAccessibleName(tr("{end}: not chosen", end=self._title))
            return
        place = format_place(point.z)
        source = "" if number is None else tr("sample {number}", number=number)
        of_class = tr("class {name}", name=class_name) if class_name else ""
        words = listed(filter(None, (source, of_class)))
        self.setText(f"{self._title}{f' {number}' if source else ''}\n{place[1:-1]}")
        starts, ends = (
            tr("Start of the path at z = {place}", place=place),
            tr("End of the path at z = {place}", place=place),
        )
        tip = starts if self._begins else ends
        self.setToolTip(tr("{name}: {text}", name=tip, text=words) if words else tip)
        self.setAccessibleName(tr("{name}: {text}", name=self._title, text=place))

    def expect_pictures(self, expected: bool) -> None:
        """Keep an empty place for the picture that is to come, or none where the model makes no pictures."""
        self._has_pictures = expected
        self._leave_room()

    def _leave_room(self) -> None:
        style = Qt.ToolButtonStyle
        worded = self._is_empty and not self._has_pictures
        self.setToolButtonStyle(style.ToolButtonTextOnly if worded else style.ToolButtonTextBesideIcon)

    def changeEvent(self, event: QEvent) -> None:
        """Draw an empty place in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._is_empty:
            self.set_thumbnail(QImage())

    def set_thumbnail(self, image: QImage) -> None:
        """Show a picture of the end, or an empty place."""
        side = round(THUMBNAIL * self.devicePixelRatioF())
        self._is_empty = image.isNull()
        if self._is_empty:
            pixmap = QPixmap(side, side)
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                # The button's own palette has what the style sheet makes of it.
                colour = QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText)
                painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
                painter.drawRect(QRectF(1.5, 1.5, THUMBNAIL - 3, THUMBNAIL - 3))
        else:
            smooth = Qt.TransformationMode.SmoothTransformation
            pixmap = QPixmap.fromImage(image).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.setIcon(QIcon(pixmap))
        self._leave_room()


def format_place(z: tuple[float, float]) -> str:
    """Return a point of the plane as text: ``(0.42, −1.10)``."""
    return f"({z[0]:.2f}, {z[1]:.2f})".replace("-", MINUS)


def _action(menu: QMenu, text: str, help: str) -> QAction:
    action = menu.addAction(text)
    action.setToolTip(help)
    action.setStatusTip(help)
    return action
