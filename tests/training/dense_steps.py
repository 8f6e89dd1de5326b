"""Steps of fully connected networks, hand-written and by autograd, to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.dense_path import DenseStep, dense_step
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model
from vae_explorer.training.paths import choose_path
from vae_explorer.training.steps import AlternatingStep, PlainStep, StepParts

Rows = npt.NDArray[np.int64]

OBJECTIVES = ("vae", "beta-vae", "vae-sampled-kl", "autoencoder")
CONDITIONAL = ("cvae-class-mean", "cvae-label", "cvae-image")
SEVERAL = ("iwae", "prior-sampling")
GAMES = ("gan", "gan-bottleneck")
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
