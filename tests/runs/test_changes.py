"""Settings that are turned while a run trains are applied at the next step, remembered, and survive a break exactly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runs.recorded import recorded
from tests.runs.resumed import WIDE, Killed, curve, gone_on
from tests.training.tiny import Listener, tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs import recorder
from vae_explorer.runs.evaluation import evaluate
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.recording import train
from vae_explorer.training import telling
from vae_explorer.training.changes import adjustable, change_words, in_force
from vae_explorer.training.control import Control
from vae_explorer.training.events import SettingChanged, TrainingEvent, TrainingSnapshot
from vae_explorer.training.experiment import Experiment


@pytest.fixture(autouse=True)
def snapshots_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))


def turned(
    folder: Path, experiment: Experiment, turns: dict[int, tuple[str, float]], *, dies_after: int | None = None
) -> tuple[Run, Listener]:
    """Train, turn settings after some steps, and perhaps die as a kill does."""
    control = Control()

    def react(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot):
            if event.model.step in turns:
                control.change(*turns[event.model.step])
            if event.model.step == dies_after:
                raise Killed

    listener = Listener(react)
    if dies_after is None:
        assert train(experiment, WIDE, folder, on_event=listener, control=control) is not None, listener.events[-1]
    else:
        with pytest.raises(Killed):
            train(experiment, WIDE, folder, on_event=listener, control=control)
    return open_run(folder), listener


def test_that_each_objective_declares_what_can_be_turned() -> None:
    names = {
        entry.name: {path for path, _ in adjustable(Experiment().with_objective(entry.name))} for entry in OBJECTIVES
    }
    assert all("training.learning_rate" in paths for paths in names.values())
    assert names["beta-vae"] == {"objective.beta", "objective.free_bits", "training.learning_rate"}
    assert names["vae"] == {"training.learning_rate"}
    assert "objective.kl_weight" in names["vib"]
    assert "objective.information" in names["gan-bottleneck"]


def test_that_a_turn_counts_from_the_next_step_and_is_told_with_both_values(tmp_path: Path) -> None:
    run, listener = turned(tmp_path / "run", tiny_experiment("beta-vae"), {2: ("objective.beta", 9.0)})
    ((change),) = [event.change for event in listener.of(SettingChanged)]

    assert (change.step, change.setting, change.before, change.after) == (2, "objective.beta", 4.0, 9.0)
    assert change.epoch == pytest.approx(2 / 3)
    betas = [record.values["beta"] for record in listener.records("train")]
    assert betas == [4.0, 4.0, 9.0, 9.0, 9.0, 9.0]
    assert run.changes == (change,)
    assert change_words(change, run.experiment) == "beta 4 \N{RIGHTWARDS ARROW} 9"


def test_that_header_and_log_name_the_change_and_the_curves_are_whole(tmp_path: Path) -> None:
    run, listener = turned(tmp_path / "run", tiny_experiment("beta-vae"), {2: ("objective.beta", 9.0)})
    header = json.loads((run.path / "run.json").read_text())
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]

    assert header["changes"] == [run.changes[0].to_dict()]
    assert [line for line in lines if "setting" in line] == [run.changes[0].to_dict()]
    assert header["experiment"]["objective"]["beta"] == 4.0
    assert [record.values for record in run.metrics] == [record.values for record in listener.records()]


def test_that_the_learning_rate_follows_its_schedule_from_the_new_peak(tmp_path: Path) -> None:
    experiment = tiny_experiment(learning_rate=1e-3)
    plain = recorded(tmp_path / "plain", experiment, WIDE)
    run, _ = turned(tmp_path / "run", experiment, {2: ("training.learning_rate", 3e-3)})
    rates, before = (
        [record.values["learning_rate"] for record in each.metrics if record.split == "train"] for each in (run, plain)
    )
    assert rates == pytest.approx([*before[:2], *(3 * rate for rate in before[2:])])


def test_that_the_same_value_is_no_change(tmp_path: Path) -> None:
    run, listener = turned(tmp_path / "run", tiny_experiment("beta-vae"), {2: ("objective.beta", 4.0)})
    assert listener.of(SettingChanged) == []
    assert run.changes == ()


@pytest.mark.parametrize("objective", ["beta-vae", "cvae-class-mean", "vib", "gan", "gan-bottleneck"])
@pytest.mark.parametrize("dies_after", [4, 6, 9])
def test_that_a_run_with_changes_that_goes_on_equals_one_without_a_break(
    objective: str, dies_after: int, tmp_path: Path
) -> None:
    experiment = tiny_experiment(objective, epochs=4)
    setting = next(path for path, _ in adjustable(experiment))
    turns = {2: (setting, 0.5), 5: ("training.learning_rate", 4e-3), 7: (setting, 2.0)}
    whole, _ = turned(tmp_path / "whole", experiment, turns)
    broken, _ = turned(tmp_path / "broken", experiment, turns, dies_after=dies_after)
    saved = broken.newest[0].step
    control = Control()

    def turn_again(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot) and event.model.step >= saved and event.model.step in turns:
            control.change(*turns[event.model.step])

    from vae_explorer.runs.recording import resume

    assert resume(broken, WIDE, on_event=Listener(turn_again), control=control) is not None
    after = open_run(broken.path)

    assert after.load_model().weight_hash == whole.load_model().weight_hash
    assert curve(after.metrics) == curve(whole.metrics)
    assert [(change.step, change.setting, change.after) for change in after.changes] == [
        (2, setting, 0.5),
        (5, "training.learning_rate", 4e-3),
        (7, setting, 2.0),
    ]
    assert after.experiment == whole.experiment


def test_that_a_change_after_the_last_save_is_forgotten_with_its_steps(tmp_path: Path) -> None:
    run, _ = turned(tmp_path / "run", tiny_experiment("beta-vae"), {4: ("objective.beta", 9.0)}, dies_after=5)
    assert len(run.changes) == 1
    for folder in sorted((run.path / "checkpoints").glob("step-*"))[-1:]:
        (folder / "DONE.json").write_text("{}")
    after, _ = gone_on(open_run(run.path))

    assert after.changes == ()
    assert "setting" not in (run.path / "metrics.jsonl").read_text()


def test_that_a_moment_is_measured_with_the_settings_of_its_time(tmp_path: Path) -> None:
    run, _ = turned(tmp_path / "run", tiny_experiment("beta-vae"), {3: ("objective.beta", 400.0)})

    def excess(step: int) -> float:
        (moment,) = (moment for moment in run.moments if moment.step == step)
        terms = evaluate(run, WIDE, run.load_moment(moment))
        return (terms["loss"] - terms["reconstruction"]) / terms["kl"]

    assert excess(3) == pytest.approx(4.0, rel=1e-3)
    assert excess(6) == pytest.approx(400.0, rel=1e-3)
    assert in_force(run.experiment, run.changes).objective == run.experiment_at(4).objective


@pytest.mark.parametrize(
    "changes",
    [
        "many",
        [7],
        [{"step": 1}],
        [{"step": 1, "epoch": 1, "seconds": 1, "setting": "objective.beta", "before": 1, "after": -5}],
        [{"step": 1, "epoch": 1, "seconds": 1, "setting": "training.nothing", "before": 1, "after": 1}],
        [{"step": -1, "epoch": 1, "seconds": 1, "setting": "objective.beta", "before": 1, "after": 1}],
        [{"step": 1, "epoch": 1, "seconds": 1, "setting": "objective.beta", "before": True, "after": 1}],
    ],
)
def test_that_a_header_with_strange_changes_is_refused_in_words(changes: object, tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment("beta-vae"), WIDE)
    header = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**header, "changes": changes}))
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        open_run(run.path)
