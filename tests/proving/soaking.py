"""A long session in one window: what it holds doesn't grow while one trains, explores, opens, exports and closes.

The real window trains a run on small pictures, is explored with clicks, drags, the wheel and the slider of a path while
it trains and after, exports a grid, opens the run again, loads other data, and, every few rounds, is closed and opened
anew. After a warm-up the slopes of memory, QObjects, widgets, threads and descriptors must be nothing that chance alone
wouldn't give.

Run it with ``python3 packaging/dev.py prove soaking``, ``--release`` for an hour instead of a minute. Takes a minute,
with ``--release`` an hour.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.proving._usage import Slope, Usage, kinds, plain, python_kinds, slopes, told, usage, verdict
from tests.proving._window import Hands, Scene, is_at_rest, listening, live_in, make_small, play, tell, write_images
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
class Report:
    """What was held after each round."""

    seed: int
    series: list[Usage] = field(default_factory=list)
    windows: int = 0
    trainings: int = 0
    grown: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def slopes(self) -> dict[str, Slope]:
        """How what is held changes from round to round."""
        return slopes(self.series[round(WARM_UP * len(self.series)) :])

    @property
    def failures(self) -> list[str]:
        """Everything that isn't as promised."""
        return [*self.problems, *verdict(self.slopes)]


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
    report = Report(seed)
    before: Counter[str] = Counter()
    began, told = time.monotonic(), 0.0
    with tempfile.TemporaryDirectory(prefix="soaking-") as name, listening() as warnings:
        soak = Soak(Path(name), report)
        while time.monotonic() - began < seconds:
            soak.window(lambda: time.monotonic() - began >= seconds)
            before = before or kinds() + python_kinds()
            if say is not None and time.monotonic() - told > seconds / 12:
                told = time.monotonic()
                say(f"{told - began:6.0f} s: {dataclasses.asdict(report.series[-1])}")
    report.problems += [f"Qt warned: {warning}" for warning in dict.fromkeys(warnings)]
    report.grown = (kinds() + python_kinds()) - before
    report.seconds = time.monotonic() - began
    return report


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return 1 if anything grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help="an hour instead of a minute")
    parser.add_argument("--seconds", type=float, help="that many seconds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    seconds = options.seconds or (RELEASE_SECONDS if options.release else SECONDS)
    with tempfile.TemporaryDirectory(prefix="soaking-settings-") as folder:
        live_in(Path(folder))
        _application = QApplication.instance() or QApplication(sys.argv[:1])
        report = prove(seconds, options.seed, None if options.json else tell)
    if options.json:
        tell(json.dumps(figures(report)))
        return 1 if report.failures else 0
    for line in told(report.slopes):
        tell(line)
    if report.failures:
        tell(f"  more than at first: {dict(report.grown.most_common(15))}")
    tell(
        f"{report.windows} windows, {report.trainings} trainings in {report.seconds:.0f} s: "
        f"{len(report.failures)} failures; seed {report.seed}"
    )
    for failure in report.failures:
        tell(f"  {failure}")
    return 1 if report.failures else 0


def figures(report: Report) -> dict[str, object]:
    """Return the report as plain values."""
    return {
        "windows": report.windows,
        "trainings": report.trainings,
        "last": dataclasses.asdict(report.series[-1]) if report.series else {},
        "slopes": plain(report.slopes),
        "failures": report.failures,
        "seconds": report.seconds,
        "seed": report.seed,
    }


if __name__ == "__main__":
    sys.exit(main())
