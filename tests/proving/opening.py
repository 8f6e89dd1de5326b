"""Windows that are opened and closed in one process: objects, widgets, threads and descriptors don't grow.

Each cycle opens the real window with a run that was really trained, looks at every panel, uses plane and path, opens
the windows that compare and enlarge, an export and the help, and closes everything. After a warm-up the slopes over the
cycles must be nothing that chance alone wouldn't give. What grows is named by class.

Run it with ``python3 packaging/dev.py prove opening``, ``--release`` for 500 cycles instead of 20. Takes half a minute,
with ``--release`` fifteen minutes.
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

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QDialog

from tests.proving._growth import Held, asked, own_settings, report
from tests.proving._telling import tell
from tests.proving._usage import Usage, kinds, python_kinds, settle, usage
from tests.proving._window import Hands, Scene, is_at_rest, listening, make_small, play, write_images
from vae_explorer.app.state import RunState
from vae_explorer.gui.launch import make_window
from vae_explorer.gui.main_window import MainWindow

COUNT, RELEASE_COUNT = 20, 500
WARM_UP = 5
"""Cycles that aren't counted: libraries load parts and fill caches as they are first used."""
_ACTS = 5


@dataclass(slots=True)
class Report(Held):
    """What was held after each cycle."""

    @property
    def counted(self) -> list[Usage]:
        """Those after the warm-up."""
        return self.series[WARM_UP:]


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
    held = Report(seed)
    before: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="opening-") as name, listening() as warnings:
        opener = Opener(Path(name), random.Random(seed))
        opener.train()
        for number in range(count):
            opener.cycle()
            held.series.append(usage())
            if number == WARM_UP - 1:
                before = kinds() + python_kinds()
            if say is not None and (number < WARM_UP or number % max(1, count // 10) == 0):
                say(f"window {number}: {_line(held.series[-1])}")
    held.end(began, before, warnings)
    return held


def _line(one: Usage) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in dataclasses.asdict(one).items())


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return 1 if anything grows."""
    release = f"{RELEASE_COUNT} windows instead of {COUNT}"
    wanted = asked(__doc__, arguments, "count", (COUNT, RELEASE_COUNT), release)
    with own_settings("opening-settings-"):
        found = prove(int(wanted.amount), wanted.seed, None if wanted.as_json else tell)
    return report(found, {"windows": len(found.series)}, as_json=wanted.as_json)


if __name__ == "__main__":
    sys.exit(main())
