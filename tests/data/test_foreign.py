"""Single pictures from anywhere, for the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from vae_explorer.data.foreign import LARGEST_SIDE, is_picture, read_foreign
from vae_explorer.data.framing import Framing
from vae_explorer.data.limits import Limits
from vae_explorer.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = Framing((1, 28, 28), (0,), True, 20.0, "mass", (14.5, 14.5), 2.6)


def sheet() -> Image.Image:
    """A dark square on white paper."""
    values = np.full((60, 90), 255, dtype=np.uint8)
    values[20:40, 30:50] = 10
    return Image.fromarray(values)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.gif", "a.tif"])
def test_that_every_listed_format_is_read_in_the_manner_of_the_data(tmp_path: Path, name: str) -> None:
    sheet().save(tmp_path / name)
    pixels = read_foreign(tmp_path / name, DIGITS).pixels
    assert pixels.shape == (1, 60, 90)
    assert pixels[0, 30, 40] > 245
    assert pixels[0, 5, 5] < 10


def test_that_a_colour_picture_becomes_grey_for_grey_data_and_stays_for_colour_data(tmp_path: Path) -> None:
    Image.new("RGB", (20, 10), (250, 20, 20)).save(tmp_path / "red.png")
    colour = Framing((3, 28, 28), None, True, None, "none", (14.0, 14.0), 2.0)
    assert read_foreign(tmp_path / "red.png", DIGITS).pixels.shape == (1, 10, 20)
    assert read_foreign(tmp_path / "red.png", colour).pixels[:, 5, 5].tolist() == [250, 20, 20]


def test_that_large_pictures_are_read_small_enough_for_a_canvas(tmp_path: Path) -> None:
    sheet().resize((2000, 1000)).save(tmp_path / "large.png")
    assert read_foreign(tmp_path / "large.png", DIGITS).pixels.shape == (1, LARGEST_SIDE // 2, LARGEST_SIDE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"\x89PNG\r\n\x1a\nrubbish", "known format"), (b"no picture at all", "not a picture")],
)
def test_that_damaged_files_are_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "broken.png").write_bytes(content)
    with pytest.raises(DataError, match=rf"broken\.png can't be used as a picture \((.*{reason}.*)\): choose"):
        read_foreign(tmp_path / "broken.png", DIGITS)


def test_that_a_cut_off_picture_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"cut\.png can't be used"):
        read_foreign(tmp_path / "cut.png", DIGITS)


def test_that_bombs_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    sheet().save(tmp_path / "large.png")
    with pytest.raises(DataError, match=r"5,400 pixels, more than the 5,000 of limits\.pixels"):
        read_foreign(tmp_path / "large.png", DIGITS, Limits(picture_pixels=5_000))


def test_that_pictures_are_known_by_their_ending_or_their_first_bytes(tmp_path: Path) -> None:
    sheet().save(tmp_path / "a.png")
    sheet().save(tmp_path / "b.webp")
    (tmp_path / "b.webp").rename(tmp_path / "unnamed")
    (tmp_path / "digits.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "folder.png").mkdir()
    assert is_picture(tmp_path / "a.png")
    assert is_picture(tmp_path / "unnamed")
    assert not is_picture(tmp_path / "digits.npz")
    assert not is_picture(tmp_path / "folder.png")
    assert not is_picture(tmp_path / "missing.png")


def test_that_what_had_to_be_changed_is_told(tmp_path: Path) -> None:
    frames = [Image.new("L", (20, 20), level) for level in (0, 255)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    sheet().save(tmp_path / "one.png")
    assert read_foreign(tmp_path / "two.gif", DIGITS).notes == ("Of animated pictures only the first frame was taken.",)
    assert read_foreign(tmp_path / "one.png", DIGITS).notes == ()
