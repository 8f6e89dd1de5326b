"""What a user can choose about an export: declared once, for the form, the command line and the docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vae_explorer.config import Config, setting
from vae_explorer.language import marked
from vae_explorer.latent.grids import SPACINGS
from vae_explorer.latent.units import ANY_UNITS

_BACKGROUNDS = {"white": marked("White"), "black": marked("Black"), "grey": marked("Grey")}
_LARGEST_GAP = 64
_WITH_GAP = tuple(range(1, _LARGEST_GAP + 1))
_GAP_HELP = marked("Space between tiles, not enlarged by the scale.")
_SCALE_HELP = marked("How many pixels each pixel of a decoded picture becomes, along each side; edges stay sharp.")
_BACKGROUND_HELP = marked("Colour of the space between tiles.")


@dataclass(frozen=True, slots=True)
class GridOptions(Config):
    """A grid of pictures decoded all over the plane."""

    section: ClassVar[str] = "grid"

    size: int = setting(
        20,
        label=marked("Tiles per side"),
        minimum=2,
        maximum=60,
        help=marked("The grid has this many rows and as many columns."),
    )
    spacing: str = setting(
        "quantile",
        label=marked("Spacing"),
        choices={entry.name: entry.title for entry in SPACINGS},
        help=marked(
            "Quantile gives each tile an equal share of the prior; uniform takes equal steps "
            "over the range; class mean lies round the mean of the class; aggregate posterior "
            "gives each tile an equal share of q(z)."
        ),
    )
    range: float = setting(
        3.0,
        label=marked("Range"),
        unit=ANY_UNITS,
        minimum=0.01,
        maximum=100.0,
        when=("spacing", ("uniform",)),
        help=marked("A uniform grid reaches this far to each side of the prior's mean."),
    )
    label: int = setting(
        -1,
        label=marked("Class"),
        minimum=-1,
        maximum=99_999,
        special=(-1, marked("all")),
        help=marked("Which class a conditional model decodes; “all” shows the islands of a class-mean model at once."),
    )
    gap: int = setting(0, label=marked("Gaps"), unit=marked("pixels"), minimum=0, maximum=_LARGEST_GAP, help=_GAP_HELP)
    scale: int = setting(1, label=marked("Scale"), unit=marked("times"), minimum=1, maximum=16, help=_SCALE_HELP)
    background: str = setting(
        "white", label=marked("Background"), choices=_BACKGROUNDS, when=("gap", _WITH_GAP), help=_BACKGROUND_HELP
    )


@dataclass(frozen=True, slots=True)
class StripOptions(Config):
    """A film strip: the pictures along a path, side by side."""

    section: ClassVar[str] = "strip"

    frames: int = setting(
        11,
        label=marked("Pictures"),
        minimum=2,
        maximum=200,
        help=marked("How many pictures stand side by side, start and end included."),
    )
    gap: int = setting(2, label=marked("Gaps"), unit=marked("pixels"), minimum=0, maximum=_LARGEST_GAP, help=_GAP_HELP)
    scale: int = setting(2, label=marked("Scale"), unit=marked("times"), minimum=1, maximum=16, help=_SCALE_HELP)
    background: str = setting(
        "white", label=marked("Background"), choices=_BACKGROUNDS, when=("gap", _WITH_GAP), help=_BACKGROUND_HELP
    )


@dataclass(frozen=True, slots=True)
class AnimationOptions(Config):
    """An animation that walks along a path."""

    section: ClassVar[str] = "animation"

    frames: int = setting(
        60,
        label=marked("Frames"),
        minimum=2,
        maximum=1000,
        help=marked("Pictures from start to end, both included."),
    )
    fps: float = setting(
        20.0,
        label=marked("Speed"),
        unit=marked("fps"),
        minimum=0.1,
        maximum=50.0,
        logarithmic=True,
        help=marked("How fast the film plays; a GIF counts time in hundredths of a second."),
    )
    scale: int = setting(4, label=marked("Scale"), unit=marked("times"), minimum=1, maximum=16, help=_SCALE_HELP)
    there_and_back: bool = setting(
        True,
        label=marked("There and back"),
        help=marked("Walk back to the start, so that the animation repeats without a jump."),
    )
    loops: int = setting(
        0,
        label=marked("Times played"),
        minimum=0,
        maximum=10_000,
        special=(0, marked("for ever")),
        help=marked("How often it plays; 0 repeats it for ever. Players of MP4 films decide that themselves."),
    )


@dataclass(frozen=True, slots=True)
class NetworkOptions(Config):
    """A part of the model as a network for other programs."""

    section: ClassVar[str] = "network"

    part: str = setting(
        "decoder",
        label=marked("Part"),
        choices={"decoder": marked("Decoder"), "encoder": marked("Encoder"), "classifier": marked("Classifier")},
        help=marked("Which part of the model is written."),
    )


@dataclass(frozen=True, slots=True)
class EvaluationTableOptions(Config):
    """What was measured of a model."""

    section: ClassVar[str] = "measures"

    rows: str = setting(
        "measures",
        label=marked("Rows"),
        choices={"measures": marked("Measures"), "images": marked("Images")},
        help=marked(
            "One row for each measure of the model, or one for each image with its ELBO, log p(x), gap and loss."
        ),
    )


@dataclass(frozen=True, slots=True)
class PathTableOptions(Config):
    """Where a path is at each of its pictures."""

    section: ClassVar[str] = "path-table"

    frames: int = setting(
        101,
        label=marked("Number of rows"),
        minimum=2,
        maximum=100_000,
        help=marked("How many places of the path are written, start and end included."),
    )
