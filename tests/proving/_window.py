"""What the proofs of the window share: a script for it, hands to use it, and small pictures to train on."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QObject,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    QtMsgType,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow

CLASSES = 4
HARMLESS = "This plugin does not support"
"""How the complaints of the platform without a screen begin."""
_TICK_MILLISECONDS = 5
_PATIENCE_SECONDS = 30.0

Scene = Iterator[Callable[[], bool] | float]
"""What is done with the window: each step names what it waits for, or for how many seconds."""


def live_in(folder: Path) -> None:
    """Keep settings, runs, logs and downloads of this process in a folder, and windows off the screen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("CONFIG", "RUNS", "LOGS", "DATA"):
        os.environ[f"VAE_EXPLORER_{name}"] = str(folder / name.lower())


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Give what Qt warns of meanwhile, but for what the platform without a screen always says."""
    heard: list[str] = []

    def hear(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not message.startswith(HARMLESS):
            heard.append(message)

    before = qInstallMessageHandler(hear)
    try:
        yield heard
    finally:
        qInstallMessageHandler(before)


def write_images(path: Path, *, count: int = 240, side: int = 8, seed: int = 0) -> Path:
    """Write small pictures of some classes as a file that the program can open."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    images = np.zeros((count, side, side), dtype=np.uint8)
    for row, label in enumerate(labels):
        images[row, label * side // CLASSES :, : side // 2] = 200
    images += generator.integers(0, 50, images.shape, dtype=np.uint8)
    np.savez(path, images=images, labels=labels)
    return path


def play(scene: Scene, *, patience: float = _PATIENCE_SECONDS) -> None:
    """Let the window live while a scene is played to its end.

    Raises
    ------
    TimeoutError
        If something that it waits for doesn't come.
    """
    for step in scene:
        wait(step, patience=patience)


def wait(step: Callable[[], bool] | float, *, patience: float = _PATIENCE_SECONDS) -> None:
    """Let the window live until something is so, or for some seconds."""
    began = time.monotonic()
    loop = QEventLoop()
    if isinstance(step, float):
        QTimer.singleShot(round(1000 * step), loop, loop.quit)
        loop.exec()
        return
    timer = QTimer(interval=_TICK_MILLISECONDS)
    timer.timeout.connect(loop.quit)
    timer.start()
    while not step():
        if time.monotonic() - began > patience:
            raise TimeoutError(f"{step.__qualname__} didn't come in {patience:g} s")
        loop.exec()


class Player(QObject):
    """Plays a scene while the program's own event loop runs.

    Parameters
    ----------
    scene
        What to do.
    failed
        Takes what went wrong in the scene itself.
    """

    def __init__(self, scene: Scene, failed: Callable[[str], None]) -> None:
        super().__init__()
        self._scene, self._failed = scene, failed
        self._step: Callable[[], bool] | float = 0.0
        self._since = time.monotonic()
        self._timer = QTimer(self, interval=_TICK_MILLISECONDS)
        self._timer.timeout.connect(self._advance)
        self._timer.start()

    @Slot()
    def _advance(self) -> None:
        passed = time.monotonic() - self._since
        done = passed >= self._step if isinstance(self._step, float) else self._step()
        if not done:
            if passed > _PATIENCE_SECONDS:
                self._failed(f"{getattr(self._step, '__qualname__', self._step)} didn't come")
            return
        try:
            self._step = next(self._scene)
        except StopIteration:
            self._timer.stop()
        except Exception as error:
            self._timer.stop()
            self._failed(f"{type(error).__name__}: {error}")
        self._since = time.monotonic()


class Hands:
    """Points, drags, turns the wheel and moves the slider of a window, by chance.

    Parameters
    ----------
    window
        The window.
    chance
        Decides what is done.
    """

    def __init__(self, window: MainWindow, chance: random.Random) -> None:
        self._window, self._chance = window, chance

    def act(self) -> None:
        """Do one small thing on the plane or the path."""
        panel = self._window.panel("plane")
        if not isinstance(panel, PlanePanel):
            return
        match self._chance.randrange(6):
            case 0 | 1:
                self._drag(panel)
            case 2:
                self._turn(panel, self._chance.choice((-1, 1)))
            case 3:
                self._hover(panel)
            case 4:
                self._window.session.set_start(self._point())
                self._window.session.set_end(self._point())
            case _:
                self._window.session.set_path_position(self._chance.random())

    def look_round(self) -> Scene:
        """Bring every tab and dock to the front for a moment."""
        window = self._window
        for name in window.hosts:
            window.reveal(name)
            yield 0.02
        window.show_tab("plane")
        yield 0.0

    def _point(self) -> LatentPoint:
        return LatentPoint((self._chance.uniform(-2, 2), self._chance.uniform(-2, 2)))

    def _place(self, panel: PlanePanel) -> QPointF:
        area = panel.view.rect()
        return QPointF(area.width() * self._chance.random(), area.height() * self._chance.random())

    def _drag(self, panel: PlanePanel) -> None:
        place = self._place(panel)
        self._send(panel, QEvent.Type.MouseButtonPress, place, Qt.MouseButton.LeftButton)
        for _ in range(4):
            place += QPointF(self._chance.uniform(-9, 9), self._chance.uniform(-9, 9))
            self._send(panel, QEvent.Type.MouseMove, place, Qt.MouseButton.LeftButton)
        self._send(panel, QEvent.Type.MouseButtonRelease, place, Qt.MouseButton.LeftButton)

    def _hover(self, panel: PlanePanel) -> None:
        self._send(panel, QEvent.Type.MouseMove, self._place(panel), Qt.MouseButton.NoButton)

    def _send(self, panel: PlanePanel, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
        pressed = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
        seen = QPointF(panel.view.mapToGlobal(place.toPoint()))
        QApplication.sendEvent(
            panel.view, QMouseEvent(kind, place, seen, pressed, held, Qt.KeyboardModifier.NoModifier)
        )

    def _turn(self, panel: PlanePanel, notches: int) -> None:
        place = self._place(panel)
        event = QWheelEvent(
            place,
            QPointF(panel.view.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(panel.view, event)


def make_small(window: MainWindow, objective: str) -> None:
    """Set up a training of a family that takes a fraction of a second an epoch."""
    session = window.session
    session.set_experiment(session.experiment.with_objective(objective))
    for name, value in (("model.hidden", "16"), ("training.batch_size", "32"), ("training.threads", "1")):
        session.set_setting(name, value)


def is_at_rest(window: MainWindow) -> bool:
    """Whether data and a model are there and nothing is on its way."""
    session = window.session
    return session.state in {RunState.READY, RunState.FINISHED} and session.model_info is not None
