"""Figures of a model: the picture grid, the frames along a path, and the film strip.

The command line and the window make their figures here, so that both show and write the same pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import ExportError
from vae_explorer.export.courses import path_course
from vae_explorer.export.decoding import decode_in_pieces, grid_class, path_centres, path_classes
from vae_explorer.export.mosaic import BACKGROUNDS, LARGEST_PICTURE, check_size, gigabytes, mosaic
from vae_explorer.export.options import GridOptions, StripOptions
from vae_explorer.language import tr
from vae_explorer.latent.grids import plane_grid
from vae_explorer.latent.paths import frame_times, interpolate, leg_times

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.export.decoding import Decoding, Labels
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.latent.grids import Encoded
    from vae_explorer.latent.paths import Course, FloatArray


def grid_latents(model: Decoding, options: GridOptions, encoded: Encoded | None = None) -> FloatArray:
    """Return where the grid's tiles lie in the plane [n, n, 2], row 0 on top.

    With class-mean priors the grid lies round the mean of the chosen class, or over all of them where none is chosen.

    Parameters
    ----------
    model, options
        What is decoded, and how the grid is laid.
    encoded
        Encodings of images, for the spacings that follow them.

    Raises
    ------
    ExportError
        If the model has no such class, or needs one and none is chosen.
    SettingError
        If the spacing follows encodings and there are none.
    """
    label = grid_class(model, options.label)
    means = model.class_means if model.conditioning == "class-mean" else None
    return plane_grid(options.spacing, options.size, options.range, means=means, label=label, encoded=encoded)


def grid_tiles(
    model: Decoding,
    options: GridOptions,
    *,
    encoded: Encoded | None = None,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the decoded tiles of a grid [n, n, C, H, W], row 0 on top; see `grid_picture`."""
    z = grid_latents(model, options, encoded).reshape(-1, 2)
    label = grid_class(model, options.label)
    labels = None if model.conditioning != "label" or label is None else np.full(len(z), label)
    tiles = decode_in_pieces(model, z, labels, progress=progress, cancelled=cancelled)
    return tiles.reshape(options.size, options.size, *tiles.shape[1:])


def grid_picture(
    model: Decoding,
    options: GridOptions | None = None,
    *,
    encoded: Encoded | None = None,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the picture of a grid [H', W', C], C = 1 or 3, with z1 to the right and z2 upward.

    Raises
    ------
    ExportError
        If the picture would take too much memory, the class doesn't fit the model, or the user cancels.
    """
    chosen = options or GridOptions()
    check_size(chosen.size, chosen.size, model.image_shape, chosen.gap, chosen.scale)
    tiles = grid_tiles(model, chosen, encoded=encoded, progress=progress, cancelled=cancelled)
    return mosaic(tiles, chosen.gap, chosen.scale, BACKGROUNDS[chosen.background])


def path_latents(
    model: Decoding,
    points: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    method: str = "spherical",
    labels: Labels = None,
    equal_speed: bool = False,
    metric: str = "pixel",
    course: Course | None = None,
) -> FloatArray:
    """Return where the path through `points` [P, 2] is at `times` [M]: positions [M, 2].

    With class-mean priors and a label for every point, z - mu_y follows the method and mu_y the straight line. For the
    other parameters see `path_frames`.
    """
    found = course
    if found is None:
        found = path_course(model, np.asarray(points), method, labels=labels, metric=metric)
    centres = path_centres(model, labels, np.shape(points)[0])
    return interpolate(points, method, times, centres=centres, equal_speed=equal_speed, course=found)


def path_frames(
    model: Decoding,
    points: npt.ArrayLike,
    *,
    frames: int = 60,
    method: str = "spherical",
    labels: Labels = None,
    equal_speed: bool = False,
    metric: str = "pixel",
    course: Course | None = None,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the pictures along a path [M, C, H, W], start and end included.

    Parameters
    ----------
    points
        Start, waypoints and end [P, 2].
    frames
        How many pictures, M.
    method
        A name of `vae_explorer.latent.paths.INTERPOLATIONS`.
    labels
        Class of the path or of each of its points. A label-conditioned model needs it, and each picture takes the class
        of the nearer point; class-mean models take the means of the classes, see `path_latents`.
    equal_speed
        Whether equal numbers of frames cover equal lengths.
    metric, course
        For a method that needs a model: what lengths are measured by, and its way where it was found already.

    Raises
    ------
    ExportError
        If the frames would take too much memory, a class doesn't fit the model, or the user cancels.
    SettingError
        If the method is unknown or the points are no path.
    """
    times = frame_times(frames)
    size = frames * int(np.prod(model.image_shape))
    if size > LARGEST_PICTURE:
        raise ExportError(
            tr(
                "{frames} frames take {size}, more than the {largest_picture} that an export may "
                "take: choose fewer frames.",
                frames=frames,
                size=gigabytes(size),
                largest_picture=gigabytes(LARGEST_PICTURE),
            )
        )
    found = course
    if found is None:
        found = path_course(model, np.asarray(points), method, labels=labels, metric=metric, cancelled=cancelled)
    z = path_latents(model, points, times, method=method, labels=labels, equal_speed=equal_speed, course=found)
    classes = None
    if model.conditioning == "label":
        per_point = np.array(path_classes(model, labels, np.shape(points)[0]))
        legs = leg_times(points, method, times, equal_speed=equal_speed, course=found)
        classes = per_point[np.rint(legs * (len(per_point) - 1)).astype(int)]
    return decode_in_pieces(model, z, classes, progress=progress, cancelled=cancelled)


def strip_picture(
    model: Decoding,
    points: npt.ArrayLike,
    options: StripOptions | None = None,
    *,
    method: str = "spherical",
    labels: Labels = None,
    equal_speed: bool = False,
    metric: str = "pixel",
    course: Course | None = None,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the film strip of a path [H', W', C]; see `path_frames` for the parameters."""
    chosen = options or StripOptions()
    check_size(1, chosen.frames, model.image_shape, chosen.gap, chosen.scale)
    frames = path_frames(
        model,
        points,
        frames=chosen.frames,
        method=method,
        labels=labels,
        equal_speed=equal_speed,
        metric=metric,
        course=course,
        progress=progress,
        cancelled=cancelled,
    )
    return strip(frames, chosen)


def strip(frames: Pixels, options: StripOptions | None = None) -> Pixels:
    """Return pictures [M, C, H, W] laid side by side [H', W', C]; ``options.frames`` isn't used."""
    chosen = options or StripOptions()
    return mosaic(frames[None], chosen.gap, chosen.scale, BACKGROUNDS[chosen.background])
