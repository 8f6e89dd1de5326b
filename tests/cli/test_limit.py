"""``--limit`` with any command: it counts this once, wherever it stands, and a wrong one is one line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vae_explorer.cli import main
from vae_explorer.data.allowance import FILE, VARIABLE, Allowance, keep_allowance
from vae_explorer.resources import config_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Ten images."""
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (10, 8, 8), dtype=np.uint8))
    return path


@pytest.mark.parametrize("words", [["--limit", "images=9"], ["--limit=images=9"], ["--limit", "limits.images=9"]])
@pytest.mark.parametrize("place", [0, 2, 3])
def test_that_a_limit_counts_wherever_it_stands(
    pictures: Path, capsys: pytest.CaptureFixture[str], words: list[str], place: int
) -> None:
    command = ["data", "show", str(pictures)]
    assert main([*command[:place], *words, *command[place:]]) == 2
    assert "10 images, more than the 9 allowed (limits.images)" in capsys.readouterr().err
    assert VARIABLE not in os.environ
    assert main(command) == 0


def test_that_a_limit_allows_more_than_the_kept_one(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_allowance(config_folder(), Allowance(images=9))
    assert main(["data", "show", str(pictures)]) == 2
    assert main(["data", "show", str(pictures), "--limit", "images=10"]) == 0
    monkeypatch.setenv(VARIABLE, "images=10")
    assert main(["data", "show", str(pictures)]) == 0
    assert main(["data", "show", str(pictures), "--limit", "images=9"]) == 2
    assert os.environ[VARIABLE] == "images=10"


@pytest.mark.parametrize("word", ["images", "nothing=3", "images=-1", "images=x", ""])
def test_that_a_wrong_limit_is_one_line(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list", "--limit", word]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("vae-explorer: ")


def test_that_a_broken_file_of_limits_is_told_and_the_defaults_count(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config_folder().mkdir(parents=True)
    (config_folder() / FILE).write_text("{")
    assert main(["data", "show", str(pictures)]) == 0
    assert "make no sense" in capsys.readouterr().err


def test_that_limits_are_listed_with_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    assert "limits.pixels = 25   [1 to 10000] million pixels" in capsys.readouterr().out
    assert main(["settings", "--json"]) == 0
    names = {item["name"] for item in json.loads(capsys.readouterr().out)["limits"]}
    assert {"limits.memory", "limits.files"} <= names
