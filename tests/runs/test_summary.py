"""What a list says of a run."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.runs.recorded import recorded
from vae_explorer.runs.metrics_log import last_test_record
from vae_explorer.runs.summary import summary

if TYPE_CHECKING:
    from pathlib import Path


def test_that_a_run_is_summed_up_by_its_header_and_its_last_test(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    found = summary(run.path)
    assert found is not None
    assert found.path == run.path
    assert found.objective == run.experiment.objective.name
    assert found.source == run.experiment.data.source
    assert found.epochs == run.experiment.training.epochs
    assert found.epoch == pytest.approx(found.epochs)
    losses = [record.values["loss"] for record in run.metrics if record.split == "test"]
    assert found.test_loss == losses[-1]
    assert found.created is not None
    assert abs((datetime.now().astimezone() - found.created).total_seconds()) < 600


def test_that_a_folder_that_is_no_run_has_no_summary(tmp_path: Path) -> None:
    assert summary(tmp_path) is None
    assert summary(tmp_path / "absent") is None
    (tmp_path / "run.json").write_text("{}")
    assert summary(tmp_path) is None


def test_that_a_run_without_a_log_has_no_test_loss(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    (run.path / "metrics.jsonl").unlink()
    found = summary(run.path)
    assert found is not None
    assert found.test_loss is None
    assert found.epoch == 0.0


def test_that_only_the_end_of_a_long_log_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.runs.metrics_log._TAIL_BYTES", 200)
    path = tmp_path / "metrics.jsonl"
    line = '{"step": %d, "epoch": 1.0, "split": "%s", "seconds": 1.0, "values": {"loss": 2.5}}\n'
    path.write_text("".join(line % (step, "test") for step in range(50)) + line % (50, "train") + '{"step": 51, "spl')
    last = last_test_record(path)
    assert last is not None
    assert last.step == 49
    path.write_text(line % (7, "train"))
    assert last_test_record(path) is None


def test_that_a_pipe_in_place_of_a_log_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "metrics.jsonl")
    assert last_test_record(tmp_path / "metrics.jsonl") is None
