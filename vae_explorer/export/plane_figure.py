"""The latent plane as a figure: points by class with their legend, the prior, a path, and pictures under it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vae_explorer.export.layer_figure import BAR_LINES, draw_bar, draw_layer
from vae_explorer.export.palette import NO_CLASS, class_colour
from vae_explorer.export.vector import MM_PER_INCH, POINTS_PER_INCH, Sheet
from vae_explorer.latent.units import PRIOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae_explorer.export.figure_options import PlaneOptions
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.latent.layer import LayerValues

Corners = tuple[float, float, float, float]
"""Lower z1, lower z2, upper z1, upper z2."""
CONTOURS = {0.95: 0.4, 0.8: 0.7, 0.5: 1.1}
"""Shares of q(z) that the density's outlines hold, from the outside to the inside, with the width of their lines."""
_LEFT, _BOTTOM, _REST = 4.4, 3.8, 1.0
"""Room round the axes in heights of a letter: for the numbers and names of both axes, and at the other sides."""
_LETTER_WIDTH, _LINE, _MARK = 0.62, 1.5, 4
_INK, _FAINT, _PATH = "#1d2330", "#596274", "#b3261e"


@dataclass(frozen=True, slots=True, eq=False)
class PlaneContents:
    """What is drawn on the plane.

    Attributes
    ----------
    z
        Posterior means [N, 2], or None for no points.
    labels
        Class of each [N], or None.
    class_names
        Name of each class, () where they have none.
    means
        Middles of the prior [K, 2]: one, or one for each class.
    tiles
        Picture of the whole view [H, W, C], row 0 on top, or None.
    route
        The path as many short steps [M, 2], or None.
    way
        Start, waypoints and end of the path [P, 2], or None.
    density
        q(z) in the middles of cells that cover the view [rows, columns], row 0 on top, or None.
    layer
        The layer under the points, or None.
    named
        Classes in the legend; None stands for those of which there are points in sight.
    unit
        What the axes are in, as `units_of` the model tells it.
    """

    z: npt.NDArray[np.float32] | None = None
    labels: npt.NDArray[np.int64] | None = None
    class_names: Sequence[str] = ()
    means: npt.NDArray[np.floating] = field(default_factory=lambda: np.zeros((1, 2)))
    tiles: Pixels | None = None
    route: npt.NDArray[np.float64] | None = None
    way: npt.NDArray[np.float64] | None = None
    density: npt.NDArray[np.floating] | None = None
    layer: LayerValues | None = None
    named: tuple[int, ...] | None = None
    unit: str = PRIOR_UNITS

    def classes_in(self, corners: Corners) -> tuple[int, ...]:
        """Return the classes that the legend names."""
        if self.named is not None:
            return self.named
        if self.z is None or self.labels is None:
            return ()
        seen = (self.z >= corners[:2]).all(axis=1) & (self.z <= corners[2:]).all(axis=1)
        return tuple(int(label) for label in np.unique(self.labels[seen]))

    def name(self, label: int) -> str:
        """Return the name of a class, or its number."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else str(label)


def plane_sheet(contents: PlaneContents, options: PlaneOptions) -> Sheet:
    """Return the figure of a plane: as wide as chosen, equal in scale, and as high as plane and legend need."""
    classes = contents.classes_in(options.corners) if options.legend else ()
    outlines = options.legend and contents.density is not None
    letter = options.font_size
    width = options.millimetres / MM_PER_INCH * POINTS_PER_INCH
    longest = int(width / (letter * _LETTER_WIDTH) - _MARK)
    names = [_shortened(contents.name(label), longest) for label in classes]
    columns = _legend_columns(names, width, letter)
    rows = -(-len(classes) // columns)
    side = width - (_LEFT + _REST) * letter
    barred = options.legend and contents.layer is not None and contents.layer.classes is None
    lines = _LINE * (rows + outlines) + (0.5 if rows + outlines else 0.0)
    below = (_BOTTOM + lines + BAR_LINES * barred) * letter
    height = below + side + _REST * letter
    box = (_LEFT * letter / width, below / height, side / width, side / height)

    def draw(figure: Figure) -> None:
        draw_plane(figure.add_axes(box), contents, options)
        line = _LINE * letter / height
        if classes:
            _draw_classes(figure, dict(zip(classes, names, strict=True)), options, columns, line * outlines)
        if outlines:
            _draw_outline_names(figure)
        if barred and contents.layer is not None:
            place = (box[0], (lines * letter) / height, box[2], BAR_LINES * letter / height)
            draw_bar(figure, place, contents.layer, letter)

    return Sheet(draw, (options.millimetres, height / POINTS_PER_INCH * MM_PER_INCH), options)


def _legend_columns(names: Sequence[str], width: float, letter: float) -> int:
    """Return how many names stand beside each other: as many as fit, but evenly filled rows."""
    longest = max((len(name) for name in names), default=1)
    fitting = max(1, int(width / (letter * (_LETTER_WIDTH * longest + 2.2))))
    rows = max(1, -(-len(names) // fitting))
    return max(1, -(-len(names) // rows))


def draw_plane(axes: Axes, contents: PlaneContents, options: PlaneOptions) -> None:
    """Draw a plane on axes: pictures, density, prior, points and path, each that is there."""
    left, bottom, right, top = options.corners
    if contents.tiles is not None:
        pixels = contents.tiles if contents.tiles.shape[2] == 3 else contents.tiles.repeat(3, axis=2)
        axes.imshow(pixels, extent=(left, right, bottom, top), alpha=options.opacity, interpolation="nearest", zorder=0)
    if contents.layer is not None:
        draw_layer(axes, contents.layer, options.layer_opacity)
    if contents.density is not None:
        _draw_density(axes, contents.density, options.corners)
    if options.circles:
        _draw_prior(axes, contents)
    if contents.z is not None:
        _draw_points(axes, contents, options)
    if contents.route is not None and contents.way is not None:
        _draw_path(axes, contents.route, contents.way)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    # Plain text: of a formula each letter would become a text of its own, which nobody can find or edit.
    # What stands in a figure is English: the fonts that it is drawn with may lack Chinese.
    axes.set_xlabel(f"z₁ ({contents.unit})")
    axes.set_ylabel(f"z₂ ({contents.unit})")
    axes.locator_params(nbins=7, steps=[1, 2, 2.5, 5, 10])


def _draw_points(axes: Axes, contents: PlaneContents, options: PlaneOptions) -> None:
    """Draw the points in the order of the data, so that no class covers another as a whole."""
    z, labels = contents.z, contents.labels
    if z is None:
        return
    colours = NO_CLASS if labels is None else [class_colour(int(label)) for label in labels]
    axes.scatter(
        z[:, 0],
        z[:, 1],
        s=options.point_size**2,
        c=colours,
        linewidths=0,
        zorder=3,
        rasterized=len(z) > options.vector_points,
        gid="encodings",
    )


def _draw_prior(axes: Axes, contents: PlaneContents) -> None:
    """Draw the prior's standard deviations; of several middles each has its first, in the colour of its class."""
    from matplotlib.patches import Circle

    several = len(contents.means) > 1
    for label, (z1, z2) in enumerate(np.asarray(contents.means, dtype=np.float64)):
        for radius in (1,) if several else (1, 2, 3):
            colour = class_colour(label) if several else _FAINT
            axes.add_patch(
                Circle((z1, z2), radius, fill=False, edgecolor=colour, linewidth=0.6, linestyle=(0, (4, 2)), zorder=2)
            )


