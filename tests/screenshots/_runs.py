"""The runs that are pictured, trained on the bundled digits."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """A run to train.

    Attributes
    ----------
    name
        Of its folder.
    objective
        What it minimises.
    epochs
        How long.
    """

    name: str
    objective: str
    epochs: int


EXPLORED: Final = Run("digits", "vae", 12)
"""Shown wherever a trained model is."""
COMPARED: Final = Run("digits-beta", "beta-vae", 6)
"""Laid beside it."""
CLASSIFYING: Final = Run("digits-classified", "vib", 4)
"""Has the layers that only a classifier has."""
RUNS: Final = (EXPLORED, COMPARED, CLASSIFYING)


def train(folder: Path, say: Callable[[str], None]) -> None:
    """Train all of them into a folder, and say which one is at hand."""
    for run in RUNS:
        say(f"training {run.name}, {run.epochs} epochs")
        program = [sys.executable, "-m", "vae_explorer", "train", "--objective", run.objective]
        words = ["--epochs", str(run.epochs), "--out", str(folder / run.name)]
        subprocess.run([*program, *words], check=True, stdout=subprocess.DEVNULL)
