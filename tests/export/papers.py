"""Figures as other programs show them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image


def rendered(data: bytes | memoryview, suffix: str, width: int = 600) -> npt.NDArray[np.uint8]:
    """Return a drawing or document as another program draws it, [H, W, 3]."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, f"figure{suffix}"), Path(folder, "shown.png")
        source.write_bytes(data)
        programs = {
            ".svg": f"rsvg-convert --width {width} --background-color white --output shown.png figure.svg",
            ".pdf": f"pdftoppm -png -singlefile -scale-to-x {width} -scale-to-y -1 figure.pdf shown",
        }
        done = subprocess.run(programs[suffix].split(), cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with Image.open(target) as picture:
            return np.asarray(picture.convert("RGB"))


def words_of(data: bytes | memoryview) -> str:
    """Return the text of a PDF document as another program reads it, with single spaces."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=bytes(data), capture_output=True, check=True)
    return " ".join(done.stdout.decode("utf-8").split())


def share_of(picture: npt.NDArray[np.uint8], colour: str, within: int = 12) -> float:
    """Return the share of a picture's pixels that have about a colour ``#rrggbb``."""
    wanted = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
    near = (np.abs(picture.astype(int) - wanted) <= within).all(axis=2)
    return float(near.mean())
