"""A training that breaks off says in one line what happened, what is kept and how to go on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
import torch

from tests.cli.commands import SMALL, call
from vae_explorer.runs.folder import open_run
from vae_explorer.training import telling
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from tests.cli.printed import Capture

BROKEN_AFTER = 3


@torch.no_grad()
def poison(loop: Loop) -> None:
    for weights in loop.model.parameters():
        weights.fill_(float("nan"))


def lose_gpu(_loop: Loop) -> None:
    raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered\nCompile with ...")


def run_out(_loop: Loop) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize(
    ("happen", "said", "advice"),
    [
        (
            poison,
            "Training diverged at step 4: the term ",
            "start from it with train --fork {} --set training.learning_",
        ),
        (lose_gpu, "The GPU doesn't answer any more: ", "go on with train --resume {} --device cpu."),
        (run_out, "The GPU's memory isn't enough for this training: ", "go on with train --resume {} --device cpu."),
    ],
)
def test_that_one_line_says_what_broke_and_the_command_in_it_goes_on(
    happen: Callable[[Loop], None],
    said: str,
    advice: str,
    data: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    real, broken = Loop.take_step, [True]

    def take(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        if loop.step == BROKEN_AFTER and broken[0]:
            happen(loop)
        real(loop, rows, rate)

    monkeypatch.setattr(Loop, "take_step", take)
    out = tmp_path / "a run"
    settings = ("--set", "training.batch_size=8", "--set", "training.precision=float32", "--set", "training.epochs=2")
    answer = call(capsys, "train", "--data", data, *SMALL, *settings, "--out", out, "--json")
    assert answer.status == 1
    assert answer.out == ""
    line = answer.err.splitlines()[-1]
    assert said in line
    assert "Traceback" not in answer.err
    assert f"The run is kept as it was at step {BROKEN_AFTER}: {advice.format(shlex.quote(str(out)))}" in line
    assert open_run(out).newest[0].step == BROKEN_AFTER
    broken[0] = False
    words = shlex.split(line.rpartition(" with ")[2].removesuffix("."))
    into = ("--out", tmp_path / "another") if "--fork" in words else ()
    assert call(capsys, *words, *into).status == 0
    run = open_run(tmp_path / "another" if into else out)
    assert run.result["reason"] == "completed"
    assert run.experiment.training.learning_rate == (0.001 if into else 0.002)
