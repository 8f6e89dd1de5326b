"""From a stroke to the posterior: how long after the pen has moved its ellipse is on the plane.

Run it with ``python3 packaging/dev.py bench drawing``. It opens the real window on the bundled digits with the default
network and moves the pen over the canvas, at rest and while a training goes on. A time begins with the event of the
mouse and ends when the plane, with the new place and ellipse, has been painted; in it the stroke is drawn, laid into
the frame of the data, encoded, decoded, and its ELBO integrated over the posterior. Takes about half a minute. Nothing
here asserts a time: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.plane import PlanePanel

BUDGET = 30.0
MOVES_A_STROKE = 25
_PATIENCE = 60.0
_BETWEEN_MOVES = 20


def measure(moves: int) -> dict[str, dict[str, float]]:
    """Return median, 95th percentile and worst time in milliseconds, at rest and while training."""
    _app = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(Path(folder) / "runs"), Path(folder) / "config")
        session = window.session
        window.show()
        window.begin()
        _wait(lambda: session.model_info is not None and session.drawing.framing is not None)
        window.reveal("draw")
        _spin(500)
        figures = {"at rest": _summary(_times(window, moves))}
        session.set_setting("training.epochs", "1000")
        session.train()
        _wait(
            lambda: session.state is RunState.TRAINING and session.progress is not None and session.progress.step > 20
        )
        figures["while training"] = _summary(_times(window, moves))
        window.close()
    return figures


def _times(window: MainWindow, moves: int) -> list[float]:
    panel, plane = window.panel("draw"), window.panel("plane")
    if not isinstance(panel, DrawPanel) or not isinstance(plane, PlanePanel):
        raise TypeError("the window has no canvas")
    canvas, drawing = panel.canvas, panel.session.drawing
    angles = np.linspace(0, 2 * np.pi, MOVES_A_STROKE, endpoint=False)
    places = [canvas.position_of(14 + 8 * np.cos(angle), 14 + 9 * np.sin(angle)).toPoint() for angle in angles]
    times: list[float] = []
    left = Qt.MouseButton.LeftButton
    while len(times) < moves:
        canvas.clear()
        _spin(50)
        QTest.mousePress(canvas, left, pos=places[0])
        for place in places[1:]:
            _spin(_BETWEEN_MOVES)
            arrived = QEventLoop()
            drawing.reading_changed.connect(arrived.quit)
            begin = time.perf_counter()
            QTest.mouseMove(canvas, place)
            arrived.exec()
            plane.view.repaint()
            times.append(1000 * (time.perf_counter() - begin))
        QTest.mouseRelease(canvas, left, pos=places[-1])
    return times[:moves]


def _summary(times: list[float]) -> dict[str, float]:
    return {
        "median": float(np.median(times)),
        "p95": float(np.quantile(times, 0.95)),
        "worst": max(times),
        "median to budget": float(np.median(times)) / BUDGET,
    }


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not get there")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 1)


def _spin(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moves", type=int, default=200, help="moves of the pen that are timed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args()
    keep_freed_memory()
    figures = measure(chosen.moves)
    if chosen.json:
        print(json.dumps(figures))
        return 0
    for scene, values in figures.items():
        print(
            f"{scene}: median {values['median']:.1f} ms, p95 {values['p95']:.1f} ms, worst {values['worst']:.1f} ms; "
            f"{values['median to budget']:.2f} of the budget of {BUDGET:g} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
