"""How the learning rate moves over a run."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.config import settings_of
from vae_explorer.sections import TrainingConfig
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.schedules import learning_rate


def rates(schedule: str, total: int = 101) -> list[float]:
    return [learning_rate(schedule, 0.5, step, total) for step in range(total)]


def test_that_a_constant_rate_is_constant() -> None:
    assert set(rates("constant")) == {0.5}


def test_that_a_cosine_starts_at_the_peak_and_falls_to_zero() -> None:
    found = rates("cosine")
    assert found[0] == 0.5
    assert found[50] == pytest.approx(0.25)
    assert found[-1] == pytest.approx(0, abs=1e-12)
    assert found == sorted(found, reverse=True)


def test_that_the_default_rises_over_a_twentieth_and_moves_until_the_last_step() -> None:
    found = rates("warm-cosine")
    assert found[0] == pytest.approx(0.5 / 5)
    assert found[4] == max(found) == pytest.approx(0.5, rel=5e-3)
    assert found[4:] == sorted(found[4:], reverse=True)
    assert 0 < found[-1] < 1e-3
    assert learning_rate("warm-cosine", 0.5, 199, 100_000) == pytest.approx(0.5, rel=1e-4)


def test_that_the_rise_is_short_from_scaled_first_weights_and_long_for_others() -> None:
    default = Experiment()
    assert default.most_rise == 50
    assert default.with_setting("model.start", "drawn").most_rise == default.with_objective("gan").most_rise == 200
    found = [learning_rate("warm-cosine", 0.5, step, 100_000, default.most_rise) for step in range(51)]
    np.testing.assert_allclose(found, 0.5 * np.minimum(1, np.arange(1, 52) / 50), rtol=1e-5)


def test_that_one_cycle_rises_over_three_tenths_and_falls_to_nearly_nothing() -> None:
    found = rates("one-cycle")
    assert found[0] == pytest.approx(0.5 / 25)
    assert max(found) == found[30] == pytest.approx(0.5)
    assert found[-1] == pytest.approx(0.5 / 10_000)
    assert found[:31] == sorted(found[:31])
    assert found[30:] == sorted(found[30:], reverse=True)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "warm-cosine", "one-cycle"])
def test_that_a_run_of_one_step_and_a_step_too_many_have_a_rate(schedule: str) -> None:
    assert 0 <= learning_rate(schedule, 0.5, 0, 1) <= 0.5
    assert learning_rate(schedule, 0.5, 200, 101) == learning_rate(schedule, 0.5, 100, 101)


def test_that_every_schedule_of_the_settings_exists_and_no_other() -> None:

    declared = next(item for item in settings_of(TrainingConfig) if item.name == "schedule")
    assert {learning_rate(name, 1.0, 0, 2) for name in declared.declaration.choices}
    with pytest.raises(ValueError, match="no schedule"):
        learning_rate("sawtooth", 0.5, 0, 10)
