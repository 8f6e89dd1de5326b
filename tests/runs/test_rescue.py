"""A training that can't be saved asks what to do, keeps what isn't written yet, and loses none of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.runs.recorded import recorded
from tests.runs.resumed import curve
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.runs import recorder
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.recording import train
from vae_explorer.runs.saving import save_checkpoint
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    SavingFailed,
    SavingPutOff,
    SavingResumed,
    TrainingFailed,
    TrainingFinished,
    TrainingStarted,
)
from vae_explorer.training.questions import Answer

pytestmark = pytest.mark.usefixtures("autosave_always")


def asked(folder: Path, answers: list[Answer | None], monkeypatch: pytest.MonkeyPatch, failing: int) -> Listener:
    """Train while the first saves but one fail, with these answers to what is asked."""
    saves, left, control, heard = iter(range(1, 1_000)), iter(answers), Control(), Listener()

    def save(*arguments: object) -> Path:
        if 1 < next(saves) <= failing + 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return save_checkpoint(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder, "save_checkpoint", save)
    control.questions.attend()
    monkeypatch.setattr(control.questions, "wait", lambda *, at_the_end=False: next(left))
    train(tiny_experiment(), tiny_dataset(), folder, on_event=heard, control=control)
    return heard


@pytest.fixture
def whole(tmp_path: Path) -> Run:
    return recorded(tmp_path / "whole")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def test_that_saving_again_loses_nothing(whole: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = asked(folder, [Answer("again"), Answer("again")], monkeypatch, 2)
    assert len(heard.of(SavingFailed)) == 2
    assert "No space left on device" in heard.of(SavingFailed)[0].message
    assert [event.folder for event in heard.of(SavingResumed)] == [folder]
    assert open_run(folder).load_model().weight_hash == whole.load_model().weight_hash
    assert curve(open_run(folder).metrics) == curve(whole.metrics)
    assert open_run(folder).notes == ()


def test_that_a_run_that_is_saved_elsewhere_is_whole_there(
    whole: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = folder.with_name("other")
    heard = asked(folder, [Answer("elsewhere", other)], monkeypatch, 1)
    assert [event.folder for event in heard.of(SavingResumed)] == [other]
    assert open_run(other).load_model().weight_hash == whole.load_model().weight_hash
    assert curve(open_run(other).metrics) == curve(whole.metrics)
    assert open_run(other).notes == ()


def test_that_another_place_that_is_taken_is_asked_about_again(
    whole: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asked(folder, [Answer("elsewhere", whole.path), Answer("again")], monkeypatch, 1)
    assert "isn't empty" in heard.of(SavingFailed)[1].message
    assert open_run(folder).load_model().weight_hash == whole.load_model().weight_hash


def test_that_a_save_that_is_put_off_is_made_when_it_can_be(
    whole: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asked(folder, [Answer("later")], monkeypatch, 2)
    assert len(heard.of(SavingPutOff)) == 1
    assert isinstance(heard.events[-1], TrainingFinished)
    assert open_run(folder).load_model().weight_hash == whole.load_model().weight_hash
    assert curve(open_run(folder).metrics) == curve(whole.metrics)


def test_that_what_nobody_answers_ends_the_training_and_keeps_the_save_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asked(folder, [None], monkeypatch, 1_000)
    assert isinstance(heard.events[-1], TrainingFailed)
    assert open_run(folder).load_model().step == 0


def test_that_giving_up_at_the_end_keeps_the_save_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = asked(folder, [Answer("later"), Answer("later")], monkeypatch, 1_000)
    assert heard.of(SavingFailed)[-1].at_the_end
    assert isinstance(heard.events[-1], TrainingFailed)
    assert open_run(folder).load_model().step == 0


def test_that_a_folder_that_is_gone_is_made_again(whole: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_away(event: object) -> None:
        if isinstance(event, TrainingStarted):
            folder.rename(folder.with_name("taken"))

    control, heard = Control(), Listener(take_away)
    control.questions.attend()
    monkeypatch.setattr(control.questions, "wait", lambda *, at_the_end=False: Answer("again"))
    train(tiny_experiment(), tiny_dataset(), folder, on_event=heard, control=control)
    assert "is gone" in heard.of(SavingFailed)[0].message
    assert open_run(folder).load_model().weight_hash == whole.load_model().weight_hash
    assert curve(open_run(folder).metrics) == curve(whole.metrics)
