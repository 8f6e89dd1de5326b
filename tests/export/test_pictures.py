"""PNG pictures: the pixels as given, the note of what made them, and the suffix that decides the format."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from vae_explorer.errors import ExportError, printable
from vae_explorer.export.formats import ANIMATIONS, PICTURES, suffix_of
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.pictures import encode_png, save_png
from vae_explorer.export.provenance import Provenance

if TYPE_CHECKING:
    from pathlib import Path

NOTE = Provenance("grid", {"training": {"seed": 3}}, 3, 1200, "ab" * 32, {"size": 20, "class": "中文\n\0"})


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 1), (5, 7, 3), (1, 1)])
def test_that_a_picture_is_read_back_pixel_by_pixel_with_its_note(shape: tuple[int, ...], tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = save_png(tmp_path / "grid.PNG", pixels, NOTE)
    with Image.open(path) as image:
        assert image.mode == ("RGB" if shape[-1] == 3 else "L")
        assert (np.asarray(image).reshape(shape) == pixels).all()
        assert image.info["Software"].startswith("VAE Explorer")
    assert read_provenance(path) == NOTE


def test_that_a_picture_that_is_a_part_of_another_array_is_written_as_seen() -> None:
    pixels = np.arange(2 * 60, dtype=np.uint8).reshape(10, 12)[::-2, 1::3]
    assert (np.asarray(Image.open(BytesIO(encode_png(pixels)))) == pixels).all()


def test_that_a_picture_without_a_note_says_nothing_of_what_made_it(tmp_path: Path) -> None:
    assert read_provenance(save_png(tmp_path / "plain.png", np.zeros((4, 4), dtype=np.uint8))) is None


def test_that_the_same_picture_makes_the_same_file() -> None:
    pixels = np.zeros((9, 9, 3), dtype=np.uint8)
    assert encode_png(pixels, NOTE) == encode_png(pixels, NOTE)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4), np.float32), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)],
)
def test_that_an_array_that_is_no_picture_is_refused(pixels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="isn't a grey or colour picture"):
        save_png(tmp_path / "wrong.png", pixels)
    assert not (tmp_path / "wrong.png").exists()


@pytest.mark.parametrize("name", ["grid.jpg", "grid", "grid.gif", ".png"])
def test_that_another_suffix_is_refused_with_those_allowed(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"use \.png \(PNG picture\)"):
        save_png(tmp_path / name, np.zeros((4, 4), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_that_suffixes_of_several_kinds_can_be_allowed_together() -> None:
    assert suffix_of("a/b.c.GIF", PICTURES, ANIMATIONS) == ".gif"
    with pytest.raises(ExportError, match=r"\.png \(PNG picture\) or \.gif \(GIF animation\)"):
        suffix_of("path.avi", PICTURES, ANIMATIONS)


@pytest.mark.parametrize("name", ["new\nline\x1b[31m.png", "\udcff.png", "x" * 5000])
def test_that_any_file_name_is_shown_as_one_short_line_of_text(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert len(shown) <= 210
    shown.encode("utf-8")
