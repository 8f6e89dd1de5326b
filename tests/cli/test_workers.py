"""``train`` by several workers: one run, the results of one worker, and an end in order whatever becomes of them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import ROOT, call, write_data
from tests.training.crew import Crew, Said, trained_by
from vae_explorer.runs.folder import Run, open_run

PLAIN = ("--device", "cpu", "--set", "model.hidden=8", "--set", "training.path=plain")
EXACT = (*PLAIN, "--objective", "autoencoder", "--set", "training.precision=float32", "--set", "training.batch_size=13")
"""Nothing is drawn, and of the last batch there is one image: not enough for each worker."""

STEADY = ("--set", "training.schedule=constant")
ENDLESS = ("--epochs", "100000", "--set", "training.history=0")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of 8x8 of which 40 are for training."""
    return write_data(tmp_path_factory.mktemp("data") / "tiny.npz", count=45)


def only_one_speaks(said: list[Said]) -> Said:
    """Return what the one that leads said, when all ended alike and nobody else said anything."""
    assert {each.status for each in said} == {said[0].status}, said
    assert [(each.out, each.err) for each in said[1:]] == [("", "")] * (len(said) - 1)
    return said[0]


def same_records(first: Run, second: Run, *, tolerance: float) -> None:
    assert [(item.step, item.split) for item in first.metrics] == [(item.step, item.split) for item in second.metrics]
    for one, other in zip(first.metrics, second.metrics, strict=True):
        assert one.values == pytest.approx(other.values, rel=tolerance, abs=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 3])
def test_that_several_workers_give_the_run_of_one(
    count: int, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(pictures), *EXACT, "--epochs", "3"]
    assert call(capsys, "train", *words, "--set", "training.threads=1", "--out", tmp_path / "one").status == 0
    said = only_one_speaks(trained_by(count, *words, "--out", tmp_path / "run"))
    assert said.status == 0, said.err
    assert f"{count} workers" in said.err
    assert said.out.endswith(f"run: {tmp_path / 'run'}\n")
    one, run = open_run(tmp_path / "one"), open_run(tmp_path / "run")
    same_records(one, run, tolerance=1e-5)
    for name, weights in one.load_model().weights.items():
        # The first step of Adam makes as much of a slope that is nearly nothing as of any other.
        assert np.abs(weights - run.load_model().weights[name]).mean() < 1e-5
    assert run.result["test"] == pytest.approx(one.result["test"], rel=1e-5)


@pytest.mark.slow
def test_that_the_same_workers_go_on_exactly(pictures: Path, tmp_path: Path) -> None:
    words = ["--data", str(pictures), *PLAIN, *STEADY, "--set", "training.batch_size=13"]
    only_one_speaks(trained_by(2, *words, "--epochs", "4", "--out", tmp_path / "whole"))
    only_one_speaks(trained_by(2, *words, "--epochs", "2", "--out", tmp_path / "run"))
    said = only_one_speaks(trained_by(2, "--resume", tmp_path / "run", "--epochs", "4"))
    assert said.status == 0, said.err
    assert "number of workers" not in said.err
    whole, run = open_run(tmp_path / "whole"), open_run(tmp_path / "run")
    same_records(whole, run, tolerance=0.0)
    assert run.load_model().weight_hash == whole.load_model().weight_hash
    assert [entry.workers for entry in run.resumptions] == [2]


