"""Training gives the same records for the same seed, tells all that happens, and fails in words."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment, trained
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Moment, Objective, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms
from vae_explorer.objectives.terms import Term
from vae_explorer.objectives.vae import VAE
from vae_explorer.sections import ModelConfig
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    MetricBatch,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingSnapshot,
    TrainingStarted,
)
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import untrained_snapshot
from vae_explorer.training.loop import Loop
from vae_explorer.training.trainer import Trainer

Curve = list[tuple[int, str, Mapping[str, float]]]


def curve(listener: Listener, split: str | None = None) -> Curve:
    return [(record.step, record.split, record.values) for record in listener.records(split)]


@dataclasses.dataclass(frozen=True, slots=True)
class FaultyConfig(ObjectiveConfig):
    name = "faulty"


class Faulty(VAE):
    """The VAE until a step at which something goes wrong."""

    step = 3
    kind = "nan"

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        terms = super().__call__(model, batch, moment=moment, generator=generator)
        # Evaluation asks with gradients off; the fault is one of training.
        if moment.step < self.step or not torch.is_grad_enabled():
            return terms
        if self.kind == "raise":
            raise RuntimeError("the two\nlines. ")
        if self.kind == "memory":
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory")
        bad = torch.tensor(float(self.kind))
        return ObjectiveTerms(terms.loss + bad, {**terms.scalars, "kl": terms.scalars["kl"] + bad})


@pytest.fixture
def faulty() -> Iterator[Experiment]:
    entry = dataclasses.replace(
        OBJECTIVES.get("vae"),
        name="faulty",
        config_type=FaultyConfig,
        create=lambda config: Faulty(),
        terms=(Term("kl", "KL of its own", "The KL of the VAE until it is none."),),
    )
    with OBJECTIVES.added(entry):
        yield tiny_experiment("faulty", epochs=4)


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_the_same_seed_gives_the_same_records_to_the_last_bit(objective: str, network: str) -> None:
    experiment = tiny_experiment(objective, network=network, seed=5)
    first, second = trained(experiment), trained(experiment)
    assert curve(first) == curve(second)
    assert first.finished.model.weight_hash == second.finished.model.weight_hash
    assert first.finished.test == second.finished.test
    assert first.finished.train == second.finished.train


def test_that_another_seed_gives_other_records() -> None:
    first, second = trained(tiny_experiment(seed=5)), trained(tiny_experiment(seed=6))
    assert curve(first) != curve(second)
    assert first.finished.model.weight_hash != second.finished.model.weight_hash


def test_that_the_process_wide_generators_are_neither_read_nor_moved() -> None:
    states = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - that it stays is what is tested
    first = trained()
    assert torch.equal(states[0], torch.get_rng_state())
    assert np.array_equal(states[1][1], np.random.get_state()[1])  # type: ignore[index] # noqa: NPY002
    torch.manual_seed(77)
    second = trained()
    torch.set_rng_state(states[0])
    assert curve(first) == curve(second)


@pytest.mark.parametrize("seconds_a_look", [0.0, 0.03, 100.0])
def test_that_records_do_not_depend_on_how_fast_the_clock_runs(
    seconds_a_look: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = trained()
    looks = itertools.count()
    monkeypatch.setattr("time.monotonic", lambda: 1000 + seconds_a_look * next(looks))
    assert curve(trained()) == curve(usual)


def test_that_every_step_and_every_epoch_is_recorded_in_order() -> None:
    heard = trained(tiny_experiment(epochs=3, batch_size=16), tiny_dataset(train=40))
    assert [record.step for record in heard.records("train")] == list(range(1, 10))
    assert [(record.step, record.epoch) for record in heard.records("test")] == [(3, 1), (6, 2), (9, 3)]
    assert [record.epoch for record in heard.records("train")] == pytest.approx([step / 3 for step in range(1, 10)])
    seconds = [record.seconds for record in heard.records("train")]
    assert seconds == sorted(seconds)
    names = {"loss", "reconstruction", "kl", "kl_z1", "kl_z2"}
    assert all(set(record.values) == names | {"learning_rate"} for record in heard.records("train"))
    assert all(set(record.values) == names for record in heard.records("test"))
    assert all(value > 0 for record in heard.records("test") for value in record.values.values())


def test_that_events_begin_with_started_and_end_with_finished() -> None:
    heard = trained()
    started = heard.events[0]
    assert isinstance(started, TrainingStarted)
    assert (started.device, started.threads) == ("cpu", 1)
    assert started.parameters == heard.finished.model.parameters
    assert started.progress.step == 0
    assert started.progress.total_steps == 6
    assert heard.finished.reason == "completed"
    assert heard.finished.progress.step == heard.finished.model.step == 6
    assert len(heard.of(TrainingFinished)) == len(heard.of(TrainingStarted)) == 1


def test_that_the_first_snapshot_is_the_untrained_model() -> None:
    experiment, data = tiny_experiment(), tiny_dataset()
    heard = trained(experiment, data)
    first = heard.of(TrainingSnapshot)[0].model
    assert first.step == 0
    assert first.weight_hash == untrained_snapshot(experiment, data).weight_hash
    assert first.weight_hash != heard.finished.model.weight_hash


def test_that_a_snapshot_stays_as_it_was_while_training_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    pictures = {}

    def look(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot):
            pictures[event.model.step] = event.model.decode([[0.5, -0.5]])

    heard = trained(listener=Listener(look))
    models = {event.model.step: event.model for event in heard.of(TrainingSnapshot)}
    assert set(models) == set(range(7))
    assert len({model.weight_hash for model in models.values()}) == 7
    for step, model in models.items():
        assert np.array_equal(model.decode([[0.5, -0.5]]), pictures[step])


def test_that_snapshots_keep_to_their_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock of which each snapshot takes one second, the next is due 20 seconds after it began."""
    now = [0.0]
    real = Loop.snapshot
    taken: list[float] = []

    def slow(loop: Loop, *, in_passing: bool = False) -> ModelSnapshot:
        taken.append(now[0])
        now[0] += 1
        return real(loop, in_passing=in_passing)

    class OneSecondASix(Faulty):
        step = 10**9

        def __call__(self, *arguments: object, **named: object) -> ObjectiveTerms:
            now[0] += 6 if torch.is_grad_enabled() else 0
            return super().__call__(*arguments, **named)  # type: ignore[arg-type]

    entry = dataclasses.replace(
        OBJECTIVES.get("vae"), name="faulty", config_type=FaultyConfig, create=lambda _: OneSecondASix()
    )
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(Loop, "snapshot", slow)
    with OBJECTIVES.added(entry):
        trained(tiny_experiment("faulty", epochs=4))
    during = taken[1:-1]
    assert len(during) >= 3
    assert all(later - earlier >= 20 for earlier, later in itertools.pairwise(during))
    assert all(later - earlier < 20 + 7 for earlier, later in itertools.pairwise(during))


