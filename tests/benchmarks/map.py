"""Frame times of the plane as a map: pan and zoom with tiles, at rest and while training, and with a million points.

Run it with ``python3 packaging/dev.py bench map``. It opens the real window on the bundled digits, drags and turns the
wheel as a person would, sixty times a second, and notes for each frame how late it began plus how long it took: what
the event did and what was painted; and beside it the processor time that the window's thread spent since the frame
before, which other programs on the machine hardly change. Takes about a minute. Nothing here asserts a time: machines
differ.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QEventLoop, QObject, QPoint, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.benchmarks._window import ready_window, run, show, wait
from vae_explorer.app.session import Session
from vae_explorer.app.state import PointCloud, RunState
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.plane import PlanePanel

FRAME_MILLISECONDS = 16
BUDGET, TRAINING_BUDGET = 16.0, 33.0
DRAG_PIXELS = 9.0
NOTCHES = 24
"""Turns of the wheel to each side: 1.25 ** 24 is a magnification by two hundred."""
MILLION = 1_000_000
_NO_KEYS = Qt.KeyboardModifier.NoModifier


class Hand(QObject):
    """Drags or zooms the plane once a frame, and notes how long each frame took from when it was due."""

    def __init__(self, view: QWidget, act: Callable[[int], None], frames: int) -> None:
        super().__init__()
        self.times: list[float] = []
        self.work: list[float] = []
        self._worked = 0.0
        self.loop = QEventLoop()
        self._view, self._act, self._frames = view, act, frames
        self._clock = QElapsedTimer()
        self._due = 0.0
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)

    def play(self) -> Hand:
        """Play all frames; the milliseconds of each are in `times` then, and of processor time in `work`."""
        self._worked = time.thread_time()
        self._clock.start()
        self._due = float(FRAME_MILLISECONDS)
        self._timer.start(FRAME_MILLISECONDS)
        self.loop.exec()
        return self

    @Slot()
    def _frame(self) -> None:
        self._act(len(self.times))
        self._view.repaint()
        now = self._clock.nsecsElapsed() / 1e6
        self.times.append(now - self._due)
        worked = time.thread_time()
        self.work.append(1000 * (worked - self._worked))
        self._worked = worked
        if len(self.times) == self._frames:
            self.loop.quit()
            return
        # A frame that came late doesn't make the next one late too: that one is due when it can be.
        self._due = max(self._due + FRAME_MILLISECONDS, math.ceil(now))
        self._timer.start(max(0, round(self._due - now)))


def measure(frames: int, *, points_only: bool = False) -> dict[str, dict[str, float]]:
    """Return the figures of each scene: median, 95th and 99th percentile and worst frame in milliseconds."""
    figures: dict[str, dict[str, float]] = {}
    with ready_window() as window:
        session = window.session
        panel = window.panel("plane")
        if not isinstance(panel, PlanePanel):
            raise TypeError("the window has no plane")
        if not points_only:
            session.set_setting("training.epochs", "2")
            session.train()
            wait(lambda: session.state is RunState.FINISHED)
            _tiles(panel, frames, figures, "at rest", BUDGET)
            session.set_setting("training.epochs", "100000")
            session.train()
            wait(lambda: session.progress is not None and session.progress.epoch > 1)
            _tiles(panel, frames, figures, "while training", TRAINING_BUDGET)
            session.stop()
            wait(lambda: not session.state.is_active)
        _points(window, panel, frames, figures)
    return figures


def _tiles(panel: PlanePanel, frames: int, figures: dict[str, dict[str, float]], what: str, budget: float) -> None:
    for name, act in (("pan", _panning(panel)), ("zoom", _zooming(panel))):
        panel.view.reset_view()
        for _warm in range(2):
            Hand(panel.view, act, frames).play()
            run(0.5)
        figures[f"{name}, tiles, {what}"] = spread(Hand(panel.view, act, frames).play(), budget)


def _points(window: MainWindow, panel: PlanePanel, frames: int, figures: dict[str, dict[str, float]]) -> None:
    install(window.session, million())
    panel.view.reset_view()
    wait(lambda: panel.points.is_complete)
    run(1.0)
    for name, act in (("pan", _panning(panel)), ("zoom", _zooming(panel))):
        panel.view.reset_view()
        run(0.5)
        figures[f"{name}, a million points"] = spread(Hand(panel.view, act, frames).play(), BUDGET)
    panel.controls.toggle("tiles").click()
    panel.view.reset_view()
    run(0.5)
    figures["pan, a million points alone"] = spread(Hand(panel.view, _panning(panel), frames).play(), BUDGET)


def million(count: int = MILLION) -> PointCloud:
    """Return encodings of ten classes that overlap a little, as a trained model's do."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, count)
    turns = labels * 2 * np.pi / 10
    centres = np.stack([np.cos(turns), np.sin(turns)], axis=1) * (1.0 + 0.5 * (labels % 2))[:, None]
    z = (centres + 0.35 * random.standard_normal((count, 2))).astype(np.float32)
    return PointCloud(z, np.full((count, 2), -5, dtype=np.float32), np.arange(count), labels, 1)


