"""How little the window feels the training, and the training the window: frames, clicks, and images a second.

Run it with ``python3 packaging/dev.py bench window``. It opens the real window on the bundled digits and trains the
default model three ways in turn: alone in a thread while the window stands still, in the window while nobody touches
it, and in the window while a pin is dragged over the plane sixty times a second, with a click now and then. A frame is
how late it began plus what it did: the move of the mouse and all that was painted at once. Beside it stands the
processor time that the window's thread took since the frame before, which other programs hardly change. Takes a
minute; with ``--seconds 120 --rounds 1`` it looks for two minutes at each. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.benchmarks._window import run, wait
from vae_explorer.app.session import Session
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.app.state import RunState
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.gui.launch import make_window
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.training.control import Control
from vae_explorer.training.events import MetricBatch, TrainingEvent

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.training.events import Progress

FRAME_MILLISECONDS = 16
CLICK_EVERY = 25
WARM_UP_SECONDS = 2.0
PIN = "pin"
TOO_LONG = 50.0
"""Milliseconds after which a person sees that something stopped."""


class Frames(QObject):
    """Beats sixty times a second, does what a person does, and notes how late each beat came plus what it took.

    Parameters
    ----------
    view
        The plane: a frame ends when what was done is painted there; without one, a frame is a beat alone.
    act
        What a person does at each beat.
    """

    def __init__(self, view: QWidget | None = None, act: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.times: list[float] = []
        self.work: list[float] = []
        self._worked = time.thread_time()
        self._view, self._act = view, act
        if view is not None:
            view.installEventFilter(self)
        self._clock = QElapsedTimer()
        self._due = float(FRAME_MILLISECONDS)
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)
        self._clock.start()
        self._timer.start(FRAME_MILLISECONDS)

    @Slot()
    def _frame(self) -> None:
        if self._act is None or self._view is None:
            self._end()
            return
        self._act()
        self._view.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the plane be painted, and end the frame then."""
        if event.type() == QEvent.Type.Paint and not self._timer.isActive():
            self._timer.start(FRAME_MILLISECONDS)  # The plane's event comes back here; the true time is set at its end.
            QApplication.sendEvent(watched, event)
            self._end()
            return True
        return super().eventFilter(watched, event)

    def _end(self) -> None:
        now = self._clock.nsecsElapsed() / 1e6
        self.times.append(now - self._due)
        worked = time.thread_time()
        self.work.append(1000 * (worked - self._worked))
        self._worked = worked
        # A frame that came late doesn't make the next one late too: that one is due when it can be.
        self._due = max(self._due + FRAME_MILLISECONDS, math.ceil(now))
        self._timer.start(max(0, round(self._due - now)))

    def stop(self) -> None:
        """Beat no more."""
        self._timer.stop()
        if self._view is not None:
            self._view.removeEventFilter(self)


class Person(QObject):
    """Drags over the plane and clicks it, and notes when the picture of the newest place arrives."""

    def __init__(self, session: Session, view: QWidget) -> None:
        super().__init__()
        self.latencies: dict[str, list[float]] = {"drag": [], "click": []}
        self._session, self._view = session, view
        self._asked: tuple[str, float, tuple[float, float]] | None = None
        self._random = random.Random(0)
        self._moves = 0
        self._place = QPointF(view.rect().center())
        session.decode.decoded.connect(self._arrived)
        self._send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)

    def let_go(self) -> None:
        """Release the button and look away."""
        self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)
        self._session.decode.decoded.disconnect(self._arrived)

    def act(self) -> None:
        """Move a little, or click somewhere else."""
        self._moves += 1
        kind = "drag" if self._moves % CLICK_EVERY else "click"
        if kind == "drag":
            self._place += QPointF(self._random.uniform(-9, 9), self._random.uniform(-9, 9))
        else:
            self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)
            area = self._view.rect()
            across, down = self._random.uniform(0.25, 0.75), self._random.uniform(0.25, 0.75)
            self._place = QPointF(area.width() * across, area.height() * down)
        sent = time.perf_counter()
        if kind == "click":
            self._send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)
        else:
            self._send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton)
        pinned = self._session.pinned
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
        seen = QPointF(self._view.mapToGlobal(self._place.toPoint()))
        event = QMouseEvent(kind, self._place, seen, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._view, event)


@dataclass(slots=True)
class Findings:
    """What was measured, over all rounds."""

    alone: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)
    explored: list[float] = field(default_factory=list)
    idle_frames: list[float] = field(default_factory=list)
    idle_work: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    work: list[float] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)
    drags: list[float] = field(default_factory=list)
    watched_work: list[float] = field(default_factory=list)
    explored_work: list[float] = field(default_factory=list)


def measure(seconds: float, rounds: int) -> dict[str, object]:
    """Return the figures of some rounds, each of which looks for so many seconds at each way of training."""
    _app = QApplication.instance() or QApplication(sys.argv[:1])
    found = Findings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["VAE_EXPLORER_CONFIG"] = str(folder / "config")
        window = make_window(folder / "runs")
        window.resize(1280, 800)
        window.show()
        window.begin(fresh=True)
        session = window.session
        wait(lambda: session.state is RunState.READY and session.model_info is not None)
        session.set_setting("training.epochs", "10")
        epochs = _epochs(session, _alone(session, folder / "first", 2.0), 2 * seconds)
        session.set_setting("training.epochs", str(epochs))
        for turn in range(rounds):
            found.alone.append(_alone(session, folder / f"alone-{turn}", seconds))
            _in_window(window, seconds, found)
        window.close()
    return _figures(found, epochs)


