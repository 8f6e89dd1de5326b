"""A long session in one window: what it holds doesn't grow while one trains, explores, opens, exports and closes.

The real window trains a run on small pictures, is explored with clicks, drags, the wheel and the slider of a path while
it trains and after, exports a grid, opens the run again, loads other data, and, every few rounds, is closed and opened
anew. After a warm-up the slopes of memory, QObjects, widgets, threads and descriptors must be nothing that chance alone
wouldn't give.

Run it with ``python3 packaging/dev.py prove soaking``, ``--release`` for an hour instead of a minute. Takes a minute,
with ``--release`` an hour.
"""

from __future__ import annotations

import dataclasses
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.proving._growth import Held, asked, own_settings, report
from tests.proving._telling import tell
from tests.proving._usage import Usage, kinds, python_kinds, usage
from tests.proving._window import Hands, Scene, is_at_rest, listening, make_small, play, write_images
from tests.proving.opening import Opener
from vae_explorer.app.state import RunState

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow

SECONDS, RELEASE_SECONDS = 60.0, 3600.0
WARM_UP = 0.25
"""Share of the rounds that isn't counted, while caches fill."""
ROUNDS_A_WINDOW = 4
_OBJECTIVES = ("vae", "autoencoder", "iwae", "cvae-label")
_ACTS = 25


@dataclass(slots=True)
class Report(Held):
    """What was held after each round."""

    windows: int = 0
    trainings: int = 0

    @property
    def counted(self) -> list[Usage]:
        """Those after the warm-up."""
        return self.series[round(WARM_UP * len(self.series)) :]


class Soak:
    """Uses windows for a while.

    Parameters
    ----------
    folder
        Where everything is kept.
    report
        Takes what is found.
    """

    def __init__(self, folder: Path, report: Report) -> None:
        self._report = report
        self._folder = folder
        self._chance = random.Random(report.seed)
        self._opener = Opener(folder, self._chance)
        self._images = write_images(folder / "images.npz")

    def window(self, ends: Callable[[], bool]) -> None:
        """Open a window, use it for some rounds, close it."""
        window = self._opener.open(str(self._images))
        self._report.windows += 1
        try:
            for _ in range(ROUNDS_A_WINDOW):
                play(self._round(window))
                if ends():
                    break
        finally:
            self._opener.close(window)
        # Once a window: only when it is closed nothing is there that another moment wouldn't have.
        self._report.series.append(usage())

    def _round(self, window: MainWindow) -> Scene:
        session = window.session
        yield lambda: is_at_rest(window)
        make_small(window, self._chance.choice(_OBJECTIVES))
        session.set_setting("training.epochs", "6")
        yield lambda: session.state in {RunState.READY, RunState.FINISHED} and session.model_info is not None
        session.train()
        self._report.trainings += 1
        yield lambda: session.progress is not None and session.progress.step > 0
        yield from self._explore(window)
        yield lambda: not session.state.is_active
        if session.state is not RunState.FINISHED:
            self._report.problems.append("a training broke off")
        yield from Hands(window, self._chance).look_round()
        yield from self._explore(window)
        yield from self._export(window)
        if session.run is not None:
            session.open_run(session.run.path)
            yield lambda: session.state is RunState.FINISHED and session.points is not None

    def _explore(self, window: MainWindow) -> Scene:
        hands = Hands(window, self._chance)
        for _ in range(_ACTS):
            hands.act()
            yield 0.01

    def _export(self, window: MainWindow) -> Scene:
        from vae_explorer.gui.dialogs.export import ExportDialog

        window.window_commands.export_kind("grid")
        dialog = window.findChild(ExportDialog)
        if not isinstance(dialog, ExportDialog):
            self._report.problems.append("the export didn't open")
            return
        yield 0.05
        target = self._folder / "grid.png"
        target.unlink(missing_ok=True)
        dialog.target.line.selectAll()
        QTest.keyClicks(dialog.target.line, str(target))
        QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
        yield lambda: target.is_file() and dialog._job is None
        dialog.reject()
        yield 0.01


def prove(seconds: float, seed: int, say: Callable[[str], None] | None = None) -> Report:
    """Use windows for some seconds; return what was held after each.

    Parameters
    ----------
    seconds
        How long.
    seed
        Of everything that is left to chance.
    say
        Takes a line now and then.
    """
    held = Report(seed)
    before: Counter[str] = Counter()
    began, told = time.monotonic(), 0.0
    with tempfile.TemporaryDirectory(prefix="soaking-") as name, listening() as warnings:
        soak = Soak(Path(name), held)
        while time.monotonic() - began < seconds:
            soak.window(lambda: time.monotonic() - began >= seconds)
            before = before or kinds() + python_kinds()
            if say is not None and time.monotonic() - told > seconds / 12:
                told = time.monotonic()
                say(f"{told - began:6.0f} s: {dataclasses.asdict(held.series[-1])}")
    held.end(began, before, warnings)
    return held


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return 1 if anything grows."""
    wanted = asked(__doc__, arguments, "seconds", (SECONDS, RELEASE_SECONDS), "an hour instead of a minute")
    with own_settings("soaking-settings-"):
        found = prove(wanted.amount, wanted.seed, None if wanted.as_json else tell)
    return report(found, {"windows": found.windows, "trainings": found.trainings}, as_json=wanted.as_json)


if __name__ == "__main__":
    sys.exit(main())