def _draw_path(axes: Axes, route: npt.NDArray[np.float64], way: npt.NDArray[np.float64]) -> None:
    axes.plot(route[:, 0], route[:, 1], color="white", linewidth=2.6, zorder=4, solid_capstyle="round")
    axes.plot(route[:, 0], route[:, 1], color=_PATH, linewidth=1.2, zorder=5, solid_capstyle="round", gid="path")
    ends = way[[0, -1]]
    axes.plot(way[1:-1, 0], way[1:-1, 1], "o", ms=3.2, mfc="white", mec=_PATH, mew=1.0, zorder=6)
    axes.plot(ends[:1, 0], ends[:1, 1], "o", ms=5, mfc=_PATH, mec="white", mew=0.8, zorder=6)
    axes.plot(ends[1:, 0], ends[1:, 1], "s", ms=4.6, mfc=_PATH, mec="white", mew=0.8, zorder=6)


def _draw_density(axes: Axes, density: npt.NDArray[np.floating], corners: Corners) -> None:
    """Draw the outlines of the smallest regions that hold given shares of q(z)."""
    left, bottom, right, top = corners
    rows, columns = density.shape
    z1 = left + (np.arange(columns) + 0.5) * (right - left) / columns
    z2 = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    cell = (right - left) * (top - bottom) / density.size
    levels = density_levels(density, cell)
    if not levels:
        return
    widths = [CONTOURS[share] for share in levels.values()]
    axes.contour(z1, z2, density, levels=list(levels), colors=_INK, linewidths=widths, zorder=3.5)


def density_levels(density: npt.NDArray[np.floating], cell: float) -> dict[float, float]:
    """Return the heights whose outlines hold the `CONTOURS`, ascending, each with its share.

    Parameters
    ----------
    density
        Values per unit of area in the middles of cells.
    cell
        Area of a cell. Shares are of the whole plane: an outline that lies outside of the cells is left out.
    """
    falling = np.sort(density, axis=None)[::-1].astype(np.float64)
    mass = np.cumsum(falling) * cell
    found = {float(falling[np.searchsorted(mass, share)]): share for share in CONTOURS if share <= mass[-1]}
    return dict(sorted((level, share) for level, share in found.items() if level > 0))


def _shortened(name: str, longest: int) -> str:
    """Return a name that fits the figure: of a longer one the beginning."""
    return name if len(name) <= longest else f"{name[: max(1, longest - 1)]}…"


def _draw_classes(figure: Figure, names: Mapping[int, str], options: PlaneOptions, columns: int, bottom: float) -> None:
    from matplotlib.lines import Line2D

    size = max(options.point_size, 0.5 * options.font_size)
    classes = _by_rows(tuple(names), columns)
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=size, markeredgewidth=0, color=class_colour(label))
        for label in classes
    ]
    figure.legend(handles, [names[label] for label in classes], ncols=columns, **_place(bottom))


def _by_rows(items: Sequence[int], columns: int) -> list[int]:
    """Return items so that a legend, which fills its columns from the left, reads along its rows."""
    return [item for column in range(columns) for item in items[column::columns]]


def _draw_outline_names(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    shares = sorted(CONTOURS)
    handles = [Line2D([], [], color=_INK, linewidth=CONTOURS[share]) for share in shares]
    names = [
        f"{100 * share:.0f}%" + (" of q(z)" if share == shares[-1] else "")  # untranslated: drawn in a figure
        for share in shares
    ]
    figure.legend(handles, names, ncols=len(shares), **_place(0.0) | {"handlelength": 1.6})


def _place(bottom: float) -> dict[str, Any]:
    return {
        "loc": "lower center",  # untranslated: matplotlib's
        "bbox_to_anchor": (0.5, bottom),
        "columnspacing": 1.0,
        "labelspacing": 0.25,
        "handlelength": 0.8,
        "borderaxespad": 0.2,
    }
