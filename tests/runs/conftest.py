"""Runs to be damaged, and recorders that save after every step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.runs.recorded import recorded
from tests.runs.resumed import save_always
from vae_explorer.runs.saving import save_checkpoint


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with two checkpoints, steps 5 and 6, that nobody may change."""
    folder = tmp_path_factory.mktemp("original") / "run"
    run = recorded(folder)
    model = run.load_model()
    model.step = 5
    save_checkpoint(folder / "checkpoints", model, {})
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of the run, to be damaged."""
    copy = tmp_path / "run"
    shutil.copytree(original, copy)
    return copy


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody may change."""
    return recorded(tmp_path_factory.mktemp("runs") / "a run").path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of it in a folder of runs, to be changed."""
    return shutil.copytree(trained, tmp_path / "runs" / "a run")


@pytest.fixture
def autosave_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a snapshot after every step, and save each."""
    save_always(monkeypatch)
