"""What a user can choose about a figure for a paper: declared once, for the form, the command line and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from vae_explorer.config import Config, setting
from vae_explorer.language import marked
from vae_explorer.latent.layers import OF_THE_MODEL
from vae_explorer.latent.units import ANY_UNITS

COLUMNS: Mapping[str, float] = {"one": 84.0, "half": 129.0, "two": 174.0}
"""Widths in millimetres that most journals print: one column, one and a half, two."""
WIDTHS: Mapping[str, str] = {
    "one": marked("One column (84 mm)"),
    "half": marked("One and a half (129 mm)"),
    "two": marked("Two columns (174 mm)"),
    "own": marked("Other"),
}
"""How figures are offered those widths."""
WIDTHS_HELP = marked("How wide the figure is printed: to the width of a journal's columns, or another width.")
_MOST_TILES = 60
_WITH_TILES = tuple(range(1, _MOST_TILES + 1))
FAMILIES: Mapping[str, str] = {"sans": "DejaVu Sans", "serif": "DejaVu Serif"}  # untranslated: fonts


def encodings_setting(default: str) -> str:
    """Declare which images a figure draws as points."""
    declared: str = setting(
        default,
        label=marked("Encodings"),
        choices={
            "test": marked("Test images"),
            "train": marked("Training images"),
            "all": marked("All images"),
            "none": marked("None"),
        },
        help=marked("Which images are drawn as points, each at the mean of its posterior."),
    )
    return declared


@dataclass(frozen=True, slots=True)
class PaperOptions(Config):
    """How a figure fits a page."""

    section: ClassVar[str] = "paper"

    column: str = setting(
        "one",
        label=marked("Width"),
        choices=WIDTHS,
        help=WIDTHS_HELP,
    )
    width: float = setting(
        100.0,
        label=marked("Other width"),
        unit="mm",
        minimum=30.0,
        maximum=1000.0,
        when=("column", ("own",)),
        help=marked("Width of the whole figure, labels included."),
    )
    font: str = setting(
        "sans",
        label=marked("Font"),
        choices={"sans": marked("Sans serif"), "serif": marked("Serif")},
        help=marked("Letters of axes and legend; choose what the text of the paper has. Words in figures are English."),
    )
    font_size: float = setting(
        8.0,
        label=marked("Font size"),
        unit=marked("points"),
        minimum=4.0,
        maximum=24.0,
        help=marked("Height of the letters as printed; most journals ask for 7 to 9 points."),
    )

    @property
    def millimetres(self) -> float:
        """Width of the figure."""
        return COLUMNS.get(self.column, self.width)


@dataclass(frozen=True, slots=True)
class PlaneOptions(PaperOptions):
    """The latent plane as a figure."""

    section: ClassVar[str] = "plane"

    range: float = setting(
        4.0,
        label=marked("Range"),
        unit=ANY_UNITS,
        minimum=1e-6,
        maximum=1e6,
        logarithmic=True,
        help=marked("The figure reaches this far from its middle to each side."),
    )
    centre_z1: float = setting(
        0.0,
        label=marked("Middle, z₁"),
        minimum=-1e6,
        maximum=1e6,
        advanced=True,
        help=marked("Where the middle of the figure lies."),
    )
    centre_z2: float = setting(
        0.0,
        label=marked("Middle, z₂"),
        minimum=-1e6,
        maximum=1e6,
        advanced=True,
        help=marked("Where the middle of the figure lies."),
    )
    points: str = encodings_setting("test")
    point_size: float = setting(
        2.0,
        label=marked("Point size"),
        unit=marked("points"),
        minimum=0.1,
        maximum=20.0,
        when=("points", ("test", "train", "all")),
        help=marked("Diameter of a point as printed."),
    )
    vector_points: int = setting(
        5000,
        label=marked("Sharp points"),
        minimum=0,
        maximum=1_000_000,
        advanced=True,
        when=("points", ("test", "train", "all")),
        help=marked(
            "More points than this are embedded as one picture of 600 dots per inch, so that the file stays small."
        ),
    )
    legend: bool = setting(True, label=marked("Legend"), help=marked("Name the classes under the plane."))
    circles: bool = setting(
        True,
        label=marked("Prior circles"),
        help=marked("Draw 1, 2 and 3 prior standard deviations; a class-mean prior has one circle for each class."),
    )
    density: bool = setting(
        False,
        label=marked("Density contours"),
        help=marked(
            "Draw the outlines that hold 50, 80 and 95% of the aggregate posterior q(z), as far as it is in sight."
        ),
    )
    smoothing: float = setting(
        0.1,
        label=marked("Smoothing"),
        unit=ANY_UNITS,
        minimum=0.0,
        maximum=10.0,
        when=("density", (True,)),
        help=marked(
            "Each posterior is widened by this much, so that single images don't each get an outline of their own."
        ),
    )
    path: bool = setting(True, label=marked("Path"), help=marked("Draw the path with its ends and waypoints."))
    layer: str = setting(
        "none",
        label=marked("Layer"),
        choices={"none": marked("None"), **{layer.name: layer.switch for layer in OF_THE_MODEL}},
        help=marked("Which layer lies under the points: its legend is a colour bar with its unit."),
    )
    layer_opacity: float = setting(
        1.0,
        label=marked("Layer opacity"),
        minimum=0.05,
        maximum=1.0,
        when=("layer", tuple(layer.name for layer in OF_THE_MODEL)),
        help=marked("How much the layer hides the pictures under it."),
    )
    tiles: int = setting(
        0,
        label=marked("Pictures"),
        unit=marked("a side"),
        minimum=0,
        maximum=_MOST_TILES,
        special=(0, marked("none")),
        help=marked("Decode this many pictures along each side and lay them under the points."),
    )
    opacity: float = setting(
        0.5,
        label=marked("Picture opacity"),
        minimum=0.05,
        maximum=1.0,
        when=("tiles", _WITH_TILES),
        help=marked("How strong the pictures under the points are."),
    )
    negative: bool = setting(
        False,
        label=marked("Negative pictures"),
        when=("tiles", _WITH_TILES),
        help=marked("Swap light and dark in the pictures: dark on light shows points better and prints with less ink."),
    )
    label: int = setting(
        -1,
        label=marked("Class"),
        minimum=-1,
        maximum=99_999,
        special=(-1, marked("none")),
        help=marked("Which class a label-conditioned model decodes the pictures for."),
    )

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Lower z1, lower z2, upper z1, upper z2 of what is drawn."""
        z1, z2, reach = self.centre_z1, self.centre_z2, self.range
        return z1 - reach, z2 - reach, z1 + reach, z2 + reach


@dataclass(frozen=True, slots=True)
class CurvesOptions(PaperOptions):
    """The curves of a run as a figure."""

    section: ClassVar[str] = "curves"

    terms: str = setting(
        "main",
        label=marked("Curves"),
        choices={"main": marked("What is minimised"), "all": marked("All terms"), "total": marked("The total only")},
        help=marked(
            "Which terms get an axis: the total and what it is made of, all that were recorded, or the total alone."
        ),
    )
    axis: str = setting(
        "epoch",
        label=marked("Along"),
        choices={"epoch": marked("Epochs"), "step": marked("Steps")},
        help=marked("What the curves are drawn against."),
    )
    logarithmic: bool = setting(False, label=marked("Logarithmic"), help=marked("Equal ratios are equal distances."))
    smoothing: float = setting(
        1.0,
        label=marked("Smoothing"),
        unit=marked("epochs"),
        minimum=0.0,
        maximum=1000.0,
        help=marked(
            "Training is drawn as its moving mean over this many epochs, with the record faint behind it; 0 for none."
        ),
    )
    height: float = setting(
        0.6,
        label=marked("Height per axis"),
        unit=marked("of the width"),
        minimum=0.2,
        maximum=3.0,
        help=marked("Height of each axis for a width of 1."),
    )
