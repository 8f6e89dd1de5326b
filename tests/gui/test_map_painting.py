"""How regions, densities and circles of the prior are painted on the plane."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from vae_explorer.gui.plotting.heat import Boundary, heat_image, region_image
from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.gui.plotting.markers import paint_ring
from vae_explorer.gui.plotting.region_borders import border_lines
from vae_explorer.gui.plotting.scene import Ring
from vae_explorer.gui.plotting.value_scale import ValueRange
from vae_explorer.gui.plotting.viewport import Viewport


def test_that_a_region_is_the_stronger_the_surer_and_ends_in_a_line() -> None:
    labels = np.array([[0, 0, 1, 1]] * 2)
    confidence = np.array([[0.5, 0.99, 0.99, 0.99]] * 2, dtype=np.float32)
    plain = region_image(labels, confidence, class_palette(2), 2, None)
    assert plain.pixelColor(0, 0).alpha() < plain.pixelColor(3, 0).alpha()
    image = region_image(labels, confidence, class_palette(2), 2, Boundary(QColor("#010203"), cell=4.0, ratio=2.0))
    assert (image.width(), image.height()) == (32, 16), "as fine as the screen"
    assert image.pixelColor(16, 8).name() == "#010203"
    assert image.pixelColor(20, 8).alpha() == pytest.approx(plain.pixelColor(2, 0).alpha(), abs=2)


@pytest.mark.parametrize("third", [0.0, 0.25])
def test_that_borders_of_regions_are_straight_where_two_classes_are_equally_likely(third: float) -> None:
    y, x = np.mgrid[:60, :80].astype(np.float64)
    distance = (y - 7.3 - 0.37 * x) / math.hypot(1, 0.37)
    share = 1 / (1 + np.exp(-0.1 * distance))
    likelier = (1 - third) * np.maximum(share, 1 - share)
    pieces = border_lines((share > 0.5).astype(np.intp), likelier)
    off = (pieces[..., 1] - 7.3 - 0.37 * pieces[..., 0]) / math.hypot(1, 0.37)
    assert len(pieces) > 80
    assert np.abs(off[2:-2]).max() < 0.12, "cells"


def test_that_borders_of_three_regions_meet_in_one_point() -> None:
    labels = np.zeros((9, 9), dtype=np.intp)
    labels[4:, :4], labels[4:, 4:] = 1, 2
    pieces = border_lines(labels, np.full((9, 9), 0.9)).reshape(-1, 2)
    places, counts = np.unique(pieces.round(6), axis=0, return_counts=True)
    assert np.sort(counts).tolist()[-1] == 3
    assert places[counts == 3] == pytest.approx(np.array([[3.5, 3.5]]), abs=0.5)
    assert (counts == 1).sum() == 3, "each line ends at the rim"


def test_that_regions_of_one_class_have_no_border() -> None:
    assert border_lines(np.zeros((1, 1), dtype=np.intp), np.ones((1, 1))).shape == (0, 2, 2)
    assert border_lines(np.zeros((5, 4), dtype=np.intp), np.ones((5, 4))).shape == (0, 2, 2)


def test_that_a_density_fades_to_nothing_without_a_rim() -> None:
    colours = ((0, 0, 0), (250, 240, 110))
    values = np.linspace(0.0, 0.01, 200)[None]
    image = heat_image(values, ValueRange(0.0, 1.0), colours, fades=True)
    opacity = [image.pixelColor(column, 0).alpha() for column in range(200)]
    assert max(np.diff(opacity)) <= 3


def test_that_nothing_is_painted_where_a_density_is_nothing() -> None:
    colours = ((0, 0, 0), (250, 240, 110))
    image = heat_image(np.array([[0.0, 2.0, np.nan]]), ValueRange(0.0, 2.0), colours, fades=True)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).alpha() > 200
    assert image.pixelColor(2, 0).alpha() == 0


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_that_circles_of_the_prior_are_as_thick_on_a_screen_of_finer_pixels(ratio: float) -> None:
    picture = QImage(QSize(300, 300) * ratio, QImage.Format.Format_ARGB32)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        paint_ring(painter, Viewport(scale=40.0, width=300, height=300), Ring((0.0, 0.0), QColor("white")))
    drawn = np.frombuffer(picture.constBits(), dtype=np.uint8).reshape(picture.height(), picture.width(), 4)[..., 3]
    # A share of the widget, whatever the size of its pixels.
    assert float((drawn > 0).mean()) == pytest.approx(0.0236, rel=0.1)


@pytest.mark.parametrize("ground", ["white", "black", "#8aa8ff"])
def test_that_circles_of_the_prior_are_seen_on_any_ground(ground: str) -> None:
    picture = QImage(300, 300, QImage.Format.Format_RGB32)
    picture.fill(QColor(ground))
    with QPainter(picture) as painter:
        paint_ring(painter, Viewport(scale=40.0, width=300, height=300), Ring((0.0, 0.0), QColor("white")))
    lightness = [picture.pixelColor(round(150 + x), round(150 + y)).lightness() for x, y in _circle(40.0)]
    differs = [abs(seen - QColor(ground).lightness()) > 60 for seen in lightness]
    assert sum(differs) / len(differs) > 0.3


def _circle(radius: float) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    return [(radius * math.cos(turn) - 0.5, radius * math.sin(turn) - 0.5) for turn in turns.tolist()]
