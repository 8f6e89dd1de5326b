"""Windows opened and closed leave nothing behind, and the tool that opens many notices whatever grows."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from tests.proving import opening
from tests.proving._usage import Usage, settle, slope, slopes, usage, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


def with_growth(name: str, each: float, count: int = 20) -> list[Usage]:
    """Return what a process would hold of which one count grows, all with some noise."""
    chance = random.Random(0)
    values = {
        "objects": 9.0,
        "widgets": 0.0,
        "threads": 3.0,
        "descriptors": 9.0,
        "python_objects": 1e5,
        "megabytes": 300.0,
    }
    series = []
    for number in range(count):
        noise = chance.choice((0.0, 0.0, 1.0))
        grown = {**values, name: values[name] + noise + each * number}
        series.append(Usage(**grown))  # type: ignore[arg-type]
    return series


@pytest.mark.parametrize(
    ("name", "each"),
    [("objects", 1), ("widgets", 1), ("threads", 1), ("descriptors", 1), ("python_objects", 300), ("megabytes", 1)],
)
def test_that_a_count_that_grows_is_named(name: str, each: float) -> None:
    (sentence,) = verdict(slopes(with_growth(name, each)))
    assert sentence.startswith(name)


@pytest.mark.parametrize("name", ["objects", "widgets", "threads", "descriptors"])
def test_that_noise_is_no_growth(name: str) -> None:
    assert verdict(slopes(with_growth(name, 0))) == []


def test_that_a_slope_of_too_few_values_says_nothing() -> None:
    assert not slope([1.0, 2.0]).is_real


@pytest.fixture
def opener(tmp_path: Path, qapp: QApplication) -> Iterator[opening.Opener]:
    made = opening.Opener(tmp_path, random.Random(0))
    made.train()
    yield made
    settle()


@pytest.mark.slow
def test_that_windows_opened_and_closed_leave_no_object_widget_thread_or_descriptor(opener: opening.Opener) -> None:
    series = []
    for _ in range(5):
        opener.cycle()
        series.append(usage())
    first, last = series[2], series[-1]
    assert (last.objects, last.widgets) == (first.objects, first.widgets)
    assert (last.threads, last.descriptors) == (first.threads, first.descriptors)
    assert last.python_objects - first.python_objects < 2 * 150


@pytest.mark.slow
def test_that_an_object_thread_or_widget_that_stays_is_seen(opener: opening.Opener) -> None:
    opener.cycle()
    before = usage()
    stop = threading.Event()
    left = QObject(), QWidget(), threading.Thread(target=stop.wait)
    left[2].start()
    after = usage()
    stop.set()
    left[2].join()
    assert after.objects >= before.objects + 2
    assert (after.widgets, after.threads) == (before.widgets + 1, before.threads + 1)
