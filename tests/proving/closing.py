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
import contextlib
import ctypes
import functools
import importlib
import json
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

from tests.proving._window import HARMLESS, Hands, Player, Scene, is_at_rest, live_in, make_small, tell, write_images
from vae_explorer.app import workspace
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.app.state import RunState
from vae_explorer.errors import RunError
from vae_explorer.gui import dialogs, launch, panels
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import is_run, open_run
from vae_explorer.training.events import CheckpointSaved, TrainingEvent

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.training.control import Control
    from vae_explorer.training.experiment import Experiment

COUNT, RELEASE_COUNT = 6, 100
CLOSE_SECONDS = 5.0
HANG_SECONDS = 60.0
_BETWEEN_SECONDS = 0.01
_LAST_WORDS = 4
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


def _opening(_window: MainWindow, chance: random.Random) -> Scene:
    yield chance.uniform(0.0, 0.5)


def _building(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: window.session.dataset is not None
    make_small(window, chance.choice(OBJECTIVES.names()))
    yield chance.uniform(0.0, 0.1)


def _loading(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    window.session.load_data(chance.choice(("shapes", "mnist-10k")))
    yield chance.uniform(0.0, 0.3)


def _training(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.set_setting("training.epochs", "5000")
    yield lambda: window.session.state is RunState.READY
    window.session.train()
    yield lambda: window.session.progress is not None and window.session.progress.step > 0
    yield chance.uniform(0.0, 0.4)


def _starting(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.train()
    yield chance.uniform(0.0, 0.05)


def _saving(window: MainWindow, chance: random.Random) -> Scene:
    """Close as a short training ends, which saves, or as it is stopped, which does too."""
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.set_setting("training.epochs", str(chance.randint(1, 8)))
    window.session.train()
    yield lambda: window.session.progress is not None and window.session.progress.step > 0
    yield chance.uniform(0.0, 0.3)
    window.session.stop()
    yield chance.uniform(0.0, 0.05)


def _pausing(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.pause()
    yield chance.uniform(0.0, 0.1)


def _exploring(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    hands = Hands(window, chance)
    for _ in range(chance.randint(3, 25)):
        hands.act()
        yield _BETWEEN_SECONDS


def _looking(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    for step in Hands(window, chance).look_round():
        yield step
        if chance.random() < 0.1:
            return


def _layering(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.set_layers([chance.choice(("magnification", "doubt", "density", "tiles"))])
    yield chance.uniform(0.0, 0.3)


def _exporting(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.window_commands.export_kind(chance.choice(("grid", "plane", "latents", "film", "curves")))
    yield chance.uniform(0.0, 0.5)


def _measuring(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.evaluation.measure(EvaluationOptions())
    yield chance.uniform(0.0, 0.5)


def _comparing(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.comparing.open()
    yield chance.uniform(0.0, 0.4)


def _going_on(window: MainWindow, chance: random.Random) -> Scene:
    yield from _saving(window, chance)
    yield lambda: not window.session.state.is_active
    window.session.toggle()
    yield chance.uniform(0.0, 0.2)


MOMENTS: dict[str, Callable[[MainWindow, random.Random], Scene]] = {
    "training": _training,
    "saving": _saving,
    "exploring": _exploring,
    "exporting": _exporting,
    "measuring": _measuring,
    "loading": _loading,
    "starting": _starting,
    "pausing": _pausing,
    "looking round": _looking,
    "layers": _layering,
    "comparing": _comparing,
    "going on": _going_on,
    "opening": _opening,
    "building": _building,
}


# -- In the process that looks on --------------------------------------------------------------------------------------


class Watched:
    """A window's process, seen from outside.

    Parameters
    ----------
    name
        For the report.
    pid
        The process.
    pipe
        Where it tells of its checkpoints and of its end.
    folder
        Where it lives.
    """

    def __init__(self, name: str, pid: int, pipe: int, folder: Path) -> None:
        self.name, self._pid, self._folder = name, pid, folder
        self.seconds = self.stopping_seconds = self.processor_seconds = 0.0
        self.saved: dict[Path, int] = {}
        self._closing: float | None = None
        self._closed = self._worked = 0.0
        self._problems: list[str] = []
        status = self._wait(pipe)
        self._judge(status)

    @property
    def problems(self) -> list[str]:
        """Everything that isn't as promised."""
        return [f"{self.name}: {problem}" for problem in self._problems]

    def _wait(self, pipe: int) -> int | None:
        deadline, rest = time.monotonic() + HANG_SECONDS, b""
        os.set_blocking(pipe, False)
        while True:
            with contextlib.suppress(BlockingIOError):
                rest += os.read(pipe, 1 << 16)
            *lines, rest = rest.split(b"\n")
            for line in lines:
                self._hear(line.decode())
            ended, status, used = os.wait4(self._pid, os.WNOHANG)
            if ended and self._closing is not None:
                self.seconds = time.monotonic() - self._closing
                self.stopping_seconds = max(0.0, self._closed - self._closing)
                self.processor_seconds = used.ru_utime + used.ru_stime - self._worked
            if ended:
                return status
            if time.monotonic() > deadline:
                os.killpg(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                return None
            time.sleep(0.005)

    def _hear(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "saved":
            step, _, folder = rest.partition(" ")
            self.saved[Path(folder)] = int(step)
        elif word == "closing":
            self._closing, self._worked = map(float, rest.split())
        elif word == "closed":
            self._closed = float(rest)
        else:
            self._problems.append(f"the scene broke off: {rest}")

    def _judge(self, status: int | None) -> None:
        if status is None:
            self._problems.append(f"hung for {HANG_SECONDS:g} s")
        elif status != 0:
            self._problems.append(f"ended with {os.waitstatus_to_exitcode(status)}")
        if self._closing is None:
            self._problems.append("was never closed")
        if self.seconds > CLOSE_SECONDS:
            self._problems.append(f"took {self.seconds:.1f} s to close")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
            self._problems.append("left a process behind")
        self._judge_words()
        self._judge_runs()

    def _judge_words(self) -> None:
        words = (self._folder / "terminal").read_text(errors="replace").splitlines()
        said = [line.strip() for line in words if line.strip() and not line.startswith(HARMLESS)]
        if said:
            self._problems.append(f"said: {' / '.join(said[-_LAST_WORDS:])}")
        for fault in (self._folder / "logs").glob("*.fault"):
            if fault.stat().st_size:
                self._problems.append(f"crashed: {fault.read_text(errors='replace').splitlines()[0]}")
        for state in (self._folder / "logs").glob("*.state"):
            if state.stat().st_size:
                self._problems.append("would be taken for a session that was cut off")

    def _judge_runs(self) -> None:
        for folder, step in self.saved.items():
            try:
                newest = open_run(folder).newest[0].step
            except RunError as error:
                self._problems.append(f"lost the run: {error}")
                continue
            if newest < step:
                self._problems.append(f"lost a checkpoint: step {step} was saved, step {newest} is there")
        for folder in (self._folder / "runs").glob("*"):
            if is_run(folder) and folder not in self.saved and not _is_empty(folder):
                self._problems.append(f"left a run without a checkpoint that was told of: {folder.name}")


def _is_empty(folder: Path) -> bool:
    """Whether a run ended before its first step was saved; it says so itself."""
    return not any((folder / "checkpoints").glob("step-*"))


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
    if options.json:
        tell(json.dumps(figures))
    else:
        tell(
            f"{figures['windows']} windows closed, {report.checkpoints} checkpoints told of, "
            f"closed in {figures['median_seconds']:.2f} s (median), {figures['longest_seconds']:.2f} s (longest); "
            f"{len(report.failures)} failures; seed {report.seed}"
        )
        for failure in report.failures:
            tell(f"  {failure}")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