def install(session: Session, cloud: PointCloud) -> None:
    """Let a session show a cloud of its own, of tiny pictures, beside the model that it has."""
    images = np.zeros((len(cloud.z), 1, 8, 8), dtype=np.uint8)
    names = tuple(str(label) for label in range(10))
    dataset = ImageDataset("million", images, cloud.labels, names, 1, np.arange(len(images)))
    session._dataset = dataset
    session._encoder.set_dataset(dataset)
    session.dataset_changed.emit(dataset)
    session._encoder._points = cloud
    session.points_changed.emit(cloud)


def _panning(panel: PlanePanel) -> Callable[[int], None]:
    view = panel.view

    def act(frame: int) -> None:
        place = QPointF(view.rect().center())
        turn = 2 * math.pi * frame / 90
        moved = QPointF(90 * math.sin(turn), 60 * math.sin(2 * turn))
        if frame == 0:
            _send(view, QEvent.Type.MouseButtonPress, place, Qt.MouseButton.MiddleButton)
        _send(view, QEvent.Type.MouseMove, place + moved * (DRAG_PIXELS / 6), Qt.MouseButton.NoButton)

    return act


def _zooming(panel: PlanePanel) -> Callable[[int], None]:
    view = panel.view

    def act(frame: int) -> None:
        if frame == 0:
            _send(view, QEvent.Type.MouseButtonRelease, QPointF(), Qt.MouseButton.MiddleButton)
        place = QPointF(view.rect().center()) + QPointF(40, 20)
        notch = 1 if frame % (2 * NOTCHES) < NOTCHES else -1
        seen = QPointF(view.mapToGlobal(place.toPoint()))
        phase = Qt.ScrollPhase.NoScrollPhase
        wheel = QWheelEvent(
            place, seen, QPoint(), QPoint(0, 120 * notch), Qt.MouseButton.NoButton, _NO_KEYS, phase, False
        )
        QApplication.sendEvent(view, wheel)

    return act


def _send(view: QWidget, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton) -> None:
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else Qt.MouseButton.MiddleButton
    event = QMouseEvent(kind, place, QPointF(view.mapToGlobal(place.toPoint())), button, held, _NO_KEYS)
    QApplication.sendEvent(view, event)


def spread(hand: Hand, budget: float) -> dict[str, float]:
    """Return what is said of the frames of a scene, with the share of its budget that the 95th percentile takes."""
    p50, p95, p99, worst = np.percentile(hand.times, [50, 95, 99, 100]).tolist()
    own = np.percentile(hand.work, [50, 95]).tolist()
    said = {"median": p50, "p95": p95, "p99": p99, "worst": worst, "budget": budget, "of budget": p95 / budget}
    return said | {"own median": own[0], "own p95": own[1]}


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=270, help="frames of each scene")
    parser.add_argument("--points", action="store_true", help="only a million points")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measure(options.frames, points_only=options.points)
    show(figures, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
