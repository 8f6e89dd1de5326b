"""How the pictures of a data set lie in their frame, measured from them, so that any other one can be laid so too.

Digits of MNIST, for one, are bright on black, their longer side is 20 of 28 pixels, and their centre of mass lies in
the middle (LeCun et al. 1998); here none of that is written down: it is found in the pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image

from vae_explorer.data.images import sample_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.data.images import Images

Centring = Literal["mass", "box", "none"]

FAINT = 0.1
"""Part of the strongest ink below which a pixel counts as ground."""
_MOST_VALUES = 600_000
_FEWEST_PICTURES = 64
_NEAR_GROUND = 32
"""Grey levels by which a pixel of the rim may differ from the ground."""
_PLAIN_RIM = 0.5
"""Part of the rim that must be ground for a data set to have one."""
_SAME_LENGTH = 0.15
_SAME_PLACE = 0.07
"""How far lengths and places may scatter, as parts of their mean and of the frame, to be the same in all pictures."""
_WIDEST_STROKE = 0.25
_NEAREST = 0.51
"""Pixels by which a picture may be off and yet lie as the data do, whose pictures were moved by whole pixels."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How the pictures of a data set lie in their frame.

    Attributes
    ----------
    shape
        Channels, height and width.
    ground
        Grey level of each channel round the pictures; None where they have no common ground, as photographs don't.
    bright
        Whether the ink is brighter than the ground.
    length
        Longer side of the box round the ink, in pixels; None where it differs from picture to picture.
    centring
        What lies at the same place in all pictures: the centre of mass, the middle of the box, or neither.
    centre
        That place, x and y in pixels from the upper left corner.
    stroke
        Mean width of a stroke, in pixels.
    """

    shape: tuple[int, int, int]
    ground: tuple[int, ...] | None
    bright: bool
    length: float | None
    centring: Centring
    centre: tuple[float, float]
    stroke: float

    @property
    def paper(self) -> tuple[int, ...]:
        """What an empty picture is filled with."""
        return (0,) * self.shape[0] if self.ground is None else self.ground

    @property
    def frames(self) -> bool:
        """Whether there is anything to bring a picture to: a common length or a common place."""
        return self.ground is not None and (self.length is not None or self.centring != "none")


def measure_framing(images: Images) -> Framing:
    """Return how pictures uint8 [N, C, H, W] lie in their frame, measured on some taken evenly from them."""
    _, channels, height, width = images.shape
    wanted = max(_FEWEST_PICTURES, _MOST_VALUES // (channels * height * width))
    sample, _ = sample_of(images, wanted)
    shape = (channels, height, width)
    free = Framing(shape, None, True, None, "none", (width / 2, height / 2), _bounded_stroke(0.1 * height, height))
    ground = _common_ground(sample)
    if ground is None:
        return free
    ink = ink_of(sample, ground)
    boxes = np.array([box for picture in ink if (box := ink_box(picture)) is not None], dtype=np.float64)
    bright = bool(sample.mean() >= np.mean(ground))
    if not len(boxes):
        return replace(free, ground=ground, bright=bright)
    lengths = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    same = lengths.std() < _SAME_LENGTH * lengths.mean()
    centring, centre = _common_place(ink, boxes, (width, height))
    stroke = _bounded_stroke(_stroke_width(ink), min(height, width))
    return Framing(shape, ground, bright, float(lengths.mean()) if same else None, centring, centre, stroke)


def adopted(picture: NDArray[np.uint8], framing: Framing) -> NDArray[np.uint8]:
    """Return a foreign picture uint8 [1 or 3, h, w] in the channels, polarity and contrast of the data, [C, h, w].

    Where the data have a ground, the picture's own is turned into it: dark strokes on white paper become bright ones on
    black for data that are so, and grey paper becomes even.
    """
    channels = framing.shape[0]
    known = _with_channels(picture, channels)
    if framing.ground is None:
        return known
    values = known.astype(np.float32)
    own = np.median(_rim(known[None])[0], axis=1)
    theirs = np.array(framing.ground, dtype=np.float32)
    if abs(float(own.mean()) - float(theirs.mean())) > 127:
        values, own = 255 - values, 255 - own
    strength = np.abs(values - own[:, None, None]).max(axis=0)
    reach = float(np.quantile(strength, 0.995))
    full = 255.0 if channels == 1 else float(max(reach, 1.0))
    gain = full / reach if reach > _NEAR_GROUND else 1.0
    moved = (values - own[:, None, None]) * gain + theirs[:, None, None]
    return np.asarray(np.clip(np.rint(moved), 0, 255), dtype=np.uint8)


def framed(picture: NDArray[np.uint8], framing: Framing, *, centred: bool = True) -> NDArray[np.uint8]:
    """Return a picture uint8 [C, h, w] of any size laid into the frame of the data, uint8 [C, H, W].

    Parameters
    ----------
    picture
        In the channels and polarity of the data; `adopted` brings it there.
    framing
        Of the data.
    centred
        Whether its ink is scaled and moved as in the data; else the whole picture is shown, as large as it fits.
    """
    _, height, width = framing.shape
    rows, columns = picture.shape[1:]
    whole = max(columns / width, rows / height)
    outer = ((columns - whole * width) / 2, (rows - whole * height) / 2)
    ink = ink_of(picture[None], framing.paper)[0]
    box = ink_box(ink) if centred and framing.frames else None
    if box is None:
        return _cut(picture, framing, outer, whole)
    scale = whole if framing.length is None else max(box[2] - box[0], box[3] - box[1]) / framing.length
    place = centre_of_mass(ink) if framing.centring == "mass" else ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    goal = framing.centre
    if framing.centring == "none":
        goal = ((place[0] - outer[0]) / whole, (place[1] - outer[1]) / whole)
    corner = (
        _kept_inside(place[0] - scale * goal[0], box[0], box[2], scale * width),
        _kept_inside(place[1] - scale * goal[1], box[1], box[3], scale * height),
    )
    moved = max(abs(corner[0] - outer[0]), abs(corner[1] - outer[1])) / whole
    if moved <= _NEAREST and abs(scale / whole - 1) * max(height, width) <= _NEAREST:
        return _cut(picture, framing, outer, whole)
    return _cut(picture, framing, corner, scale)


def ink_of(images: NDArray[np.uint8], ground: tuple[int, ...]) -> NDArray[np.float32]:
    """Return how far pictures [N, C, H, W] differ from their ground, float32 [N, H, W] from 0 to 1."""
    levels = np.array(ground, dtype=np.float32)[:, None, None]
    return np.asarray(np.abs(images.astype(np.float32) - levels).max(axis=1) / 255)


def ink_box(ink: NDArray[np.float32]) -> tuple[int, int, int, int] | None:
    """Return left, top, right and bottom of the ink [H, W], right and bottom beyond it; None on a blank picture."""
    strongest = float(ink.max())
    if strongest * 255 <= 1:
        return None
    there = ink > FAINT * strongest
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def centre_of_mass(ink: NDArray[np.float32]) -> tuple[float, float]:
    """Return x and y of the centre of mass of the ink [H, W], in pixels from the upper left corner."""
    total = float(ink.sum())
    x = float(ink.sum(axis=0) @ (np.arange(ink.shape[1]) + 0.5)) / total
    y = float(ink.sum(axis=1) @ (np.arange(ink.shape[0]) + 0.5)) / total
    return x, y


def _common_ground(images: NDArray[np.uint8]) -> tuple[int, ...] | None:
    """Return the level of each channel along the rim of the pictures, None where the rims differ."""
    rims = _rim(images)
    levels = np.median(rims.transpose(1, 0, 2).reshape(images.shape[1], -1), axis=1)
    near = (np.abs(rims - levels[None, :, None]) <= _NEAR_GROUND).all(axis=1)
    return tuple(round(level) for level in levels.tolist()) if near.mean() > _PLAIN_RIM else None


def _rim(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the outermost pixels [N, C, P] of pictures [N, C, H, W]."""
    sides = (images[:, :, 0], images[:, :, -1], images[:, :, :, 0], images[:, :, :, -1])
    return np.concatenate(sides, axis=2).astype(np.float32)


