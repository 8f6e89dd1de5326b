"""Dresses the program in a theme: what is on the screen at once, all else piece by piece between other events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from vae_explorer.gui.dock_titles import DockTitles
from vae_explorer.gui.theme import STYLE_SHEET, box_palette, menu_palette, palette

if TYPE_CHECKING:
    from vae_explorer.gui.gestures import Gestures
    from vae_explorer.gui.theme import Theme

_PIECE_SECONDS = 0.004
"""How long a piece of the work on hidden widgets may take."""
_POLISHED = Qt.WidgetAttribute.WA_WState_Polished
_SHOW = QEvent.Type.Show


class Dressing(QObject):
    """Puts palette and style sheet on the whole program.

    The style sheet names roles of the palette. Qt looks their colours up when it polishes a widget, and doesn't do so
    again when the palette changes: each widget is polished anew here. What is hidden waits for the event loop to have
    time, or until it is shown.

    Parameters
    ----------
    gestures
        Watches the program's events, and looks away meanwhile.
    parent
        The window.
    """

    def __init__(self, gestures: Gestures, parent: QObject) -> None:
        super().__init__(parent)
        self._gestures = gestures
        self._titles = DockTitles(parent)
        self._waiting: set[QWidget] = set()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._dress_some)

    @property
    def is_at_work(self) -> bool:
        """Whether something hidden still wears the theme before."""
        return bool(self._waiting)

    def wear(self, theme: Theme) -> None:
        """Dress the program in a theme."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        with self._gestures.looking_away():
            app.setPalette(palette(theme))
            # PySide declares bytes here, and takes text alone.
            app.setPalette(box_palette(theme), "QCheckBox")  # type: ignore[arg-type]
            app.setPalette(menu_palette(theme), "QMenu")  # type: ignore[arg-type]
            if not app.styleSheet():
                app.setStyleSheet(STYLE_SHEET)
            else:
                self._dress_all(app)
            self._titles.set_theme(theme)

    def _dress_all(self, app: QApplication) -> None:
        # A widget that was never shown takes the new colours when it is.
        widgets = {widget for widget in app.allWidgets() if widget.testAttribute(_POLISHED)}
        visible = {widget for widget in widgets if widget.isVisible()}
        for widget in visible:
            _dress(widget)
        self._waiting = widgets - visible
        app.installEventFilter(self)
        self._timer.start()

    @Slot()
    def _dress_some(self) -> None:
        app, end = QApplication.instance(), time.perf_counter() + _PIECE_SECONDS
        if app is not None:
            app.removeEventFilter(self)
        with self._gestures.looking_away():
            while self._waiting and time.perf_counter() < end:
                _dress(self._waiting.pop())
        if not self._waiting:
            self._timer.stop()
        elif app is not None:
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Dress what is shown before its turn."""
        if event.type() == _SHOW and isinstance(watched, QWidget) and watched in self._waiting:
            self._waiting.discard(watched)
            _dress(watched)
        return False


def _dress(widget: QWidget) -> None:
    if isValid(widget):
        style = widget.style()
        style.unpolish(widget)  # else it keeps the faint colour of text that the style sheet made of the former one
        style.polish(widget)
        widget.update()
