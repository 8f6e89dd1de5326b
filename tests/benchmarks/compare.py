"""Frame times of two models side by side: pan and hover with both planes and all pictures, at rest and while A trains.

Run it with ``python3 packaging/dev.py bench compare``. It trains two models for two epochs each, opens the window that
compares them, and drags and points sixty times a second as a person would. Takes about a minute. Nothing here asserts a
time: machines differ.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from tests.benchmarks._window import Figures, print_scenes, ready_window, run, wait
from tests.benchmarks.map import BUDGET, TRAINING_BUDGET, Hand, spread
from vae_explorer.app.state import RunState
from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

_NO_KEYS = Qt.KeyboardModifier.NoModifier


def measure(frames: int) -> Figures:
    """Return the figures of each scene, in milliseconds."""
    figures: Figures = {}
    with ready_window() as window:
        session = window.session
        opened = _compare(window)
        _scenes(opened, frames, figures, "at rest", BUDGET)
        session.set_setting("training.epochs", "100000")
        session.train()
        wait(lambda: session.progress is not None and session.progress.epoch > 1)
        _scenes(opened, frames, figures, "while A trains", TRAINING_BUDGET)
        session.stop()
        wait(lambda: not session.state.is_active)
    return figures


def _compare(window: MainWindow) -> CompareWindow:
    """Train two models, and open the second beside the first, aligned."""
    session = window.session
    session.set_setting("training.epochs", "2")
    session.train()
    wait(lambda: session.state is RunState.FINISHED)
    first = session.run
    session.set_setting("training.seed", "1")
    session.train()
    wait(lambda: session.state is RunState.FINISHED)
    window.comparing.open()
    opened = window.comparing.opened
    if opened is None or first is None:
        raise TypeError("there is no window that compares")
    opened.resize(1280, 800)
    session.set_comparison(replace(session.comparison.choice, run=str(first.path), aligned=True))
    wait(lambda: session.comparison.points is not None)
    return opened


def _scenes(opened: CompareWindow, frames: int, figures: Figures, what: str, budget: float) -> None:
    planes = opened.panel.planes
    for wipes in (False, True):
        if planes.divider.isVisible() != wipes:
            opened.panel.bar.wipes.click()
        for name, act in (("pan", _panning(planes.views[0])), ("hover", _hovering(planes.views[0]))):
            planes.reset_view()
            Hand(opened, act, frames).play()
            run(0.5)
            scene = f"{name}{', wipe' if wipes else ''}, {what}"
            figures[scene] = spread(Hand(opened, act, frames).play(), budget)
            _send(planes.views[0], QEvent.Type.MouseButtonRelease, QPointF(), Qt.MouseButton.MiddleButton)


def _panning(view: QWidget) -> Callable[[int], None]:
    def act(frame: int) -> None:
        place = QPointF(view.rect().center())
        turn = 2 * math.pi * frame / 90
        if frame == 0:
            _send(view, QEvent.Type.MouseButtonPress, place, Qt.MouseButton.MiddleButton)
        moved = QPointF(135 * math.sin(turn), 90 * math.sin(2 * turn))
        _send(view, QEvent.Type.MouseMove, place + moved, Qt.MouseButton.MiddleButton)

    return act


def _hovering(view: QWidget) -> Callable[[int], None]:
    def act(frame: int) -> None:
        turn = 2 * math.pi * frame / 90
        place = QPointF(view.rect().center()) + QPointF(120 * math.sin(turn), 90 * math.cos(turn))
        _send(view, QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton)

    return act


def _send(view: QWidget, kind: QEvent.Type, place: QPointF, held: Qt.MouseButton) -> None:
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else held
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else held
    event = QMouseEvent(kind, place, QPointF(view.mapToGlobal(place.toPoint())), button, held, _NO_KEYS)
    QApplication.sendEvent(view, event)


def main() -> int:
    """Measure and print a table, or one JSON object."""
    return print_scenes(__doc__, measure, 270)


if __name__ == "__main__":
    sys.exit(main())
