"""Gathering what a figure of the plane shows: encodings, the aggregate posterior, a path, and decoded pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.export.decoding import decode_in_pieces, grid_class
from vae_explorer.export.latents import encode_in_pieces
from vae_explorer.export.layer_figure import layer_contents
from vae_explorer.export.mosaic import mosaic
from vae_explorer.export.plane_figure import PlaneContents
from vae_explorer.export.progress import part_of
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.figure_options import PlaneOptions
    from vae_explorer.export.latents import Placing
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.models.snapshot import ModelSnapshot

_CELLS = 160
"""Cells along each side in which q(z) is measured for its outlines."""
_MOST_POSTERIORS = 5000
"""About how many posteriors q(z) is the mean of, taken evenly: more change nothing that can be seen."""
_MOST_POINTS = 100_000
"""Points of images on a disk in a figure; of more, these are taken evenly."""
_TILE_SHARE, _POINT_SHARE, _DENSITY_SHARE = 0.3, 0.2, 0.2
_LAYER_START = _TILE_SHARE + _POINT_SHARE + _DENSITY_SHARE


def plane_contents(
    model: Placing,
    options: PlaneOptions,
    dataset: ImageDataset | None,
    *,
    route: npt.NDArray[np.float64] | None = None,
    way: npt.NDArray[np.float64] | None = None,
    moments: tuple[ModelSnapshot, ...] = (),
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> PlaneContents:
    """Return what a figure of the plane shows with these options.

    Parameters
    ----------
    dataset
        The images to place; None, or a model without an encoder, leaves out points and density.
    route, way
        The path as many short steps [M, 2], and its ends and waypoints [P, 2].
    moments
        Late moments of the run, for the layer that asks whether they agree.

    Raises
    ------
    ExportError
        If pictures need a class that isn't chosen, or the user cancels.
    """
    if dataset is not None and not model.can_encode:
        dataset = None
    tiles = _tiles(model, options, part_of(progress, 0.0, _TILE_SHARE), cancelled)
    rows = _rows(dataset, options.points)
    z = labels = density = None
    if dataset is not None and len(rows):
        told = None if dataset.labels is None else dataset.labels[rows]
        later = part_of(progress, _TILE_SHARE, _POINT_SHARE)
        found = encode_in_pieces(model, dataset.images, dataset.labels, rows=rows, progress=later, cancelled=cancelled)
        z = found.mean
        labels = told
    if dataset is not None and options.density:
        density = _density(
            model, options, dataset, part_of(progress, _TILE_SHARE + _POINT_SHARE, _DENSITY_SHARE), cancelled
        )
    later = part_of(progress, _LAYER_START, 1 - _LAYER_START)
    layer = layer_contents(model, options, dataset, moments, progress=later, cancelled=cancelled)
    means = model.class_means if model.conditioning == "class-mean" and model.class_means is not None else None
    return PlaneContents(
        z,
        labels,
        () if dataset is None else dataset.class_names,
        np.zeros((1, 2)) if means is None else means,
        tiles,
        route if options.path else None,
        way if options.path else None,
        density,
        layer,
        unit=units_of(model),
    )


def _rows(dataset: ImageDataset | None, chosen: str) -> npt.NDArray[np.intp]:
    if dataset is None or chosen == "none":
        return np.empty(0, dtype=np.intp)
    rows = np.arange(len(dataset))
    rows = {"test": rows[dataset.train_count :], "train": rows[: dataset.train_count]}.get(chosen, rows)
    return rows[:: -(-len(rows) // _MOST_POINTS)] if dataset.is_on_disk else rows


def _tiles(
    model: Placing, options: PlaneOptions, progress: ReportProgress | None, cancelled: IsCancelled | None
) -> Pixels | None:
    """Decode the middles of cells that cover the view, for which the model draws one picture of the whole."""
    count = options.tiles
    if count == 0 or not model.can_decode:
        return None
    from vae_explorer.latent.quadrature import cell_middles

    z = cell_middles(options.corners, (count, count))
    label = grid_class(model, options.label) if model.conditioning == "label" else None
    labels = None if label is None else np.full(len(z), label)
    pictures = decode_in_pieces(model, z, labels, progress=progress, cancelled=cancelled)
    whole = mosaic(pictures.reshape(count, count, *pictures.shape[1:]))
    return 255 - whole if options.negative else whole


def _density(
    model: Placing,
    options: PlaneOptions,
    dataset: ImageDataset,
    progress: ReportProgress | None,
    cancelled: IsCancelled | None,
) -> npt.NDArray[np.float64]:
    """Return q(z) of the training images in cells that cover the view, its posteriors widened by the smoothing."""
    from vae_explorer.latent.quadrature import aggregate_density

    rows = np.arange(dataset.train_count)[:: max(1, dataset.train_count // _MOST_POSTERIORS)]
    q = encode_in_pieces(model, dataset.images, dataset.labels, rows=rows, progress=progress, cancelled=cancelled)
    variance = np.exp(np.asarray(q.log_var, dtype=np.float64))
    wide = variance + options.smoothing**2
    kept = np.sqrt((variance / np.maximum(wide, np.finfo(float).tiny)).prod(axis=1))
    with np.errstate(divide="ignore"):
        log_var = np.log(wide)
    return aggregate_density(q.mean, log_var, q.correlation * kept, options.corners, (_CELLS, _CELLS))
