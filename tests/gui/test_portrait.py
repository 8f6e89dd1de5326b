"""The picture of the window that the demo writes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from vae_explorer.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of one epoch on forty noise pictures."""
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 12), dtype=np.uint8)
    np.savez(tmp_path / "noise.npz", x=images, y=np.arange(40) % 4)
    folder = tmp_path / "run"
    words = ["train", "--data", str(tmp_path / "noise.npz"), "--epochs", "1", "--set", "model.hidden=8"]
    assert main([*words, "--out", str(folder)]) == 0
    return folder


def draw(*words: str, scale: int = 1) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(scale)}
    command = [sys.executable, "-m", "vae_explorer", "portrait", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=240)


def test_that_the_window_is_drawn_whole_with_the_run_in_it(run: Path, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = draw(str(run), str(picture), "--theme", "dark", "--size", "1200", "760")
    assert (done.returncode, done.stderr) == (0, ""), "nor does Qt complain of what isn't there without a screen"
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape == (760, 1200, 3)
    assert pixels.mean() < 90, "a dark window is mostly dark"
    plane = pixels[200:480, 450:850].reshape(-1, 3)
    assert len(np.unique(plane, axis=0)) > 50, "the plane shows decoded tiles and coloured points"


@pytest.mark.slow
def test_that_the_window_is_sharp_on_a_screen_of_double_density(run: Path, tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = draw(str(run), str(picture), "--size", "1200", "760", scale=2)
    assert done.returncode == 0, done.stderr
    with Image.open(picture) as image:
        grey = np.asarray(image.convert("L"))
    assert grey.shape == (1520, 2400)
    fours = grey.reshape(760, 2, 1200, 2).transpose(0, 2, 1, 3).reshape(760, 1200, 4)
    is_fine = np.ptp(fours, axis=2) > 0
    # What is drawn at single density and then doubled has four equal pixels everywhere.
    assert is_fine[200:480, 450:850].mean() > 0.1, "tiles and points"
    assert is_fine[30:60, :1200].mean() > 0.01, "words and icons of the bar"


def test_that_a_folder_that_is_no_run_is_told_in_one_line(tmp_path: Path) -> None:
    done = draw(str(tmp_path), str(tmp_path / "window.png"))
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("vae-explorer: The folder ")
    assert not (tmp_path / "window.png").exists()


@pytest.mark.slow
def test_that_a_picture_that_cannot_be_written_is_told_in_one_line(run: Path, tmp_path: Path) -> None:
    done = draw(str(run), str(tmp_path / "nowhere" / "window.png"))
    assert done.returncode == 2
    line = done.stderr.strip().splitlines()[-1]  # this platform of Qt's may say before what it can't do
    assert line == f"vae-explorer: The picture can't be written to {tmp_path / 'nowhere' / 'window.png'}."
