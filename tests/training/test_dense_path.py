"""Hand-written steps are taken only where they are known, and everything else of a training goes on as before."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from tests.training.dense_steps import (
    CONDITIONAL,
    GAMES,
    RATE,
    SEVERAL,
    batches,
    dense,
    parts_of,
    plain_terms,
)
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment, trained
from vae_explorer.data.catalogue import load
from vae_explorer.errors import TrainingError
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.likelihoods import GreyBernoulli
from vae_explorer.objectives.vae import VAE
from vae_explorer.sections import DataConfig
from vae_explorer.training import dense_pass
from vae_explorer.training.control import Control
from vae_explorer.training.dense_path import DenseStep
from vae_explorer.training.events import MetricBatch, SettingChanged, TrainingSnapshot, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.metrics import StepMetrics
from vae_explorer.training.paths import choose_path
from vae_explorer.training.state import ResumePoint
from vae_explorer.training.steps import AlternatingStep, PlainStep, StepParts
from vae_explorer.training.trainer import Trainer


def test_that_a_spectrally_bound_discriminator_takes_the_plain_path() -> None:
    experiment = tiny_experiment("gan").with_setting("objective.spectral_norm", "true")
    assert type(choose_path(parts_of(experiment, tiny_dataset()), "auto")) is AlternatingStep


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("objective", ["vae", "beta-vae", "autoencoder", *CONDITIONAL, *SEVERAL, *GAMES])
def test_that_going_on_from_any_step_gives_the_same_weights_and_records(objective: str, precision: str) -> None:
    experiment = tiny_experiment(objective, epochs=3, precision=precision, average=False)
    points: dict[int, ResumePoint] = {}
    whole = Listener()
    run(experiment, whole, points)
    assert whole.of(TrainingStarted)[0].path == "dense"
    for step in (0, 1, 2, 3, 7):
        again = Listener()
        run(experiment, again, {}, points[step])
        assert again.of(TrainingStarted)[0].notes == ()
        for name, weights in whole.finished.model.weights.items():
            np.testing.assert_array_equal(again.finished.model.weights[name], weights)
        state = points[step].state
        assert [each.values for each in again.records()] == [each.values for each in whole.records()[state.records :]]


def run(
    experiment: Experiment, heard: Listener, points: dict[int, ResumePoint], resume: ResumePoint | None = None
) -> None:
    """Train with a state kept at each step's moment, from which a training can go on."""
    control = Control()
    control.pause()

    def react(event: object) -> None:
        if isinstance(event, TrainingSnapshot) and event.state is not None:
            points[event.model.step] = ResumePoint(event.model.weights, event.state)
            control.step()

    heard.react = react
    Trainer(experiment, tiny_dataset(), resume).run(on_event=heard, control=control, wants_state=lambda: True)


def test_that_the_models_own_parameters_move_and_snapshots_do_not() -> None:
    parts = parts_of(tiny_experiment(), tiny_dataset())
    parameters = list(parts.model.parameters())
    before = [parameter.detach().clone() for parameter in parameters]
    step = dense(parts)
    for old, new in zip(before, parameters, strict=True):
        assert torch.equal(old, new)
    kept = {name: value.clone() for name, value in parts.model.state_dict().items()}
    for rows, moment in batches(3):
        step.take(rows, RATE, moment)
    assert all(new is old for new, old in zip(parts.model.parameters(), parameters, strict=True))
    assert not any(torch.equal(old, new) for old, new in zip(before, parameters, strict=True))
    assert all(not torch.equal(kept[name], value) for name, value in parts.model.state_dict().items())


def test_that_the_optimiser_holds_what_adam_would_hold() -> None:
    data = tiny_dataset()
    first, second = (parts_of(tiny_experiment(), data) for _ in range(2))
    plain, step = PlainStep(first), dense(second)
    (optimizer,) = second.optimizers.values()
    assert not optimizer.state  # nothing was moved yet
    for rows, moment in batches(4):
        plain.take(rows, RATE, moment)
        step.take(rows, RATE, moment)
    (usual,) = first.optimizers.values()
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert optimizer.state[other]["step"].item() == usual.state[one]["step"].item() == 4
        for name in ("exp_avg", "exp_avg_sq"):
            torch.testing.assert_close(optimizer.state[other][name], usual.state[one][name], rtol=1e-3, atol=1e-5)


def test_that_the_plain_path_can_go_on_with_what_the_dense_one_left() -> None:
    data = tiny_dataset()
    first, second = (parts_of(tiny_experiment(), data) for _ in range(2))
    plain, step = PlainStep(first), dense(second)
    for rows, moment in batches(4):
        plain.take(rows, RATE, moment)
        step.take(rows, RATE, moment)
    after = PlainStep(second)
    for rows, moment in batches(4):
        one, other = plain_terms(plain, rows, moment), plain_terms(after, rows, moment)
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


class OwnVAE(VAE):
    """An objective from outside, which may compute anything."""


class OwnLikelihood(GreyBernoulli):
    """A likelihood from outside."""


class OwnActivation(nn.SiLU):
    """An activation from outside."""


class OwnModel(LatentVariableModel):
    """A model from outside."""


