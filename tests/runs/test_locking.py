"""The lock of a run keeps a second training out, and what isn't a lock keeps nobody waiting."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.runs.damage import one_sentence
from tests.runs.resumed import refused
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.runs import lock, recording
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.late_moments import late_moments
from vae_explorer.runs.lock import RunLock, is_held
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed


def test_that_a_second_lock_is_refused_with_its_holder(folder: Path) -> None:
    first = RunLock(folder)
    first.tell_begun()
    first.tell_paused(True)
    assert is_held(folder)
    with pytest.raises(RunError, match=rf"by process {os.getpid()} on ") as caught:
        RunLock(folder)
    one_sentence(caught.value)
    first.close()
    assert not is_held(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX systems have pipes in folders")
def test_that_a_pipe_in_the_place_of_the_lock_makes_nobody_wait(folder: Path) -> None:
    (folder / "run.lock").unlink()
    os.mkfifo(folder / "run.lock")
    assert not is_held(folder)
    assert open_run(folder).load_model().step == 6
    assert "isn't an ordinary file: remove that" in refused(open_run(folder), tiny_dataset(), epochs=5)


def test_that_a_file_system_without_locks_holds_nothing_and_hinders_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_descriptor: int, *, shared: bool = False) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock, "_lock", unknown)
    RunLock(folder).close()
    assert not is_held(folder)


def test_that_an_interrupt_while_waiting_for_the_lock_leaves_it_free(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lock, "_lock_patiently", interrupt)
        with pytest.raises(KeyboardInterrupt):
            RunLock(folder)
    RunLock(folder).close()


@pytest.mark.parametrize("was_there", [True, False])
def test_that_a_training_that_cannot_begin_leaves_nothing_behind(
    was_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    if was_there:
        folder.mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    heard = Listener()
    monkeypatch.setattr(recording, "history_writer", full)
    assert train(tiny_experiment(), tiny_dataset(), folder, on_event=heard, control=Control()) is None
    assert isinstance(heard.events[-1], TrainingFailed)
    assert list(tmp_path.rglob("*")) == ([folder] if was_there else [])


def test_that_the_late_moments_end_with_the_model(folder: Path) -> None:
    run = open_run(folder)
    found = late_moments(run, run.load_model(), 3)
    assert [model.step for model in found] == [3, 4, 6]
