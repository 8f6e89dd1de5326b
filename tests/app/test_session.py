"""The session's states, and what each change does to them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, Notice, RunState
from vae_explorer.errors import SettingError
from vae_explorer.latent.spread import chosen_rows
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.model import Model


def train_to_the_end(session: Session, qtbot: QtBot) -> None:
    session.set_setting("training.epochs", "2")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


def texts(notices: list[Notice]) -> str:
    return "\n".join(notice.text for notice in notices)


def test_that_starting_loads_the_default_data_and_warms_up(session: Session, backend: FakeBackend) -> None:
    assert session.dataset is not None
    assert session.dataset.name == "mnist-10k"
    assert backend.warmed_up


def test_that_training_ends_with_a_model_points_and_a_run_on_disk(session: Session, qtbot: QtBot) -> None:
    train_to_the_end(session, qtbot)
    assert session.model_info is not None
    assert session.model_info.step == 10
    assert session.run is not None
    assert (session.run.path / "run.json").is_file()
    qtbot.waitUntil(lambda: session.points is not None and session.points.step == 10)
    assert session.points is not None
    assert session.points.rows.tolist()[:15] == list(range(45, 60))


def test_that_no_metric_is_lost(session: Session, qtbot: QtBot) -> None:
    added: list[int] = []
    session.metrics_added.connect(lambda records: added.extend(record.step for record in records))
    train_to_the_end(session, qtbot)
    assert added == list(range(1, 11))
    assert [record.step for record in session.metrics] == added


def test_that_pause_step_and_resume_are_obeyed(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.step_seconds = 0.005
    session.set_setting("training.epochs", "1000")
    session.train()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 2)
    session.pause()
    assert session.state is RunState.PAUSED
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step == backend.paused_at)
    assert session.progress is not None
    paused_at = session.progress.step
    session.step()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step == paused_at + 1)
    qtbot.waitUntil(lambda: backend.paused_at == paused_at + 1)
    qtbot.wait(40)
    assert session.progress.step == paused_at + 1
    session.resume()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > paused_at + 3)


def test_that_stopping_is_felt_at_once_and_keeps_the_run(session: Session, qtbot: QtBot) -> None:
    session.set_setting("training.epochs", "1000")
    session.train()
    session.stop()
    assert session.state is RunState.STOPPING
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.run is not None
    assert (session.run.path / "run.json").is_file()


def test_that_a_step_without_a_training_starts_one_that_waits(session: Session, qtbot: QtBot) -> None:
    session.step()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step == 1)
    assert session.state is RunState.PAUSED


def test_that_training_again_makes_a_new_run_and_keeps_the_old(session: Session, qtbot: QtBot) -> None:
    train_to_the_end(session, qtbot)
    first = session.run
    session.train()
    assert session.metrics == ()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert first is not None
    assert session.run is not None
    assert session.run.path != first.path
    assert (first.path / "run.json").is_file()


def test_that_settings_changed_while_training_are_for_the_next_one_and_said_so(
    session: Session, backend: FakeBackend, notices: list[Notice], qtbot: QtBot
) -> None:
    session.set_setting("training.epochs", "1000")
    session.train()
    qtbot.waitUntil(lambda: bool(backend.trainings))
    session.set_setting("training.learning_rate", "0.01")
    session.set_setting("training.learning_rate", "0.02")
    assert texts(notices).count("for the next one") == 1
    assert backend.trainings[0].training.learning_rate == 2e-3
    assert session.experiment.training.learning_rate == 0.02
    assert session.trained_experiment == backend.trainings[0]


def test_that_other_data_are_refused_while_training_and_loaded_once_it_stopped(
    session: Session, notices: list[Notice], qtbot: QtBot
) -> None:
    session.set_setting("training.epochs", "1000")
    session.train()
    session.load_data("shapes")
    assert "stop it first" in texts(notices)
    assert session.experiment.data.source == "mnist-10k"
    session.load_data("shapes", stop_training=True)
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "shapes")
    assert not session.is_trained
    assert session.run is None


def test_that_data_that_cannot_be_loaded_leave_the_old_ones(
    session: Session, notices: list[Notice], qtbot: QtBot
) -> None:
    session.load_data("missing.npy")
    qtbot.waitUntil(lambda: bool(notices))
    assert notices[0].level == "error"
    assert "missing.npy" in notices[0].text
    assert session.dataset is not None
    assert session.dataset.name == "mnist-10k"
    assert session.experiment.data.source == "mnist-10k"
    qtbot.waitUntil(lambda: session.state is RunState.READY)


@pytest.mark.parametrize("source", ["a broken run", "missing.npy"])
def test_that_a_start_with_what_cannot_be_opened_loads_the_usual_data(
    tmp_path: Path, backend: FakeBackend, qtbot: QtBot, source: str
) -> None:
    (tmp_path / "a broken run").mkdir()
    (tmp_path / "a broken run" / "run.json").write_text("{", encoding="utf-8")
    session, told = Session(tmp_path / "runs", backend), list[Notice]()
    session.noticed.connect(told.append)
    session.start(str(tmp_path / source))
    qtbot.waitUntil(lambda: session.dataset is not None and session.state is RunState.READY)
    assert session.dataset is not None
    assert session.dataset.name == session.experiment.data.source == "mnist-10k"
    assert [notice.level for notice in told] == ["error"]
    assert source in told[0].text
    assert session.close()


def test_that_data_that_cannot_be_loaded_leave_those_of_a_run_chosen(
    session: Session, notices: list[Notice], tmp_path: Path, qtbot: QtBot
) -> None:
    run = tmp_path / "kept"
    kept = Experiment().with_setting("data.source", "missing once.npz").to_dict()
    run.mkdir()
    (run / "run.json").write_text(json.dumps(kept), encoding="utf-8")
    session.open_run(run)
    qtbot.waitUntil(lambda: "data could not be loaded" in texts(notices) and session.state is RunState.FINISHED)
    session.load_data("missing twice.npz")
    qtbot.waitUntil(lambda: "missing twice" in texts(notices) and session.state is RunState.FINISHED)
    assert session.experiment.data.source == "missing once.npz"


def test_that_a_newer_load_wins_over_one_that_is_under_way(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.hold_loading.clear()
    session.load_data("first")
    session.load_data("second")
    backend.hold_loading.set()
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "second")
    qtbot.wait(50)
    assert session.dataset is not None
    assert session.dataset.name == "second"


def test_that_a_run_opens_with_its_settings_curves_and_model(session: Session, qtbot: QtBot) -> None:
    session.set_setting("training.seed", "42")
    train_to_the_end(session, qtbot)
    assert session.run is not None
    path = session.run.path
    session.load_data("shapes")
    qtbot.waitUntil(lambda: not session.is_trained and session.state is RunState.READY)
    session.open_source(str(path))
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.experiment.training.seed == 42
    assert session.dataset is not None
    assert session.dataset.name == "mnist-10k"
    assert session.model_info is not None
    assert session.model_info.step == 7
    assert len(session.metrics) == 1


def test_that_a_training_that_fails_is_told_with_details_and_can_be_repeated(
    session: Session, backend: FakeBackend, notices: list[Notice], qtbot: QtBot
) -> None:
    backend.fail_at = 3
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert "lower the learning rate" in notices[-1].text
    assert notices[-1].details == "step 3"
    backend.fail_at = None
    train_to_the_end(session, qtbot)


def test_that_an_objective_that_needs_classes_is_refused_for_data_without(
    session: Session, notices: list[Notice], qtbot: QtBot
) -> None:
    session.load_data("plain")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.labels is None)
    session.set_experiment(session.experiment.with_objective("cvae-label"))
    session.train()
    assert "classes" in texts(notices)
    assert session.state is RunState.READY


def test_that_closing_while_training_saves_the_run_and_leaves_no_thread(
    tmp_path: Path, backend: FakeBackend, qtbot: QtBot
) -> None:
    session = Session(tmp_path / "runs", backend)
    session.start()
    qtbot.waitUntil(lambda: session.dataset is not None and session.state is RunState.READY)
    session.set_setting("training.epochs", "1000")
    session.train()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 0)
    assert session.close()
    assert len(list((tmp_path / "runs").glob("*/run.json"))) == 1


def test_that_other_data_keep_the_pin_but_forget_which_sample_it_was(session: Session, qtbot: QtBot) -> None:
    session.pin((1.0, 2.0), sample=3, label=1)
    session.load_data("shapes")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "shapes")
    assert session.pinned == LatentPoint((1.0, 2.0), None, 1)


def test_that_an_export_gets_the_model_of_its_moment_and_can_be_cancelled(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    train_to_the_end(session, qtbot)

    def name_the_step(model: Model, report: Callable[[float], None], _cancelled: object) -> Path:
        report(0.5)
        return tmp_path / str(model.step)

    job = session.export(name_the_step)
    assert job is not None
    with qtbot.waitSignal(job.finished) as blocker:
        pass
    assert blocker.args == [tmp_path / "10"]

    def endless(_model: Model, report: Callable[[float], None], _cancelled: object) -> Path:
        while True:
            report(0.1)

    job = session.export(endless)
    assert job is not None
    with qtbot.waitSignal(job.cancelled):
        job.cancel()


def test_that_an_export_without_a_model_says_what_to_do(session: Session, notices: list[Notice]) -> None:
    session._set_model(None)
    assert session.export(lambda _model, _report, _cancelled: Path()) is None
    assert "train a model" in texts(notices)


def test_that_a_setting_that_does_not_exist_is_refused(session: Session) -> None:
    with pytest.raises(SettingError, match="epoch"):
        session.set_setting("training.epoch", "3")


def test_that_the_path_keeps_its_slider_between_the_ends(session: Session) -> None:
    session.set_start(LatentPoint((0.0, 0.0)))
    assert not session.path.is_complete
    session.set_end(LatentPoint((1.0, 1.0)))
    session.add_way_point(LatentPoint((0.0, 1.0)))
    session.set_path_position(1.7)
    assert session.path.is_complete
    assert session.path.position == 1.0
    session.reverse_path()
    assert [point.z for point in session.path.points] == [(1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert session.path.position == 0.0


def test_that_the_same_experiment_again_changes_nothing(session: Session, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(session.experiment_changed):
        session.set_experiment(dataclasses.replace(session.experiment))


def test_that_a_small_budget_encodes_test_and_training_images() -> None:
    rows = chosen_rows(70_000, 60_000, 2_000)
    assert len(rows) == len(np.unique(rows)) == 2_000
    assert np.count_nonzero(rows < 60_000) == 500
    assert rows[0] == 60_000
    assert rows[1_499] == 69_999


@pytest.mark.parametrize("budget", [60, 1_000])
def test_that_everything_is_encoded_where_the_budget_allows(budget: int) -> None:
    assert sorted(chosen_rows(60, 45, budget).tolist()) == list(range(60))
