"""Two models as one figure: their planes side by side, and the difference of their pictures with its scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from vae_explorer.config import setting
from vae_explorer.export.decoding import decode_in_pieces, grid_class
from vae_explorer.export.difference import difference_picture, diverging_palette, mean_absolute_difference
from vae_explorer.export.figure_options import WIDTHS, WIDTHS_HELP, PlaneOptions, encodings_setting
from vae_explorer.export.mosaic import mosaic
from vae_explorer.export.palette import class_colour
from vae_explorer.export.plane_figure import draw_plane
from vae_explorer.export.vector import MM_PER_INCH, POINTS_PER_INCH, Sheet
from vae_explorer.language import marked

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure

    from vae_explorer.export.decoding import Decoding
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.plane_figure import PlaneContents

_LEFT, _BETWEEN, _RIGHT = 4.0, 3.0, 6.4
"""Room at the left, between the planes and at the right for the scale, in heights of a letter."""
_BOTTOM, _TOP, _LEGEND = 3.2, 2.0, 1.6
_BAR, _GAP = 0.9, 0.8


@dataclass(frozen=True, slots=True)
class ComparisonOptions(PlaneOptions):
    """Two planes side by side as a figure."""

    section: ClassVar[str] = "comparison"

    column: str = setting(
        "two",
        label=marked("Width"),
        choices=WIDTHS,
        help=WIDTHS_HELP,
    )
    tiles: int = setting(
        20,
        label=marked("Pictures"),
        unit=marked("a side"),
        minimum=0,
        maximum=60,
        special=(0, marked("none")),
        help=marked("Decode this many pictures along each side, at the same points under both models."),
    )
    opacity: float = setting(
        1.0,
        label=marked("Opacity of the pictures"),
        minimum=0.05,
        maximum=1.0,
        help=marked("How strong the pictures are."),
    )
    points: str = encodings_setting("none")
    reach: int = setting(
        255,
        label=marked("Scale of the difference"),
        unit=marked("grey levels"),
        minimum=1,
        maximum=255,
        help=marked("At how many grey levels the colours of the difference end; less shows finer differences."),
    )


@dataclass(frozen=True, slots=True, eq=False)
class DecodedDifference:
    """How the pictures of two models differ at the same points.

    Attributes
    ----------
    mean, largest
        Mean over all points of the mean absolute difference of the pictures at a point, and the largest of those, in
        grey levels of 255.
    points
        How many points.
    picture
        The coloured differences [H', W', 3], side by side as the points are.
    """

    mean: float
    largest: float
    points: int
    picture: Pixels


def decoded_difference(
    first: Decoding,
    second: Decoding,
    options: PlaneOptions,
    *,
    count: int,
    reach: int = 255,
    second_label: int | None = None,
) -> DecodedDifference:
    """Return how two models differ at the middles of `count` x `count` cells that cover the view of a figure.

    Parameters
    ----------
    first, second
        Models that make pictures of one shape; an alignment may have turned the second.
    options
        What is in view, and the class for models that are told one.
    count
        Cells along each side.
    reach
        Grey levels at which the colours end.
    second_label
        Class for the second model where it isn't that of the options; -1 for none.

    Raises
    ------
    ExportError
        If a model needs a class that isn't chosen.
    """
    from vae_explorer.latent.quadrature import cell_middles

    z = cell_middles(options.corners, (count, count))
    one = _decoded(first, z, options.label)
    other = _decoded(second, z, options.label if second_label is None else second_label)
    each = [mean_absolute_difference(left, right) for left, right in zip(one, other, strict=True)]
    coloured = difference_picture(one, other, reach=reach, dark=False)
    tiles = coloured.reshape(count, count, *coloured.shape[1:])
    return DecodedDifference(float(np.mean(each)), float(np.max(each)), len(z), mosaic(tiles))


def comparison_sheet(
    contents: tuple[PlaneContents, PlaneContents],
    difference: DecodedDifference | None,
    names: tuple[str, str],
    options: ComparisonOptions,
) -> Sheet:
    """Return the figure: A, B and, where there is one, the difference of their pictures, in one row."""
    letter = options.font_size
    width = options.millimetres / MM_PER_INCH * POINTS_PER_INCH
    planes = 2 if difference is None else 3
    room = _LEFT + (planes - 1) * _BETWEEN + (1.0 if difference is None else _RIGHT)
    side = (width - room * letter) / planes
    classes = contents[0].classes_in(options.corners) if options.legend else ()
    below = _BOTTOM + (_LEGEND if classes else 0.0)
    height = (below + _TOP) * letter + side

    def box(index: int) -> tuple[float, float, float, float]:
        left = _LEFT * letter + index * (side + _BETWEEN * letter)
        return left / width, below * letter / height, side / width, side / height

    def draw(figure: Figure) -> None:
        for index, (name, content) in enumerate(zip(names, contents, strict=True)):
            axes = figure.add_axes(box(index))
            draw_plane(axes, content, options)
            axes.set_title(f"{'AB'[index]}  {name}", fontsize=letter, loc="left")
            axes.set(xlabel="z₁", ylabel="z₂" if index == 0 else "")
        if difference is not None:
            _draw_difference(figure, difference, options, box(2))
        if classes:
            _draw_classes(figure, contents[0], classes)

    return Sheet(draw, (options.millimetres, height / POINTS_PER_INCH * MM_PER_INCH), options)


def _draw_difference(
    figure: Figure, difference: DecodedDifference, options: ComparisonOptions, box: tuple[float, float, float, float]
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    left, bottom, right, top = options.corners
    axes = figure.add_axes(box)
    axes.imshow(difference.picture, extent=(left, right, bottom, top), interpolation="nearest")
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal", xlabel="z₁")
    axes.locator_params(nbins=7, steps=[1, 2, 2.5, 5, 10])
    title = f"A − B, mean |A − B| {difference.mean:.1f}"  # untranslated: drawn in a figure
    axes.set_title(title, fontsize=options.font_size, loc="left")
    letter = box[2] * options.font_size / _side(figure, box)
    bar = figure.add_axes((box[0] + box[2] + _GAP * letter, box[1], _BAR * letter, box[3]))
    colours = ListedColormap(diverging_palette(dark=False) / 255.0)
    scale = ScalarMappable(Normalize(-options.reach, options.reach), colours)
    words = [f"\N{MINUS SIGN}{options.reach}", "0", f"{options.reach}"]
    figure.colorbar(scale, cax=bar, ticks=[-options.reach, 0, options.reach]).set_ticklabels(words)
    bar.set_ylabel("grey levels", labelpad=0)  # untranslated: drawn in a figure


def _draw_classes(figure: Figure, contents: PlaneContents, classes: tuple[int, ...]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], marker="o", linestyle="", markeredgewidth=0, color=class_colour(one)) for one in classes]
    names = [contents.name(one) for one in classes]
    figure.legend(
        handles,
        names,
        ncols=len(names),
        loc="lower center",  # untranslated: matplotlib's
        handlelength=0.8,
        columnspacing=1.0,
    )


def _side(figure: Figure, box: tuple[float, float, float, float]) -> float:
    """Return the width of a plane in points."""
    return float(box[2] * figure.get_size_inches()[0] * POINTS_PER_INCH)


def _decoded(model: Decoding, z: npt.NDArray[np.float64], label: int) -> Pixels:
    told = grid_class(model, label) if model.conditioning == "label" else None
    return decode_in_pieces(model, z, None if told is None else np.full(len(z), told))
