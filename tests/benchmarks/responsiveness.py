"""How the window feels while it trains: gaps in its event loop, and how soon a click or a drag shows its picture.

Run it with ``python3 packaging/dev.py bench responsiveness``. It opens the real window on the bundled digits,
trains the default model, and points at the plane as a person would. Takes half a minute. Nothing here asserts a time:
machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import DecodeReply

WATCHDOG_MILLISECONDS = 5
DRAG_MILLISECONDS = 16
CLICK_EVERY = 25
WARM_UP_SECONDS = 3.0
PIN = "pin"


class Watchdog(QObject):
    """Measures the largest gaps between the beats of a precise timer."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        timer = QTimer(self, interval=WATCHDOG_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        timer.start()

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now


class Person(QObject):
    """Drags over the plane and clicks it, and notes when the picture of the newest place arrives."""

    def __init__(self, window: MainWindow, view: QObject, parent: QObject) -> None:
        super().__init__(parent)
        self.latencies: dict[str, list[float]] = {"drag": [], "click": []}
        self._window = window
        self._view = view
        self._asked: tuple[str, float, tuple[float, float]] | None = None
        self._random = random.Random(0)
        self._moves = 0
        self._place = QPointF()
        window.session.decode.decoded.connect(self._arrived)
        self._timer = QTimer(self, interval=DRAG_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._act)

    def start(self) -> None:
        """Begin to point at things."""
        self._place = QPointF(self._view.rect().center())  # type: ignore[attr-defined]
        self._send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)
        self._timer.start()

    def stop(self) -> None:
        """Let go."""
        self._timer.stop()
        self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)

    @Slot()
    def _act(self) -> None:
        self._moves += 1
        if self._moves % CLICK_EVERY:
            self._place += QPointF(self._random.uniform(-9, 9), self._random.uniform(-9, 9))
            kind = "drag"
        else:
            self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)
            area = self._view.rect()  # type: ignore[attr-defined]
            across, down = self._random.uniform(0.25, 0.75), self._random.uniform(0.25, 0.75)
            self._place = QPointF(area.width() * across, area.height() * down)
            kind = "click"
        sent = time.perf_counter()
        if kind == "click":
            self._send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)
        else:
            self._send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton)
        pinned = self._window.session.pinned
        if pinned is not None:
            self._asked = (kind, sent, pinned.z)

    @Slot(object)
    def _arrived(self, reply: DecodeReply) -> None:
        if reply.key != PIN or self._asked is None:
            return
        kind, sent, z = self._asked
        if max(abs(reply.z[0, 0] - z[0]), abs(reply.z[0, 1] - z[1])) < 1e-5:
            self.latencies[kind].append(1000 * (time.perf_counter() - sent))
            self._asked = None

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        place = QPointF(self._place)
        seen = QPointF(self._view.mapToGlobal(QPoint(int(place.x()), int(place.y()))))  # type: ignore[attr-defined]
        event = QMouseEvent(kind, place, seen, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._view, event)


def measure(seconds: float) -> dict[str, object]:
    """Return the figures of one run of the window."""
    _app = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(Path(folder) / "runs"), Path(folder))
        window.show()
        window.begin()
        session = window.session
        _wait(lambda: session.state is RunState.READY and session.dataset is not None)
        session.set_setting("training.epochs", "1000")
        session.train()
        _wait(lambda: session.progress is not None and session.progress.epoch > 1)
        panel = window.panel("plane")
        if not isinstance(panel, PlanePanel):
            raise TypeError("the window has no plane")
        _run(WARM_UP_SECONDS)
        alone = _speed(session, lambda: _run(seconds / 2))
        person = Person(window, panel.view, window)
        watchdog = Watchdog(window)
        person.start()
        busy = _speed(session, lambda: _run(seconds))
        person.stop()
        gaps = sorted(watchdog.gaps)
        window.close()
    return {
        "clicks_ms": _spread(person.latencies["click"]),
        "drags_ms": _spread(person.latencies["drag"]),
        "event_loop_gap_ms": {"p50": _part(gaps, 0.5), "p99": _part(gaps, 0.99), "worst": gaps[-1]},
        "images_per_second": {"left_alone": alone, "explored": busy},
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
    }


def _run(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop, loop.quit)
    loop.exec()


def _wait(reached: Callable[[], bool]) -> None:
    while not reached():
        _run(0.05)


def _speed(session: Session, work: Callable[[], None]) -> float:
    before = session.progress
    work()
    after = session.progress
    if before is None or after is None or session.dataset is None:
        return 0.0
    images = (after.epoch - before.epoch) * session.dataset.train_count
    return images / max(1e-9, after.seconds - before.seconds)


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "median": statistics.median(ordered),
        "p99": _part(ordered, 0.99),
        "worst": ordered[-1],
    }


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to explore while training")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(options.seconds)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for name, values in figures.items():
        print(name.replace("_", " "))
        for key, value in values.items() if isinstance(values, dict) else ():
            print(f"    {key:<12} {value:,.1f}" if isinstance(value, float) else f"    {key:<12} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
