"""A computer that slept finds runs that are followed as they are, and saves what it trains soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.recorded import recorded
from vae_explorer.runs.autosave import Autosave
from vae_explorer.runs.following import RunFollower
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.presence import Presence
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pathlib import Path

NIGHT = 8 * 3600.0


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds on the clock of the computer, to be turned on."""
    seconds = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: seconds[0])
    return seconds


def test_that_a_run_that_is_written_counts_as_written_after_a_night(tmp_path: Path, now: list[float]) -> None:
    recorded(tmp_path)
    lock = RunLock(tmp_path)
    lock.tell_begun()
    follower = RunFollower(tmp_path)
    assert follower.look().presence is Presence.WRITING
    now[0] += NIGHT
    log = MetricsLog(tmp_path / "metrics.jsonl", goes_on=True)
    log.append([MetricRecord(7, 2.5, "train", 1.0, {"loss": 1.0})])
    news = follower.look()
    assert news.presence is Presence.WRITING
    assert (news.quiet, news.is_over) == (0.0, False)
    log.close()
    lock.close()


def test_that_a_night_makes_one_save_due_and_no_more(now: list[float]) -> None:
    autosave = Autosave(30.0)
    now[0] += NIGHT
    assert autosave.is_due
    autosave.end_save(now[0], 30.0)
    assert not autosave.is_due
    now[0] += 31.0
    assert autosave.is_due
