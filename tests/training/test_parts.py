"""The parts of training: batches, schedules, clock, metrics, devices, evaluation, experiments."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.models.networks import small_model
from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.config import settings_of
from vae_explorer.errors import DeviceError, SettingError, TrainingError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Moment
from vae_explorer.objectives.iwae import IWAE, IWAEConfig
from vae_explorer.objectives.vae import VAE
from vae_explorer.sections import TrainingConfig
from vae_explorer.training import evaluation, metrics
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.devices import find_device, thread_count
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import MetricRecord
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.metrics import StepMetrics
from vae_explorer.training.schedules import learning_rate

CPU = torch.device("cpu")


# Schedules


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
    from vae_explorer.config import settings_of

    declared = next(item for item in settings_of(TrainingConfig) if item.name == "schedule")
    assert {learning_rate(name, 1.0, 0, 2) for name in declared.declaration.choices}
    with pytest.raises(ValueError, match="no schedule"):
        learning_rate("sawtooth", 0.5, 0, 10)


# Batches


def test_that_the_order_depends_on_seed_and_epoch_alone() -> None:
    source = BatchSource(tiny_dataset().train, CPU)

    def order(seed: int, epoch: int) -> bytes:
        return b"".join(rows.tobytes() for rows in source.shuffled(7, seed=seed, epoch=epoch))

    assert order(1, 0) == order(1, 0)
    assert len({order(1, 0), order(1, 1), order(2, 0), order(0, 1)}) == 4


def test_that_leaving_out_batches_leaves_the_rest_as_it_was() -> None:
    source = BatchSource(tiny_dataset().train, CPU)
    whole = list(source.shuffled(16, seed=1, epoch=2))
    rest = list(source.shuffled(16, seed=1, epoch=2, skip=2))
    assert [len(rows) for rows in whole] == [16, 16, 8]
    assert sorted(np.concatenate(whole)) == list(range(40))
    assert len(rest) == 1
    assert rest[0].tolist() == whole[2].tolist()


def test_that_batches_are_floats_from_zero_to_one_with_their_labels() -> None:
    data = tiny_dataset()
    batch = BatchSource(data.train, CPU).rows(np.array([3, 0]))
    assert batch.images.dtype == torch.float32
    np.testing.assert_allclose(batch.images.numpy(), data.images[[3, 0]] / 255, rtol=1e-6)
    assert data.labels is not None
    assert batch.labels is not None
    assert batch.labels.tolist() == data.labels[[3, 0]].tolist()
    assert BatchSource(tiny_dataset(classes=0).train, CPU).rows(np.array([0])).labels is None


def test_that_images_in_order_stop_at_the_limit() -> None:
    source = BatchSource(tiny_dataset().train, CPU)
    assert [len(batch.images) for batch in source.in_order(16, 20)] == [16, 4]
    assert [len(batch.images) for batch in source.in_order(16, 999)] == [16, 16, 8]


# Evaluation


def test_that_test_terms_are_the_mean_over_images_and_not_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    source, model = BatchSource(tiny_dataset(train=7).train, CPU), small_model()
    monkeypatch.setattr(evaluation, "_BATCH_SIZE", 3)
    found = mean_terms(VAE(), model, source, limit=7, moment=Moment())
    assert found is not None
    posterior = model.posterior(source.rows(np.arange(7)).images, None)
    kl = 0.5 * (posterior.mean**2 + posterior.log_var.exp() - posterior.log_var - 1).sum(1).mean()
    assert found["kl"] == pytest.approx(kl.item(), rel=1e-5)


def test_that_measuring_twice_gives_the_same_and_leaves_the_model_in_training() -> None:
    source, model = BatchSource(tiny_dataset().test, CPU), small_model().train()
    first = mean_terms(VAE(), model, source, limit=8, moment=Moment())
    assert first == mean_terms(VAE(), model, source, limit=8, moment=Moment())
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_that_a_cancelled_measurement_gives_nothing() -> None:
    source, model = BatchSource(tiny_dataset().test, CPU), small_model().train()
    assert mean_terms(VAE(), model, source, limit=8, moment=Moment(), cancelled=lambda: True) is None
    assert model.training


def test_that_large_pictures_are_measured_a_few_at_a_time() -> None:
    small, large = small_model(shape=(1, 28, 28)), small_model(shape=(3, 128, 128))
    assert evaluation._batch_size(VAE(), small) == 500
    assert evaluation._batch_size(VAE(), large) == 85


def test_that_the_pictures_measured_at_a_time_leave_room_for_their_samples() -> None:
    objective = IWAE(IWAEConfig(samples=50))
    assert evaluation._batch_size(objective, small_model(shape=(1, 28, 28))) == (1 << 22) // (784 * 50)


# Metrics


def scalars(value: float) -> dict[str, torch.Tensor]:
    return {"loss": torch.tensor(value), "kl": torch.tensor(value / 2)}


def test_that_a_record_is_the_mean_of_a_fixed_number_of_steps_whenever_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "MOST_RECORDS", 4)

    def records(reads: set[int]) -> list[tuple[int, float, float]]:
        log = StepMetrics(10, 5)  # three steps a record
        found: list[MetricRecord] = []
        for step in range(1, 11):
            log.add(step, scalars(step), 0.1 * step, 0.0)
            if step in reads:
                found += log.read()
        found += log.read(all_of_them=True)
        return [(record.step, record.values["loss"], record.values["learning_rate"]) for record in found]

    expected = [(3, 2.0, 0.3), (6, 5.0, 0.6), (9, 8.0, 0.9), (10, 10.0, 1.0)]
    for reads in (set(), {1, 2, 3, 4, 5}, {7}, set(range(11))):
        found = records(reads)
        assert [item[:2] for item in found] == [item[:2] for item in expected]
        assert [item[2] for item in found] == pytest.approx([item[2] for item in expected])


@pytest.mark.parametrize("steps", [1, 4999, 5000, 5001, 12_345])
def test_that_a_run_has_at_most_as_many_records_as_allowed(steps: int) -> None:
    log = StepMetrics(steps, steps)
    for step in range(1, steps + 1):
        log.add(step, scalars(1.0), 0.1, 0.0)
    found = log.read(all_of_them=True)
    assert len(found) <= metrics.MOST_RECORDS
    assert len(found) >= min(steps, metrics.MOST_RECORDS // 2)
    assert found[-1].step == steps


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_that_the_first_term_that_is_not_finite_is_named(bad: float) -> None:
    log = StepMetrics(10, 10)
    log.add(1, scalars(1.0), 0.1, 0.0)
    log.add(2, {"loss": torch.tensor(1.0), "kl": torch.tensor(bad)}, 0.1, 0.0)
    log.add(3, scalars(bad), 0.1, 0.0)
    with pytest.raises(TrainingError, match=f"at step 2: the term kl became {bad}"):
        log.read()


def test_that_later_steps_do_not_change_what_was_added() -> None:
    log, value = StepMetrics(1, 1), torch.tensor(3.0)
    log.add(1, {"loss": value}, 0.1, 0.0)
    value.fill_(99)
    assert log.read()[0].values["loss"] == 3.0


# Clock


def test_that_speed_and_time_left_come_from_the_last_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = TrainingClock(steps_per_epoch=10, epochs=10, images_per_epoch=100)
    assert clock.progress().seconds_left is None
    for second in range(1, 21):
        now[0] = 100.0 + second
        # Ten images a second at first, twenty from the eleventh second on.
        for _ in range(1 if second <= 10 else 2):
            clock.count(10)
        progress = clock.progress()
    assert progress.images_per_second == pytest.approx(20)
    assert progress.seconds == pytest.approx(20)
    assert (progress.step, progress.total_steps, progress.epoch) == (30, 100, 3.0)
    assert progress.seconds_left == pytest.approx((1000 - 300) / 20)


def test_that_a_pause_is_left_out_of_time_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    clock = TrainingClock(10, 1, 100)
    now[0] = 1.0
    clock.count(10)
    clock.progress()
    now[0] = 501.0
    clock.leave_out(500.0)
    now[0] = 502.0
    clock.count(10)
    progress = clock.progress()
    assert progress.seconds == pytest.approx(2.0)
    assert progress.images_per_second == pytest.approx(10.0)


# Devices


def pretend(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A fast GPU")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("choice", "cuda", "mps", "found"),
    [
        ("auto", True, True, "cuda"),
        ("auto", False, True, "mps"),
        ("auto", False, False, "cpu"),
        ("cpu", True, True, "cpu"),
        ("cuda", True, False, "cuda"),
        ("mps", True, True, "mps"),
    ],
)
def test_that_a_choice_finds_its_device(
    choice: str, cuda: bool, mps: bool, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda=cuda, mps=mps)
    device = find_device(choice)
    assert device.torch_device.type == found
    assert device.name
    assert (device.name == "A fast GPU") == (found == "cuda")


@pytest.mark.parametrize(
    ("choice", "version", "said"),
    [
        ("cuda", None, "The device cuda can't be used, because this build of torch has no CUDA: choose auto or cpu."),
        ("cuda", "12.8", "The device cuda can't be used, because no NVIDIA GPU was found: choose auto or cpu."),
        ("mps", None, "The device mps can't be used, because there is no Apple GPU: choose auto or cpu."),
    ],
)
def test_that_a_device_that_is_not_there_is_refused_with_the_reason(
    choice: str, version: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda=False, mps=False)
    monkeypatch.setattr(torch.version, "cuda", version)
    with pytest.raises(DeviceError) as caught:
        find_device(choice)
    assert str(caught.value) == said


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (5, 4), (64, 4)])
def test_that_one_core_is_left_for_the_window(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert thread_count(0) == threads
    assert thread_count(7) == 7


# Experiment


def test_that_an_experiment_survives_json() -> None:
    for name in OBJECTIVES.names():
        experiment = tiny_experiment(name, seed=3)
        for item in settings_of(type(experiment.objective)):
            if item.type is float:
                highest = item.declaration.maximum
                value = 2.5 if highest is None or highest >= 2.5 else highest / 3
                experiment = experiment.with_setting(f"objective.{item.name}", repr(value))
        assert Experiment.from_dict(json.loads(json.dumps(experiment.to_dict()))) == experiment


def test_that_the_default_is_the_vae_on_the_bundled_digits() -> None:
    experiment = Experiment()
    assert (experiment.objective.name, experiment.data.source) == ("vae", "mnist-10k")
    assert Experiment.from_dict({}) == experiment


def test_that_another_objective_keeps_the_settings_it_shares() -> None:
    experiment = Experiment().with_objective("beta-vae").with_setting("objective.beta", "3")
    experiment = experiment.with_objective("cvae-label")
    assert experiment.to_dict()["objective"] == {"name": "cvae-label", "beta": 3.0}


def test_that_another_objective_offers_its_own_default_where_nothing_was_changed() -> None:
    for before in ("vae", "cvae-label"):
        assert _beta(Experiment().with_objective(before).with_objective("beta-vae")) == 4.0
    assert _beta(Experiment().with_objective("beta-vae").with_objective("cvae-class-mean")) == 1.0


def test_that_a_vae_of_the_time_when_it_had_a_beta_is_read_as_a_beta_vae() -> None:
    experiment = Experiment.from_dict({"objective": {"name": "vae", "beta": 2.0}})
    assert experiment.to_dict()["objective"] == {"name": "beta-vae", "beta": 2.0, "warm_up": 0.0, "free_bits": 0.0}


def _beta(experiment: Experiment) -> object:
    return experiment.to_dict()["objective"]["beta"]


@pytest.mark.parametrize(
    "path", ["epochs", "training", "training.", "trainig.epochs", "training.epoch", ".epochs", "", "objective.name"]
)
def test_that_a_setting_that_does_not_exist_is_refused(path: str) -> None:
    with pytest.raises(SettingError, match="There is no setting"):
        Experiment().with_setting(path, "1")


@pytest.mark.parametrize(
    "values",
    [
        {"modle": {}},
        {"model": 3},
        {"model": None},
        {"objective": {"name": 3}},
        {"objective": {"name": "gam"}},
        {"objective": {"name": "vae", "lambda": 3}},
        {"training": {"epochs": "3"}},
        {"training": {"epochs": 10**400}},
        {"data": {"source": ["a"]}},
    ],
)
def test_that_a_wrong_description_of_an_experiment_is_refused_in_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(SettingError) as caught:
        Experiment.from_dict(values)
    assert str(caught.value).isprintable()


def test_that_sections_come_in_the_order_of_the_form() -> None:
    assert [name for name, _, _ in Experiment().sections()] == ["data", "model", "objective", "training"]


def test_that_events_and_experiments_need_no_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "import vae_explorer.training.events, vae_explorer.training.control, vae_explorer.training.experiment"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
