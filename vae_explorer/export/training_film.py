"""The film of a training: the picture grid, or the plane, at each moment whose weights were kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vae_explorer.errors import ExportError
from vae_explorer.export.figures import grid_picture
from vae_explorer.export.grid_encodings import grid_encodings
from vae_explorer.export.mosaic import LARGEST_PICTURE, gigabytes
from vae_explorer.export.options import AnimationOptions
from vae_explorer.export.plane_contents import plane_contents
from vae_explorer.export.plane_figure import plane_sheet
from vae_explorer.export.progress import report
from vae_explorer.export.vector import MM_PER_INCH, figure_pixels
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.figure_options import PlaneOptions
    from vae_explorer.export.film_options import TrainingFilmOptions
    from vae_explorer.export.latents import Placing
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.options import GridOptions
    from vae_explorer.export.progress import IsCancelled, ReportProgress

_CAPTION_SHARE, _SMALLEST_LETTER, _LARGEST_LETTER = 0.045, 9, 40
_INK, _PAPER = 30, 255
_LONG = 10
"""Epochs from which a training is long enough to do with one decimal."""


class Moment(Protocol):
    """A moment of a run."""

    @property
    def step(self) -> int:
        """Training steps before it."""

    @property
    def epoch(self) -> float:
        """Epochs before it."""


MomentT = TypeVar("MomentT", bound=Moment)
Drawing = Callable[["Placing"], "Pixels"]
"""Draws a model as a picture [H, W, C]."""


def chosen_moments(moments: Sequence[MomentT], most: int) -> list[MomentT]:
    """Return at most so many moments, the first and the last among them, taken evenly by their place.

    Raises
    ------
    ExportError
        If there are fewer than two.
    """
    if len(moments) < 2:
        raise ExportError(
            tr(
                "A film of the training needs at least two moments whose weights were kept: train "
                "with a history, or choose another run."
            )
        )
    places = np.unique(np.rint(np.linspace(0, len(moments) - 1, min(most, len(moments)))).astype(int))
    return [moments[place] for place in places]


def grid_drawing(options: GridOptions, dataset: ImageDataset | None = None) -> Drawing:
    """Return what draws the picture grid of a model; a spacing that follows encodings needs the images."""
    return lambda model: grid_picture(model, options, encoded=grid_encodings(model, options.spacing, dataset))


def plane_drawing(options: PlaneOptions, dataset: ImageDataset | None, width: int) -> Drawing:
    """Return what draws the plane of a model as a figure so many pixels wide, at a scale that is the same for all."""
    fixed = replace(options, path=False)
    dots = width / (options.millimetres / MM_PER_INCH)
    # A legend of the classes in sight would change from frame to frame, and the height of the figure with it.
    named = None if dataset is None or dataset.labels is None else tuple(range(dataset.classes))

    def draw(model: Placing) -> Pixels:
        contents = replace(plane_contents(model, fixed, dataset), named=named)
        return figure_pixels(plane_sheet(contents, fixed), dots)

    return draw


def training_frames(
    moments: Sequence[MomentT],
    load: Callable[[MomentT], Placing],
    draw: Drawing,
    options: TrainingFilmOptions,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the frames of the film [M, C, H, W], the last one repeated for as long as it is held.

    Parameters
    ----------
    moments
        In order, as `chosen_moments` gives them.
    load
        Returns the model of a moment.

    Raises
    ------
    ExportError
        If the film would take too much memory, or the user cancels.
    """
    held = round(options.hold * options.fps)
    frames: Pixels | None = None
    for number, moment in enumerate(moments):
        report(number, len(moments), progress, cancelled)
        picture = draw(load(moment))
        if options.caption:
            picture = captioned(picture, _caption(moment.epoch, moments[-1].epoch))
        if frames is None:
            frames = _room_for(len(moments) + held, picture)
        frames[number] = picture.transpose(2, 0, 1)
    if frames is None:
        raise ExportError(tr("There is no moment to show."))
    frames[len(moments) :] = frames[len(moments) - 1]
    report(1, 1, progress, cancelled)
    return frames


def _caption(epoch: float, last: float) -> str:
    """Return what stands under a frame: whole epochs without a fraction, others with one or two decimals.

    Not translated: it is drawn with letters of its own, which hold no Chinese.
    """
    if epoch.is_integer():
        return f"epoch {epoch:.0f}"  # untranslated: drawn in a picture
    return f"epoch {epoch:.{2 if last < _LONG else 1}f}"  # untranslated: drawn in a picture


def _room_for(count: int, picture: Pixels) -> Pixels:
    """Return room [M, C, H, W] for so many frames like a picture [H, W, C]; refuse more than an export may take."""
    size = count * picture.size
    if size > LARGEST_PICTURE:
        raise ExportError(
            tr(
                "A film of {count} frames of {width} x {height} pixels takes {size}, more than the "
                "{largest_picture} that an export may take: choose fewer moments, fewer tiles or a "
                "smaller width.",
                count=count,
                width=picture.shape[1],
                height=picture.shape[0],
                size=gigabytes(size),
                largest_picture=gigabytes(LARGEST_PICTURE),
            )
        )
    return np.empty((count, picture.shape[2], *picture.shape[:2]), dtype=np.uint8)


def as_animation(options: TrainingFilmOptions) -> AnimationOptions:
    """Return how the frames are played."""
    return AnimationOptions(fps=options.fps, loops=options.loops, scale=1, there_and_back=False)


def captioned(picture: Pixels, text: str) -> Pixels:
    """Return a picture [H, W, C] with a line of text on a white strip below it."""
    width, channels = picture.shape[1:]
    letter = min(_LARGEST_LETTER, max(_SMALLEST_LETTER, round(_CAPTION_SHARE * width)))
    strip = Image.new("L", (width, math.ceil(1.7 * letter)), _PAPER)
    draw = ImageDraw.Draw(strip)
    draw.text((letter / 2, strip.height / 2), text, fill=_INK, font=ImageFont.load_default(letter), anchor="lm")
    below = np.asarray(strip)[..., None].repeat(channels, axis=2)
    return np.concatenate([picture, below], axis=0)
