"""``train --resume``: a killed training goes on exactly, and what can't go on is answered in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ROOT, SMALL, call, write_data
from vae_explorer.runs.folder import open_run

PROGRAM = """
import sys
from vae_explorer.cli import main
from vae_explorer.runs import recorder
from vae_explorer.training import control, telling
recorder.AUTOSAVE_SECONDS = control.SNAPSHOT_SECONDS = 0.0
telling._SNAPSHOT_SHARE = float("inf")
sys.exit(main(sys.argv[1:]))
"""
"""The program with a save after every step."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_that_a_training_killed_by_the_system_goes_on_to_the_same_end(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--data", str(data), *SMALL, "--set", "training.batch_size=8", "--epochs", "40"]
    assert call(capsys, *words, "--out", tmp_path / "whole").status == 0
    run = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, "--out", str(run)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch 4"):
            break
    process.kill()
    process.communicate()
    assert process.returncode == -9
    step = open_run(run).newest[0].step
    assert 0 < step < 280
    answer = call(capsys, "train", "--resume", run)
    assert answer.status == 0, answer
    assert f"Going on after step {step}" in answer.err
    assert f"run: {run}" in answer.out
    first, second = open_run(tmp_path / "whole"), open_run(run)
    assert second.load_model().weight_hash == first.load_model().weight_hash
    assert [(item.step, item.split, item.values) for item in second.metrics] == [
        (item.step, item.split, item.values) for item in first.metrics
    ]
    assert second.result["test"] == first.result["test"]
    assert not list((run / "checkpoints").glob("*.tmp"))


def test_that_more_epochs_go_on_and_say_what_becomes_of_the_learning_rate(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    answer = call(capsys, "train", "--resume", copy, "--epochs", "3", "--json")
    assert answer.status == 0
    assert json.loads(answer.out)["epochs"] == 3
    assert "The schedule “Warm-up, then cosine decay” now covers 3 epochs instead of 1" in answer.err
    assert open_run(copy).experiment.training.epochs == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "has 1 epoch behind it, so there is nothing left of 1 to train: set more epochs"),
        (("--epochs", "none"), "The setting training.epochs is 'none'"),
        (("--epochs", "0"), "training.epochs"),
        (("--device", "abacus", "--epochs", "2"), "training.device"),
        (("--seed", "1"), "The option --seed can't be used with --resume"),
        (("--objective", "vae"), "The option --objective can't be used with --resume"),
        (("--set", "model.hidden=4"), "The option --set can't be used with --resume"),
        (("--out", "elsewhere"), "The option --out can't be used with --resume"),
        (("--data", "nowhere.npz", "--epochs", "2"), "nowhere.npz"),
    ],
)
def test_that_what_can_not_go_on_is_answered_in_one_line(
    words: tuple[str, ...], said: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    assert said in call(capsys, "train", "--resume", copy, *words).complaint


def test_that_other_images_are_refused_and_the_same_ones_elsewhere_are_taken(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    other = write_data(tmp_path / "other.npz", seed=9)
    answer = call(capsys, "train", "--resume", copy, "--epochs", "2", "--data", other)
    assert "aren't those that the run copy was trained on" in answer.complaint
    same = Path(shutil.copy(data, tmp_path / "moved.npz"))
    assert call(capsys, "train", "--resume", copy, "--epochs", "2", "--data", same).status == 0


def test_that_a_run_whose_images_are_gone_says_how_to_name_their_new_place(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Path(shutil.copy(data, tmp_path / "gone.npz"))
    assert call(capsys, "train", "--data", gone, "--out", tmp_path / "run", *SMALL).status == 0
    gone.unlink()
    said = call(capsys, "train", "--resume", tmp_path / "run", "--epochs", "2").complaint
    assert "gone.npz" in said
    assert "The run run was trained on it: say with --data where it is now." in said


def test_that_a_folder_that_is_no_run_can_not_be_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is no run" in call(capsys, "train", "--resume", tmp_path).complaint
