"""A layer under the figure of a plane: its values, its colours, the ellipses of a metric, and its colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from vae_explorer.errors import ExportError
from vae_explorer.export.decoding import grid_class
from vae_explorer.export.latents import encode_in_pieces
from vae_explorer.export.palette import class_colour
from vae_explorer.export.progress import ExportCancelledError, part_of
from vae_explorer.language import tr
from vae_explorer.latent.layer import LayerSource, LayerValues
from vae_explorer.latent.layers import compute_layer, find_layer

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.figure_options import PlaneOptions
    from vae_explorer.export.latents import Placing
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.models.snapshot import ModelSnapshot

NO_LAYER = "none"
BAR_LINES = 4.9
"""Room for the colour bar with its words and numbers, in heights of a letter."""
_CELLS = 160
"""Cells along each side."""
_ELLIPSES = 16
"""Ellipses along each side."""
_MOST_POSTERIORS = 5000
_ENCODING_SHARE = 0.3
_BRIGHT = 0.6
_REGION_OPACITY = 0.6
"""Regions leave the points of their own class to be seen."""
_LIGHT, _DARK = "#ffffffd0", "#0a0e18d0"
_AT_MOST, _AT_LEAST = "\N{LESS-THAN OR EQUAL TO} ", "\N{GREATER-THAN OR EQUAL TO} "


def layer_contents(
    model: Placing,
    options: PlaneOptions,
    dataset: ImageDataset | None,
    moments: tuple[ModelSnapshot, ...] = (),
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> LayerValues | None:
    """Return the layer of a figure on what it shows of the plane; None where it shows none.

    Parameters
    ----------
    dataset
        The images whose encodings q(z) is the mean of.
    moments
        Late moments of the run, for the layer that asks whether they agree.

    Raises
    ------
    CapabilityError
        If the model has no such layer, or something that it needs is missing.
    ExportError
        If pictures need a class that isn't chosen, or the user cancels.
    """
    if options.layer == NO_LAYER:
        return None
    layer, posteriors = find_layer(options.layer), None
    reason = layer.why_not(cast("ModelSnapshot", model))
    if reason:
        raise ExportError(tr("The layer {name} can't be drawn: {reason}", name=layer.name, reason=reason))
    if "posteriors" in layer.needs and dataset is not None:
        rows = np.arange(dataset.train_count)[:: max(1, dataset.train_count // _MOST_POSTERIORS)]
        first = part_of(progress, 0.0, _ENCODING_SHARE)
        posteriors = encode_in_pieces(
            model, dataset.images, dataset.labels, rows=rows, progress=first, cancelled=cancelled
        )
    label = grid_class(model, options.label) if model.conditioning == "label" else None
    source = LayerSource(cast("ModelSnapshot", model), label=label, posteriors=posteriors, moments=moments)

    def tell(share: float) -> None:
        if cancelled is not None and cancelled():
            raise ExportCancelledError
        if progress is not None:
            progress(_ENCODING_SHARE + (1 - _ENCODING_SHARE) * share)

    return compute_layer(source, options.layer, options.corners, (_CELLS, _CELLS), check=tell)


def draw_layer(axes: Axes, values: LayerValues, opacity: float) -> None:
    """Draw a layer over the pictures and under everything else."""
    left, bottom, right, top = values.corners
    extent = (left, right, bottom, top)
    if values.classes is not None:
        axes.imshow(_regions(values, opacity), interpolation="nearest", extent=extent, zorder=0.5)
        return
    low, high = find_layer(values.name).span(values.values)
    masked = np.ma.masked_invalid(values.values)
    colours = _colours(values.name)
    image = axes.imshow(masked, cmap=colours, alpha=opacity, interpolation="bilinear", extent=extent, zorder=0.5)
    image.set_clim(low, high)
    if values.axes is not None:
        _draw_ellipses(axes, values, (low, high))


def draw_bar(figure: Figure, box: tuple[float, float, float, float], values: LayerValues, letter: float) -> None:
    """Draw the colour bar of a layer with its name, its unit and three numbers into a part of the figure."""
    layer = find_layer(values.name)
    low, high = layer.span(values.values)
    left, bottom, width, height = box
    axes = figure.add_axes((left, bottom + 0.34 * height, width, 0.13 * height))
    ramp = np.linspace(0.0, 1.0, 256)[None, :]
    axes.imshow(ramp, aspect="auto", cmap=_colours(values.name), extent=(0, 1, 0, 1))
    known = values.values[np.isfinite(values.values)]
    beyond = known.size > 0 and float(known.min()) < low, known.size > 0 and float(known.max()) > high
    words = [
        (_AT_MOST if beyond[0] else "") + layer.text(low),
        layer.text((low + high) / 2),
        (_AT_LEAST if beyond[1] else "") + layer.text(high),
    ]
    axes.set(yticks=[], xticks=[0, 0.5, 1])
    first, _, last = axes.set_xticklabels(words)
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    axes.set_title(f"{layer.title}\n{layer.unit}".rstrip(), fontsize=letter, pad=3)


def _draw_ellipses(axes: Axes, values: LayerValues, span: tuple[float, float]) -> None:
    from matplotlib.collections import EllipseCollection

    if values.axes is None:
        return
    rows, columns = values.values.shape
    step = max(1, columns // _ELLIPSES)
    chosen = slice(step // 2, None, step)
    cell = (values.corners[2] - values.corners[0]) / columns
    z1 = values.corners[0] + (np.arange(columns)[chosen] + 0.5) * cell
    z2 = values.corners[3] - (np.arange(rows)[chosen] + 0.5) * cell
    offsets = np.stack(np.meshgrid(z1, z2), axis=-1).reshape(-1, 2)
    ratio, angle = values.axes[chosen, chosen].reshape(-1, 2).T
    share = (values.values[chosen, chosen].ravel() - span[0]) / max(span[1] - span[0], 1e-12)
    known = np.isfinite(ratio)
    length = np.full(np.count_nonzero(known), 0.84 * step * cell)
    axes.add_collection(
        EllipseCollection(
            length,
            length * ratio[known],
            np.degrees(angle[known]),
            units="xy",
            offsets=offsets[known],
            offset_transform=axes.transData,
            facecolors="none",
            edgecolors=[_DARK if bright else _LIGHT for bright in (share[known] > _BRIGHT).tolist()],
            linewidths=0.5,
            zorder=1.5,
            gid="indicatrices",
        )
    )


def _colours(name: str) -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    runs = [tuple(channel / 255 for channel in colour) for colour in find_layer(name).colours]
    return LinearSegmentedColormap.from_list(name, runs)


def _regions(values: LayerValues, opacity: float) -> npt.NDArray[np.float64]:
    """Return the colours of classes [rows, columns, 4], the surer the stronger."""
    from matplotlib.colors import to_rgb

    classes = values.classes
    if classes is None:
        raise TypeError("only regions have classes")
    palette = np.array([to_rgb(class_colour(label)) for label in range(int(classes.max()) + 1)])
    alpha = _REGION_OPACITY * opacity * np.clip(values.values, 0.0, 1.0)
    return np.concatenate([palette[classes], alpha[..., None]], axis=-1)
