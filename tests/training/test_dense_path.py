"""The hand-written steps of fully connected networks are those of autograd, and are taken only where they are known."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment, trained
from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import TrainingError
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.layers import MOST_LOG_VAR
from vae_explorer.models.likelihoods import GreyBernoulli
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.objectives.vae import VAE
from vae_explorer.sections import DataConfig
from vae_explorer.training import dense_pass, dense_pictures, dense_rows
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.dense_path import DenseStep, dense_step
from vae_explorer.training.events import MetricBatch, SettingChanged, TrainingSnapshot, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model
from vae_explorer.training.metrics import StepMetrics
from vae_explorer.training.paths import choose_path
from vae_explorer.training.state import ResumePoint
from vae_explorer.training.steps import AlternatingStep, PlainStep, StepParts
from vae_explorer.training.trainer import Trainer

Rows = npt.NDArray[np.int64]

OBJECTIVES = ("vae", "beta-vae", "vae-sampled-kl", "autoencoder")
CONDITIONAL = ("cvae-class-mean", "cvae-label", "cvae-image")
SEVERAL = ("iwae", "prior-sampling")
GAMES = ("gan", "gan-bottleneck")
LIKELIHOODS = ("bernoulli", "bernoulli-sampled", "bernoulli-threshold", "gaussian")
ACTIVATIONS = ("silu", "relu", "leaky-relu", "gelu", "tanh")
KINDS = [
    *itertools.product(OBJECTIVES, LIKELIHOODS, ("diagonal", "full"), ("silu",), ("12,9",)),
    *itertools.product(("vae",), ("bernoulli",), ("diagonal",), ACTIVATIONS, ("12", "12,9,7")),
    *itertools.product((*CONDITIONAL, *SEVERAL), ("bernoulli", "gaussian"), ("diagonal", "full"), ("silu",), ("12,9",)),
    *itertools.product(("cvae-label", *SEVERAL), ("bernoulli-sampled",), ("diagonal",), ("silu",), ("12",)),
]
RATE = 1e-3


class DoubleSource(BatchSource):
    """Batches in float64, for gradients without rounding."""

    def __init__(self, dataset: ImageDataset) -> None:
        super().__init__(dataset.train, torch.device("cpu"))
        self._pictures = torch.from_numpy(np.array(dataset.train.images[:])).to(torch.float64) / 255
        self._classes = dataset.train.labels

    def rows(self, rows: Rows) -> Batch:
        labels = None if self._classes is None else torch.from_numpy(self._classes[rows])
        return Batch(self._pictures[torch.from_numpy(rows)], labels)


def experiment_of(objective: str, likelihood: str, posterior: str, activation: str, hidden: str) -> Experiment:
    model = {"likelihood": likelihood, "posterior": posterior, "activation": activation, "hidden": hidden}
    experiment = tiny_experiment(objective)
    for name, value in model.items():
        experiment = experiment.with_setting(f"model.{name}", value)
    return experiment


def parts_of(
    experiment: Experiment, data: ImageDataset, precision: str = "float32", dtype: torch.dtype = torch.float32
) -> StepParts:
    objective, model = initial_model(experiment, data)
    model.to(dtype)
    source = BatchSource(data.train, torch.device("cpu")) if dtype == torch.float32 else DoubleSource(data)
    optimizers = {
        name: torch.optim.Adam(groups, lr=RATE, fused=True) for name, groups in model.parameter_sets().items()
    }
    return StepParts(objective, model, optimizers, source, torch.Generator().manual_seed(3), precision)


def dense(parts: StepParts) -> DenseStep:
    step = dense_step(parts)
    assert step is not None
    return step


def batches(steps: int, images: int = 40, size: int = 16) -> Iterator[tuple[Rows, Moment]]:
    """Yield batches of two sizes, as at the end of an epoch."""
    for step in range(steps):
        rows = np.random.default_rng(step).permutation(images)[: size if step % 3 else size // 2 - 1]
        yield rows.astype(np.int64), Moment(step, step / 3)


def plain_terms(step: PlainStep | AlternatingStep, rows: Rows, moment: Moment) -> torch.Tensor:
    return torch.stack([value.detach() for value in step.take(rows, RATE, moment).values()])


def plain_step(parts: StepParts) -> PlainStep | AlternatingStep:
    step = choose_path(parts, "plain")
    assert isinstance(step, (PlainStep, AlternatingStep))
    return step


def first_means(parts: StepParts) -> dict[str, torch.Tensor]:
    """Return Adam's means of the gradients: after one step a tenth of the gradients themselves."""
    state = {key: value for optimizer in parts.optimizers.values() for key, value in optimizer.state.items()}
    return {name: state[parameter]["exp_avg"] for name, parameter in parts.model.named_parameters()}


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


def assert_same_steps(
    experiment: Experiment,
    dataset: ImageDataset | None = None,
    change: Callable[[LatentVariableModel], None] = lambda _model: None,
) -> None:
    """Check terms, gradients and noise of a few steps in float64 against autograd's."""
    data = dataset or tiny_dataset()
    first, second = (parts_of(experiment, data, dtype=torch.float64) for _ in range(2))
    with torch.no_grad():
        change(first.model)
        change(second.model)
    plain, step = plain_step(first), dense(second)
    assert step.names == tuple(plain.take(*some_rows(), RATE, Moment()))
    step.take(*some_rows(), RATE, Moment())
    step.drain()
    for rows, moment in batches(5):
        expected = plain_terms(plain, rows, moment)
        step.take(rows, RATE, moment)
        torch.testing.assert_close(step.drain()[0], expected, rtol=1e-10, atol=1e-10)
        means = first_means(second)
        for name, mean in first_means(first).items():
            torch.testing.assert_close(means[name], mean, rtol=1e-9, atol=1e-11)
    assert torch.equal(first.noise.get_state(), second.noise.get_state())


def some_rows() -> tuple[Rows]:
    return (np.arange(16, dtype=np.int64),)


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


def test_that_a_spectrally_bound_discriminator_takes_the_plain_path() -> None:
    experiment = tiny_experiment("gan").with_setting("objective.spectral_norm", "true")
    assert type(choose_path(parts_of(experiment, tiny_dataset()), "auto")) is AlternatingStep


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
    with pytest.raises(TrainingError, match="diverged at step 1: the term loss"):
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


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("values", [81 * 5, 81 * 35, 1 << 16])
def test_that_several_points_taken_in_blocks_give_the_same(
    values: int, likelihood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_rows, "_BLOCK_VALUES", values)
    assert_same_steps(experiment_of("iwae", likelihood, "diagonal", "relu", "12"), tiny_dataset(shape=(1, 9, 9)))


def test_that_a_model_that_looks_twice_at_pictures_drawn_anew_takes_the_plain_path() -> None:
    experiment = tiny_experiment("cvae-image").with_setting("model.likelihood", "bernoulli-sampled")
    assert type(choose_path(parts_of(experiment, tiny_dataset()), "auto")) is PlainStep


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
