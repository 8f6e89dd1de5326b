"""Where runs are kept when nobody says where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.runs.places import default_runs_folder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_that_new_runs_go_where_the_environment_says_else_to_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_RUNS", str(tmp_path / "mine"))
    assert default_runs_folder() == tmp_path / "mine"
    monkeypatch.delenv("VAE_EXPLORER_RUNS")
    assert default_runs_folder().parts[-2:] == ("VAE Explorer", "runs")
