"""What benchmarks of the window share: one that is ready, its time, and tables of scenes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Figures = dict[str, dict[str, float]]
"""What was measured in each scene, in milliseconds."""


def run(seconds: float) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(int(1000 * seconds), loop, loop.quit)
    loop.exec()


def wait(reached: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    while not reached():
        run(0.05)


@contextmanager
def ready_window() -> Iterator[MainWindow]:
    """Give a window of 1280 x 800 that shows an untrained model; it is closed at the end, its runs are gone."""
    keep_freed_memory()  # as the program does first of all
    _app = QApplication.instance() or QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(Path(folder) / "runs"), Path(folder))
        window.resize(1280, 800)
        window.show()
        window.begin()
        session = window.session
        wait(lambda: session.state is RunState.READY and session.model_info is not None)
        yield window
        window.close()


def show(figures: Figures, *, as_json: bool) -> None:
    """Print one JSON object, or a line for each scene."""
    if as_json:
        print(json.dumps(figures, indent=1))
        return
    width = 2 + max(map(len, figures), default=0)
    for name, values in figures.items():
        print(f"{name:<{width}}" + "  ".join(f"{key} {value:8.2f}" for key, value in values.items()))


def print_scenes(summary: str | None, measure: Callable[[int], Figures], frames: int) -> int:
    """Read how many frames each scene is to have, measure, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--frames", type=int, default=frames, help="frames of each scene")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    show(measure(options.frames), as_json=options.json)
    return 0
