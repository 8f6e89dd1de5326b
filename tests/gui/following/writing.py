"""A training elsewhere, to be followed: real, in a thread of its own, and driven step by step."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from vae_explorer.app.state import RunState
from vae_explorer.data.catalogue import load
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.recording import resume, train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed, TrainingPaused

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.training.events import TrainingEvent
    from vae_explorer.training.experiment import Experiment

_SECONDS = 60.0


class Writing:
    """Trains into a folder, from the start or from where the run there ended.

    Parameters
    ----------
    experiment, folder
        What to train, with the data that it names, and where.
    goes_on
        Whether the run in the folder goes on.
    """

    def __init__(self, experiment: Experiment, folder: Path, *, goes_on: bool = False) -> None:
        self.control = Control()
        self.folder = folder
        self.failures: list[str] = []
        self._experiment, self._goes_on = experiment, goes_on
        self._dataset = load(experiment.data)
        self._waits = threading.Event()
        self._thread = threading.Thread(target=self._write, name="training elsewhere")
        self.control.pause()
        self._thread.start()
        self.wait()

    def _write(self) -> None:
        if self._goes_on:
            resume(open_run(self.folder), self._dataset, on_event=self._hear, control=self.control)
        else:
            train(self._experiment, self._dataset, self.folder, on_event=self._hear, control=self.control)
        self._waits.set()

    def _hear(self, event: TrainingEvent) -> None:
        if isinstance(event, TrainingPaused):
            self._waits.set()
        elif isinstance(event, TrainingFailed):
            self.failures.append(event.message)

    def wait(self) -> None:
        """Block until the training waits or has ended."""
        assert self._waits.wait(_SECONDS)
        self._waits.clear()

    def steps(self, count: int) -> None:
        """Take some steps, and wait."""
        for _ in range(count):
            self.control.step()
            self.wait()

    def run(self) -> None:
        """Train to the end, and wait for it."""
        self.control.resume()
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive()

    def stop(self) -> Run:
        """End it, and return what was saved."""
        self.control.stop()
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive()
        return open_run(self.folder)


_PROGRAM = """
import pathlib, sys, time
from vae_explorer.runs import recorder
recorder.AUTOSAVE_SECONDS = 0.0
from vae_explorer.cli import main
main(sys.argv[1:])
"""


class Killable:
    """A training in a process of its own, which saves all the time and doesn't end by itself."""

    def __init__(self, experiment: Experiment, folder: Path) -> None:
        training, model = experiment.training, experiment.model
        words = ["train", "--data", experiment.data.source, "--out", str(folder), "--epochs", "100000"]
        words += [
            "--device",
            "cpu",
            "--set",
            f"training.batch_size={training.batch_size}",
            "--set",
            "training.threads=1",
        ]
        words += ["--set", f"model.hidden={','.join(map(str, model.hidden))}", "--set", "training.history=0"]
        self.process = subprocess.Popen([sys.executable, "-c", _PROGRAM, *words], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _SECONDS
        while not (folder / "LATEST").exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self) -> None:
        """Take it away as a system does that needs its memory."""
        self.process.kill()
        self.process.wait()


def followed(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    """Open a run, and wait until its model is shown."""
    window.opening.open_path(folder)
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.state is RunState.FINISHED)


def shown_step(window: MainWindow) -> int:
    """Return the step of the model that is shown, -1 without one."""
    return -1 if window.session.model_info is None else window.session.model_info.step
