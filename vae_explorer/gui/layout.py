"""Where the docks are: the fresh layout, and the one a person made, kept between windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTabWidget

from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

    from vae_explorer.gui.panels import Area

LAYOUT_VERSION = 1
"""Raised when docks change their names or meaning: older layouts are then left alone."""

_FILE = "layout.ini"
_MOST_BYTES = 1 << 20
WINDOW_SIZE = QSize(1280, 800)
_FRAME = QSize(2, 40)
"""Room for the frame that a desktop draws round a window: how large it is isn't known before the window is shown."""
_NARROW_WINDOW = 1150
"""Width of a window in which the side docks give the plane room."""
_SMALL_WINDOW = 950
"""Width of a window in which also the settings give it room: their longest choices end in an ellipsis."""
_NARROW_SIDE = 250
_DIGITS = 43
"""Width of the settings, in digits of the font at hand."""
_SIZES = {"left": 310, "right": 310, "bottom": 230}
_WIDTHS = {"dock.curves": 580, "dock.path": 700}
"""Widths along the bottom, in the proportion that their contents need."""
_BEHIND = {
    "dock.draw": "dock.inspector",
    "dock.learn": "dock.experiment",
    "dock.metrics": "dock.inspector",
    "dock.selection": "dock.inspector",
}
"""Docks that share the place of another one: a tab behind it in a fresh layout."""
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


def first_size(room: QSize) -> QSize:
    """Return the size of a newcomer's window in this much room: the usual one, or what fits in a frame."""
    return WINDOW_SIZE.boundedTo(room - _FRAME)


def room_for(window: QWidget) -> QSize:
    """Return the room on the screen of a window; the screen that nobody sees has as much as is wanted."""
    is_seen = QGuiApplication.platformName() != "offscreen"  # untranslated: Qt's name
    return window.screen().availableSize() if is_seen else WINDOW_SIZE + _FRAME


def arrange(window: QMainWindow, docks: Mapping[QDockWidget, Area]) -> None:
    """Put all docks where a newcomer finds them, in widths for the window as it is."""
    previous: dict[str, QDockWidget] = {}
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    for dock, area in docks.items():
        dock.setFloating(False)
        window.addDockWidget(_AREAS[area], dock)
        front = next((other for other in docks if other.objectName() == _BEHIND.get(dock.objectName())), None)
        if front is not None:
            window.tabifyDockWidget(front, dock)
            dock.show()
            continue
        if area in previous:
            along = Qt.Orientation.Horizontal if area == "bottom" else Qt.Orientation.Vertical
            window.splitDockWidget(previous[area], dock, along)
        previous[area] = dock
        dock.show()
    sides = [dock for dock, area in docks.items() if area != "bottom"]
    widths = [_width_in(window.width(), dock, docks[dock]) for dock in sides]
    window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)
    bottom = [dock for dock, area in docks.items() if area == "bottom"]
    window.resizeDocks(bottom, [_SIZES["bottom"]] * len(bottom), Qt.Orientation.Vertical)
    widths = [_WIDTHS.get(dock.objectName(), _SIZES["left"]) for dock in bottom]
    window.resizeDocks(bottom, widths, Qt.Orientation.Horizontal)
    for dock in docks:
        if dock.objectName() in _BEHIND.values():
            dock.raise_()


def make_room(window: QMainWindow, docks: Mapping[QDockWidget, Area], before: int, after: int) -> None:
    """Let the docks at the sides be narrow in a window that has become narrow, and usual in one that is wide again.

    Parameters
    ----------
    window, docks
        The window, and the area of each dock.
    before, after
        Widths of the window.
    """
    sides = [dock for dock, area in docks.items() if area != "bottom" and not dock.isFloating()]
    widths = [_width_in(after, dock, docks[dock]) for dock in sides]
    if widths != [_width_in(before, dock, docks[dock]) for dock in sides]:
        window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)


def _width_in(window_width: int, dock: QDockWidget, area: Area) -> int:
    """Return the width of a dock at a side of such a window; words on the left are shortened last."""
    narrow = _SMALL_WINDOW if area == "left" else _NARROW_WINDOW
    return _usual_width(dock, area) if window_width >= narrow else _NARROW_SIDE


def _usual_width(dock: QDockWidget, area: Area) -> int:
    """Return the width of a dock at a side: on the left the words of the settings end in no ellipsis."""
    words = dock.fontMetrics().horizontalAdvance("0") * _DIGITS if area == "left" else 0
    return max(_SIZES[area], words)


def layout_settings(folder: Path) -> QSettings:
    """Return the settings that hold the layout, and nothing else."""
    return QSettings(str(folder / _FILE), QSettings.Format.IniFormat)


def set_broken_aside(folder: Path) -> str:
    """Set a layout aside that is damaged, and return a sentence for the user; "" where it is none or whole."""
    path = folder / _FILE
    if not path.exists() or _is_whole(path):
        return ""
    aside = path.with_suffix(".broken.ini")
    try:
        path.replace(aside)
    except OSError:
        return tr("The layout of the window in {path} is damaged: the usual one is used.", path=path)
    return tr("The layout of the window was damaged: the usual one is used, the old file is {aside}.", aside=aside)


def _is_whole(path: Path) -> bool:
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return False
        content = path.read_bytes()
    except OSError:
        return False
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    return settings.status() is QSettings.Status.NoError and b"\0" not in content and b"[layout]" in content


def save_layout(window: QMainWindow, settings: QSettings) -> None:
    """Keep geometry and docks; nothing is written where they are as they were kept."""
    values = {
        "layout/version": LAYOUT_VERSION,
        "layout/geometry": window.saveGeometry(),
        "layout/docks": window.saveState(LAYOUT_VERSION),
    }
    for name, value in values.items():
        if settings.value(name) != value:
            settings.setValue(name, value)
    settings.sync()


def clamp(window: QWidget) -> None:
    """Bring a window that lies off every screen, or is larger than its own, to where all of it can be seen."""
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    if not screens or window.isMaximized() or window.isFullScreen():
        return
    place = window.geometry()
    room = max(screens, key=lambda screen: _shared(screen, place))
    size = place.size().boundedTo(room.size()).expandedTo(window.minimumSizeHint().boundedTo(room.size()))
    left = min(max(place.left(), room.left()), room.right() + 1 - size.width())
    top = min(max(place.top(), room.top()), room.bottom() + 1 - size.height())
    if QRect(QPoint(left, top), size) != place:
        window.setGeometry(QRect(QPoint(left, top), size))


def _shared(screen: QRect, place: QRect) -> int:
    both = screen.intersected(place)
    return max(0, both.width()) * max(0, both.height())


def restore_layout(window: QMainWindow, settings: QSettings) -> bool:
    """Bring back geometry and docks; False, with nothing changed, where there are none that fit."""
    try:
        if settings.value("layout/version", 0, type=int) != LAYOUT_VERSION:
            return False
        geometry = settings.value("layout/geometry", QByteArray(), type=QByteArray)
        docks = settings.value("layout/docks", QByteArray(), type=QByteArray)
    except (TypeError, ValueError, EOFError):
        return False
    if not isinstance(geometry, QByteArray) or not isinstance(docks, QByteArray):
        return False
    return window.restoreGeometry(geometry) and window.restoreState(docks, LAYOUT_VERSION)
