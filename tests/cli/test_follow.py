"""``follow``: a training elsewhere is watched to its end, and its folder stays as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import ROOT, call
from tests.cli.printed import mapping, one_object
from tests.runs.recorded import recorded, tree
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.cli import follow
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.events import MetricBatch

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a run fifty times as often."""
    monkeypatch.setattr(follow, "LOOK_SECONDS", 0.02)


def test_that_a_training_is_watched_to_its_end(tmp_path: Path, capsys: Capture) -> None:
    folder, control, began = tmp_path / "run", Control(), threading.Event()

    def hear(event: object) -> None:
        if isinstance(event, MetricBatch):
            began.set()

    def write() -> None:
        train(tiny_experiment(epochs=60), tiny_dataset(), folder, on_event=hear, control=control)

    thread = threading.Thread(target=write)
    thread.start()
    assert began.wait(60)
    answer = call(capsys, "follow", folder)
    thread.join()
    assert answer.status == 0
    assert "Following run, trained by process " in answer.err
    assert "/60  " in answer.err
    assert "images/s" in answer.err
    assert answer.out.startswith("train: loss ")
    assert answer.out.endswith(f"completed: {folder}\n")


def test_that_a_run_that_is_done_is_told_at_once_and_stays_as_it_is(tmp_path: Path, capsys: Capture) -> None:
    run = recorded(tmp_path / "run")
    before = tree(run.path)
    found = one_object(call(capsys, "follow", run.path, "--json").out)
    assert (found["reason"], found["step"], found["run"]) == ("completed", run.newest[0].step, str(run.path))
    assert mapping(found["test"]).keys() >= {"loss", "kl"}
    assert tree(run.path) == before


def test_that_a_training_that_was_stopped_is_no_success(tmp_path: Path, capsys: Capture) -> None:
    control = Control()

    def stop(event: object) -> None:
        if isinstance(event, MetricBatch):
            control.stop()

    train(tiny_experiment(epochs=60), tiny_dataset(), tmp_path / "run", on_event=Listener(stop), control=control)
    answer = call(capsys, "follow", tmp_path / "run")
    assert answer.status == 1
    assert "ended before all epochs were done: " in answer.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_that_a_training_that_was_killed_is_told_with_what_to_do(tmp_path: Path, capsys: Capture) -> None:
    run = recorded(tmp_path / "run")
    program = (
        "import os, pathlib, signal, sys\nfrom vae_explorer.runs.lock import RunLock\n"
        "lock = RunLock(pathlib.Path(sys.argv[1]))\nlock.tell_begun()\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(run.path)], cwd=ROOT, check=False)
    answer = call(capsys, "follow", run.path)
    assert answer.status == 1
    assert "broke off, because its process is gone: go on with it by train --resume" in answer.err


def test_that_an_interruption_leaves_the_run_alone(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(tmp_path / "run")
    lock = RunLock(run.path)
    lock.tell_begun()
    before = tree(run.path)

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vae_explorer.cli.follow.time.sleep", interrupt)
    answer = call(capsys, "follow", run.path)
    assert answer.status == 130
    assert answer.err.endswith("Stopped following; the run goes on.\n")
    assert tree(run.path) == before
    lock.close()


def test_that_a_folder_that_is_away_for_a_moment_is_looked_at_again(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = recorded(tmp_path / "run")
    lock = RunLock(run.path)
    lock.tell_begun()
    away, naps = tmp_path / "away", []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            shutil.move(run.path, away)
        elif len(naps) == 3:
            shutil.move(away, run.path)
            lock.close()

    monkeypatch.setattr("vae_explorer.cli.follow.time.sleep", nap)
    answer = call(capsys, "follow", run.path)
    assert answer.status == 0, answer.err
    assert answer.err.count("It is tried again.") == 1
    assert naps[2] > naps[0]
    assert open_run(run.path).metrics == run.metrics


@pytest.mark.parametrize("name", ["absent", "."])
def test_that_what_is_no_run_is_refused(name: str, tmp_path: Path, capsys: Capture) -> None:
    assert call(capsys, "follow", tmp_path / name).status == 2
