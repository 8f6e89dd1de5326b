"""Every figure and table of a run can be made of any moment that it kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call
from tests.cli.printed import mapping, number, one_object
from vae_explorer.export.notes import read_provenance
from vae_explorer.runs.folder import open_run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="session")
def long_run(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """Three epochs of several steps."""
    from vae_explorer.cli import main

    out = tmp_path_factory.mktemp("long") / "run"
    words = ["train", "--data", str(data), *SMALL, "--epochs", "3", "--set", "training.batch_size=16"]
    assert main([*words, "--out", str(out)]) == 0
    return out


def test_that_a_moment_is_pinned_until_it_is_let_go(long_run: Path, tmp_path: Path, capsys: Capture) -> None:
    run = tmp_path / "run"
    shutil.copytree(long_run, run)
    lines = call(capsys, "moments", run, "--pin", "step:0").out.splitlines()
    assert [line.endswith("half precision, pinned") for line in lines] == [True, *[False] * (len(lines) - 1)]
    lines = call(capsys, "moments", run, "--pin", "newest").out.splitlines()
    assert lines[-1].endswith("exact weights, pinned")
    assert "pinned" not in call(capsys, "moments", run, "--unpin", "step:0").out.splitlines()[0]
    again = call(capsys, "moments", run, "--unpin", "step:0")
    assert again.status == 2
    assert "isn't pinned" in again.err


def test_that_moments_are_listed_from_the_first_to_the_newest(long_run: Path, capsys: Capture) -> None:
    run = open_run(long_run)
    answer = call(capsys, "moments", long_run, "--json")
    listed = one_object(answer.out)["moments"]
    assert isinstance(listed, list)
    assert [number(mapping(one)["step"]) for one in listed] == [moment.step for moment in run.moments]
    assert mapping(listed[0]) == {"step": 0, "epoch": 0.0, "exact": False, "pinned": False}
    assert mapping(listed[-1])["exact"] is True
    lines = call(capsys, "moments", long_run).out.splitlines()
    assert lines[0].split() == ["epoch", "0.00", "step", "0", "weights", "in", "half", "precision"]
    assert len(lines) == len(listed) > 5


@pytest.mark.parametrize(
    "words",
    [
        ("decode", "--z", "0,0"),
        ("grid", "--size", "2"),
        ("path", "--from", "z:0,0", "--to", "z:1,1"),
        ("export", "plane"),
    ],
)
def test_that_a_figure_of_a_moment_names_its_epoch_and_weights(
    words: tuple[str, ...], long_run: Path, tmp_path: Path, capsys: Capture
) -> None:
    count = 2 if words[0] == "export" else 1
    out = tmp_path / "figure.png"
    answer = call(capsys, *words[:count], long_run, *words[count:], "--at", "2", "--out", out)
    assert answer.status == 0, answer.err
    run = open_run(long_run)
    (moment,) = (moment for moment in run.moments if moment.epoch == 2)
    note = read_provenance(out)
    assert note is not None
    assert note.weight_hash == run.load_moment(moment).weight_hash


def test_that_the_nearest_moment_is_taken_and_told(long_run: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "figure.png"
    answer = call(capsys, "grid", long_run, "--size", "2", "--at", "1.9", "--out", out)
    assert "The moment epoch 2 (step 8) is the nearest to 1.9 that the run has kept." in answer.err
    exact = call(capsys, "grid", long_run, "--size", "2", "--at", "step:8", "--out", out)
    assert "nearest" not in exact.err
    newest = call(capsys, "grid", long_run, "--size", "2", "--at", "newest", "--out", out)
    assert newest.status == 0
    note = read_provenance(out)
    assert note is not None
    assert note.weight_hash == open_run(long_run).load_model().weight_hash


def test_that_evaluate_measures_the_moment(long_run: Path, capsys: Capture) -> None:
    first = one_object(call(capsys, "evaluate", long_run, "--at", "0", "--json").out)
    newest = one_object(call(capsys, "evaluate", long_run, "--json").out)
    assert (first["step"], first["epoch"]) == (0, 0.0)
    assert newest["epoch"] == 3
    assert number(mapping(first["test"])["loss"]) > number(mapping(newest["test"])["loss"])


@pytest.mark.parametrize("text", ["soon", "-1", "step:", "step:x", "nan", "inf"])
def test_that_a_wrong_moment_is_one_line(text: str, long_run: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "grid", long_run, f"--at={text}", "--out", tmp_path / "a.png")
    assert answer.status == 2
    assert answer.err == (
        f"vae-explorer: The moment {text!r} must be an epoch, such as 2.5, or a step, such as step:100, or newest.\n"
    )


def test_that_figures_of_a_whole_run_take_no_moment(long_run: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "export", "curves", long_run, "--at", "1", "--out", tmp_path / "a.svg")
    assert answer.status == 2
    assert "--at" in answer.err


def test_that_a_fork_trains_on_from_the_moment_with_the_parent_s_settings(
    long_run: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "fork"
    words = ("--fork", long_run, "--at", "2", "--epochs", "1", "--objective", "beta-vae", "--out", out)
    answer = call(capsys, "train", *words, "--json")
    assert answer.status == 0, answer.err
    assert f"Starting from {long_run.name} at epoch 2 (step 8)" in answer.err
    parent = mapping(one_object(answer.out)["parent"])
    run = open_run(long_run)
    (moment,) = (moment for moment in run.moments if moment.epoch == 2)
    assert parent == {"run": "run", "step": 8, "epoch": 2.0, "weight_hash": run.load_moment(moment).weight_hash}
    fork = open_run(out)
    assert fork.experiment.model == run.experiment.model
    assert fork.experiment.training.batch_size == 16
    assert (fork.experiment.objective.name, fork.experiment.training.epochs) == ("beta-vae", 1)
    measured = one_object(call(capsys, "evaluate", out, "--json").out)
    assert mapping(measured["parent"]) == parent
    assert "forked from run at epoch 2 (step 8)" in call(capsys, "moments", out).out


def test_that_a_fork_with_another_network_is_one_line_and_leaves_nothing(
    long_run: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "fork"
    answer = call(capsys, "train", "--fork", long_run, "--set", "model.hidden=9", "--out", out)
    assert answer.status == 2
    assert "The run run can't be forked with these settings" in answer.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [(("--at", "2"), "The option --at names a moment"), (("--fork", "a", "--resume", "b"), "exclude each other")],
)
def test_that_options_of_a_fork_that_make_no_sense_are_refused(
    words: tuple[str, ...], reason: str, capsys: Capture
) -> None:
    assert reason in call(capsys, "train", *words).complaint
