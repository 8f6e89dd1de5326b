"""The watchdog of the event loop names what held the window up, and its report says what is too long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.proving._window import wait
from tests.proving.stalls import Cancelled, Report, Stall, Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication


@pytest.fixture
def watchdog(qapp: QApplication) -> Iterator[Watchdog]:
    made = Watchdog(limit=100.0)
    made.during = "testing"
    yield made
    made.stop()


def hold_the_window_up(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_that_what_holds_the_window_up_is_named(watchdog: Watchdog) -> None:
    wait(lambda: len(watchdog.late) > 2)
    hold_the_window_up(0.3)
    wait(lambda: bool(watchdog.stalls))
    named = [stall for stall in watchdog.stalls if "hold_the_window_up" in stall.stack]
    assert named
    assert named[0].during == "testing"
    assert max(watchdog.late) == pytest.approx(max(stall.milliseconds for stall in watchdog.stalls))


def test_that_a_report_says_what_is_too_long() -> None:
    report = Report(0, late=[1.0] * 1000)
    assert report.failures(release=True) == []
    report.late += [400.0] * 50
    report.stalls.append(Stall(400.0, "looking on", 3.0, "here"))
    report.cancelled += [Cancelled("an export", 0.05, 1.0), Cancelled("loading", 0.2, 3.0)]
    assert report.failures(release=False) == [
        "stalled for 400 ms while looking on",
        "loading: felt after 0.20 s",
        "loading: over after 3.00 s",
    ]
    assert any(failure.startswith("99.0%") for failure in report.failures(release=True))
