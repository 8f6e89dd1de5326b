"""What the beats of a timer tell of the window, by a clock that the test turns."""

from __future__ import annotations

import pytest

from vae_explorer.app.frame_meter import FrameMeter


def beaten(gaps: list[float]) -> FrameMeter:
    now = [7.0]
    meter = FrameMeter(0.016, lambda: now[0])
    meter.beat()
    for gap in gaps:
        now[0] += gap
        meter.beat()
    return meter


def test_that_steady_beats_are_counted_and_none_is_late() -> None:
    meter = beaten([0.016] * 100)
    assert meter.rate == pytest.approx(62.5)
    assert meter.late(1.0) == pytest.approx(0.0)


def test_that_one_late_beat_of_two_hundred_shows_only_in_the_worst() -> None:
    meter = beaten([0.016] * 199 + [0.056])
    assert meter.late(0.99) == pytest.approx(0.0)
    assert meter.late(1.0) == pytest.approx(0.040)


def test_that_the_slowest_part_of_the_beats_is_told() -> None:
    meter = beaten([0.016] * 95 + [0.036] * 5)
    assert meter.late(0.95) == pytest.approx(0.0)
    assert meter.late(0.99) == pytest.approx(0.020)


def test_that_only_the_last_seconds_count() -> None:
    assert beaten([0.5] * 10 + [0.016] * 300).late(1.0) == pytest.approx(0.0)


def test_that_a_timer_that_stood_still_is_no_late_beat() -> None:
    meter = beaten([0.016] * 10)
    meter.restart()
    assert not meter.is_measured
    meter.beat()
    assert (meter.rate, meter.late(1.0)) == (0.0, 0.0)
