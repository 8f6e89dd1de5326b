"""Steps in recorded launches: their bookkeeping, with a recorder that repeats the work where a GPU would replay it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import AlternatingObjective, Moment
from vae_explorer.objectives.vae import VAE
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.graph_path import LAUNCH, WARM_STEPS, GraphStep, can_be_recorded, graph_step
from vae_explorer.training.initial import initial_model
from vae_explorer.training.paths import choose_path
from vae_explorer.training.precision import BFLOAT16, FLOAT32
from vae_explorer.training.steps import PlainStep, StepParts

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import Subset

RATE = 2.0**-9
"""The same in float32, in which launches read it, and in float64."""


class Repeater:
    """Records work by keeping it, and counts."""

    def __init__(self) -> None:
        self.warmed = 0
        self.recorded = 0
        self.replayed = 0

    def warm(self, work: Callable[[], None]) -> None:
        self.warmed += 1
        work()

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


class ResidentImages(BatchSource):
    """Images that lie where the model is, as they do on a GPU."""

    def __init__(self, subset: Subset) -> None:
        super().__init__(subset, torch.device("cpu"))
        self._images = torch.tensor(subset.images)


def parts_of(objective: str, precision: str = FLOAT32, **settings: str) -> StepParts:
    experiment = tiny_experiment(objective)
    for name, value in settings.items():
        experiment = experiment.with_setting(f"objective.{name}", value)
    made, model = initial_model(experiment, tiny_dataset())
    optimizers = {name: torch.optim.Adam(groups, lr=1.0, fused=True) for name, groups in model.parameter_sets().items()}
    noise = torch.Generator().manual_seed(3)
    return StepParts(made, model, optimizers, ResidentImages(tiny_dataset().train), noise, precision)


def batches(count: int, size: int = 16) -> list[npt.NDArray[np.int64]]:
    random = np.random.default_rng(0)
    return [random.integers(0, 40, size) for _ in range(count)]


def terms_of(path: PlainStep | GraphStep, rows: list[npt.NDArray[np.int64]], *, first: int = 0) -> torch.Tensor:
    """Take steps at rates that differ, and return the terms of each, ``[S, T]``."""
    found = []
    for number, batch in enumerate(rows, first):
        terms = path.take(batch, RATE * (1 + number % 3), Moment(number, number / 4))
        if isinstance(path, GraphStep) and (terms is not path or number == first + len(rows) - 1):
            found.append(path.drain())
        if not isinstance(terms, GraphStep):
            found.append(torch.stack([value.detach() for value in terms.values()])[None])
    return torch.cat(found)


RECORDED = [entry.name for entry in OBJECTIVES if entry.name not in ("gan", "gan-bottleneck", "cvae-image")]


@pytest.mark.parametrize("precision", [FLOAT32, BFLOAT16])
@pytest.mark.parametrize("objective", RECORDED)
def test_that_launches_take_the_steps_of_the_plain_path(objective: str, precision: str) -> None:
    plain, recorded = parts_of(objective, precision), parts_of(objective, precision)
    rows = [*batches(2 * LAUNCH + WARM_STEPS + 2), *batches(1, size=5), *batches(LAUNCH)]
    expected = terms_of(PlainStep(plain), rows)
    found = terms_of(GraphStep(recorded, Repeater()), rows)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    for name, weights in plain.model.named_parameters():
        torch.testing.assert_close(recorded.model.get_parameter(name), weights, rtol=1e-5, atol=1e-6)


def test_that_full_launches_are_one_call_and_others_as_few_as_can_be() -> None:
    recorder = Repeater()
    path = GraphStep(parts_of("vae"), recorder)
    terms_of(path, batches(WARM_STEPS + 3 * LAUNCH))
    assert (recorder.warmed, recorder.recorded, recorder.replayed) == (WARM_STEPS, 1, 3)
    terms_of(path, batches(2))
    assert (recorder.recorded, recorder.replayed) == (2, 5)
    terms_of(path, batches(LAUNCH + 1))
    assert (recorder.recorded, recorder.replayed) == (2, 7)


def test_that_weights_wait_for_a_launch_or_for_someone_who_asks() -> None:
    parts = parts_of("vae")
    path = GraphStep(parts, Repeater())
    terms_of(path, batches(WARM_STEPS))
    before = [weights.detach().clone() for weights in parts.model.parameters()]
    path.take(batches(1)[0], RATE, Moment(WARM_STEPS))
    assert all(torch.equal(*pair) for pair in zip(before, parts.model.parameters(), strict=True))
    path.settle()
    assert not all(torch.equal(*pair) for pair in zip(before, parts.model.parameters(), strict=True))


def test_that_a_device_that_refuses_to_record_is_trained_on_call_by_call() -> None:
    class Refuses(Repeater):
        def record(self, work: Callable[[], None]) -> Callable[[], None]:
            raise RuntimeError("operation not permitted when stream is capturing")

    plain, refused = parts_of("iwae"), parts_of("iwae")
    path = GraphStep(refused, Refuses())
    assert path.name == "graph"
    rows = batches(WARM_STEPS + 2 * LAUNCH + 3)
    torch.testing.assert_close(terms_of(path, rows), terms_of(PlainStep(plain), rows), rtol=1e-5, atol=1e-6)
    assert path.name == "plain"


@pytest.mark.parametrize("times", [0, 2])
def test_that_a_recording_that_does_something_else_is_found_out_and_not_used(times: int) -> None:
    class Errs(Repeater):
        def record(self, work: Callable[[], None]) -> Callable[[], None]:
            def replay() -> None:
                for _ in range(times):
                    work()

            return replay

    plain, recorded = parts_of("vae"), parts_of("vae")
    path = GraphStep(recorded, Errs())
    rows = batches(WARM_STEPS + 2 * LAUNCH + 3)
    torch.testing.assert_close(terms_of(path, rows), terms_of(PlainStep(plain), rows), rtol=1e-5, atol=1e-6)
    for name, weights in plain.model.named_parameters():
        torch.testing.assert_close(recorded.model.get_parameter(name), weights, rtol=1e-5, atol=1e-6)
    assert path.name == "plain"


def test_that_an_objective_that_grows_is_recorded_only_when_it_has_grown() -> None:
    recorder = Repeater()
    path = GraphStep(parts_of("beta-vae", warm_up="2"), recorder)
    terms_of(path, batches(8))  # at four steps an epoch
    assert recorder.warmed == 8
    terms_of(path, batches(LAUNCH), first=8)
    assert (recorder.warmed, recorder.replayed) == (8, 1)


def test_that_only_objectives_that_are_known_to_do_the_same_at_each_step_are_recorded() -> None:
    class Outsider(VAE):
        """One from elsewhere, whose loss might depend on the moment."""

    assert not can_be_recorded(Outsider())
    for entry in OBJECTIVES:
        made = entry.create(entry.config_type())
        assert can_be_recorded(made) != isinstance(made, AlternatingObjective), entry.name


def test_that_a_processor_takes_no_launches() -> None:
    parts = parts_of("vib")
    assert graph_step(parts) is None
    assert isinstance(choose_path(parts, "auto"), PlainStep)
