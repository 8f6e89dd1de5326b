"""Windows that are opened and closed in one process: objects, widgets, threads and descriptors don't grow.

Each cycle opens the real window with a run that was really trained, looks at every panel, uses plane and path, opens
the windows that compare and enlarge, an export and the help, and closes everything. After a warm-up the slopes over the
cycles must be nothing that chance alone wouldn't give. What grows is named by class.

Run it with ``python3 packaging/dev.py prove opening``, ``--release`` for 500 cycles instead of 20. Takes half a minute,
with ``--release`` fifteen minutes.
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

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QDialog

from tests.proving._usage import Slope, Usage, kinds, plain, python_kinds, settle, slopes, told, usage, verdict
from tests.proving._window import Hands, Scene, is_at_rest, listening, live_in, make_small, play, tell, write_images
from vae_explorer.app.state import RunState
from vae_explorer.gui.launch import make_window
from vae_explorer.gui.main_window import MainWindow

COUNT, RELEASE_COUNT = 20, 500
WARM_UP = 5
"""Cycles that aren't counted: libraries load parts and fill caches as they are first used."""
_ACTS = 5


@dataclass(slots=True)
class Report:
    """What was held after each cycle."""

    seed: int
    series: list[Usage] = field(default_factory=list)
    grown: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def counted(self) -> list[Usage]:
        """Those after the warm-up."""
        return self.series[WARM_UP:]

    @property
    def slopes(self) -> dict[str, Slope]:
        """How what is held changes from cycle to cycle."""
        return slopes(self.counted)

    @property
    def failures(self) -> list[str]:
        """Everything that isn't as promised."""
        return [*self.problems, *verdict(self.slopes)]


class Opener:
    """Opens windows on one run and closes them, in this process.

    Parameters
    ----------
    folder
        Where everything is kept.
    chance
        Decides what is done in the window.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        self._run: Path | None = None

    def train(self) -> None:
        """Train the run that is opened, in a window of its own."""
        images = write_images(self._folder / "images.npz")
        window = self.open(str(images))
        play(self._train(window))
        self._run = None if window.session.run is None else window.session.run.path
        self.close(window)

    def cycle(self, visit: Callable[[MainWindow], Scene] | None = None) -> None:
        """Open a window, use it, close it."""
        window = self.open(str(self._run))
        play((visit or self._visit)(window))
        self.close(window)

    def open(self, source: str) -> MainWindow:
        """Return a window as the program opens it."""
        window = make_window(self._folder / "runs")
        window.show()
        window.crash_care.watch.begin(catch_faults=False)
        window.begin(source)
        return window

    def close(self, window: MainWindow) -> None:
        """Close a window and let go of it, as the end of the process does."""
        window.close()
        if not window.stopped_in_time:
            raise TimeoutError("the window didn't stop in time")
        window.crash_care.watch.close()
        window.crash_care.leave_hooks()
        window.session.deleteLater()
        window.deleteLater()
        settle()

    def _train(self, window: MainWindow) -> Scene:
        session = window.session
        yield lambda: is_at_rest(window)
        make_small(window, "vae")
        session.set_setting("training.epochs", "3")
        yield lambda: session.state is RunState.READY and session.model_info is not None
        session.train()
        yield lambda: session.state is RunState.FINISHED

    def _visit(self, window: MainWindow) -> Scene:
        session, hands = window.session, Hands(window, self._chance)
        yield lambda: is_at_rest(window) and session.run is not None and session.points is not None
        yield from hands.look_round()
        for _ in range(_ACTS):
            hands.act()
            yield 0.005
        for name in ("explore.compare", "view.enlarge-curves", "help.pages", "file.export", "help.palette"):
            window.commands[name].trigger()
            yield 0.01
        for dialog in window.findChildren(QDialog):
            dialog.close()
        yield 0.01


def prove(count: int, seed: int, say: Callable[[str], None] | None = None) -> Report:
    """Open and close windows; return what was held after each.

    Parameters
    ----------
    count
        How many windows, the warm-up included.
    seed
        Of everything that is left to chance.
    say
        Takes a line now and then.
    """
    report = Report(seed)
    before: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="opening-") as name, listening() as warnings:
        opener = Opener(Path(name), random.Random(seed))
        opener.train()
        for number in range(count):
            opener.cycle()
            report.series.append(usage())
            if number == WARM_UP - 1:
                before = kinds() + python_kinds()
            if say is not None and (number < WARM_UP or number % max(1, count // 10) == 0):
                say(f"window {number}: {_line(report.series[-1])}")
    report.problems += [f"Qt warned: {warning}" for warning in dict.fromkeys(warnings)]
    report.grown = (kinds() + python_kinds()) - before
    report.seconds = time.monotonic() - began
    return report


def _line(one: Usage) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in dataclasses.asdict(one).items())


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return 1 if anything grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help=f"{RELEASE_COUNT} windows instead of {COUNT}")
    parser.add_argument("--count", type=int, help="that many windows")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    count = options.count or (RELEASE_COUNT if options.release else COUNT)
    with tempfile.TemporaryDirectory(prefix="opening-settings-") as folder:
        live_in(Path(folder))
        _application = QApplication.instance() or QApplication(sys.argv[:1])
        report = prove(count, options.seed, None if options.json else tell)
    if options.json:
        tell(json.dumps(figures(report)))
        return 1 if report.failures else 0
    for line in told(report.slopes):
        tell(line)
    if report.failures:
        tell(f"  more than after the warm-up: {dict(report.grown.most_common(15))}")
    tell(f"{count} windows in {report.seconds:.0f} s: {len(report.failures)} failures; seed {report.seed}")
    for failure in report.failures:
        tell(f"  {failure}")
    return 1 if report.failures else 0


def figures(report: Report) -> dict[str, object]:
    """Return the report as plain values."""
    return {
        "windows": len(report.series),
        "last": dataclasses.asdict(report.series[-1]) if report.series else {},
        "slopes": plain(report.slopes),
        "failures": report.failures,
        "seconds": report.seconds,
        "seed": report.seed,
    }


if __name__ == "__main__":
    sys.exit(main())
