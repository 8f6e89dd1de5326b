"""What a user can choose about a film of the training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vae_explorer.config import Config, setting
from vae_explorer.export.figure_options import PlaneOptions
from vae_explorer.export.options import GridOptions
from vae_explorer.language import marked
from vae_explorer.latent.grids import SPACINGS
from vae_explorer.latent.units import ANY_UNITS


@dataclass(frozen=True, slots=True)
class TrainingFilmOptions(Config):
    """The grid or the plane at each kept moment of a run."""

    section: ClassVar[str] = "training-film"

    shows: str = setting(
        "grid",
        label=marked("Shows"),
        choices={"grid": marked("Picture grid"), "plane": marked("Plane with encodings")},
        help=marked("What each frame is of."),
    )
    moments: int = setting(
        100,
        label=marked("At most"),
        unit=marked("moments"),
        minimum=2,
        maximum=1000,
        help=marked(
            "If there are more moments than this, this many are taken evenly, the first and the last among them."
        ),
    )
    size: int = setting(
        12,
        label=marked("Tiles per side"),
        minimum=2,
        maximum=60,
        when=("shows", ("grid",)),
        help=marked("The grid has this many rows and as many columns."),
    )
    spacing: str = setting(
        "quantile",
        label=marked("Spacing"),
        choices={entry.name: entry.title for entry in SPACINGS},
        when=("shows", ("grid",)),
        help=marked("Where the grid's tiles lie."),
    )
    scale: int = setting(
        1,
        label=marked("Scale"),
        unit=marked("times"),
        minimum=1,
        maximum=16,
        when=("shows", ("grid",)),
        help=marked("How many pixels each pixel of a tile becomes, along each side."),
    )
    width: int = setting(
        480,
        label=marked("Width"),
        unit=marked("pixels"),
        minimum=120,
        maximum=2000,
        when=("shows", ("plane",)),
        help=marked("Width of a frame."),
    )
    range: float = setting(
        4.0,
        label=marked("Range"),
        unit=ANY_UNITS,
        minimum=0.01,
        maximum=100.0,
        when=("spacing", ("uniform",)),
        or_when=("shows", ("plane",)),
        help=marked("The plane, and a uniform grid, reach this far to each side."),
    )
    label: int = setting(
        -1,
        label=marked("Class"),
        minimum=-1,
        maximum=99_999,
        special=(-1, marked("all")),
        when=("shows", ("grid",)),
        help=marked("Which class a conditional model decodes; “all” shows the islands of a class-mean model at once."),
    )
    fps: float = setting(
        8.0,
        label=marked("Speed"),
        unit=marked("fps"),
        minimum=0.1,
        maximum=50.0,
        logarithmic=True,
        help=marked("How many moments are shown in a second."),
    )
    hold: float = setting(
        1.5,
        label=marked("Hold the end"),
        unit=marked("seconds"),
        minimum=0.0,
        maximum=60.0,
        help=marked("How long the last frame stays."),
    )
    caption: bool = setting(True, label=marked("Caption"), help=marked("Write the epoch under each frame, in English."))
    loops: int = setting(
        0,
        label=marked("Times played"),
        minimum=0,
        maximum=10_000,
        special=(0, marked("for ever")),
        help=marked("How often it plays; 0 repeats it for ever. Players of MP4 films decide that themselves."),
    )

    @property
    def grid(self) -> GridOptions:
        """The grid of a frame."""
        return GridOptions(
            size=self.size, spacing=self.spacing, range=self.range, label=self.label, scale=self.scale, gap=0
        )

    @property
    def plane(self) -> PlaneOptions:
        """The plane of a frame: all that differs between frames is where the encodings lie."""
        return PlaneOptions(range=self.range, points="test", path=False)
