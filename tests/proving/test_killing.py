"""Kills and power losses lose nothing that was told to be saved, and the proof would notice if they did."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proving import killing
from tests.proving._tally import Tally
from tests.proving._tracing import can_trace
from vae_explorer.runs import saving
from vae_explorer.runs.checkpoint import DONE_FILE, LATEST_FILE, checkpoint_folders
from vae_explorer.storage import write_new

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX systems can fork")
Attempt = Callable[[Tally, int, random.Random], None]


def tried(attempt: Attempt, count: int) -> Tally:
    tally = Tally("killing", 0)
    attempt(tally, count, random.Random(0))
    return tally


def test_that_twenty_kills_at_random_times_lose_no_save() -> None:
    tally = tried(killing.kill_at_random, killing.CYCLES)
    assert tally.failures == []
    assert sum(tally.tried.values()) == 20


def test_that_a_kill_before_any_system_call_of_a_save_loses_no_save() -> None:
    tally = tried(killing.kill_at_calls, 6)
    assert tally.failures == []
    assert sum(tally.tried.values()) == (18 if can_trace() else 0)
    assert bool(tally.notes) is not can_trace()


def test_that_a_power_loss_loses_no_save() -> None:
    tally = tried(killing.lose_power, 60)
    assert tally.failures == []
    assert sum(tally.tried.values()) == 120


def test_that_a_save_that_is_not_brought_to_the_disk_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def write_only(path: Path, content: bytes) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda _descriptor: None)
            write_new(path, content)

    monkeypatch.setattr(saving, "write_new", write_only)
    assert tried(killing.lose_power, 60).failures


@pytest.mark.slow
def test_that_a_name_that_is_not_brought_to_the_disk_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "sync_folder", lambda _folder: None)
    assert tried(killing.lose_power, 80).failures


def test_that_a_save_that_is_told_before_it_is_done_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def too_late(source: Path, target: Path) -> None:
        real(source, target)
        if target.name == LATEST_FILE:
            newest = checkpoint_folders(target.parent / "checkpoints")[0]
            (newest / DONE_FILE).unlink()

    monkeypatch.setattr(os, "replace", too_late)
    assert tried(killing.kill_at_random, 8).failures
