"""How often a training model is shown anew, by a clock that the test turns."""

from __future__ import annotations

from vae_explorer.app.preview_budget import LEAST_SECONDS, MOST_SECONDS, SHARE, PreviewBudget


class Bench:
    """A budget whose time and work pass as told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.worked = 0.0
        self.budget = PreviewBudget(lambda: self.worked, lambda: self.now)
        self.budget.restart()

    def renewals(self, seconds: float, cost: float, others: float = 0.0) -> int:
        """Let time pass by frames; each renewal costs some work, and others take a share of each second."""
        count = 0
        for _ in range(round(seconds / 0.016)):
            self.now += 0.016
            self.worked += 0.016 * others
            if self.budget.is_due():
                count += 1
                self.budget.begin()
                self.worked += cost
        return count


def test_that_the_first_model_is_due_at_once() -> None:
    assert Bench().budget.is_due()


def test_that_cheap_previews_come_as_often_as_is_of_use() -> None:
    count = Bench().renewals(10.0, 0.001)
    assert 0.8 * 10.0 / LEAST_SECONDS <= count <= 10.0 / LEAST_SECONDS + 1


def test_that_dear_previews_come_so_seldom_that_training_keeps_its_time() -> None:
    bench = Bench()
    cost = 0.05
    count = bench.renewals(20.0, cost)
    assert count * cost <= 1.05 * SHARE * 20.0 + cost
    assert count >= 0.8 * SHARE * 20.0 / cost
    assert 0.8 * SHARE < bench.budget.used < 1.2 * SHARE
    assert 0.8 * cost / SHARE < bench.budget.seconds < 1.2 * cost / SHARE


def test_that_the_plane_stays_alive_however_dear_previews_are() -> None:
    bench = Bench()
    assert bench.renewals(20.0, 2.0) >= 0.9 * 20.0 / MOST_SECONDS
    assert bench.budget.seconds == MOST_SECONDS


def test_that_previews_make_way_for_a_hand_that_drags_and_come_back_when_it_rests() -> None:
    bench = Bench()
    left_alone = bench.renewals(5.0, 0.01)
    dragged = bench.renewals(5.0, 0.01, others=0.4)
    assert dragged < left_alone / 3
    assert bench.renewals(5.0, 0.01) >= left_alone - 3


def test_that_another_training_begins_without_the_debts_of_the_one_before() -> None:
    bench = Bench()
    bench.renewals(5.0, 2.0)
    bench.budget.restart()
    assert bench.budget.is_due()
    assert bench.budget.used == 0.0
    assert bench.budget.seconds == LEAST_SECONDS
