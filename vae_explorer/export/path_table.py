"""A path as a table: where it is at each of its pictures, and how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.export.decoding import path_classes
from vae_explorer.export.figures import path_latents
from vae_explorer.latent.densities import log_prior
from vae_explorer.latent.paths import frame_times, leg_times

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.export.columns import Columns
    from vae_explorer.export.decoding import Decoding, Labels
    from vae_explorer.latent.paths import Course

PATH_COLUMNS = ("picture", "t", "z1", "z2", "length", "log_prior", "label")


def path_table(
    model: Decoding,
    points: npt.ArrayLike,
    *,
    frames: int,
    method: str = "spherical",
    labels: Labels = None,
    equal_speed: bool = False,
    metric: str = "pixel",
    course: Course | None = None,
) -> Columns:
    """Return a path as columns with one row a picture, start and end included; see ``figures.path_frames``.

    ``t`` runs from 0 to 1, ``length`` is what lies behind in prior standard deviations, ``log_prior`` is log p(z) in
    nats, and ``label`` the class with which a label-conditioned model decodes, an empty column for others.

    Raises
    ------
    SettingError
        If the method is unknown or the points are no path.
    """
    times = frame_times(frames)
    # The length is that of the curve, not of the straight lines between its pictures: measure it in finer steps.
    steps = max(1, -(-1000 // max(1, frames - 1)))
    fine = frame_times((frames - 1) * steps + 1)
    told = {"method": method, "labels": labels, "equal_speed": equal_speed, "metric": metric, "course": course}
    along = path_latents(model, points, fine, **told)  # type: ignore[arg-type]
    moves = np.hypot(*np.diff(along, axis=0).T)
    length = np.concatenate([[0.0], np.cumsum(moves)])[::steps]
    z = along[::steps]
    classes = None
    if model.conditioning == "label":
        each = np.array(path_classes(model, labels, np.shape(points)[0]))
        legs = leg_times(points, method, times, equal_speed=equal_speed, course=course)
        classes = each[np.rint(legs * (len(each) - 1)).astype(int)].astype(np.int64)
    means = model.class_means if model.conditioning == "class-mean" else None
    values = (np.arange(frames), times, z[:, 0], z[:, 1], length, log_prior(z, means), classes)
    return dict(zip(PATH_COLUMNS, values, strict=True))
