"""Tiles and points one by one: what is asked of the decoder, what is dropped, and what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPainter

from vae_explorer.app.decode_service import DecodeFailure, DecodeReply, DecodeService
from vae_explorer.app.state import ModelInfo, PointCloud
from vae_explorer.gui.plotting.point_layer import PointLayer
from vae_explorer.gui.plotting.points import PointStyle, raster_passes
from vae_explorer.gui.plotting.tile_layer import TileLayer
from vae_explorer.gui.plotting.tiles import BLOCK, Block, Tile, TileCache, level_for, visible_blocks
from vae_explorer.gui.plotting.viewport import Viewport, format_number, ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

MODEL = ModelInfo(10, 1.0, "none", 0, (), (1, 4, 4), True, True, None)
VIEW = Viewport(scale=80.0, width=400, height=300)


@dataclass
class Request:
    number: int
    z: NDArray[np.float32]
    labels: object


class HeldService(QObject):
    """A decode service that answers when told to."""

    decoded = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.cancelled = 0

    def request(self, key: str, z: NDArray[np.float32], labels: object = None, *, priority: int = 0) -> int:
        self.requests.append(Request(len(self.requests), z, labels))
        return len(self.requests) - 1

    def cancel(self, key: str) -> None:
        self.cancelled += 1

    def answer(self, request: Request, grey: int = 200, milliseconds: float = 1.0) -> None:
        images = np.full((len(request.z), 1, 4, 4), grey, dtype=np.uint8)
        self.decoded.emit(DecodeReply("tiles", request.number, request.z, images, 10, milliseconds))


@dataclass
class Rig:
    service: HeldService = field(default_factory=HeldService)

    def __post_init__(self) -> None:
        self.layer = TileLayer(cast("DecodeService", self.service))
        self.layer.set_viewport(VIEW, 1.0)
        self.layer.set_active(True)

    def fill(self, qtbot: QtBot) -> None:
        """Answer until nothing more is asked."""
        answered = 0
        while len(self.service.requests) > answered:
            answered = len(self.service.requests)
            self.service.answer(self.service.requests[-1])
            qtbot.waitUntil(lambda: self.layer._request is None or len(self.service.requests) > answered)  # noqa: B023
        assert self.layer.is_complete


@pytest.fixture
def rig(qtbot: QtBot) -> Rig:
    return Rig()


def grey(layer: TileLayer) -> int:
    return layer.picture().pixelColor(200, 150).red()


def test_that_nothing_is_asked_without_a_model(rig: Rig) -> None:
    assert rig.service.requests == []


def test_that_the_middle_of_the_screen_is_asked_for_first(rig: Rig) -> None:
    rig.layer.set_model(MODEL, 0)
    first = rig.service.requests[0].z
    assert np.abs(first[: BLOCK * BLOCK]).max() <= Block(level_for(VIEW), 0, 0).extent


def test_that_one_request_is_under_way_at_a_time(rig: Rig) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.layer.set_model(replace(MODEL, step=11), 0)
    assert len(rig.service.requests) == 1


def test_that_every_cell_is_centred_on_its_point() -> None:
    block = Block(2, -1, 0)
    points = block.points().reshape(BLOCK, BLOCK, 2)
    assert points[0, 0] == pytest.approx((-2.0 + 0.125, 2.0 - 0.125))
    assert points[-1, -1] == pytest.approx((0.0 - 0.125, 0.125))


def test_that_children_cover_their_parent_exactly() -> None:
    parent = Block(1, -1, 2)
    centres = np.array([child.centre for child in parent.children()])
    assert centres.mean(axis=0) == pytest.approx(parent.centre)
    assert all(child.parent(1) == parent for child in parent.children())


@pytest.mark.parametrize("scale", [3.0, 27.9, 28.0, 113.0, 5000.0, 1.9e6])
def test_that_a_cell_is_drawn_at_28_to_56_pixels(scale: float) -> None:
    level = level_for(Viewport(scale=scale))
    assert 28.0 - 1e-6 <= scale * 2.0**-level < 56.0


def test_that_stale_pictures_stay_until_newer_ones_have_come(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.fill(qtbot)
    rig.layer.set_model(replace(MODEL, step=20), 0)
    assert grey(rig.layer) == 200
    assert not rig.layer.is_complete
    rig.service.answer(rig.service.requests[-1], 90)
    qtbot.waitUntil(lambda: grey(rig.layer) == 90)


def test_that_a_reply_nobody_waits_for_is_dropped(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    old = rig.service.requests[0]
    rig.layer.set_viewport(VIEW.zoomed(8.0, 200, 150), 1.0)
    assert len(rig.service.requests) == 2
    rig.service.answer(old, 77)
    qtbot.wait(30)
    assert rig.layer.picture().pixelColor(200, 150).alpha() == 0


def test_that_pictures_still_being_unpacked_keep_their_places_when_others_are_asked_for(rig: Rig, qtbot: QtBot) -> None:
    """The view jumps between a reply and its last image: the next request has other blocks, and fewer of them."""
    rig.layer.set_model(MODEL, 0)
    rig.fill(qtbot)
    rig.layer.set_model(replace(MODEL, step=20), 0)
    everything = rig.service.requests[-1]
    rig.service.answer(everything, 77, milliseconds=5_000.0)
    rig.layer.set_viewport(VIEW.panned(9_000, 0), 1.0)
    elsewhere = rig.service.requests[-1]
    assert len(elsewhere.z) < len(everything.z), "the next request is under way while images are made"
    qtbot.wait(50)
    rig.service.answer(elsewhere, 33)
    qtbot.waitUntil(lambda: grey(rig.layer) == 33)
    rig.layer.set_viewport(VIEW, 1.0)
    assert grey(rig.layer) == 77


def test_that_pictures_of_another_size_clear_the_map(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.fill(qtbot)
    rig.layer.set_model(replace(MODEL, image_shape=(3, 8, 8)), 0)
    assert rig.layer.picture().pixelColor(200, 150).alpha() == 0


def test_that_panning_asks_only_for_what_is_new(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.fill(qtbot)
    known = {tuple(z) for request in rig.service.requests for z in request.z.tolist()}
    count = len(rig.service.requests)
    rig.layer.set_viewport(VIEW.panned(-900, 0), 1.0)
    assert len(rig.service.requests) == count + 1
    rig.fill(qtbot)
    asked = {tuple(z) for request in rig.service.requests[count:] for z in request.z.tolist()}
    assert asked.isdisjoint(known)


def test_that_while_training_the_decoder_rests_between_refreshes(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.fill(qtbot)
    rig.layer.set_training(True)
    rig.layer.set_model(replace(MODEL, step=20), 0)
    rig.service.answer(rig.service.requests[-1], milliseconds=60_000.0)
    qtbot.wait(20)
    count = len(rig.service.requests)
    rig.layer.set_model(replace(MODEL, step=30), 0)
    assert len(rig.service.requests) == count
    rig.layer.set_training(False)
    assert len(rig.service.requests) == count + 1


def test_that_after_a_failure_nothing_is_asked_until_the_weights_change(rig: Rig, qtbot: QtBot) -> None:
    rig.layer.set_model(MODEL, 0)
    rig.service.failed.emit(DecodeFailure("tiles", 0, "broken", ""))
    qtbot.wait(20)
    assert len(rig.service.requests) == 1
    rig.layer.set_model(replace(MODEL, step=11), 0)
    assert len(rig.service.requests) == 2


def test_that_the_cache_forgets_the_oldest_tiles_when_memory_is_full() -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    cache = TileCache(memory=3 * image.sizeInBytes())
    for column in range(5):
        cache.put(Block(0, column, 0), Tile(image, 1))
    assert len(cache) == 3
    assert cache.get(Block(0, 0, 0)) is None


def test_that_an_older_tile_never_replaces_a_newer_one() -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    cache = TileCache()
    cache.put(Block(0, 0, 0), Tile(image, 5))
    cache.put(Block(0, 0, 0), Tile(image, 4))
    tile = cache.get(Block(0, 0, 0))
    assert tile is not None
    assert tile.generation == 5


def test_that_the_blocks_on_screen_cover_it() -> None:
    view = VIEW.panned(333, -222)
    left, right, bottom, top = view.bounds
    blocks = visible_blocks(view, level_for(view))
    lows = np.array([[block.column * block.extent, block.row * block.extent] for block in blocks])
    assert lows[:, 0].min() <= left
    assert (lows[:, 0] + blocks[0].extent).max() >= right
    assert lows[:, 1].min() <= bottom
    assert (lows[:, 1] + blocks[0].extent).max() >= top


STYLE = PointStyle(np.array([[255, 0, 0], [0, 255, 0]], dtype=np.uint8), 2.0, (255, 255, 255))


def drawn(z: list[list[float]], colours: list[int]) -> NDArray[np.uint32]:
    passes = list(raster_passes(np.array(z, dtype=np.float32), np.array(colours, dtype=np.int64), VIEW, STYLE))
    picture = passes[-1]
    assert picture is not None
    return picture


def test_that_a_point_is_drawn_at_its_place_in_its_colour_with_an_outline() -> None:
    picture = drawn([[1.0, 1.0]], [1])
    assert picture.shape == (300, 400)
    assert picture[70, 280] == 0xFF00FF00
    assert picture[70, 283] == 0x80808080, "half covered by the white rim"
    assert picture[70, 290] == 0


def test_that_hidden_far_and_undefined_points_are_not_drawn() -> None:
    assert not drawn([[0.0, 0.0], [50.0, 0.0], [np.nan, np.inf]], [-1, 0, 1]).any()


def test_that_a_point_just_off_the_screen_shows_its_rim() -> None:
    assert drawn([[-200.5 / 80.0, 0.0]], [0]).any()


def test_that_points_shrink_and_turn_translucent_in_a_crowd_and_only_there() -> None:
    pixels = 190_000
    assert STYLE.for_crowd(1_000, pixels) == STYLE
    assert STYLE.for_crowd(10_000, 10 * pixels) == STYLE
    crowd = STYLE.for_crowd(10_000, pixels)
    assert crowd.radius == pytest.approx(2.0 * 10**-0.25)
    assert crowd.outline_width < STYLE.outline_width
    assert crowd.opacity < 1.0
    assert STYLE.for_crowd(10**9, pixels).radius > 0.5


def test_that_only_points_on_the_screen_make_a_crowd(qtbot: QtBot) -> None:
    layer = PointLayer()
    layer.set_viewport(VIEW, 1.0)
    z = np.array([[0.0, 0.0], [0.1, 0.1], [50.0, 0.0], [np.nan, 0.0]], dtype=np.float32)
    layer.set_points(z, np.array([0, -1, 0, 0]))
    assert layer.count_on_screen() == 1


def test_that_the_newest_points_are_drawn_even_when_they_come_while_others_are_drawn(qtbot: QtBot) -> None:
    layer = PointLayer()
    layer.set_active(True)
    layer.set_viewport(VIEW, 1.0)
    for z1 in (0.0, 0.5, 1.0):
        layer.set_points(np.full((5, 2), z1, dtype=np.float32), np.zeros(5, dtype=np.int64))
    qtbot.waitUntil(lambda: layer.is_complete)
    image = QImage(400, 300, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    layer.paint(painter)
    painter.end()
    assert image.pixelColor(280, 70).alpha() == 255
    assert image.pixelColor(200, 150).alpha() == 0


def test_that_zooming_to_a_place_and_back_returns_to_the_view() -> None:
    there = VIEW.zoomed(3.0, 17, 250).zoomed(1 / 3.0, 17, 250)
    assert there.centre == pytest.approx(VIEW.centre)
    assert there.scale == pytest.approx(VIEW.scale)


def test_that_pixels_and_points_are_inverse() -> None:
    view = VIEW.panned(31, 47).zoomed(2.5, 10, 20)
    assert view.to_pixel(view.to_plane(123.0, 45.0)) == pytest.approx((123.0, 45.0))


def test_that_ticks_are_round_and_carry_a_real_minus_sign() -> None:
    assert [label for _, label in ticks(-1.1, 1.1, 5)] == ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
    assert format_number(-0.001, 2) == "0.00"


def test_that_encodings_that_are_not_finite_are_never_nearest() -> None:
    z = np.array([[np.nan, 0.0], [3.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    cloud = PointCloud(z, np.zeros_like(z), np.array([7, 8, 9]), None, 1)
    assert cloud.nearest((0.0, 0.0), 3).tolist() == [2, 1]
