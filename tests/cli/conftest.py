"""Runs that the tests of the command line share and only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import SMALL, small_pictures, write_data
from vae_explorer.cli import main
from vae_explorer.objectives import OBJECTIVES


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty pictures of 8x8 in three classes."""
    return write_data(tmp_path_factory.mktemp("data") / "tiny.npz")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, data: Path) -> dict[str, Path]:
    """One run of each objective, by name."""
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for name in OBJECTIVES.names():
        made[name] = folder / name
        words = ["train", "--data", str(data), "--objective", name, *small_pictures(name), *SMALL]
        assert main([*words, "--out", str(made[name])]) == 0
    return made


@pytest.fixture
def run(runs: dict[str, Path]) -> Path:
    """The run of the VAE."""
    return runs["vae"]
