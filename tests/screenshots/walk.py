"""A film of the window for the README: Train is pressed, the plane comes alive, it is pointed at, zoomed and walked on.

The window is the real one, used with the mouse, and its training is a real one. Between two frames it has the time that
it needs to draw, so that the film runs as smoothly on a slow machine.

Run it with ``python3 packaging/dev.py screenshots walk``. Takes a minute.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.plane_driver import wheel
from tests.proving._telling import tell
from tests.proving._window import listening, live_in
from tests.screenshots._film import Film
from tests.screenshots._stage import Stage
from vae_explorer.gui.panels.path import PathPanel

if TYPE_CHECKING:
    from vae_explorer.app.state import Point

SIZE = (1280, 800)
WIDTH = 960
RATE = 12
EPOCHS = 12
"""Of the training; the film shows a third of one in each of its frames."""
_FRAME_SECONDS = 0.08
"""For the window between two frames, at least."""
_LEFT = Qt.MouseButton.LeftButton


class Walker:
    """Uses the window with the mouse, and films it.

    Parameters
    ----------
    stage
        The window.
    film
        Takes a frame after each small step.
    """

    def __init__(self, stage: Stage, film: Film) -> None:
        self._stage, self._film, self._window = stage, film, stage.window
        self._pointer = QPointF(stage.window.width() * 0.55, stage.window.height() * 0.5)
        self._pressed = False

    def train(self, epochs: int, frames: int) -> None:
        """Press Train, and look on for as many frames, evenly over the epochs."""
        session = self._stage.session
        session.set_setting("training.epochs", str(epochs))
        self._stage.wait(self._stage.is_at_rest)
        self.rest(4)
        self.go_to(self._middle(self._window.run_bar.toggle_button), 9)
        self.click()
        for frame in range(1, frames + 1):
            self._stage.wait(partial(self._has_reached, epochs * frame / frames))
            self._take()
        self._stage.wait(self._stage.is_at_rest)

    def _has_reached(self, epoch: float) -> bool:
        session = self._stage.session
        return not session.state.is_active or (session.progress is not None and session.progress.epoch >= epoch)

    def look(self, *points: Point) -> None:
        """Hover from point to point of the plane."""
        for point in points:
            self.go_to(self._place(point), 7)

    def pin(self, point: Point) -> None:
        """Click a point of the plane."""
        self.go_to(self._place(point), 6)
        self.click()

    def zoom(self, notches: int) -> None:
        """Turn the wheel where the pointer is, two notches a frame."""
        view = self._stage.plane.view
        for _ in range(0, abs(notches), 2):
            wheel(view, view.mapFrom(self._window, self._pointer.toPoint()), 2 if notches > 0 else -2)
            self._take()

    def walk(self, start: Point, end: Point) -> None:
        """Lay a path from one point to another with mouse and keys, and drag its slider along."""
        for point, key in ((start, Qt.Key.Key_1), (end, Qt.Key.Key_3)):
            self.pin(point)
            QTest.keyClick(self._window, key, Qt.KeyboardModifier.ControlModifier)
            self.rest(2)
        slider = self._stage.panel_of(PathPanel).parts.slider
        self.go_to(self._on_slider(slider, 0.0), 9)
        self._press()
        for step in range(1, 25):
            self._move(self._on_slider(slider, step / 24))
            self._take()
        self._release()
        self.rest(10)

    def rest(self, frames: int) -> None:
        """Do nothing for some frames."""
        for _ in range(frames):
            self._take()

    def go_to(self, place: QPointF, frames: int) -> None:
        """Move the pointer to a place of the window, gently."""
        origin = self._pointer
        for frame in range(1, frames + 1):
            share = frame / frames
            self._move(origin + (place - origin) * (share * share * (3 - 2 * share)))
            self._take()

    def click(self) -> None:
        """Press the button and let it go."""
        self._press()
        self._take()
        self._release()
        self._take()

    def _move(self, place: QPointF) -> None:
        self._pointer = place
        QTest.mouseMove(self._window.windowHandle(), place.toPoint())

    def _press(self) -> None:
        self._pressed = True
        QTest.mousePress(self._window.windowHandle(), _LEFT, pos=self._pointer.toPoint())

    def _release(self) -> None:
        self._pressed = False
        QTest.mouseRelease(self._window.windowHandle(), _LEFT, pos=self._pointer.toPoint())

    def _take(self) -> None:
        self._stage.wait(_FRAME_SECONDS)
        if not self._stage.session.state.is_active:
            self._stage.wait(self._stage.is_drawn)
        self._film.take(self._pointer, pressed=self._pressed)

    def _middle(self, widget: QWidget) -> QPointF:
        return QPointF(widget.mapTo(self._window, widget.rect().center()))

    def _place(self, point: Point) -> QPointF:
        view = self._stage.plane.view
        return QPointF(view.mapTo(self._window, view.position_of(point).toPoint()))

    def _on_slider(self, slider: QWidget, share: float) -> QPointF:
        inset = slider.height() / 2
        along = inset + share * (slider.width() - 2 * inset)
        return QPointF(slider.mapTo(self._window, QPoint(round(along), slider.height() // 2)))


def film_walk(stage: Stage) -> Film:
    """Return a film of a walk in a window that has read its data."""
    film = Film(stage.window, WIDTH, RATE)
    walker = Walker(stage, film)
    walker.train(EPOCHS, 3 * EPOCHS)
    walker.look((-1.2, 1.0), (0.2, 0.6))
    walker.pin((0.9, 0.9))
    walker.zoom(14)
    walker.rest(5)
    walker.zoom(-14)
    walker.walk((-1.3, 0.9), (1.2, -0.9))
    return film


def main(arguments: list[str] | None = None) -> int:
    """Film the walk."""
    parser = argparse.ArgumentParser(prog="dev.py screenshots walk", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("packaging/pictures/walk.webp"), metavar="FILE")
    parser.add_argument("--theme", choices=("light", "dark"), default="dark")
    parser.add_argument("--language", default="en")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="walk-") as folder, listening():
        live_in(Path(folder))
        QApplication.setStyle("Fusion")
        _application = QApplication.instance() or QApplication(sys.argv[:1])
        stage = Stage(Path(folder), options.language, SIZE)
        try:
            stage.window.set_theme(options.theme)
            stage.open()
            stage.wait(stage.is_at_rest)
            film = film_walk(stage)
        finally:
            stage.close()
    film.write(options.out)
    size = options.out.stat().st_size / 1e6
    tell(f"{options.out}: {film.seconds:.1f} s in {len(film.frames)} frames, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
