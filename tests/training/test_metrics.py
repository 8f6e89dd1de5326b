"""What is recorded of the steps of a run, and how long it still takes."""

from __future__ import annotations

import math

import pytest
import torch

from vae_explorer.errors import DivergenceError, TrainingError
from vae_explorer.objectives.terms import Term
from vae_explorer.training import metrics
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.events import MetricRecord
from vae_explorer.training.metrics import StepMetrics


def scalars(value: float) -> dict[str, torch.Tensor]:
    return {"loss": torch.tensor(value), "kl": torch.tensor(value / 2)}


def test_that_a_record_is_the_mean_of_a_fixed_number_of_steps_whenever_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "MOST_RECORDS", 4)

    def records(reads: set[int]) -> list[tuple[int, float, float]]:
        log = StepMetrics(10, 5)  # three steps a record
        found: list[MetricRecord] = []
        for step in range(1, 11):
            log.add(step, scalars(step), 0.1 * step, 0.0)
            if step in reads:
                found += log.read()
        found += log.read(all_of_them=True)
        return [(record.step, record.values["loss"], record.values["learning_rate"]) for record in found]

    expected = [(3, 2.0, 0.3), (6, 5.0, 0.6), (9, 8.0, 0.9), (10, 10.0, 1.0)]
    for reads in (set(), {1, 2, 3, 4, 5}, {7}, set(range(11))):
        found = records(reads)
        assert [item[:2] for item in found] == [item[:2] for item in expected]
        assert [item[2] for item in found] == pytest.approx([item[2] for item in expected])


@pytest.mark.parametrize("steps", [1, 4999, 5000, 5001, 12_345])
def test_that_a_run_has_at_most_as_many_records_as_allowed(steps: int) -> None:
    log = StepMetrics(steps, steps)
    for step in range(1, steps + 1):
        log.add(step, scalars(1.0), 0.1, 0.0)
    found = log.read(all_of_them=True)
    assert len(found) <= metrics.MOST_RECORDS
    assert len(found) >= min(steps, metrics.MOST_RECORDS // 2)
    assert found[-1].step == steps


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_that_the_first_term_that_is_not_finite_is_named(bad: float) -> None:
    log = StepMetrics(10, 10)
    log.add(1, scalars(1.0), 0.1, 0.0)
    log.add(2, {"loss": torch.tensor(1.0), "kl": torch.tensor(bad)}, 0.1, 0.0)
    log.add(3, scalars(bad), 0.1, 0.0)
    with pytest.raises(TrainingError, match=f"at step 2: the term “KL” became (?i:{bad})"):
        log.read()


@pytest.mark.parametrize(
    ("name", "title"),
    [("loss", "Total"), ("kl_z1", "KL of z₁"), ("distance", "Distance from the middle"), ("pull_back", "Pull back")],
)
def test_that_a_term_that_is_not_finite_is_called_as_on_the_curves(name: str, title: str) -> None:
    own = (Term("distance", "Distance from the middle", "How far out the points lie.", "units of z"),)
    log = StepMetrics(10, 10, own=own)
    log.add(1, {name: torch.tensor(math.nan)}, 0.1, 0.0)
    with pytest.raises(DivergenceError, match=f"the term “{title}” became NaN"):
        log.read()


def test_that_later_steps_do_not_change_what_was_added() -> None:
    log, value = StepMetrics(1, 1), torch.tensor(3.0)
    log.add(1, {"loss": value}, 0.1, 0.0)
    value.fill_(99)
    assert log.read()[0].values["loss"] == 3.0


def test_that_speed_and_time_left_come_from_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = TrainingClock(steps_per_epoch=10, epochs=10, images_per_epoch=100)
    assert clock.progress().seconds_left is None
    for second in range(1, 21):
        now[0] = 100.0 + second
        # Ten images a second at first, twenty from the eleventh second on.
        for _ in range(1 if second <= 10 else 2):
            clock.count(10)
        progress = clock.progress()
    assert progress.images_per_second == pytest.approx(20)
    assert progress.seconds == pytest.approx(20)
    assert (progress.step, progress.total_steps, progress.epoch) == (30, 100, 3.0)
    assert progress.seconds_left == pytest.approx((1000 - 300) / 20)


def test_that_a_pause_is_left_out_of_time_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = TrainingClock(10, 1, 100)
    now[0] = 1.0
    clock.count(10)
    clock.progress()
    now[0] = 501.0
    clock.leave_out(500.0)
    now[0] = 502.0
    clock.count(10)
    progress = clock.progress()
    assert progress.seconds == pytest.approx(2.0)
    assert progress.images_per_second == pytest.approx(10.0)
