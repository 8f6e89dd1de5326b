"""An objective from outside is one entry: the command line and the experiment know it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call
from tests.objectives.ridge import ENTRY
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with OBJECTIVES.added(ENTRY):
        yield


def test_that_an_added_objective_and_its_settings_are_listed(capsys: Capture) -> None:
    assert ENTRY.summary in call(capsys, "objectives").out
    assert "objective.pull = 0.1" in call(capsys, "settings", "--objective", "ridge").out


def test_that_an_added_objective_is_trained_and_opened_again(data: Path, tmp_path: Path, capsys: Capture) -> None:
    chosen = ("--objective", "ridge", "--set", "objective.pull=2")
    answer = call(capsys, "train", "--data", data, *chosen, "--out", tmp_path / "run", *SMALL)
    assert answer.status == 0
    assert re.search(r"^test: loss .* nats per image; distance \d+\.\d\d units of z$", answer.out, re.MULTILINE)
    run = open_run(tmp_path / "run")
    assert run.experiment.to_dict()["objective"] == {"name": "ridge", "pull": 2.0}
    assert run.load_model().can_decode