def test_that_a_few_epochs_lower_the_test_loss() -> None:
    heard = trained(tiny_experiment(epochs=15, learning_rate=0.01))
    losses = [record.values["loss"] for record in heard.records("test")]
    assert losses[-1] < losses[0] - 0.5


def test_that_the_final_terms_are_those_of_the_final_weights_on_all_images() -> None:
    heard = trained()
    assert heard.finished.test == heard.records("test")[-1].values
    assert set(heard.finished.train) == set(heard.finished.test)
    assert heard.finished.train != heard.finished.test


@pytest.mark.parametrize(
    ("train", "test", "batch_size", "steps_an_epoch"),
    [(5, 3, 64, 1), (33, 3, 16, 3), (32, 3, 16, 2), (1, 1, 1, 1), (7, 1, 3, 3)],
)
def test_that_large_batches_and_small_last_ones_count_every_image_once(
    train: int, test: int, batch_size: int, steps_an_epoch: int
) -> None:
    heard = trained(tiny_experiment(epochs=2, batch_size=batch_size), tiny_dataset(train=train, test=test))
    assert heard.finished.progress.total_steps == heard.finished.progress.step == 2 * steps_an_epoch
    assert heard.finished.progress.epoch == 2
    assert heard.finished.test["loss"] > 0


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 13), (1, 31, 28)])
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_any_size_of_picture_is_trained(shape: tuple[int, int, int], network: str) -> None:
    heard = trained(tiny_experiment(epochs=1, network=network), tiny_dataset(train=16, test=4, shape=shape))
    assert heard.finished.model.decode([[0, 0]]).shape == (1, *shape)


def test_that_constant_images_and_images_without_labels_are_trained() -> None:
    data = tiny_dataset(classes=0)
    black = dataclasses.replace(data, images=np.zeros_like(data.images))
    assert trained(dataset=black).finished.test["reconstruction"] < 1
    assert trained(dataset=data).finished.model.classes == 0


def test_that_an_objective_with_labels_refuses_data_without_them() -> None:
    heard = trained(tiny_experiment("cvae-label"), tiny_dataset(classes=0))
    assert len(heard.events) == 1
    failed = heard.events[0]
    assert isinstance(failed, TrainingFailed)
    assert "cvae-label needs a class for each image, but tiny has no labels" in failed.message
    assert failed.wrong_input


def test_that_a_network_that_does_not_fit_fails_in_its_sentence() -> None:
    experiment = dataclasses.replace(tiny_experiment(), model=ModelConfig(network="conv", channels=(2,) * 4))
    failed = trained(experiment).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith("The setting model.channels halves the picture 4 times")
    assert failed.wrong_input


