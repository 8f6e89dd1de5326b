"""Products in bfloat16 are taken where they are fast, and change nothing but the last digits."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from tests.training.tiny import tiny_dataset, tiny_experiment, trained
from vae_explorer.data.catalogue import load
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.frozen import frozen_copy
from vae_explorer.models.fused_pixels import FusedBernoulli
from vae_explorer.models.layers import ExactLinear
from vae_explorer.models.pixels import Bernoulli
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Moment
from vae_explorer.sections import ModelConfig
from vae_explorer.training import precision
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.events import TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.fused_adam import FusedAdam
from vae_explorer.training.initial import initial_model
from vae_explorer.training.precision import BFLOAT16, FLOAT32, find_precision
from vae_explorer.training.rounding import RoundedModel
from vae_explorer.training.state import TrainingState, differences, noise_generator
from vae_explorer.training.steps import StepParts, computing_parts

CPU = torch.device("cpu")
PRECISIONS = (FLOAT32, BFLOAT16)


def model_of(objective: str = "vae", network: str = "mlp") -> LatentVariableModel:
    return initial_model(tiny_experiment(objective, network=network), tiny_dataset())[1]


# The choice


@pytest.mark.parametrize("is_fast", [True, False])
def test_that_automatic_takes_bfloat16_where_it_is_fast_and_borne(
    is_fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda device: is_fast)
    assert find_precision("auto", CPU) == (BFLOAT16 if is_fast else FLOAT32)
    assert find_precision("auto", CPU, needs_float32=True) == FLOAT32
    for chosen in PRECISIONS:
        assert find_precision(chosen, CPU, needs_float32=chosen == BFLOAT16) == chosen


@pytest.mark.parametrize("chosen", PRECISIONS)
def test_that_a_training_tells_and_remembers_its_precision(chosen: str) -> None:
    heard = trained(tiny_experiment(precision=chosen, path="plain"))
    (started,) = heard.of(TrainingStarted)
    state = heard.finished.state
    assert state is not None
    assert (started.precision, started.path) == (state.precision, state.path) == (chosen, "plain")


def test_that_another_precision_or_way_to_take_steps_is_told_when_a_training_goes_on() -> None:
    state = trained(tiny_experiment(precision=FLOAT32, path="plain")).finished.state
    assert state is not None
    assert differences(state, "cpu", FLOAT32, "plain", 1) == ()
    (note,) = differences(state, "cpu", BFLOAT16, "plain", 1)
    assert note.startswith("The precision was float32 before and is bfloat16 now")
    (note,) = differences(state, "cpu", FLOAT32, "other", 1)
    assert note.startswith("The way to take steps was plain before and is other now")


def test_that_a_state_from_before_the_choice_is_float32_on_the_plain_path() -> None:
    defaults = {item.name: item.default for item in dataclasses.fields(TrainingState)}
    assert (defaults["precision"], defaults["path"]) == (FLOAT32, "plain")


# Rounded weights


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_only_large_products_are_rounded_and_all_else_is_shared(objective: str, network: str) -> None:
    model = model_of(objective, network)
    rounded = RoundedModel(model)
    exact = {
        parameter for layer in model.modules() if isinstance(layer, ExactLinear) for parameter in layer.parameters()
    }
    assert rounded.copies
    assert not exact & rounded.copies.keys()
    own, theirs = dict(model.named_parameters()), dict(rounded.model.named_parameters())
    assert own.keys() == theirs.keys()
    for name, parameter in own.items():
        if parameter in rounded.copies:
            assert theirs[name] is rounded.copies[parameter]
            assert theirs[name].dtype == torch.bfloat16
            assert torch.equal(theirs[name], parameter.to(torch.bfloat16))
        else:
            assert theirs[name] is parameter


@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_points_logits_and_losses_stay_float32(network: str) -> None:
    experiment = tiny_experiment(network=network)
    objective, model = initial_model(experiment, tiny_dataset())
    rounded = RoundedModel(model).model
    batch = BatchSource(tiny_dataset().train, CPU).rows(np.arange(20))
    posterior = rounded.posterior(batch.images)
    for values in (posterior.mean, posterior.log_var):
        assert values.dtype == torch.float32
        assert not torch.equal(values, values.to(torch.bfloat16).to(torch.float32))
    terms = objective(rounded, batch, moment=Moment(), generator=noise_generator(0, 1, CPU))
    exact = objective(model, batch, moment=Moment(), generator=noise_generator(0, 1, CPU))
    for name, value in terms.scalars.items():
        assert value.dtype == torch.float32
        assert value.item() == pytest.approx(exact.scalars[name].item(), rel=0.02, abs=0.02)


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_steps_in_bfloat16_follow_those_in_float32(objective: str, network: str) -> None:
    ends = []
    for chosen in PRECISIONS:
        experiment = tiny_experiment(objective, network=network, precision=chosen, path="plain", seed=2)
        ends.append(trained(experiment).finished)
    start = trained(tiny_experiment(objective, network=network, epochs=1, learning_rate=1e-6)).finished.model.weights
    for name, first in ends[0].model.weights.items():
        way = np.abs(first - start[name]).max()
        assert np.abs(first - ends[1].model.weights[name]).max() <= 0.5 * way + 1e-3, name
    assert ends[1].test["loss"] == pytest.approx(ends[0].test["loss"], rel=0.02, abs=0.1)


# Adam


def parts_of(objective: str, chosen: str) -> StepParts:
    experiment = tiny_experiment(objective)
    made, model = initial_model(experiment, tiny_dataset())
    optimizers: dict[str, torch.optim.Optimizer] = {
        name: torch.optim.Adam(groups, lr=0.1, fused=True) for name, groups in model.parameter_sets().items()
    }
    source = BatchSource(tiny_dataset().train, CPU)
    return StepParts(made, model, optimizers, source, noise_generator(0, 1, CPU), chosen)


def test_that_adam_moves_weights_as_torchs_own_does_to_the_last_bit() -> None:
    """With a parameter that has no gradient at first, and groups of other rates."""
    sizes, rates = (3, 5, 2), (1.0, 5.0, 1.0)
    ours = [torch.nn.Parameter(torch.linspace(-1, 1, size)) for size in sizes]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    adams = [
        torch.optim.Adam([{"params": [p], "rate": r} for p, r in zip(set_, rates, strict=True)], fused=True)
        for set_ in (ours, theirs)
    ]
    mover = FusedAdam(adams[0], {})
    for step in range(6):
        rate = 0.1 / (1 + step)
        mover.set_rate(rate)
        mover.zero_grad()
        assert all(parameter.grad is None for parameter in ours)
        for group in adams[1].param_groups:
            group["lr"] = rate * group["rate"]
        for set_ in (ours, theirs):
            for number, parameter in enumerate(set_):
                parameter.grad = None if number == 2 and step < 3 else torch.cos(parameter.detach() + step)
        mover.step()
        adams[1].step()
        for own, other in zip(ours, theirs, strict=True):
            assert torch.equal(own, other)
            for name, value in adams[1].state.get(other, {}).items():
                assert torch.equal(adams[0].state[own][name], value)
    assert float(adams[0].state[ours[2]]["step"]) == 3


def test_that_rounded_weights_follow_each_step_and_have_the_gradients() -> None:
    parts = parts_of("vae", BFLOAT16)
    model, movers = computing_parts(parts)
    own = dict(parts.model.named_parameters())
    batch = parts.images.rows(np.arange(16))
    for _ in range(3):
        before = {name: parameter.detach().clone() for name, parameter in own.items()}
        for mover in movers.values():
            mover.set_rate(0.01)
            mover.zero_grad()
        parts.objective(model, batch, moment=Moment(), generator=parts.noise).loss.backward()  # type: ignore[no-untyped-call]
        for mover in movers.values():
            mover.step()
        for name, parameter in model.named_parameters():
            assert not torch.equal(own[name], before[name]), name
            assert torch.equal(parameter, own[name].to(parameter.dtype)), name


# Pixels and snapshots


@pytest.mark.parametrize("is_masked", [True, False])
@pytest.mark.parametrize("shape", [(4, 1, 7, 7), (3, 4, 3, 5, 9), (4, 1, 1, 1), (2, 4, 1, 16, 32)])
def test_that_the_few_passes_over_the_pixels_give_the_usual_value_and_slope(
    shape: tuple[int, ...], is_masked: bool
) -> None:
    random = torch.Generator().manual_seed(3)
    logits = torch.randn(shape, generator=random, dtype=torch.float64).mul_(40).requires_grad_()
    x = torch.rand(shape[-4:], generator=random, dtype=torch.float64)
    weights = torch.randn(shape[:-3], generator=random, dtype=torch.float64)
    mask = None
    if is_masked:
        mask = torch.ones(1, 1, shape[-1], dtype=torch.float64)
        mask[..., : (shape[-1] + 1) // 2] = 0
    found = []
    for kind in (Bernoulli, FusedBernoulli):
        value = kind(logits, mask).log_prob(x)
        found.append((value.detach(), *torch.autograd.grad((value * weights).sum(), logits)))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found[1][1], found[0][1], rtol=1e-12, atol=1e-12)


def test_that_extreme_logits_give_finite_values_and_slopes() -> None:
    logits = torch.tensor([-200.0, -90.0, 0.0, 90.0, 200.0]).view(1, 1, 1, 5).requires_grad_()
    value = FusedBernoulli(logits).log_prob(torch.full((1, 1, 1, 5), 0.5))
    assert value.item() == pytest.approx(-(200 + 90) - math.log(2), rel=1e-6)
    (slope,) = torch.autograd.grad(value.sum(), logits)
    assert torch.isfinite(slope).all()


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_a_frozen_copy_is_the_model_with_weights_of_its_own(objective: str, network: str) -> None:
    model = model_of(objective, network)
    frozen = frozen_copy(model)
    own, copied = model.state_dict(), frozen.state_dict()
    assert list(own) == list(copied)
    assert all(torch.equal(own[name], copied[name]) for name in own)
    assert not {values.data_ptr() for values in own.values()} & {values.data_ptr() for values in copied.values()}
    assert not any(parameter.requires_grad for parameter in frozen.parameters())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not any(module.training for module in frozen.modules())
    assert all(module.training for module in model.modules())


# Quality


@pytest.mark.slow
@pytest.mark.parametrize(("objective", "network"), [("vae", "mlp"), ("iwae", "mlp"), ("vae", "conv")])
def test_that_bfloat16_reaches_the_test_loss_of_float32(objective: str, network: str) -> None:
    """Within 0.2 nats on the bundled digits, as a mean over seeds: the noise of a training is larger than that."""
    dataset = load(Experiment().data)
    losses: dict[str, list[float]] = {}
    for seed in range(2):
        for chosen in PRECISIONS:
            experiment = tiny_experiment(objective, network=network, epochs=3, batch_size=128, seed=seed)
            training = dataclasses.replace(experiment.training, precision=chosen, path="plain")
            model = ModelConfig(network=network, hidden=(128,), channels=(8, 16))
            experiment = dataclasses.replace(experiment, model=model, training=training)
            losses.setdefault(chosen, []).append(trained(experiment, dataset).finished.test["loss"])
    assert abs(np.mean(losses[BFLOAT16]) - np.mean(losses[FLOAT32])) < 0.2
