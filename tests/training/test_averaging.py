"""The mean of the weights: what it is, that it goes on exactly, and that it is what is shown and kept."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.training.tiny import tiny_dataset, tiny_experiment, trained
from vae_explorer.errors import RunError
from vae_explorer.training.averaging import EVERY, AverageState, WeightAverage, check_average
from vae_explorer.training.events import TrainingFinished
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model

if TYPE_CHECKING:
    from vae_explorer.models.family import LatentVariableModel


@pytest.fixture
def model() -> LatentVariableModel:
    return initial_model(tiny_experiment(), tiny_dataset())[1]


def walk(model: LatentVariableModel, average: WeightAverage, steps: range) -> list[torch.Tensor]:
    """Move the weights at random, and return the first of them after each step."""
    seen = []
    for step in steps:
        generator = torch.Generator().manual_seed(step)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=generator))
        average.follow(step)
        seen.append(first(model))
    return seen


def first(model: LatentVariableModel) -> torch.Tensor:
    return next(model.parameters()).detach().clone()


@pytest.mark.parametrize("reach", [8, 16])
def test_that_the_mean_has_the_weights_of_polynomial_decay(model: LatentVariableModel, reach: int) -> None:
    average = WeightAverage(model, reach)
    seen = walk(model, average, range(1, 5 * EVERY + 1))[EVERY - 1 :: EVERY]
    # In closed form the k-th of T updates weighs in proportion to the product of k to k + reach - 1.
    shares = np.array([np.prod([k + i for i in range(reach)], dtype=float) for k in range(1, 6)])
    expected = sum(share * weights for share, weights in zip(shares / shares.sum(), seen, strict=True))
    torch.testing.assert_close(first(average.model(5 * EVERY)), expected)


def test_that_each_single_step_is_seen_at_once_before_the_first_update(model: LatentVariableModel) -> None:
    average = WeightAverage(model)
    torch.testing.assert_close(first(average.model(0)), first(model), rtol=0, atol=0)
    for step in range(1, EVERY):
        walk(model, average, range(step, step + 1))
        torch.testing.assert_close(first(average.model(step)), first(model), rtol=0, atol=0)


def test_that_between_updates_the_mean_moves_towards_the_next_one(model: LatentVariableModel) -> None:
    average = WeightAverage(model)
    walk(model, average, range(1, EVERY + 1))
    mean, weights = first(average.model(EVERY)), walk(model, average, range(EVERY + 1, EVERY + 3))[-1]
    expected = mean + 17 / 18 * 2 / EVERY * (weights - mean)
    torch.testing.assert_close(first(average.model(EVERY + 2)), expected)


def test_that_looking_changes_neither_weights_nor_mean(model: LatentVariableModel) -> None:
    average, unseen = WeightAverage(model), WeightAverage(model)
    for step in range(1, 3 * EVERY):
        walk(model, average, range(step, step + 1))
        unseen.follow(step)
        average.model(step)
    assert torch.equal(first(average.model(3 * EVERY)), first(unseen.model(3 * EVERY)))


def test_that_it_goes_on_from_its_state_to_the_last_bit(model: LatentVariableModel) -> None:
    average = WeightAverage(model)
    other = copy.deepcopy(model)
    walk(model, average, range(1, 2 * EVERY + 4))
    taken_up = WeightAverage(other)
    taken_up.restore(average.state())
    for followed, mean in ((model, average), (other, taken_up)):
        walk(followed, mean, range(2 * EVERY + 4, 4 * EVERY + 2))
    assert torch.equal(first(average.model(4 * EVERY + 1)), first(taken_up.model(4 * EVERY + 1)))


def test_that_weights_of_another_network_are_refused(model: LatentVariableModel) -> None:
    state = WeightAverage(model).state()
    check_average(model, state)
    name = next(iter(state.weights))
    fewer = {key: value for key, value in state.means.items() if key != name}
    with pytest.raises(RunError, match=name):
        check_average(model, replace(state, means=fewer))
    with pytest.raises(RunError, match="another shape"):
        check_average(model, AverageState({**state.weights, name: np.zeros(3, np.float32)}, state.means))


def test_that_what_is_shown_and_kept_is_the_mean_while_training_goes_on_from_the_weights() -> None:
    finished = trained(tiny_experiment(epochs=4)).of(TrainingFinished)[0]
    assert finished.state is not None
    assert finished.state.average is not None
    name = next(iter(finished.state.average.weights))
    shown = finished.model.weights[name]
    assert not np.array_equal(shown, finished.state.average.weights[name])
    without = trained(tiny_experiment(epochs=4, average=False)).of(TrainingFinished)[0]
    assert without.state is not None
    assert without.state.average is None
    np.testing.assert_array_equal(without.model.weights[name], finished.state.average.weights[name])


def test_that_networks_that_play_against_each_other_are_shown_as_they_are() -> None:
    assert not tiny_experiment("gan").averages_weights
    assert tiny_experiment("iwae").averages_weights


def test_that_runs_of_before_go_on_without_a_mean() -> None:
    values = tiny_experiment().to_dict()
    del values["training"]["average"]
    assert not Experiment.from_dict(values).training.average
    assert Experiment.from_dict({}).training.average


def test_that_runs_of_before_go_on_with_the_first_weights_and_the_adam_that_they_had() -> None:
    values = tiny_experiment().to_dict()
    del values["training"]["beta2"], values["training"]["average_reach"], values["model"]["start"]
    before = Experiment.from_dict(values)
    assert (before.training.beta2, before.model.start) == (0.999, "drawn")
    assert (before.training.average, before.training.average_reach) == (True, 8)
    assert Experiment.from_dict({}) == Experiment()
