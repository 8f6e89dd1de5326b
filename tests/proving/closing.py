"""Windows that are closed at random moments: nothing crashes, no checkpoint is lost, nothing stays, none takes long.

The real program is opened without a screen, trains a random family on small pictures, and is closed while it loads,
builds, trains, saves, decodes, exports, measures or compares. Each time its process must end by itself with status 0
within five seconds, without a word of Qt's or ``faulthandler``'s, without leaving a process behind, and its run must
open at the last checkpoint that was told of. Processes are forked from one that has loaded the libraries already.

Run it with ``python3 packaging/dev.py prove closing``, ``--release`` for 100 windows instead of 6. Takes twenty
seconds, with ``--release`` five minutes.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import importlib
import os
import pkgutil
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.proving._moments import MOMENTS
from tests.proving._telling import conclude, tell
from tests.proving._watched import Watched
from tests.proving._window import Player, Scene, live_in, write_images
from vae_explorer.app import workspace
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.gui import dialogs, launch, panels
from vae_explorer.training.events import CheckpointSaved, TrainingEvent

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.training.control import Control
    from vae_explorer.training.experiment import Experiment

COUNT, RELEASE_COUNT = 6, 100
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Report:
    """What was tried and found."""

    seed: int
    tried: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    checkpoints: int = 0


class TellingBackend(StandardBackend):
    """Trains as the program does, and tells another process of each checkpoint as it is acknowledged."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        **other: object,
    ) -> None:
        """Train."""

        def hear(event: TrainingEvent) -> None:
            if isinstance(event, CheckpointSaved):
                self._say(f"saved {event.step} {folder}")
            on_event(event)

        super().train(experiment, dataset, folder, on_event=hear, control=control, **other)  # type: ignore[arg-type]


# -- In the process of a window ----------------------------------------------------------------------------------------


def open_and_close(folder: Path, images: Path, moment: str, chance: random.Random, pipe: int) -> int:
    """Be the program in this process, and close its window at a moment; return its exit status."""
    os.setsid()
    _die_with_parent()
    live_in(folder)
    terminal = os.open(folder / "terminal", os.O_WRONLY | os.O_CREAT)
    os.dup2(terminal, 1)
    os.dup2(terminal, 2)

    def say(text: str) -> None:
        os.write(pipe, f"{text}\n".encode())

    make_backend = functools.partial(TellingBackend, say)
    setattr(workspace, "StandardBackend", make_backend)  # noqa: B010 - what the session makes by itself
    make_window, players = launch.make_window, []

    def make_driven_window(runs_folder: Path | None = None) -> MainWindow:
        window = make_window(runs_folder)
        players.append(Player(_scene(window, moment, chance, say), lambda text: _give_up(window, say, text)))
        return window

    launch.make_window = make_driven_window
    return launch.main([str(images), "--runs", str(folder / "runs")])


def _die_with_parent() -> None:
    """Let the system end this process if whoever looks on is killed: nobody else would."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_up(window: MainWindow, say: Callable[[str], None], text: str) -> None:
    say(f"broken {text}")
    window.close()


def _scene(window: MainWindow, moment: str, chance: random.Random, say: Callable[[str], None]) -> Scene:
    yield from MOMENTS[moment](window, chance)
    say(f"closing {time.monotonic()} {time.process_time()}")
    window.close()
    say(f"closed {time.monotonic()}")


# -- In the process that looks on --------------------------------------------------------------------------------------


def prove(count: int, seed: int, say: Callable[[str], None] | None = None, moments: Sequence[str] = ()) -> Report:
    """Close windows at random moments; in the process of a window this ends by leaving the program.

    Parameters
    ----------
    count
        How many windows.
    seed
        Of everything that is left to chance.
    say
        Takes a line for each window.
    moments
        Names of those to try; all by default.
    """
    report = Report(seed)
    names = list(moments or MOMENTS)
    # A folder that only this process removes: the windows' processes leave through here as well.
    root = Path(tempfile.mkdtemp(prefix="closing-"))
    images = write_images(root / "images.npz")
    _load_libraries()
    for number in range(count):
        moment = names[number % len(names)]
        folder = root / str(number)
        folder.mkdir()
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            sys.exit(open_and_close(folder, images, moment, random.Random(f"{seed} {number}"), writing))
        os.close(writing)
        watched = Watched(f"window {number} ({moment})", pid, reading, folder)
        os.close(reading)
        report.tried[moment] = report.tried.get(moment, 0) + 1
        report.failures += watched.problems
        report.seconds.append(watched.seconds)
        report.checkpoints += len(watched.saved)
        if say is not None:
            say(
                f"{watched.name}: {watched.seconds:.2f} s, of which {watched.stopping_seconds:.2f} s stopping, "
                f"{watched.processor_seconds:.2f} s of a processor {'; '.join(watched.problems)}"
            )
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)
    return report


def _load_libraries() -> None:
    """Import what every window needs, but compute nothing: threads that a library starts aren't there after a fork."""
    for room in (panels, dialogs):
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    for name in ("torch", "PySide6.QtSvg", "vae_explorer.runs.recording", "vae_explorer.data.catalogue"):
        importlib.import_module(name)


def main(arguments: list[str] | None = None) -> int:
    """Print what was found; return 1 if anything wasn't as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", action="store_true", help=f"{RELEASE_COUNT} windows instead of {COUNT}")
    parser.add_argument("--count", type=int, help="that many windows")
    parser.add_argument("--moment", action="append", default=[], choices=MOMENTS, help="only at this moment")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    count = options.count or (RELEASE_COUNT if options.release else COUNT)
    report = prove(count, options.seed, None if options.json else tell, options.moment)
    figures = {
        "windows": len(report.seconds),
        "moments": report.tried,
        "checkpoints": report.checkpoints,
        "longest_seconds": max(report.seconds, default=0.0),
        "median_seconds": statistics.median(report.seconds or [0.0]),
        "failures": report.failures,
        "seed": report.seed,
    }
    words = (
        f"{figures['windows']} windows closed, {report.checkpoints} checkpoints told of, "
        f"closed in {figures['median_seconds']:.2f} s (median), {figures['longest_seconds']:.2f} s (longest); "
        f"seed {report.seed}"
    )
    return conclude(figures, [words], report.failures, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
