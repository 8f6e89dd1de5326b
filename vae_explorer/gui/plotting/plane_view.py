"""The latent plane to be touched: what mouse and keys do on its canvas becomes points of the plane.

What the user does leaves as signals. All signals speak in z.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QNativeGestureEvent

from vae_explorer.gui.plotting.plane_mouse import ZOOM_A_NOTCH, PlaneMouse
from vae_explorer.gui.plotting.plane_strokes import Tool
from vae_explorer.gui.plotting.viewport import round_step

KEY_PIXELS = 16.0
"""About how far an arrow key moves the pin; the step is rounded to a tidy number of z."""
SMALL_STEP = 0.1
"""Part of that step with Shift."""

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ZOOM_IN = {Qt.Key.Key_Plus, Qt.Key.Key_Equal}
_ZOOM_OUT = {Qt.Key.Key_Minus, Qt.Key.Key_Underscore}
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_LETTERS, _TOOL_LETTERS = {Qt.Key.Key_F, Qt.Key.Key_Z}, {Qt.Key.Key_L, Qt.Key.Key_D}
_OTHERS = {Qt.Key.Key_Home, Qt.Key.Key_Space}
_PAN_DISTANCE = 60.0


class PlaneView(PlaneMouse):
    """The plane with its layers, to be pointed at and driven by keys.

    Parameters
    ----------
    tiles, points
        The layers under the scene.
    parent
        Owner.
    """

    fit_requested = Signal()
    """The F key: show all encodings."""
    entered = Signal()
    """The Enter key: turn the pin's sample over, or choose one."""
    left = Signal()
    """The Escape key, with no tool to put away: select nothing."""

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the plane from the window's shortcuts, and zoom by pinching."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._owns(event):
            event.accept()
            return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._pinch(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pin, pan, zoom and fit, take a tool, choose and leave."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _ARROWS and modifiers & Qt.KeyboardModifier.ControlModifier:
            right, up = _ARROWS[key]
            self._set_viewport(self._viewport.panned(-right * _PAN_DISTANCE, up * _PAN_DISTANCE))
        elif key in _ARROWS:
            self._step(key, small=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in _ZOOM_IN | _ZOOM_OUT:
            self.zoom(ZOOM_A_NOTCH if key in _ZOOM_IN else 1 / ZOOM_A_NOTCH)
        elif key in self._letters and not modifiers:
            self._take_letter(key)
        elif key == Qt.Key.Key_Home:
            self.reset_view()
        elif key in _ENTER:
            self._enter()
        elif key == Qt.Key.Key_Escape and self._has_tools:
            self._leave()
        elif key == Qt.Key.Key_Space:
            self._space = True
            self._choose_cursor()
        else:
            super().keyPressEvent(event)

    @property
    def _letters(self) -> set[Qt.Key]:
        return _LETTERS | _TOOL_LETTERS if self._has_tools else _LETTERS

    def _enter(self) -> None:
        if self._has_tools:
            self.entered.emit()
        elif self._scene.pin is not None:
            self.chosen.emit(self._scene.pin, math.inf)

    def _take_letter(self, key: Qt.Key) -> None:
        match key:
            case Qt.Key.Key_F:
                self.fit_requested.emit()
            case Qt.Key.Key_Z:
                self.zoom_to_ellipse()
            case Qt.Key.Key_L:
                self.set_tool(Tool.PIN if self.tool is Tool.LASSO else Tool.LASSO)
            case _:
                self.set_tool(Tool.PIN if self.tool is Tool.DRAW else Tool.DRAW)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End panning by space and drag."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._choose_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget that space was held."""
        if getattr(self, "_space", False):  # a view that is being deleted has lost what it knew
            self._space = False
            self._choose_cursor()
        super().focusOutEvent(event)

    def _owns(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        own = {*_ARROWS, *_ZOOM_IN, *_ZOOM_OUT, *self._letters, *_OTHERS}
        if self._has_tools:
            own.add(Qt.Key.Key_Escape)
        return plain and Qt.Key(event.key()) in own

    def _leave(self) -> None:
        """Give up the stroke, else put the tool away, else ask to select nothing."""
        if self._stroke is not None:
            self.set_tool(self._tool)
        elif self._tool is not Tool.PIN:
            self.set_tool(Tool.PIN)
        else:
            self.left.emit()

    def _step(self, key: Qt.Key, *, small: bool) -> None:
        step = round_step(KEY_PIXELS / self._viewport.scale) * (SMALL_STEP if small else 1.0)
        z1, z2 = self._scene.pin or self._viewport.centre
        right, up = _ARROWS[key]
        moved = (z1 + right * step, z2 + up * step)
        self.pinned.emit(moved)
        if not self._viewport.contains(moved):
            self.centre_on(moved)
