"""Measuring the model that is shown, and what is told of a training's health."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Literal

import pytest

from tests.app.fake_backends import FakeBackend, RetellingBackend
from tests.app.fake_models import FakeModel, as_snapshot
from vae_explorer.app.health import HealthWatch
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.errors import DataError
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure
from vae_explorer.training.events import MetricBatch, MetricRecord, Progress, TrainingEvent, TrainingFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset

DEAD = {"loss": 160.0, "kl": 5.0, "kl_z1": 5.0, "kl_z2": 0.001}
HEALTHY = {"loss": 150.0, "kl": 5.0, "kl_z1": 2.0, "kl_z2": 3.0}


class Gauge:
    """Stands in for the evaluation: waits while held, and tells its progress."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.models: list[Model] = []

    def __call__(
        self,
        model: Model,
        dataset: ImageDataset,
        options: EvaluationOptions,
        progress: Callable[[str, float], None],
        cancelled: Callable[[], bool],
    ) -> Evaluation | None:
        self.models.append(model)
        progress("Integrating", 0.25)
        while not self.go.wait(0.005):
            if cancelled():
                return None
        measure = Measure("elbo", "ELBO", -150.0, "nats", 0.1)
        return Evaluation("Bernoulli", "probability", options.images, options.seed, model.step, (measure,), None, ())


class SickBackend(RetellingBackend):
    """Trains a model with a dead dimension, which its test metrics show at each epoch."""

    def retold(self, event: TrainingEvent) -> Iterator[TrainingEvent]:
        match event:
            case MetricBatch(records=records):
                tests = tuple(
                    dataclasses.replace(record, split="test", values={**DEAD, "kl_z2": record.step * 1e-4})
                    for record in records
                )
                yield dataclasses.replace(event, records=records + tests)
            case TrainingFinished():
                yield dataclasses.replace(event, test=DEAD)
            case _:
                yield event


@pytest.fixture
def gauge(session: Session) -> Gauge:
    made = Gauge()
    session.evaluation.work = made
    return made


def measure(session: Session, qtbot: QtBot, **options: int) -> None:
    session.evaluation.measure(EvaluationOptions(**options))
    qtbot.waitUntil(lambda: not session.evaluation.is_running)


def test_that_measuring_gives_the_result_of_the_model_that_is_shown(
    session: Session, gauge: Gauge, qtbot: QtBot
) -> None:
    told: list[tuple[str, float]] = []
    session.evaluation.progressed.connect(lambda text, share: told.append((text, share)))
    measure(session, qtbot, images=7, seed=3)
    result = session.evaluation.result
    assert result is not None
    assert (result.images, result.seed, result.value("elbo")) == (7, 3, -150.0)
    assert gauge.models == [session.model]
    assert told == [("Integrating", 0.25)]
    assert session.evaluation.is_current


def test_that_training_on_leaves_the_result_out_of_date(session: Session, gauge: Gauge, qtbot: QtBot) -> None:
    measure(session, qtbot)
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.evaluation.result is not None
    assert not session.evaluation.is_current
    measure(session, qtbot)
    assert session.evaluation.is_current


def test_that_a_model_which_moves_on_while_it_is_measured_is_out_of_date_at_once(
    session: Session, gauge: Gauge, qtbot: QtBot
) -> None:
    gauge.go.clear()
    session.evaluation.measure(EvaluationOptions())
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    gauge.go.set()
    qtbot.waitUntil(lambda: not session.evaluation.is_running)
    assert session.evaluation.result is not None
    assert session.evaluation.result.step == 0
    assert not session.evaluation.is_current


def test_that_cancelling_keeps_the_result_before(session: Session, gauge: Gauge, qtbot: QtBot) -> None:
    measure(session, qtbot, seed=1)
    gauge.go.clear()
    session.evaluation.measure(EvaluationOptions(seed=2))
    session.evaluation.cancel()
    qtbot.waitUntil(lambda: not session.evaluation.is_running)
    assert session.evaluation.result is not None
    assert session.evaluation.result.seed == 1


def test_that_a_second_wish_waits_for_none(session: Session, gauge: Gauge, qtbot: QtBot) -> None:
    gauge.go.clear()
    session.evaluation.measure(EvaluationOptions(seed=1))
    session.evaluation.measure(EvaluationOptions(seed=2))
    gauge.go.set()
    qtbot.waitUntil(lambda: not session.evaluation.is_running)
    assert len(gauge.models) == 1


def test_that_other_data_take_the_result_away(session: Session, gauge: Gauge, qtbot: QtBot) -> None:
    measure(session, qtbot)
    session.load_data("plain")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "plain")
    assert session.evaluation.result is None


def test_that_a_failure_is_told_in_its_own_words(session: Session, qtbot: QtBot) -> None:
    def fail(*_anything: object) -> Evaluation | None:
        raise DataError("There are no test images: choose data with some.")

    session.evaluation.work = fail
    told: list[str] = []
    session.evaluation.failed.connect(lambda message, _details: told.append(message))
    measure(session, qtbot)
    assert told == ["There are no test images: choose data with some."]
    assert session.evaluation.result is None


def test_that_closing_while_measuring_ends_in_time(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> None:
    session = Session(tmp_path / "runs", backend)
    session.start()
    qtbot.waitUntil(lambda: session.model_info is not None and session.state is RunState.READY)
    gauge = Gauge()
    gauge.go.clear()
    session.evaluation.work = gauge
    session.evaluation.measure(EvaluationOptions())
    assert session.close()


def test_that_a_dead_dimension_is_told_once_a_run(tmp_path: Path, qtbot: QtBot) -> None:
    session = Session(tmp_path / "runs", SickBackend())
    told: list[Notice] = []
    session.noticed.connect(told.append)
    session.start()
    qtbot.waitUntil(lambda: session.dataset is not None and session.state is RunState.READY)
    session.set_setting("training.epochs", "3")
    for run in (1, 2):
        session.train()
        qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
        assert [notice.level for notice in told] == ["warning"] * run
        assert "z2 is dead" in told[-1].text
    assert session.close()


def records(step: int, values: dict[str, float]) -> tuple[MetricRecord, ...]:
    return (MetricRecord(step, step / 10, "test", 1.0, values),)


def at(step: int) -> Progress:
    return Progress(step, 90, step / 10, 9, 1.0, 1e4, None)


def finished(step: int, reason: Literal["completed", "stopped"], test: dict[str, float]) -> TrainingFinished:
    return TrainingFinished(reason, at(step), as_snapshot(FakeModel()), {}, test)


def test_that_nothing_is_called_a_disease_in_the_first_third() -> None:
    watch = HealthWatch()
    assert watch.hear(records(29, DEAD), at(29)) == ()
    assert len(watch.hear(records(30, DEAD), at(30))) == 1


def test_that_the_end_tells_what_is_new_and_a_stop_at_the_start_tells_nothing() -> None:
    watch = HealthWatch()
    watch.hear(records(40, DEAD), at(40))
    assert watch.conclude(finished(90, "completed", {**DEAD, "kl_z2": 0.002})) == ()
    collapsed = {"loss": 200.0, "kl": 0.002, "kl_z1": 0.001, "kl_z2": 0.001}
    assert "collapsed" in watch.conclude(finished(90, "completed", collapsed))[0]
    watch.begin()
    assert watch.conclude(finished(5, "stopped", collapsed)) == ()


def test_that_a_healthy_model_gets_no_word() -> None:
    watch = HealthWatch()
    assert watch.hear(records(60, HEALTHY), at(60)) == ()
    assert watch.conclude(finished(90, "completed", HEALTHY)) == ()
