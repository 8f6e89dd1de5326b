"""A training is saved twice a minute, and at the end of an epoch as far as that costs little."""

from __future__ import annotations

import pytest

from vae_explorer.runs.autosave import EPOCH_SECONDS, SAVING_SHARE, Autosave


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def test_that_a_save_is_due_after_its_time(now: list[float]) -> None:
    autosave = Autosave(30.0)
    now[0] += 29.9
    assert not autosave.is_due
    now[0] += 0.1
    assert autosave.is_due


def test_that_the_end_of_an_epoch_makes_a_save_due_unless_one_was_just_made(now: list[float]) -> None:
    autosave = Autosave(30.0)
    now[0] += EPOCH_SECONDS / 2
    autosave.end_epoch()
    assert not autosave.is_due
    now[0] += EPOCH_SECONDS / 2
    assert not autosave.is_due
    autosave.end_epoch()
    assert autosave.is_due
    autosave.end_save(now[0], 30.0)
    assert not autosave.is_due


def test_that_slow_saves_are_made_at_the_ends_of_fewer_epochs(now: list[float]) -> None:
    autosave = Autosave(30.0)
    began = now[0]
    now[0] += 1.0
    autosave.end_save(began, 30.0)
    now[0] += 0.9 / SAVING_SHARE
    autosave.end_epoch()
    assert not autosave.is_due
    now[0] += 0.1 / SAVING_SHARE
    autosave.end_epoch()
    assert autosave.is_due
