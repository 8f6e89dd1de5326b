"""Tells the steps of presses of the mouse, and keeps Ctrl+Z from text fields in which there is nothing to undo."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.app.session import Session

_PRESS, _AGAIN = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick
_RELEASE = QEvent.Type.MouseButtonRelease
_OVERRIDE = QEvent.Type.ShortcutOverride
_WHEEL = QEvent.Type.Wheel
_KINDS = {_PRESS, _AGAIN, _RELEASE, _WHEEL, _OVERRIDE, QEvent.Type.KeyPress}


class Gestures(QObject):
    """Watches the application's presses and keys.

    From the press of a button to its release all that a person changes on the plane is one step; the second click of a
    double click belongs to the first. What one key brings about is one step too.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._steps = session.steps
        self._ending = QTimer(self)
        self._ending.setSingleShot(True)
        # A button acts while its release is delivered, which is after this filter has seen it.
        self._ending.timeout.connect(self._end)
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    @contextlib.contextmanager
    def looking_away(self) -> Iterator[None]:
        """Watch nothing meanwhile: a new look or dialog sends thousands of events, and Python would be asked for each.

        While a model trains, each of them would wait for the interpreter: a second and more in all.
        """
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        try:
            yield
        finally:
            if app is not None:
                app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow presses and releases; keep nothing but an undo of nothing."""
        kind = event.type()
        if kind not in _KINDS:
            return False
        if kind == _PRESS:
            self._ending.stop()
            self._steps.begin_gesture()
        elif kind == _AGAIN:
            self._ending.stop()
            self._steps.resume_gesture()
        elif kind == _RELEASE:
            self._ending.start(0)
        elif QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._ending.stop()
            if kind == _WHEEL:
                self._steps.end_gesture()
            else:
                self._steps.begin_keystroke()
                self._ending.start(0)
        if kind == _OVERRIDE and isinstance(event, QKeyEvent) and _has_nothing(watched, event):
            event.ignore()
            return True
        return False

    @Slot()
    def _end(self) -> None:
        self._ending.stop()
        self._steps.end_gesture()


def _has_nothing(widget: QObject, event: QKeyEvent) -> bool:
    """Whether the keys of undo or redo are pressed in a line of text that has nothing of the kind to do."""
    line = widget.lineEdit() if isinstance(widget, (QAbstractSpinBox, QComboBox)) else widget
    if not isinstance(line, QLineEdit):
        return False
    if event.matches(QKeySequence.StandardKey.Undo):
        return not line.isUndoAvailable()
    return event.matches(QKeySequence.StandardKey.Redo) and not line.isRedoAvailable()
