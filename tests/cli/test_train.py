"""Training and evaluating from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call, small_pictures, write_data
from tests.cli.printed import Capture, mapping, number, one_object
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_train_prints_one_object_with_the_promised_keys(
    objective: str, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "run"
    chosen = ("--objective", objective, *small_pictures(objective), "--seed", "7", *SMALL)
    answer = call(capsys, "train", "--data", data, *chosen, "--out", out, "--json")
    assert answer.status == 0
    result = one_object(answer.out)
    figures = {"run", "seed", "device", "epochs", "seconds", "images_per_second", "train", "test"}
    assert set(result) == figures | {"parent", "changes"}
    assert (result["parent"], result["changes"]) == (None, [])
    assert (result["run"], result["seed"], result["device"], result["epochs"]) == (str(out), 7, "cpu", 1)
    assert isinstance(result["epochs"], int)
    assert number(result["seconds"]) > 0
    assert number(result["images_per_second"]) > 0
    for split in ("train", "test"):
        terms = mapping(result[split])
        recorded = mapping(open_run(out).result[split])
        assert terms == {name: recorded[name] for name in terms}
        assert {"loss", "reconstruction", "kl"} & set(recorded) <= set(terms)
    run = open_run(out)
    assert run.experiment.objective.name == objective
    assert run.experiment.model.hidden == (8,)


def test_that_the_vae_s_loss_is_the_sum_of_its_two_parts(run: Path) -> None:
    for split in ("train", "test"):
        terms = {name: number(value) for name, value in mapping(open_run(run).result[split]).items()}
        assert {"loss", "reconstruction", "kl"} <= set(terms)
        assert all(value > 0 for value in terms.values())
        assert terms["loss"] == pytest.approx(terms["reconstruction"] + terms["kl"], rel=1e-5)


def test_that_training_twice_from_the_command_line_gives_the_same_figures(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    results = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        words = ("train", "--data", data, "--seed", seed, "--out", tmp_path / name, *SMALL, "--json")
        results.append(one_object(call(capsys, *words).out)["test"])
    assert results[0] == results[1] != results[2]


def test_that_train_without_json_says_where_the_run_is(data: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    lines = answer.out.splitlines()
    assert lines[-1] == f"run: {tmp_path / 'run'}"
    assert "nats per image" in lines[0]
    assert "Training" in answer.err
    assert "steps" in answer.err


def test_that_notes_about_the_data_are_shown_once_training_starts(tmp_path: Path, capsys: Capture) -> None:
    data = write_data(tmp_path / "unlabelled.npz", classes=0)
    answer = call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    assert answer.status == 0
    assert answer.err.startswith("There are no labels, so there are no classes.\nTraining ")


def test_that_train_makes_a_folder_of_its_own_where_none_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("vae_explorer.cli.train.default_runs_folder", lambda: tmp_path / "all runs")
    result = one_object(call(capsys, "train", "--data", data, *SMALL, "--json").out)
    assert Path(str(result["run"])).parent == tmp_path / "all runs"
    assert "tiny vae" in Path(str(result["run"])).name


def test_that_later_settings_win_over_flags_before_them(data: Path, tmp_path: Path, capsys: Capture) -> None:
    settings = (
        "--objective",
        "beta-vae",
        "--set",
        "objective.beta=2",
        "--set",
        "training.batch_size = 7",
        "--set",
        "training.epochs=2",
    )
    call(capsys, "train", "--data", data, "--out", tmp_path, *SMALL, *settings)
    experiment = open_run(tmp_path).experiment
    assert (experiment.training.batch_size, experiment.training.epochs) == (7, 2)
    assert experiment.to_dict()["objective"]["beta"] == 2.0


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_evaluate_prints_the_terms_and_a_negative_elbo(
    objective: str, runs: Mapping[str, Path], capsys: Capture
) -> None:
    result = one_object(call(capsys, "evaluate", runs[objective], "--json").out)
    test = {name: number(value) for name, value in mapping(result["test"]).items()}
    recorded = mapping(open_run(runs[objective]).result["test"])
    if "loss" in recorded:
        assert test["loss"] == recorded["loss"]
    assert ("elbo" in test) == ({"reconstruction", "kl"} <= set(recorded))
    if "elbo" in test:
        assert test["elbo"] == pytest.approx(-test["reconstruction"] - test["kl"])
        assert test["elbo"] < 0
    assert (result["run"], result["objective"], result["seed"]) == (str(runs[objective]), objective, 0)
    explains = result["log_likelihood"] is not None
    assert result["likelihood"] == ("Bernoulli, grey-level cross-entropy" if explains else "")
    if explains or "error_1" in result:
        assert result["images"] == len_test(runs[objective])


def len_test(run: Path) -> int:
    identity = open_run(run).data
    return identity.images - identity.train_images


def test_that_evaluate_on_other_data_measures_that_data(run: Path, tmp_path: Path, capsys: Capture) -> None:
    other = write_data(tmp_path / "other.npz", seed=5, count=100)
    own = one_object(call(capsys, "evaluate", run, "--json").out)
    result = one_object(call(capsys, "evaluate", run, "--data", other, "--json").out)
    assert result["data"] == "other.npz"
    assert result["images"] == 10
    assert result["test"] != own["test"]


def test_that_evaluate_says_in_words_what_was_measured(run: Path, capsys: Capture) -> None:
    answer = call(capsys, "evaluate", run)
    assert "Bernoulli, grey-level cross-entropy" in answer.out
    assert "elbo" in answer.out
    assert answer.err == ""


def test_that_data_that_changed_since_training_is_told(tmp_path: Path, capsys: Capture) -> None:
    data = write_data(tmp_path / "tiny.npz")
    call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    assert call(capsys, "evaluate", tmp_path / "run").err == ""
    write_data(data, seed=9)
    assert "has changed since the run was trained" in call(capsys, "evaluate", tmp_path / "run").err


def test_that_a_damaged_checkpoint_is_told_and_the_older_one_is_used(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    (whole,) = (tmp_path / "run" / "checkpoints").iterdir()
    (whole.parent / "step-99999999").mkdir()
    answer = call(capsys, "decode", tmp_path / "run", "--z", "0,0", "--out", tmp_path / "a.png")
    assert answer.status == 0
    assert "step-99999999" in answer.err
    assert "An older checkpoint was opened instead." in answer.err
