"""Calling the command line inside this process and in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.training.tiny import SMALL_PICTURES, tiny_dataset
from vae_explorer.cli import main

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that was refused."""
        assert self.status == 2, self
        assert self.out == ""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("vae-explorer: ")
        assert "Traceback" not in lines[0]
        return lines[0].removeprefix("vae-explorer: ")


def call(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Answer:
    """Run a command in this process."""
    capsys.readouterr()
    status = main([str(word) for word in words])
    captured = capsys.readouterr()
    return Answer(status, captured.out, captured.err)


def start(*words: str | Path, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "vae_explorer", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of some lines in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def write_data(
    path: Path, *, shape: tuple[int, int, int] = (1, 8, 8), classes: int = 3, count: int = 60, seed: int = 0
) -> Path:
    """Write a tiny data set as an NPZ file."""
    data = tiny_dataset(train=count - 8, test=8, shape=shape, classes=classes, seed=seed)
    images = data.images[:, 0] if shape[0] == 1 else data.images[:].transpose(0, 2, 3, 1)
    arrays = {"images": images} if data.labels is None else {"images": images, "labels": data.labels}
    np.savez(path, **arrays)
    return path


def small_pictures(objective: str) -> tuple[str, ...]:
    """Return the options that an objective needs for pictures as small as these."""
    return tuple(
        word
        for name, value in SMALL_PICTURES.get(objective, {}).items()
        for word in ("--set", f"objective.{name}={value}")
    )


SMALL = ("--epochs", "1", "--device", "cpu", "--set", "model.hidden=8", "--set", "training.threads=1")