@pytest.mark.parametrize("what", ["objective", "likelihood", "activation", "model", "frozen", "amsgrad", "hidden"])
def test_that_types_from_outside_and_unusual_parts_take_the_plain_path(what: str) -> None:
    parts = parts_of(tiny_experiment(), tiny_dataset())
    assert type(choose_path(parts, "auto")) is DenseStep
    parts = parts_of(tiny_experiment(), tiny_dataset())
    model, objective = parts.model, parts.objective
    assert model.encoder is not None
    if what == "objective":
        objective = OwnVAE()
    elif what == "likelihood":
        model.pixels = OwnLikelihood()
    elif what == "activation":
        model.encoder.body.layers[1] = OwnActivation()
    elif what == "model":
        model.__class__ = OwnModel
    elif what == "frozen":
        model.encoder.mean.weight.requires_grad_(False)
    elif what == "amsgrad":
        parts.optimizers["model"].param_groups[0]["amsgrad"] = True
    else:
        model.encoder.body.layers.append(nn.Dropout())
    changed = StepParts(objective, model, parts.optimizers, parts.images, parts.noise, parts.precision)
    assert type(choose_path(changed, "auto")) is PlainStep


@pytest.mark.parametrize(
    ("setting", "value"),
    [("model.network", "conv"), ("model.likelihood", "gaussian-shared"), ("model.likelihood", "continuous-bernoulli")],
)
def test_that_networks_and_likelihoods_that_are_not_known_take_the_plain_path(setting: str, value: str) -> None:
    parts = parts_of(tiny_experiment().with_setting(setting, value), tiny_dataset())
    assert type(choose_path(parts, "auto")) is PlainStep


def test_that_plain_steps_can_be_asked_for() -> None:
    assert trained(tiny_experiment(path="plain")).of(TrainingStarted)[0].path == "plain"
    assert trained(tiny_experiment()).of(TrainingStarted)[0].path == "dense"


def test_that_a_run_that_goes_on_in_another_way_says_so() -> None:
    points: dict[int, ResumePoint] = {}
    run(tiny_experiment(precision="float32"), Listener(), points)
    again = Listener()
    run(tiny_experiment(precision="bfloat16", path="plain"), again, {}, points[2])
    notes = " ".join(again.of(TrainingStarted)[0].notes)
    assert "dense before and is plain now" in notes
    assert "float32 before and is bfloat16 now" in notes


def test_that_beta_can_be_turned_while_dense_steps_are_taken() -> None:
    curves = []
    for path in ("plain", "auto"):
        heard = turned(tiny_experiment("beta-vae", epochs=4, path=path, precision="float32", average=False))
        assert len(heard.of(SettingChanged)) == 1
        curves.append([list(record.values.values()) for record in heard.records("train")])
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-3, atol=1e-4)


def turned(experiment: Experiment) -> Listener:
    """Train and turn beta after the first test images were measured."""
    control = Control()

    def react(event: object) -> None:
        if isinstance(event, MetricBatch) and any(each.split == "test" and each.epoch == 1 for each in event.records):
            control.change("objective.beta", 0.5)

    heard = Listener(react)
    Trainer(experiment, tiny_dataset()).run(on_event=heard, control=control)
    return heard


def test_that_a_diverging_training_names_the_first_step_and_term() -> None:
    parts = parts_of(tiny_experiment(), tiny_dataset())
    step = dense(parts)
    metrics = StepMetrics(10, 5)
    with torch.no_grad():
        next(parts.model.parameters())[0, 0] = float("nan")
    for number, (rows, moment) in enumerate(batches(2), start=1):
        metrics.add(number, step.take(rows, RATE, moment), RATE, 0.0)
    with pytest.raises(TrainingError, match="diverged at step 1: the term “Total”"):
        metrics.read()


def test_that_terms_survive_until_they_are_read_however_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense_pass, "_MOST_KEPT", 3)
    data = tiny_dataset()
    first, second = (parts_of(tiny_experiment(), data) for _ in range(2))
    often, late = dense(first), dense(second)
    expected = []
    for rows, moment in batches(20):
        often.take(rows, RATE, moment)
        expected.append(often.drain())
        late.take(rows, RATE, moment)
    assert torch.equal(late.drain(), torch.cat(expected))
    assert len(late.drain()) == 0


@pytest.mark.parametrize("objective", ["vae", "iwae", "cvae-label"])
def test_that_a_short_training_in_bfloat16_ends_as_one_in_float32_does(objective: str) -> None:
    digits = load(DataConfig())
    count, test = (9_000, 1_000) if objective == "vae" else (640, 60)
    labels = None if digits.labels is None else digits.labels[: count + test]
    rows, images = digits.source_rows[: count + test], digits.images[: count + test]
    digits = dataclasses.replace(digits, images=images, labels=labels, train_count=count, source_rows=rows)
    found = {}
    for path, precision in (("plain", "float32"), ("auto", "float32"), ("auto", "bfloat16")):
        experiment = tiny_experiment(objective, epochs=2, batch_size=128, path=path, precision=precision)
        experiment = experiment.with_setting("model.hidden", "64").with_setting("model.activation", "relu")
        found[path, precision] = trained(experiment, digits).finished.test["loss"]
    plain, exact, rounded = found.values()
    assert exact == pytest.approx(plain, abs=0.02)
    assert rounded == pytest.approx(plain, abs=0.2)


def test_that_a_model_that_looks_twice_at_pictures_drawn_anew_takes_the_plain_path() -> None:
    experiment = tiny_experiment("cvae-image").with_setting("model.likelihood", "bernoulli-sampled")
    assert type(choose_path(parts_of(experiment, tiny_dataset()), "auto")) is PlainStep
