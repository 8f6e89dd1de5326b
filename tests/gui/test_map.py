"""The plane as a map: pictures that move along, zooming through all levels, and a million points by their density."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from tests.gui.plane_driver import place, settle, train, wheel
from vae_explorer.app.state import PointCloud
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.point_crowd import CROWD, CrowdWish
from vae_explorer.gui.plotting.point_density import FINEST, density_pictures
from vae_explorer.gui.plotting.point_index import PointIndex
from vae_explorer.gui.plotting.points import PointStyle
from vae_explorer.gui.plotting.tile_picture import TilePicture
from vae_explorer.gui.plotting.tiles import LEVELS, MEMORY, Block, Tile, TileCache, level_for, visible_blocks
from vae_explorer.gui.plotting.unpacking import averaged
from vae_explorer.gui.plotting.viewport import MAXIMUM_SCALE, Viewport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

VIEW = Viewport(scale=80.0, width=400, height=300)
PALETTE = np.array([[255, 0, 0], [0, 0, 255]], dtype=np.uint8)
STYLE = PointStyle(PALETTE, 2.0, (0, 0, 0))


def tile(red: int) -> Tile:
    """Return the picture of a block in one colour."""
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(red << 16)
    return Tile(image, 1)


def filled(viewport: Viewport, level: int, margin: float = 3.0) -> TileCache:
    """Return a cache of differently coloured blocks round a view."""
    cache = TileCache()
    wide = replace(viewport, width=int(margin * viewport.width), height=int(margin * viewport.height))
    for number, block in enumerate(visible_blocks(wide, level)):
        cache.put(block, tile(20 + 37 * number % 230))
    return cache


def pixels(image: QImage) -> NDArray[np.uint8]:
    copy = image.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(copy.constBits(), dtype=np.uint8).reshape(copy.height(), copy.width(), 4).copy()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_that_a_picture_that_was_moved_along_is_the_one_that_is_drawn_anew(ratio: float) -> None:
    level = level_for(VIEW)
    cache = filled(VIEW, level)
    moved = TilePicture(cache)
    moved.of(VIEW, level, ratio)
    view = VIEW
    for dx, dy in ((13, 0), (0, -9), (-40, 25), (7, 7)):
        view = view.panned(dx, dy)
        kept = pixels(moved.of(view, level, ratio))
    fresh = pixels(TilePicture(cache).of(view, level, ratio))
    assert kept.shape == fresh.shape
    # Where a block's edge lies between two pixels, rounding may differ there, and only there.
    assert np.mean(np.any(kept != fresh, axis=2)) < 0.02


@pytest.mark.parametrize(("shape", "largest"), [((1, 28, 28), 14), ((3, 33, 47), 7), ((1, 128, 100), 3)])
def test_that_small_pictures_are_the_means_of_large_ones_rounded_down(
    shape: tuple[int, int, int], largest: int
) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype=np.uint8)
    pictures[0] = 255
    found = averaged(pictures, largest)
    down, right = (shape[1 + axis] // found.shape[2 + axis] for axis in (0, 1))
    assert largest <= max(found.shape[2:]) <= 2 * largest
    for row, column in np.ndindex(*found.shape[2:]):
        cell = pictures[:, :, row * down : (row + 1) * down, column * right : (column + 1) * right]
        assert np.array_equal(found[:, :, row, column], np.floor(cell.mean(axis=(2, 3))))


def test_that_only_blocks_with_other_pictures_change() -> None:
    level = level_for(VIEW)
    cache = filled(VIEW, level)
    picture = TilePicture(cache)
    before = pixels(picture.of(VIEW, level, 1.0))
    block = Block(level, 0, 0)
    cache.put(block, tile(255))
    assert np.array_equal(pixels(picture.of(VIEW, level, 1.0)), before), "nobody has told of the change"
    picture.renew([block])
    after = pixels(picture.of(VIEW, level, 1.0))
    place_of = block.rectangle(VIEW).toAlignedRect()
    outside = np.ones(after.shape[:2], dtype=np.bool_)
    outside[max(0, place_of.top()) : place_of.bottom() + 1, max(0, place_of.left()) : place_of.right() + 1] = False
    assert np.array_equal(after[outside], before[outside])
    assert not np.array_equal(after, before)


def test_that_the_map_never_shows_a_hole_on_the_way_in_and_out(window: MainWindow, qtbot: QtBot) -> None:
    """Level by level to a ten-thousandth of the plane and back, while nothing new is decoded."""
    train(window.session, qtbot)
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    settle(panel, qtbot)
    centre = place(panel.view, (0.1, 0.1))
    levels = []
    while panel.view.viewport.scale < 1e4 * 50:
        wheel(panel.view, centre, 2)
        levels.append(panel.tiles.level)
        assert (pixels(panel.tiles.picture())[..., 3] == 255).all()
        if len(levels) % 3 == 0:
            settle(panel, qtbot)
    settle(panel, qtbot)
    assert sorted(levels) == levels
    assert levels[-1] - levels[0] >= 12
    while panel.view.viewport.scale > 60:
        wheel(panel.view, centre, -2)
        assert (pixels(panel.tiles.picture())[..., 3] == 255).all()
    settle(panel, qtbot)
    panel.tiles.set_active(False)


def test_that_neighbours_at_the_deepest_zoom_have_places_of_their_own_in_single_precision() -> None:
    level = level_for(Viewport(scale=MAXIMUM_SCALE))
    assert level <= LEVELS[-1]
    cell = 2.0**-level
    for centre in (0.0, 1.3, -3.9):
        block = Block(level, round(centre / (8 * cell)), 5)
        z = block.points().astype(np.float32).astype(np.float64)
        steps = np.diff(z[:8, 0])
        assert np.abs(steps / cell - 1).max() < 0.2, centre


def test_that_the_tiles_never_take_more_memory_than_is_stated() -> None:
    cache = TileCache()
    image = QImage(512, 512, QImage.Format.Format_RGB32)
    count = 2 * MEMORY // image.sizeInBytes()
    for column in range(count):
        cache.put(Block(3, column, 0), Tile(image, 1))
        assert cache.memory <= MEMORY
    assert len(cache) > count // 3


def test_that_tiles_on_the_screen_are_forgotten_last() -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    cache = TileCache(memory=20 * image.sizeInBytes())
    seen = visible_blocks(VIEW, level_for(VIEW))[:4]
    for block in seen:
        cache.put(block, Tile(image, 1))
    for column in range(100, 160):
        cache.touch(seen)
        cache.put(Block(3, column, 0), Tile(image, 1))
    assert all(cache.get(block) is not None for block in seen)


# -- A million points --------------------------------------------------------------------------------------------------


def crowd_of(count: int = 80_000) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return points in two heaps, and the class of each."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, count)
    z = random.normal(size=(count, 2)) * 0.4 + np.where(labels == 1, 1.5, -1.5)[:, None]
    return z.astype(np.float32), labels


def test_that_an_index_finds_exactly_the_points_within_bounds() -> None:
    z, _ = crowd_of()
    z[:50] = np.random.default_rng(1).normal(size=(50, 2)) * 300
    z[50:60] = np.nan
    index = PointIndex.of(z)
    assert len(index.z) == len(z) - 10
    for bounds in ((-1.7, -1.2, -1.6, -1.0), (-500.0, 500.0, -500.0, 500.0), (90.0, 400.0, -9.0, 9.0), (0.0, 0, 0, 0)):
        left, right, bottom, top = bounds
        wanted = np.flatnonzero((z[:, 0] >= left) & (z[:, 0] <= right) & (z[:, 1] >= bottom) & (z[:, 1] <= top))
        assert sorted(index.order[index.within(bounds)].tolist()) == wanted.tolist()


def test_that_points_all_at_one_place_and_no_points_at_all_make_an_index() -> None:
    assert len(PointIndex.of(np.zeros((0, 2), dtype=np.float32)).z) == 0
    index = PointIndex.of(np.full((1000, 2), 0.25, dtype=np.float32))
    assert len(index.within((0.2, 0.3, 0.2, 0.3))) == 1000


def test_that_the_density_keeps_the_colours_of_the_classes_and_leaves_out_hidden_points() -> None:
    z, labels = crowd_of()
    index = PointIndex.of(z)
    pictures = density_pictures(index, labels, PALETTE)
    assert [image.width() for image in pictures.images] == [FINEST, 512, 256, 128]
    cells = pixels(pictures.images[-1]).astype(int)
    filled_cells = cells[..., 3] > 0
    middle = 64
    # Blue, green, red, alpha; the first heap lies lower left.
    assert cells[middle:, :middle, 2].sum() > 50 * cells[middle:, :middle, 0].sum()
    assert cells[:middle, middle:, 0].sum() > 50 * cells[:middle, middle:, 2].sum()
    hidden = np.where(labels == 1, -1, 0)
    alone = pixels(density_pictures(index, hidden, PALETTE).images[-1]).astype(int)
    assert alone[..., 0].sum() == 0
    assert 0 < np.count_nonzero(alone[..., 3]) < np.count_nonzero(filled_cells)


def test_that_denser_places_are_stronger() -> None:
    z, labels = crowd_of()
    image = density_pictures(PointIndex.of(z), labels, PALETTE).images[-1]
    strength = pixels(image)[..., 3].astype(int)
    heap = strength[np.nonzero(strength)]
    assert np.percentile(heap, 95) > 1.5 * np.percentile(heap, 5)


def test_that_single_points_take_the_place_of_the_density_as_one_zooms() -> None:
    z, labels = crowd_of()

    class Calm:
        def check(self) -> None: ...

    crowd = CrowdWish(z, labels, STYLE, None).make(Calm())  # type: ignore[arg-type]
    far, near = VIEW, VIEW.zoomed(60.0, 200 + 80 * 1.5, 150 - 80 * 1.5)
    assert not crowd.shows_singles(far, 1.0)
    assert crowd.shows_singles(near, 1.0)
    shown, colours = crowd.singles(near, all_of_them=True)
    left, right, bottom, top = near.bounds
    inside = (z[:, 0] >= left) & (z[:, 0] <= right) & (z[:, 1] >= bottom) & (z[:, 1] <= top)
    assert len(shown) == np.count_nonzero(inside)
    assert sorted(colours.tolist()) == sorted(labels[inside].tolist())


@pytest.fixture
def crowded(window: MainWindow, qtbot: QtBot) -> Iterator[PlanePanel]:
    """The window's plane with a crowd of encodings, all of rows that the data have."""
    train(window.session, qtbot)
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    z, labels = crowd_of(CROWD + 10_000)
    rows = 45 + np.arange(len(z)) % 15
    window.session._encoder.set_dataset(window.session.dataset)  # What is being encoded would take the crowd's place.
    window.session._encoder._points = PointCloud(z, np.full_like(z, -4), rows, labels, 5)
    window.session.points_changed.emit(window.session.points)
    settle(panel, qtbot)
    yield panel
    panel.points.clear()