@pytest.mark.slow
def test_that_another_number_of_workers_goes_on_where_one_was(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(pictures), *EXACT, *STEADY, "--objective", "vae", "--set", "training.threads=1"]
    assert call(capsys, "train", *words, "--epochs", "6", "--out", tmp_path / "whole").status == 0
    assert call(capsys, "train", *words, "--epochs", "2", "--out", tmp_path / "run").status == 0
    said = only_one_speaks(trained_by(3, "--resume", tmp_path / "run", "--epochs", "4"))
    assert said.status == 0, said.err
    assert "The number of workers was 1 before and is 3 now" in said.err
    answer = call(capsys, "train", "--resume", tmp_path / "run", "--epochs", "6")
    assert answer.status == 0, answer.err
    assert "The number of workers was 3 before and is 1 now" in answer.err
    same_records(open_run(tmp_path / "whole"), open_run(tmp_path / "run"), tolerance=1e-4)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("lost", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_that_a_run_goes_on_after_a_worker_was_killed(
    lost: int, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ["--data", str(pictures), *PLAIN, *STEADY, "--set", "training.precision=float32"]
    crew = Crew(2, ["-m", "vae_explorer", "train", *words, *ENDLESS, "--out", run])
    crew.wait_for((run / "LATEST").exists)
    crew.tell(lost, signal.SIGKILL)
    said = crew.end()
    assert said[lost].status == -9
    left = said[1 - lost]
    assert left.status == 1
    complaints = [line for line in left.err.splitlines() if line.startswith("vae-explorer: ")]
    assert len(complaints) == 1, left.err
    assert f"Worker {lost} of 2" in complaints[0]
    assert "--resume" in complaints[0]
    assert "Traceback" not in left.err
    if lost == 1:
        assert f"kept at step {open_run(run).newest[0].step:,}," in complaints[0]
    kept = open_run(run).newest[0].step
    assert kept >= 1
    epochs = ["--epochs", str(kept + 1)]  # one step each
    assert call(capsys, "train", "--resume", run, *epochs).status == 0
    assert (
        call(capsys, "train", *words, "--set", "training.threads=1", *epochs, "--out", tmp_path / "whole").status == 0
    )
    # What was drawn for the step that was lost was drawn again: nobody sees that there was a break.
    assert open_run(run).result["test"] == pytest.approx(open_run(tmp_path / "whole").result["test"], rel=1e-3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize(("rank", "number"), [(0, signal.SIGTERM), (1, signal.SIGINT)])
def test_that_a_signal_to_one_worker_stops_all_after_the_same_step(
    rank: int, number: signal.Signals, pictures: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    crew = Crew(2, ["-m", "vae_explorer", "train", "--data", pictures, *PLAIN, *ENDLESS, "--out", run])
    crew.wait_for((run / "LATEST").exists)
    crew.tell(rank, number)
    said = only_one_speaks(crew.end())
    assert said.status == 130
    assert "Traceback" not in said.err
    checkpoint = open_run(run).newest[0]
    assert checkpoint.state["reason"] == "stopped"
    assert checkpoint.can_resume


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--data", "nothing-of-this-name"], "nothing-of-this-name"),
        pytest.param(["--epochs", "none"], "training.epochs", marks=pytest.mark.slow),
        pytest.param(["--nonsense"], "--nonsense", marks=pytest.mark.slow),
        pytest.param(["--data", "DATA", "--out", "TAKEN"], "isn't empty", marks=pytest.mark.slow),
    ],
)
def test_that_what_is_refused_is_told_once(words: list[str], part: str, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "TAKEN").mkdir()
    (tmp_path / "TAKEN" / "file").touch()
    places = {"DATA": str(pictures), "TAKEN": str(tmp_path / "TAKEN")}
    said = only_one_speaks(trained_by(2, *[places.get(word, word) for word in words]))
    assert said.status == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, said.err
    assert part in said.err


@pytest.mark.slow
def test_that_a_worker_with_other_images_is_noticed(pictures: Path, tmp_path: Path) -> None:
    other = write_data(tmp_path / "other.npz", count=45, seed=1)
    program = (
        "import os, shutil, sys\n"
        "from vae_explorer.data import catalogue\n"
        "from vae_explorer.cli import main\n"
        "real = catalogue.load\n"
        "import dataclasses\n"
        f"other = lambda config: real(dataclasses.replace(config, source={str(other)!r}))\n"
        "catalogue.load = other if os.environ['RANK'] == '1' else real\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    said = Crew(2, ["-c", program, "train", "--data", pictures, *PLAIN, "--out", tmp_path / "run"]).end()
    assert said[0].status == 1
    assert "worker 1 aren't those of worker 0" in said[0].err
    assert len(said[0].err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_that_the_launcher_of_torch_starts_them(pictures: Path, tmp_path: Path) -> None:
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "vae_explorer", "train"]
    done = subprocess.run(
        [sys.executable, *launch, "--data", str(pictures), *PLAIN, "--epochs", "2", "--out", str(tmp_path / "run")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"run: {tmp_path / 'run'}\n")
    assert open_run(tmp_path / "run").result["reason"] == "completed"
    shutil.rmtree(tmp_path / "run")
