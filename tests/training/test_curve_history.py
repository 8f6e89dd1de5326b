"""The arithmetic under the loss curves."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.gui.plotting.curve_axis import log_ticks
from vae_explorer.training.curve_history import CurveHistory, decimated, latest_mean, robust_range, smoothed
from vae_explorer.training.events import MetricRecord


def records(values: list[float], split: str = "train") -> tuple[MetricRecord, ...]:
    chosen = "train" if split == "train" else "test"
    return tuple(
        MetricRecord(step, step / 10, chosen, step / 100, {"loss": value, "kl": value / 10})  # type: ignore[arg-type]
        for step, value in enumerate(values, start=1)
    )


def test_that_a_history_keeps_every_record_in_order() -> None:
    history = CurveHistory()
    values = list(np.random.default_rng(0).normal(150, 3, 2000))
    for start in range(0, 2000, 7):
        chunk = records(values)[start : start + 7]
        history.extend(chunk)
    curve = history.curve("train", "loss")
    np.testing.assert_array_equal(curve.values, values)
    np.testing.assert_array_equal(curve.steps, np.arange(1, 2001))
    np.testing.assert_allclose(curve.epochs, np.arange(1, 2001) / 10)


def test_that_splits_and_names_are_kept_apart() -> None:
    history = CurveHistory()
    history.extend(records([10.0, 20.0]))
    history.extend(records([15.0], "test"))
    assert history.curve("train", "kl").values.tolist() == [1.0, 2.0]
    assert history.curve("test", "loss").values.tolist() == [15.0]
    assert history.curve("test", "reconstruction").values.size == 0


def test_that_values_that_are_not_finite_are_left_out() -> None:
    history = CurveHistory()
    history.extend(records([5.0, float("nan"), float("inf"), 4.0]))
    assert history.curve("train", "loss").values.tolist() == [5.0, 4.0]
    assert history.curve("train", "loss").steps.tolist() == [1.0, 4.0]


def test_that_a_cleared_history_is_empty() -> None:
    history = CurveHistory()
    assert not history
    history.extend(records([1.0]))
    assert history
    history.clear()
    assert not history
    assert history.last("train", "loss") is None


def test_that_the_lowest_value_knows_when_it_was_measured() -> None:
    history = CurveHistory()
    history.extend(records([9.0, 7.0, 8.0], "test"))
    lowest = history.lowest("test", "loss")
    assert lowest is not None
    assert (lowest.step, lowest.epoch, lowest.value) == (2, 0.2, 7.0)


@pytest.mark.parametrize(("position", "value"), [(-5.0, 9.0), (0.14, 9.0), (0.16, 7.0), (0.3, 8.0), (99.0, 8.0)])
def test_that_the_nearest_value_is_read(position: float, value: float) -> None:
    history = CurveHistory()
    history.extend(records([9.0, 7.0, 8.0]))
    moment = history.nearest("train", "loss", "epoch", position)
    assert moment is not None
    assert moment.value == value


def test_that_decimation_keeps_every_peak_and_bounds_the_number_of_points() -> None:
    x = np.arange(100_000, dtype=np.float64)
    y = np.random.default_rng(1).normal(size=100_000)
    y[54_321], y[77_777] = 50.0, -40.0
    few_x, few_y = decimated(x, y, first=0.0, last=1e5, columns=500)
    assert few_x.size <= 2000
    assert (few_y.max(), few_y.min()) == (50.0, -40.0)
    assert (np.diff(few_x) >= 0).all()


def test_that_decimation_of_a_part_reaches_past_both_of_its_ends() -> None:
    x = np.arange(1000, dtype=np.float64)
    few_x, _ = decimated(x, x, first=400.5, last=405.5, columns=500)
    assert few_x.tolist() == [400.0, 401.0, 402.0, 403.0, 404.0, 405.0, 406.0]


def test_that_groups_stay_where_they_are_while_a_curve_grows() -> None:
    y = np.random.default_rng(2).normal(size=5000)
    x = np.arange(5000, dtype=np.float64)
    before = decimated(x[:4990], y[:4990], first=0, last=1e9, columns=400)[1]
    after = decimated(x, y, first=0, last=1e9, columns=400)[1]
    np.testing.assert_array_equal(before[:-4], after[: before.size - 4])


def test_that_smoothing_averages_over_the_window() -> None:
    history = CurveHistory()
    history.extend(records([1.0, 3.0] * 50))
    x, mean = smoothed(history.curve("train", "loss"), "epoch", 2.0, first=0, last=10, columns=500)
    assert x[-1] == 10.0
    np.testing.assert_allclose(mean[20:], 2.0, atol=0.1)


def test_that_smoothing_begins_with_the_first_value_and_a_line_stays_a_line() -> None:
    history = CurveHistory()
    history.extend(records([float(value) for value in range(100)]))
    curve = history.curve("train", "loss")
    _, mean = smoothed(curve, "step", 1.0, first=0, last=100, columns=500)
    np.testing.assert_allclose(mean[:90], curve.values[:90])


def test_that_the_first_steep_fall_does_not_flatten_the_rest() -> None:
    values = 150 + 5 * np.exp(-np.linspace(0, 3, 1000))
    values[:20] = np.linspace(550, 160, 20)
    limits = robust_range([values])
    assert limits is not None
    assert limits[0] < values.min()
    assert 155 < limits[1] < 170


def test_that_a_loss_that_grows_at_the_end_stays_in_sight() -> None:
    values = np.full(100, 150.0)
    values[-1] = 900.0
    limits = robust_range([values])
    assert limits is not None
    assert limits[1] > 900.0


def test_that_a_constant_curve_has_a_range_with_room() -> None:
    limits = robust_range([np.zeros(5)])
    assert limits is not None
    assert limits[0] < 0.0 < limits[1]
    assert robust_range([]) is None


def test_that_the_range_of_single_values_is_as_wide_as_that_of_one_of_them() -> None:
    limits = robust_range([np.array([206.965]), np.array([206.960])])
    assert limits is not None
    assert limits[1] - limits[0] > 10.0


@pytest.mark.parametrize("window", [1.0, 5.0, 100.0])
def test_that_the_latest_mean_is_where_the_smooth_curve_ends(window: float) -> None:
    history = CurveHistory()
    history.extend(records(np.random.default_rng(1).normal(150.0, 5.0, 300).tolist()))
    curve = history.curve("train", "loss")
    _, means = smoothed(curve, "epoch", window, first=0.0, last=np.inf, columns=400)
    found, last = latest_mean(curve, window), latest_mean(curve, 0.0)
    assert found is not None
    assert last is not None
    assert found.step == 300
    assert found.value == pytest.approx(means[-1])
    assert last.value == curve.values[-1]
    assert latest_mean(history.curve("test", "loss"), window) is None


def test_that_ticks_of_a_logarithmic_axis_are_round_values_at_their_logarithms() -> None:
    narrow = log_ticks(np.log10(140), np.log10(180), 4)
    assert [text for _, text in narrow] == ["140", "150", "160", "170", "180"]
    wide = log_ticks(-2, 2, 5)
    assert [text for _, text in wide] == ["0.01", "0.1", "1", "10", "100"]
    assert [place for place, _ in wide] == pytest.approx([-2, -1, 0, 1, 2])


def test_that_the_range_is_made_of_quantiles() -> None:
    values = np.random.default_rng(3).normal(100.0, 5.0, 401)
    values[-1] = 100.0
    lowest, low, high, highest = np.quantile(values, (0.0, 0.1, 0.9, 1.0)).tolist()
    upper = min(highest, high + 0.7 * (high - lowest))
    margin = 0.06 * (upper - lowest)
    assert robust_range([values]) == pytest.approx((lowest - margin, upper + margin))
    assert low > lowest