def painted(panel: PlanePanel) -> NDArray[np.uint8]:
    """Return the opacity of what the points' layer paints now."""
    image = QImage(panel.view.size(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    panel.points.paint(painter)
    painter.end()
    return pixels(image)[..., 3]


def test_that_a_crowd_in_the_window_is_drawn_by_density_from_afar_and_singly_from_near(
    crowded: PlanePanel, qtbot: QtBot
) -> None:
    layer = crowded.points
    assert layer.shows_density
    assert 0 < layer.memory < 16 * 2**20
    assert "more points" in crowded.legend.note.text()
    assert np.count_nonzero(painted(crowded)) > 500
    wheel(crowded.view, place(crowded.view, (1.5, 1.5)), 22)
    assert not layer.shows_density
    assert painted(crowded).any(), "until the points are drawn, their density stays"
    settle(crowded, qtbot)
    assert "more points" not in crowded.legend.note.text()


def test_that_a_pan_within_the_margin_draws_no_point_anew(crowded: PlanePanel, qtbot: QtBot) -> None:
    drawn: list[int] = []
    crowded.points.changed.connect(lambda: drawn.append(1))
    crowded.view._set_viewport(crowded.view.viewport.panned(40, -30))
    qtbot.wait(50)
    assert drawn == []
    crowded.view._set_viewport(crowded.view.viewport.panned(60, 0))
    qtbot.waitUntil(lambda: bool(drawn))


def test_that_the_nearest_of_many_points_are_the_nearest_of_all() -> None:
    z, labels = crowd_of()
    z[7] = np.nan
    cloud = PointCloud(z, np.zeros_like(z), np.arange(len(z)), labels, 1)
    distance = np.hypot(*(z - (0.2, -0.3)).T)
    wanted = np.argsort(np.where(np.isnan(distance), np.inf, distance))[:9]
    assert cloud.nearest((0.2, -0.3), 9).tolist() == wanted.tolist()
