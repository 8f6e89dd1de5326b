"""The hand-written steps of fully connected networks are those of autograd."""

from __future__ import annotations

import itertools

import pytest
import torch

from tests.training.dense_steps import (
    CONDITIONAL,
    GAMES,
    OBJECTIVES,
    RATE,
    SEVERAL,
    assert_same_steps,
    batches,
    dense,
    experiment_of,
    first_means,
    parts_of,
    plain_step,
    plain_terms,
)
from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.layers import MOST_LOG_VAR
from vae_explorer.training import dense_pictures, dense_rows

LIKELIHOODS = ("bernoulli", "bernoulli-sampled", "bernoulli-threshold", "gaussian")
ACTIVATIONS = ("silu", "relu", "leaky-relu", "gelu", "tanh")
KINDS = [
    *itertools.product(OBJECTIVES, LIKELIHOODS, ("diagonal", "full"), ("silu",), ("12,9",)),
    *itertools.product(("vae",), ("bernoulli",), ("diagonal",), ACTIVATIONS, ("12", "12,9,7")),
    *itertools.product((*CONDITIONAL, *SEVERAL), ("bernoulli", "gaussian"), ("diagonal", "full"), ("silu",), ("12,9",)),
    *itertools.product(("cvae-label", *SEVERAL), ("bernoulli-sampled",), ("diagonal",), ("silu",), ("12",)),
]


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_that_gradients_terms_and_noise_are_those_of_autograd(kind: tuple[str, str, str, str, str]) -> None:
    experiment = experiment_of(*kind)
    if kind[0] == "beta-vae":
        experiment = experiment.with_setting("objective.warm_up", "2").with_setting("objective.free_bits", "0.4")
    if kind[0] in ("cvae-class-mean", "cvae-label"):
        experiment = experiment.with_setting("objective.beta", "0.7")
    assert_same_steps(experiment)


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
@pytest.mark.parametrize("samples", [1, 4, 23])
@pytest.mark.parametrize("gradient", ["plain", "stl", "dreg"])
def test_that_every_gradient_of_the_importance_weighted_bound_is_that_of_autograd(
    gradient: str, samples: int, posterior: str
) -> None:
    experiment = experiment_of("iwae", "bernoulli", posterior, "relu", "12")
    experiment = experiment.with_setting("objective.gradient", gradient)
    assert_same_steps(experiment.with_setting("objective.samples", str(samples)))


@pytest.mark.parametrize("objective", ["vae", "vae-sampled-kl", "iwae"])
@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_that_variances_far_too_large_are_bounded_as_by_autograd(objective: str, posterior: str) -> None:
    def spread(model: LatentVariableModel) -> None:
        assert model.encoder is not None
        assert model.encoder.log_var is not None
        model.encoder.log_var.bias.copy_(torch.tensor([30.0, MOST_LOG_VAR - 0.01]))

    assert_same_steps(experiment_of(objective, "bernoulli", posterior, "silu", "12"), change=spread)


@pytest.mark.parametrize("loss", ["saturating", "non-saturating"])
@pytest.mark.parametrize("r1", ["0", "0.7"])
@pytest.mark.parametrize("hidden", ["12", "12,9,7"])
@pytest.mark.parametrize("objective", GAMES)
def test_that_gradients_of_games_are_those_of_autograd(objective: str, hidden: str, r1: str, loss: str) -> None:
    experiment = experiment_of(objective, "bernoulli", "diagonal", "silu", hidden)
    experiment = experiment.with_setting("objective.r1", r1).with_setting("objective.loss", loss)
    assert_same_steps(experiment.with_setting("objective.momentum", "0.5"))


def test_that_the_price_of_information_moves_as_on_the_plain_path() -> None:
    experiment = tiny_experiment("gan-bottleneck").with_setting("objective.information", "0.05")
    first, second = (parts_of(experiment, tiny_dataset(), dtype=torch.float64) for _ in range(2))
    plain, step = plain_step(first), dense(second)
    for rows, moment in batches(20):
        plain.take(rows, RATE, moment)
        step.take(rows, RATE, moment)
    prices = [parts.model.get_buffer("bottleneck_weight") for parts in (first, second)]
    assert float(prices[0]) > 0
    torch.testing.assert_close(prices[1], prices[0], rtol=1e-9, atol=0)


@pytest.mark.parametrize("objective", [*OBJECTIVES, *CONDITIONAL, *SEVERAL, *GAMES])
def test_that_fifty_steps_in_float32_give_the_curve_and_the_weights_of_the_plain_path(objective: str) -> None:
    data = tiny_dataset()
    first, second = (parts_of(tiny_experiment(objective), data) for _ in range(2))
    plain, step = plain_step(first), dense(second)
    expected = torch.stack([plain_terms(plain, rows, moment) for rows, moment in batches(50)])
    for rows, moment in batches(50):
        step.take(rows, RATE, moment)
    torch.testing.assert_close(step.drain(), expected, rtol=2e-5, atol=2e-5)
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("objective", "hidden"),
    [("vae", "48"), ("vae", "48,32"), *((name, "48") for name in (*CONDITIONAL, *SEVERAL, *GAMES))],
)
def test_that_gradients_in_bfloat16_are_off_by_no_more_than_its_three_digits(objective: str, hidden: str) -> None:
    data = tiny_dataset(shape=(3, 9, 9))
    experiment = experiment_of(objective, "bernoulli", "diagonal", "silu", hidden)
    first, second = parts_of(experiment, data), parts_of(experiment, data, "bfloat16")
    plain, step = plain_step(first), dense(second)
    (rows, moment), *_ = batches(1)
    expected = plain_terms(plain, rows, moment)
    step.take(rows, RATE, moment)
    torch.testing.assert_close(step.drain()[0], expected, rtol=5e-3, atol=5e-3)
    means = first_means(second)
    # A generator starts with the mean picture: what tells it from the data is small, and so are the gradients.
    bound = 0.08 if objective == "gan" else 0.02
    for name, mean in first_means(first).items():
        off = torch.linalg.vector_norm(means[name] - mean) / torch.linalg.vector_norm(mean)
        assert off < bound, name


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("values", [81 * 5, 81 * 35, 1 << 16])
def test_that_several_points_taken_in_blocks_give_the_same(
    values: int, likelihood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_rows, "_BLOCK_VALUES", values)
    assert_same_steps(experiment_of("iwae", likelihood, "diagonal", "relu", "12"), tiny_dataset(shape=(1, 9, 9)))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_that_pictures_taken_in_chunks_give_the_same(likelihood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = experiment_of("vae", likelihood, "diagonal", "silu", "12")
    data = tiny_dataset(shape=(1, 9, 9))
    whole, cut = (parts_of(experiment, data, dtype=torch.float64) for _ in range(2))
    one = dense(whole)
    expected = [one.take(rows, RATE, moment).drain() for rows, moment in batches(3)]
    monkeypatch.setattr(dense_pictures, "_CHUNK_VALUES", 81 * 5)
    other = dense(cut)
    for (rows, moment), terms in zip(batches(3), expected, strict=True):
        torch.testing.assert_close(other.take(rows, RATE, moment).drain(), terms, rtol=1e-12, atol=1e-12)
    for name, mean in first_means(whole).items():
        torch.testing.assert_close(first_means(cut)[name], mean, rtol=1e-9, atol=1e-12)