def _epochs(session: Session, speed: float, seconds: float) -> int:
    """Return for how many epochs a training lasts the time that one round looks at it, with some to spare."""
    count = session.dataset.train_count if session.dataset is not None else 1
    return max(30, math.ceil(1.5 * (seconds + 4 * WARM_UP_SECONDS) * speed / count))


def _alone(session: Session, folder: Path, seconds: float) -> float:
    """Return the images a second of the same training and recording without a window, which stands still."""
    dataset, control, backend = session.dataset, Control(), StandardBackend()
    if dataset is None:
        raise RuntimeError("the window has no data")
    told: list[tuple[float, Progress]] = []

    def hear(event: TrainingEvent) -> None:
        if isinstance(event, MetricBatch):
            told.append((time.perf_counter(), event.progress))

    def train() -> None:
        backend.train(session.experiment, dataset, folder, on_event=hear, control=control)

    thread = threading.Thread(target=train)
    thread.start()
    time.sleep(WARM_UP_SECONDS + seconds)
    control.stop()
    thread.join()
    begin = next(entry for entry in told if entry[0] > told[0][0] + 0.5 * WARM_UP_SECONDS)
    return _speed(begin, told[-1], dataset.train_count)


def _in_window(window: MainWindow, seconds: float, found: Findings) -> None:
    session, panel = window.session, window.panel("plane")
    if not isinstance(panel, PlanePanel):
        raise TypeError("the window has no plane")
    session.train()
    wait(lambda: session.progress is not None and session.progress.step > 1)
    run(WARM_UP_SECONDS)
    watching = Frames()
    found.watched.append(_watch(session, seconds, found.watched_work))
    watching.stop()
    person = Person(session, panel.view)
    pointing = Frames(panel.view, person.act)
    found.explored.append(_watch(session, seconds, found.explored_work))
    pointing.stop()
    person.let_go()
    found.idle_frames += watching.times
    found.idle_work += watching.work
    found.frames += pointing.times
    found.work += pointing.work
    found.clicks += person.latencies["click"]
    found.drags += person.latencies["drag"]
    if session.state is not RunState.TRAINING:
        raise RuntimeError("the training ended before it was measured: there are too few epochs")
    session.stop()
    wait(lambda: not session.state.is_active)


def _watch(session: Session, seconds: float, work: list[float]) -> float:
    """Let the window live, and return the images a second; `work` gets the share of a core of the window's thread."""
    began, worked, before = time.perf_counter(), time.thread_time(), session.progress
    run(seconds)
    ended, after = time.perf_counter(), session.progress
    work.append((time.thread_time() - worked) / (ended - began))
    if before is None or after is None or session.dataset is None:
        return 0.0
    return _speed((began, before), (ended, after), session.dataset.train_count)


def _speed(begin: tuple[float, Progress], end: tuple[float, Progress], train_count: int) -> float:
    return (end[1].epoch - begin[1].epoch) * train_count / max(1e-9, end[0] - begin[0])


def _figures(found: Findings, epochs: int) -> dict[str, object]:
    kept = [after / before for before, after in zip(found.alone, found.watched, strict=True)]
    kept_explored = [after / before for before, after in zip(found.alone, found.explored, strict=True)]
    return {
        "training": {
            "alone_images_per_s": statistics.median(found.alone),
            "watched_images_per_s": statistics.median(found.watched),
            "explored_images_per_s": statistics.median(found.explored),
            "watched_ratio": statistics.median(kept),
            "explored_ratio": statistics.median(kept_explored),
            "epochs": epochs,
        },
        "frames while watched": _spread(found.idle_frames),
        "processor time a frame while watched": _spread(found.idle_work),
        "frames while explored": _spread(found.frames),
        "processor time a frame while explored": _spread(found.work),
        "clicks": _spread(found.clicks),
        "drags": _spread(found.drags),
        "thread of the window": {
            "watched_core_ratio": statistics.median(found.watched_work),
            "explored_core_ratio": statistics.median(found.explored_work),
        },
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
            "python": platform.python_version(),
        },
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values) or [0.0]
    return {
        "count": len(values),
        "p50_ms": statistics.median(ordered),
        "p95_ms": _part(ordered, 0.95),
        "p99_ms": _part(ordered, 0.99),
        "worst_ms": ordered[-1],
        "over_50_ms": sum(value > TOO_LONG for value in ordered),
    }


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to look at each way of training")
    parser.add_argument("--rounds", type=int, default=3, help="how often to look at each in turn")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    keep_freed_memory()
    figures = measure(options.seconds, options.rounds)
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for name, values in figures.items():
        print(name)
        for key, value in values.items() if isinstance(values, dict) else ():
            print(f"    {key:<24} {value:,.2f}" if isinstance(value, float) else f"    {key:<24} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
