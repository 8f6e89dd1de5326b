"""Keeping the map decoded: which blocks to ask for, when, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.gui.plotting.tile_picture import TilePicture
from vae_explorer.gui.plotting.tiles import (
    BLOCK,
    CELL_PIXELS,
    LEVELS,
    Block,
    Tile,
    TileCache,
    block_image,
    level_for,
    visible_blocks,
)
from vae_explorer.gui.plotting.unpacking import Unpacker
from vae_explorer.gui.plotting.viewport import Viewport

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from vae_explorer.app.decode_service import DecodeFailure, DecodeReply, DecodeService
    from vae_explorer.app.state import ModelInfo

KEY = "tiles"
BATCH_MILLISECONDS = 50.0
"""Time that one request for missing blocks should take to decode, so that the map fills in visible steps."""
REFRESH_MILLISECONDS = 300.0
"""Time up to which the whole screen is decoded again in one request, so that it changes at once and not in patches."""
REST = 3.0
"""While training, the decoder rests this many times as long as the last refresh took: training needs the processor."""
_CELLS = BLOCK * BLOCK


@dataclass(frozen=True, slots=True)
class _Request:
    number: int
    blocks: tuple[Block, ...]
    generation: int
    refreshing: bool


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A request with its reply on the way to the cache: another request may be under way by then."""

    request: _Request
    milliseconds: float


class TileLayer(QObject):
    """The map of decoded pictures under everything.

    One request is under way at a time. Blocks that were never decoded come first, the middle of the screen before
    its edges; blocks that show older weights are replaced when new ones have arrived, and shown until then.

    Parameters
    ----------
    decode
        The service that decodes.
    parent
        Owner.
    key
        Replies of the service under this key belong to this layer; two layers that share a service have two keys.
    """

    changed = Signal()
    """The picture is no longer what was painted."""

    def __init__(self, decode: DecodeService, parent: QObject | None = None, key: str = KEY) -> None:
        super().__init__(parent)
        self._decode = decode
        self._key = key
        self._cache = TileCache()
        self._viewport = Viewport()
        self._visible: list[Block] = visible_blocks(self._viewport, level_for(self._viewport))
        self._model: ModelInfo | None = None
        self._label = -1
        self._generation = 0
        self._training = False
        self._active = False
        self._ratio = 1.0
        self._request: _Request | None = None
        self._milliseconds_a_block = BATCH_MILLISECONDS / 4
        self._picture = TilePicture(self._cache)
        self._unpacker = Unpacker(self)
        self._unpacker.finished.connect(self._show)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)
        decode.decoded.connect(self._take)
        decode.failed.connect(self._give_up)

    @property
    def is_complete(self) -> bool:
        """Whether every block on the screen shows the newest weights."""
        return not any(self._generation_of(block) < self._generation for block in self._visible)

    @property
    def has_model(self) -> bool:
        """Whether there is anything to decode with."""
        return self._model is not None and self._model.can_decode

    @property
    def level(self) -> int:
        """Level of detail on the screen."""
        return level_for(self._viewport)

    def set_active(self, active: bool) -> None:
        """Decode only while someone can see it."""
        if active != self._active:
            self._active = active
            if not active:
                self._forget_request()
            self._ask()

    def set_training(self, training: bool) -> None:
        """Tell whether training needs the processor too."""
        self._training = training
        if not training:
            self._rest.stop()
            self._ask()

    def set_model(self, model: ModelInfo | None, label: int) -> None:
        """Take new weights or another class: what is shown is stale from now on."""
        if not self._is_same_kind(model):
            self._cache.clear()
            self._picture.forget()
            self._forget_request()
            self.changed.emit()
        self._model, self._label = model, label
        self._generation += 1
        self._ask()

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane on a screen of `ratio` device pixels a pixel."""
        if (viewport, ratio) == (self._viewport, self._ratio):
            return
        self._viewport, self._ratio = viewport, ratio
        self._visible = visible_blocks(viewport, level_for(viewport))
        self._ask()

    def picture(self) -> QImage:
        """Return the layer as one picture of the size of the plot, transparent where nothing was decoded yet."""
        return self._picture.of(self._viewport, self.level, self._ratio)

    def _ask(self) -> None:
        if not self._active or self._model is None or not self._model.can_decode or not self._may_ask():
            return
        visible = self._visible
        missing = [block for block in visible if self._cache.get(block) is None]
        if missing:
            self._send(missing[: self._batch(BATCH_MILLISECONDS)], refreshing=False)
            return
        if self._rest.isActive():
            return
        stale = [block for block in visible if self._generation_of(block) < self._generation]
        if stale:
            stale.sort(key=self._generation_of)
            self._send(stale[: self._batch(REFRESH_MILLISECONDS)], refreshing=True)
        elif not self._training:
            self._look_ahead()

    def _may_ask(self) -> bool:
        """Whether nothing useful is under way."""
        if self._request is None:
            return True
        visible = set(self._visible)
        return not visible.intersection(self._request.blocks) and bool(visible)

    def _look_ahead(self) -> None:
        """Decode the surroundings coarsely, so that zooming out finds pictures there."""
        coarser = self.level - 1
        if coarser not in LEVELS:
            return
        around = visible_blocks(
            self._viewport.zoomed(0.5, self._viewport.width / 2, self._viewport.height / 2), coarser
        )
        missing = [block for block in around if self._generation_of(block) < self._generation]
        if missing:
            self._send(missing[: self._batch(BATCH_MILLISECONDS)], refreshing=False)

    def _batch(self, milliseconds: float) -> int:
        return max(1, int(milliseconds / self._milliseconds_a_block))

    def _send(self, blocks: list[Block], *, refreshing: bool) -> None:
        z = np.concatenate([block.points() for block in blocks])
        labels = self._label if self._model is not None and self._model.needs_label else None
        number = self._decode.request(self._key, z, labels)
        self._request = _Request(number, tuple(blocks), self._generation, refreshing)

    @Slot(object)
    def _take(self, reply: DecodeReply) -> None:
        request = self._request
        if reply.key != self._key or request is None or reply.number != request.number:
            return
        self._milliseconds_a_block = max(0.1, reply.milliseconds / len(request.blocks))
        make = partial(block_image, largest_cell=int(2 * CELL_PIXELS * self._ratio))
        self._unpacker.start(reply.images, len(request.blocks), make, _Decoded(request, reply.milliseconds))

    @Slot(object, object)
    def _show(self, decoded: _Decoded, images: list[QImage]) -> None:
        """Show the images of a reply, all at once."""
        request = decoded.request
        for block, image in zip(request.blocks, images, strict=True):
            self._cache.put(block, Tile(image, request.generation))
        if request is self._request:
            self._request = None
        if request.refreshing and self._training:
            self._rest.start(int(REST * decoded.milliseconds))
        self._picture.renew(request.blocks)
        self.changed.emit()
        self._ask()

    @Slot(object)
    def _give_up(self, failure: DecodeFailure) -> None:
        """Wait for other weights when decoding has failed: the same ones would fail again."""
        if self._request is not None and failure.number == self._request.number:
            self._forget_request()

    def _forget_request(self) -> None:
        if self._request is not None:
            self._decode.cancel(self._key)
        self._request = None
        self._unpacker.stop()

    def _generation_of(self, block: Block) -> int:
        tile = self._cache.get(block)
        return -1 if tile is None else tile.generation

    def _is_same_kind(self, model: ModelInfo | None) -> bool:
        return model is not None and self._model is not None and model.image_shape == self._model.image_shape
