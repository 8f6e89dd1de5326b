"""How the pictures of a data set lie in their frame, and how any other picture is laid so too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.data.writers import noise
from vae_explorer.data.catalogue import load
from vae_explorer.data.framing import Framing, adopted, centre_of_mass, framed, ink_box, ink_of, measure_framing
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = Framing((1, 28, 28), (0,), True, 20.0, "mass", (14.5, 14.5), 2.6)


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    """The bundled digits."""
    return load(DataConfig()).images[:]


def bar(side: int, left: int, top: int, width: int, height: int) -> NDArray[np.uint8]:
    """A white bar on a black square."""
    picture = np.zeros((1, side, side), dtype=np.uint8)
    picture[:, top : top + height, left : left + width] = 255
    return picture


def box_of(picture: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    box = ink_box(ink_of(picture[None], (0,))[0])
    assert box is not None
    return box


def test_that_digits_are_found_to_be_20_of_28_pixels_long_and_centred_by_mass(digits: NDArray[np.uint8]) -> None:
    found = measure_framing(digits)
    assert found.ground == (0,)
    assert found.bright
    assert found.length == pytest.approx(20, abs=0.1)
    assert found.centring == "mass"
    assert found.centre == pytest.approx((14.5, 14.5), abs=0.1)
    assert 2 < found.stroke < 3.5


def test_that_inverted_digits_have_a_bright_ground_and_the_same_framing(digits: NDArray[np.uint8]) -> None:
    found = measure_framing(255 - digits[:1000])
    assert found.ground == (255,)
    assert not found.bright
    assert found.length == pytest.approx(20, abs=0.1)


def test_that_digits_themselves_are_left_as_they_are_however_fine_the_canvas_is(digits: NDArray[np.uint8]) -> None:
    found = measure_framing(digits)
    for digit in digits[:50]:
        fine = np.kron(digit, np.ones((1, 10, 10), dtype=np.uint8))
        assert np.array_equal(framed(fine, found), digit)


def test_that_shapes_that_lie_anywhere_keep_their_place() -> None:
    images = load(DataConfig(source="shapes-blob")).images
    found = measure_framing(images)
    assert found.centring == "none"
    picture = bar(280, 40, 200, 60, 60)
    left, top, right, bottom = box_of(framed(picture, found))
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((7, 23), abs=1)


def test_that_photographs_have_no_ground_and_show_the_whole_picture() -> None:
    found = measure_framing(noise(40, 3, 16, 16))
    assert found.ground is None
    assert not found.frames
    assert found.paper == (0, 0, 0)
    picture = noise(3, 32, 32, seed=1)
    assert np.abs(framed(picture, found).astype(int) - picture.reshape(3, 16, 2, 16, 2).mean(axis=(2, 4))).max() <= 1


@pytest.mark.parametrize(("left", "top", "width", "height"), [(0, 0, 60, 150), (200, 10, 70, 35), (90, 60, 100, 170)])
def test_that_a_drawing_is_scaled_to_the_common_length_and_centred_by_mass(
    left: int, top: int, width: int, height: int
) -> None:
    result = framed(bar(280, left, top, width, height), DIGITS)
    box = box_of(result)
    assert max(box[2] - box[0], box[3] - box[1]) == pytest.approx(20, abs=1)
    assert centre_of_mass(ink_of(result[None], (0,))[0]) == pytest.approx((14.5, 14.5), abs=0.51)
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(width / height, rel=0.2)


def test_that_ink_with_a_far_off_centre_of_mass_stays_inside_the_frame() -> None:
    picture = bar(280, 60, 20, 160, 30) | bar(280, 136, 20, 8, 240)
    box = box_of(framed(picture, DIGITS))
    assert box[3] - box[1] == pytest.approx(20, abs=0.5), "nothing is cut off"


def test_that_framing_can_be_switched_off() -> None:
    picture = bar(280, 0, 0, 140, 140)
    assert box_of(framed(picture, DIGITS, centred=False)) == (0, 0, 14, 14)


def test_that_a_blank_picture_stays_blank() -> None:
    assert not framed(np.zeros((1, 280, 280), dtype=np.uint8), DIGITS).any()


def test_that_a_picture_that_is_wider_than_high_is_shown_whole() -> None:
    free = replace(DIGITS, length=None, centring="none")
    wide = np.full((1, 100, 200), 255, dtype=np.uint8)
    assert box_of(framed(wide, free)) == (0, 7, 28, 21)


def test_that_dark_strokes_on_grey_paper_become_bright_ones_on_black() -> None:
    paper = np.full((3, 100, 100), 215, dtype=np.uint8)
    paper[:, 30:70, 45:55] = 60
    result = adopted(paper, DIGITS)
    assert result.shape == (1, 100, 100)
    assert result[0, 0, 0] == 0
    assert result[0, 50, 50] == 255


def test_that_a_picture_in_the_polarity_of_the_data_keeps_it() -> None:
    picture = bar(100, 30, 30, 20, 20)
    assert np.array_equal(adopted(picture, DIGITS), picture)


def test_that_grey_pictures_become_colour_for_colour_data() -> None:
    colour = Framing((3, 28, 28), None, True, None, "none", (14.0, 14.0), 2.0)
    picture = noise(1, 20, 20)
    assert np.array_equal(adopted(picture, colour), np.repeat(picture, 3, axis=0))


def test_that_one_colour_alone_is_adopted_without_a_division_by_zero() -> None:
    assert not adopted(np.full((1, 20, 20), 255, dtype=np.uint8), DIGITS).any()
