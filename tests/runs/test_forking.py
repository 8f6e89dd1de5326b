"""A run can start from any moment of another one, with other settings, and says where it came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.runs.recorded import recorded
from tests.runs.resumed import WIDE, gone_on
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs import recorder
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.forking import fork_of
from vae_explorer.runs.recording import train
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed, TrainingSnapshot
from vae_explorer.training.experiment import Experiment


@pytest.fixture
def parent(tmp_path: Path) -> Run:
    return recorded(tmp_path / "parent", tiny_experiment("beta-vae", epochs=3), WIDE)


def forked(parent: Run, folder: Path, experiment: Experiment, at: int | None = None) -> Listener:
    moment = next((moment for moment in parent.moments if moment.step == at), None)
    listener = Listener()
    train(experiment, WIDE, folder, on_event=listener, control=Control(), fork=fork_of(parent, moment))
    return listener


@pytest.mark.parametrize("objective", [entry.name for entry in OBJECTIVES])
def test_that_a_fork_starts_from_the_weights_of_the_moment(objective: str, tmp_path: Path) -> None:
    experiment = tiny_experiment(objective, epochs=3)
    parent = recorded(tmp_path / "parent", experiment, WIDE)
    heard = forked(parent, tmp_path / "fork", experiment.with_setting("training.seed", "5"), at=3)
    (moment,) = (moment for moment in parent.moments if moment.step == 3)
    first = heard.of(TrainingSnapshot)[0].model

    assert first.step == 0
    assert first.weight_hash == parent.load_moment(moment).weight_hash
    fork = open_run(tmp_path / "fork")
    assert fork.load_moment(fork.moments[0]).weight_hash == first.weight_hash
    assert fork.load_model().weight_hash != first.weight_hash


def test_that_a_fork_remembers_its_parent(parent: Run, tmp_path: Path) -> None:
    forked(parent, tmp_path / "fork", parent.experiment.with_setting("objective.beta", "1"), at=3)
    fork = open_run(tmp_path / "fork")

    assert fork.parent is not None
    assert (fork.parent.run, fork.parent.step, fork.parent.epoch) == ("parent", 3, 1.0)
    (moment,) = (moment for moment in parent.moments if moment.step == 3)
    assert fork.parent.weight_hash == parent.load_moment(moment).weight_hash
    assert fork.parent.words == "parent at epoch 1 (step 3)"
    assert parent.parent is None


def test_that_the_newest_moment_is_forked_with_its_exact_weights(parent: Run, tmp_path: Path) -> None:
    heard = forked(parent, tmp_path / "fork", parent.experiment)
    assert heard.of(TrainingSnapshot)[0].model.weight_hash == parent.load_model().weight_hash


def test_that_a_fork_can_take_another_objective_with_the_same_network(parent: Run, tmp_path: Path) -> None:
    forked(parent, tmp_path / "fork", parent.experiment.with_objective("iwae"), at=3)
    assert open_run(tmp_path / "fork").experiment.objective.name == "iwae"


@pytest.mark.parametrize(
    ("setting", "value"), [("model.hidden", "13"), ("model.network", "conv"), ("model.posterior", "full")]
)
def test_that_settings_of_another_network_are_refused_in_a_sentence(
    parent: Run, setting: str, value: str, tmp_path: Path
) -> None:
    heard = forked(parent, tmp_path / "fork", parent.experiment.with_setting(setting, value), at=3)
    (failed,) = heard.events
    assert isinstance(failed, TrainingFailed)
    assert failed.wrong_input
    assert failed.message.startswith("The run parent can't be forked with these settings, because their network is")
    assert not (tmp_path / "fork").exists()


def test_that_data_of_another_size_are_refused(parent: Run, tmp_path: Path) -> None:
    listener = Listener()
    other = tiny_dataset(shape=(1, 8, 12))
    fork = fork_of(parent, None)
    assert train(parent.experiment, other, tmp_path / "a", on_event=listener, control=Control(), fork=fork) is None
    assert isinstance(listener.events[0], TrainingFailed)
    assert "pictures of that size" in listener.events[0].message


def test_that_a_fork_that_was_broken_off_goes_on_and_keeps_its_parent(
    parent: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    experiment = parent.experiment.with_setting("objective.beta", "1")
    forked(parent, tmp_path / "whole", experiment, at=3)
    forked(parent, tmp_path / "long", experiment.with_setting("training.epochs", "2"), at=3)
    after, _ = gone_on(open_run(tmp_path / "long"), epochs=3)

    assert after.parent == open_run(tmp_path / "whole").parent


@pytest.mark.parametrize(
    "parent", ["a run", {}, {"run": "a", "step": -1, "epoch": 0, "weight_hash": "0" * 64}, {"step": 1, "epoch": 1}]
)
def test_that_a_header_with_a_strange_parent_is_refused_in_words(parent: object, tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(), WIDE)
    header = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**header, "parent": parent}))
    with pytest.raises(RunError, match=r"run\.json is damaged: its section parent"):
        open_run(run.path)
