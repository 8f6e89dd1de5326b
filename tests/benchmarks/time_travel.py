"""How soon the window shows another moment of a run: from a key on the time slider to everything redrawn.

Run it with ``python3 packaging/dev.py bench time_travel``. It trains the default model on the bundled digits for some
epochs, or opens ``--run``, then moves the slider: by jumps of five moments, each read from the disk; from moment to
moment, where the next one is read ahead; and back over moments that were seen. A move ends with the last picture that
is decoded, the points that are encoded and the last painting that they cause; the points that follow at rest don't
count. Takes a minute. Nothing here asserts a time: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.benchmarks._window import run, wait
from vae_explorer.app import moments
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.curves import CurvesPanel

QUIET_SECONDS = 0.2
LONGEST_SECONDS = 5.0
BUDGET_MILLISECONDS = 100.0


class Traveller(QObject):
    """Moves the slider, and notes when the last thing that follows has happened."""

    def __init__(self, window: MainWindow, slider: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._slider = slider
        self._last = 0.0
        session = window.session
        session.decode.decoded.connect(self._note)
        session.decode.encoded.connect(self._note)
        session.decode.classified.connect(self._note)
        session.points_changed.connect(self._note)
        for widget in window.tabs.findChildren(QWidget):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what is painted, once it is."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self._note)
        return super().eventFilter(watched, event)

    @Slot()
    def _note(self) -> None:
        self._last = time.perf_counter()

    def move(self, key: Qt.Key) -> float:
        """Press a key on the slider and return the milliseconds until everything is redrawn."""
        session = self._window.session
        started = self._last = time.perf_counter()
        QTest.keyClick(self._slider, key)
        while time.perf_counter() - started < LONGEST_SECONDS:
            run(0.02)
            wanted, points = session.moments.wanted, session.points
            arrived = wanted == session.moments.shown and (
                wanted is None or points is None or points.step == wanted.step
            )
            if arrived and time.perf_counter() - self._last > QUIET_SECONDS:
                break
        return 1000 * (self._last - started)


def measure(known: Path | None, epochs: int, *, training: bool) -> dict[str, object]:
    """Return the figures of one window."""
    moments.SETTLE_MILLISECONDS = 1_000_000  # the points that follow at rest are no part of a move
    _app = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(Path(folder) / "runs"), Path(folder))
        window.show()
        window.begin("" if known is None else str(known))
        session = window.session
        wait(lambda: session.state in {RunState.READY, RunState.FINISHED} and session.points is not None)
        if known is None:
            session.set_setting("training.epochs", str(epochs))
            session.train()
            wait(lambda: len(session.moments.kept) > epochs if training else session.state is RunState.FINISHED)
        run(2.0)
        panel = window.panel("curves")
        if not isinstance(panel, CurvesPanel):
            raise TypeError("the window has no curves")
        traveller = Traveller(window, panel.time.slider)
        jumps = [traveller.move(Qt.Key.Key_PageDown) for _ in range(len(session.moments.kept) // 5)]
        traveller.move(Qt.Key.Key_Home)
        count = min(moments.MODELS_KEPT - 1, len(session.moments.kept) - 1)
        forward = [traveller.move(Qt.Key.Key_Right) for _ in range(count)]
        back = [traveller.move(Qt.Key.Key_Left) for _ in range(count)]
        kept = len(session.moments.kept)
        window.close()
    return {
        "moments": kept,
        "points": moments_points(),
        "jump_ms": spread(jumps),
        "next_ms": spread(forward),
        "seen_before_ms": spread(back),
    }


def moments_points() -> int:
    """Return how many images are encoded for a moment in passing."""
    from vae_explorer.app.encoding import POINTS_IN_PASSING

    return POINTS_IN_PASSING


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, worst, and the ratio of the median to the budget."""
    middle = statistics.median(values)
    return {
        "count": len(values),
        "median": round(middle, 1),
        "worst": round(max(values), 1),
        "of_budget": round(middle / BUDGET_MILLISECONDS, 2),
    }


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a run with a history, instead of training one")
    parser.add_argument("--epochs", type=int, default=10, help="how long to train one")
    parser.add_argument("--training", action="store_true", help="move while the training goes on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    keep_freed_memory()
    figures = measure(options.run, options.epochs, training=options.training)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for name, values in figures.items():
        print(f"{name.replace('_', ' ')}: {values}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