@pytest.mark.parametrize(("kind", "word"), [("nan", "NaN"), ("inf", "inf")])
def test_that_a_loss_that_is_not_finite_names_its_first_step_and_term(
    kind: str, word: str, faulty: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Faulty, "kind", kind)
    heard = trained(faulty)
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith(f"Training diverged at step 4: the term “KL of its own” became {word}.")
    assert heard.records()[-1].step == 3  # what led there is shown
    assert "learning rate" in failed.message
    assert not failed.wrong_input
    assert not heard.of(TrainingFinished)
    assert all(np.isfinite(value) for record in heard.records() for value in record.values.values())


@pytest.mark.parametrize(("step", "found_by"), [(3, "the test of an epoch"), (6, "the last test"), (2, "the end")])
def test_that_weights_which_broke_in_a_step_of_finite_loss_are_no_result(
    step: int, found_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of six steps in two epochs; step 2 is followed by a stop, so that no other step notices."""
    control = Control()

    def break_weights(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        real(loop, rows, rate)
        if loop.step == step:
            assert loop.model.decoder is not None
            loop.model.decoder.bias.data.fill_(float("nan"))
            if found_by == "the end":
                control.stop()

    real = Loop.take_step
    monkeypatch.setattr(Loop, "take_step", break_weights)
    heard = Listener()
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=heard, control=control)
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith(f"Training diverged at step {step}: the term “Total” became NaN.")
    assert all(np.isfinite(value) for record in heard.records() for value in record.values.values())


def test_that_a_learning_rate_far_too_large_ends_in_words_and_not_in_pictures_of_noise() -> None:
    heard = trained(tiny_experiment(epochs=50, learning_rate=1.0, schedule="constant", seed=1))
    last = heard.events[-1]
    assert isinstance(last, (TrainingFailed, TrainingFinished))
    if isinstance(last, TrainingFinished):
        assert all(np.isfinite(values).all() for values in last.model.weights.values())
    else:
        assert "diverged" in last.message


def test_that_an_exception_in_an_objective_arrives_with_its_traceback(
    faulty: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Faulty, "kind", "raise")
    failed = trained(faulty).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message == "Training stopped at an unexpected RuntimeError: the two lines."
    assert "Traceback (most recent call last)" in failed.details
    assert "Faulty" in failed.details or "__call__" in failed.details


def test_that_too_little_memory_is_called_by_its_name(faulty: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faulty, "kind", "memory")
    failed = trained(faulty).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith("The memory isn't enough for this training: choose a smaller batch")


def test_that_an_exception_in_the_listener_ends_training_with_a_failure() -> None:
    def fail(event: TrainingEvent) -> None:
        if isinstance(event, MetricBatch):
            raise ValueError("no room on the screen")

    failed = trained(listener=Listener(fail)).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert "no room on the screen" in failed.message


def test_that_labels_reach_the_objective_with_their_images(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny_dataset(train=20, test=4)
    assert data.labels is not None
    known = {image.tobytes(): int(label) for image, label in zip(data.images[:], data.labels, strict=True)}
    seen: list[tuple[bytes, int]] = []
    real = OBJECTIVES.get("cvae-label").create(OBJECTIVES.get("cvae-label").config_type())

    class Watching:
        def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
            return real.build_model(spec, config, generator)

        def __call__(
            self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
        ) -> ObjectiveTerms:
            assert batch.labels is not None
            assert batch.images.dtype == torch.float32
            bytes_ = (batch.images * 255).round().to(torch.uint8).numpy()
            if torch.is_grad_enabled():
                seen.extend((row.tobytes(), int(label)) for row, label in zip(bytes_, batch.labels, strict=True))
            return real(model, batch, moment=moment, generator=generator)

    watching: Objective = Watching()
    entry: ObjectiveEntry = dataclasses.replace(
        OBJECTIVES.get("vae"), name="faulty", config_type=FaultyConfig, create=lambda _: watching
    )
    with OBJECTIVES.added(entry):
        trained(tiny_experiment("faulty", epochs=2, batch_size=6), data)
    assert all(known[image] == label for image, label in seen)
    first, second = [image for image, _ in seen[:20]], [image for image, _ in seen[20:]]
    assert set(first) == set(second) == {image.tobytes() for image in data.train.images[:]}
    assert len(set(first)) == len(first) == 20
    assert first != second


def test_that_training_does_not_change_the_images() -> None:
    data = tiny_dataset()
    before = data.images[:].copy()
    trained(dataset=data)
    assert np.array_equal(before, data.images[:])


def test_that_a_stop_before_the_start_gives_the_untrained_model() -> None:
    control, heard = Control(), Listener()
    control.stop()
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=heard, control=control)
    assert (heard.finished.reason, heard.finished.progress.step) == ("stopped", 0)
    assert heard.finished.test["loss"] > 0