def _common_place(
    ink: NDArray[np.float32], boxes: NDArray[np.float64], size: tuple[int, int]
) -> tuple[Centring, tuple[float, float]]:
    """Return whether centres of mass or middles of boxes scatter less, and their mean; "none" where both do much."""
    masses = np.array([centre_of_mass(picture) for picture in ink if ink_box(picture) is not None])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    found: dict[Centring, NDArray[np.float64]] = {"mass": masses, "box": middles}
    scatter = {name: float((places.std(axis=0) / size).max()) for name, places in found.items()}
    best: Centring = "mass" if scatter["mass"] <= scatter["box"] else "box"
    if scatter[best] > _SAME_PLACE:
        return "none", (size[0] / 2, size[1] / 2)
    x, y = found[best].mean(axis=0).tolist()
    return best, (x, y)


def _stroke_width(ink: NDArray[np.float32]) -> float:
    """Return the width that bands would have with the area and the outline of the ink: twice area by outline."""
    area = float(ink.sum())
    outline = float(np.abs(np.diff(ink, axis=1)).sum() + np.abs(np.diff(ink, axis=2)).sum())
    # Steps along rows and columns count an outline of all directions 4/pi times.
    return 2 * area / max(outline * math.pi / 4, 1e-6)


def _bounded_stroke(width: float, side: int) -> float:
    return min(max(1.0, width), _WIDEST_STROKE * side)


def _with_channels(picture: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    if len(picture) == channels:
        return picture
    if channels == 3:
        return np.repeat(picture[:1], 3, axis=0)
    grey = np.tensordot(np.array([0.299, 0.587, 0.114], dtype=np.float32), picture.astype(np.float32), axes=1)
    return np.asarray(np.rint(grey)[None], dtype=np.uint8)


def _kept_inside(corner: float, low: float, high: float, length: float) -> float:
    """Return where a window of a length begins so that it holds what lies between low and high, if it can."""
    if high - low > length:
        return corner
    return min(max(corner, high - length), low)


def _cut(picture: NDArray[np.uint8], framing: Framing, corner: tuple[float, float], scale: float) -> NDArray[np.uint8]:
    """Return what a window of the frame's shape shows of a picture, beyond whose edges there is ground."""
    channels, height, width = framing.shape
    rows, columns = picture.shape[1:]
    left, top = corner
    right, bottom = left + scale * width, top + scale * height
    before = (max(0, math.ceil(-left)), max(0, math.ceil(-top)))
    after = (max(0, math.ceil(right - columns)), max(0, math.ceil(bottom - rows)))
    paper = framing.paper
    planes = [
        np.pad(plane, ((before[1], after[1]), (before[0], after[0])), constant_values=paper[channel])
        for channel, plane in enumerate(picture)
    ]
    box = (left + before[0], top + before[1], right + before[0], bottom + before[1])
    result = np.empty((channels, height, width), dtype=np.uint8)
    # Means over areas make fine pictures coarse as a camera does; coarse ones are made fine by curves.
    filter_ = Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC
    for channel, plane in enumerate(planes):
        image = Image.fromarray(np.ascontiguousarray(plane))
        inside = (max(0.0, box[0]), max(0.0, box[1]), min(float(image.width), box[2]), min(float(image.height), box[3]))
        result[channel] = np.asarray(image.resize((width, height), filter_, box=inside))
    return result
