"""Differences of pictures: their sign, their size, and colours that tell both."""

from __future__ import annotations

import numpy as np

from vae_explorer.export.difference import (
    difference_picture,
    diverging_palette,
    mean_absolute_difference,
    signed_difference,
)

BLACK, WHITE = np.zeros((1, 2, 2), dtype=np.uint8), np.full((1, 2, 2), 255, dtype=np.uint8)


def test_that_a_difference_is_signed_and_turns_round_with_the_pictures() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.integers(0, 256, (2, 5, 3, 4, 6), dtype=np.uint8)
    np.testing.assert_array_equal(signed_difference(one, other), -signed_difference(other, one))
    assert signed_difference(one, other).shape == (5, 4, 6)
    assert (signed_difference(WHITE, BLACK) == 255).all()
    assert (signed_difference(BLACK, WHITE) == -255).all()


def test_that_the_mean_absolute_difference_is_a_distance() -> None:
    generator = np.random.default_rng(1)
    one, other, third = generator.integers(0, 256, (3, 1, 8, 8), dtype=np.uint8)
    assert mean_absolute_difference(one, one) == 0
    assert mean_absolute_difference(one, other) == mean_absolute_difference(other, one) > 0
    assert mean_absolute_difference(one, third) <= (
        mean_absolute_difference(one, other) + mean_absolute_difference(other, third)
    )
    assert mean_absolute_difference(BLACK, WHITE) == 255


def test_that_a_colour_picture_that_differs_in_one_channel_differs_by_a_third() -> None:
    red = np.zeros((3, 2, 2), dtype=np.uint8)
    red[0] = 90
    assert mean_absolute_difference(red, np.zeros_like(red)) == 30
    assert (signed_difference(red, np.zeros_like(red)) == 30).all()


def luminance(colours: np.ndarray) -> np.ndarray:
    linear = (colours / 255.0) ** 2.2
    return np.asarray(linear @ (0.2126, 0.7152, 0.0722))


def test_that_lightness_grows_from_the_middle_to_both_ends_on_dark_and_falls_on_light() -> None:
    for dark in (False, True):
        light = luminance(diverging_palette(dark=dark))
        to_b, to_a = light[255::-1], light[255:]
        for side in (to_b, to_a):
            steps = np.diff(side) if dark else -np.diff(side)
            assert (steps > -2e-3).all()
            assert abs(side[-1] - side[0]) > 0.4


def test_that_blue_means_b_and_orange_a_and_no_difference_is_neutral() -> None:
    for dark in (False, True):
        b_brighter = difference_picture(BLACK, WHITE, reach=255, dark=dark)[:, 0, 0].astype(int)
        a_brighter = difference_picture(WHITE, BLACK, reach=255, dark=dark)[:, 0, 0].astype(int)
        nothing = difference_picture(WHITE, WHITE, reach=255, dark=dark)[:, 0, 0].astype(int)
        assert b_brighter[2] > b_brighter[0] + 50
        assert a_brighter[0] > a_brighter[2] + 50
        assert np.ptp(nothing) < 12


def test_that_a_smaller_reach_saturates_and_never_turns_the_sign() -> None:
    faint = np.full((1, 1, 1), 20, dtype=np.uint8)
    black = np.zeros_like(faint)
    strong = difference_picture(faint, black, reach=16, dark=False)
    np.testing.assert_array_equal(strong, difference_picture(WHITE, BLACK, reach=255, dark=False)[:, :1, :1])
    assert difference_picture(
        np.zeros((4, 1, 3, 3), np.uint8), np.ones((4, 1, 3, 3), np.uint8), reach=64, dark=True
    ).shape == (
        4,
        3,
        3,
        3,
    )
