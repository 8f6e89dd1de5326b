"""What happens along a path: how fast the pictures change, and how likely its places are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_explorer.latent.densities import log_prior
from vae_explorer.latent.geometry import PullbackMetric

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.models.snapshot import ModelSnapshot

    FloatArray = npt.NDArray[np.float64]

MOST_POSTERIORS = 4000
_STILL = 1e-6
_CELL = 0.1
"""Posteriors narrower than half of this, in prior standard deviations, count as that wide in q(z)."""


@dataclass(frozen=True, slots=True, eq=False)
class PathProfile:
    """Values along a path.

    Attributes
    ----------
    times
        Evenly spaced times, float64 [M].
    speed
        Change of the mean picture from each time to the next per unit of time, float64 [M - 1]: root of the sum of
        squares over pixels, in grey levels from 0 to 1. NaN where the class changes, and with it the whole picture.
    log_prior
        log p(z), float64 [M], in nats.
    log_aggregate
        log q(z), float64 [M], in nats; -inf where no posterior reaches. None without encodings, or for an encoder
        without noise.
    """

    times: FloatArray
    speed: FloatArray
    log_prior: FloatArray
    log_aggregate: FloatArray | None

    @property
    def unevenness(self) -> float:
        """The fastest change over the mean one: 1 for a path at even speed; NaN where nothing changes."""
        known = self.speed[np.isfinite(self.speed)]
        mean = float(known.mean()) if len(known) else 0.0
        return float(known.max()) / mean if mean > _STILL else float("nan")


def path_profile(
    model: ModelSnapshot,
    z: npt.ArrayLike,
    labels: npt.NDArray[np.integer] | None = None,
    posteriors: tuple[npt.NDArray[np.floating], ...] | None = None,
) -> PathProfile:
    """Return what happens along a path.

    Parameters
    ----------
    model
        The model; one that completes pictures is bound to one.
    z
        Places at even times, [M, 2] with M > 1.
    labels
        Class with which each is decoded [M], for a label-conditioned model.
    posteriors
        Means [N, 2], log variances [N, 2] and correlations [N] of the encodings that q(z) is the mean of.

    Raises
    ------
    CapabilityError
        If the model has no decoder.
    """
    places = np.asarray(z, dtype=np.float64).reshape(-1, 2)
    times = np.linspace(0.0, 1.0, len(places))
    return PathProfile(
        times=times,
        speed=_changes(model, places, labels) * (len(places) - 1),
        log_prior=log_prior(places, model.class_means),
        log_aggregate=None if posteriors is None else _log_aggregate(places, posteriors),
    )


def _changes(model: ModelSnapshot, z: FloatArray, labels: npt.NDArray[np.integer] | None) -> FloatArray:
    """Return how far each mean picture is from the next, NaN between two classes."""
    told = np.zeros(model.image_shape, np.uint8) if model.condition is None else model.condition
    changes = np.full(len(z) - 1, np.nan)
    for label in [None] if labels is None else np.unique(labels).tolist():
        metric = PullbackMetric.of_model(model.network, label=label, condition=told)
        with torch.no_grad():
            steps = metric.squared_steps(torch.tensor(z, dtype=metric.dtype)).double().clamp_min(0).sqrt().numpy()
        same = np.full(len(z) - 1, True) if labels is None else (labels[:-1] == label) & (labels[1:] == label)
        changes[same] = steps[same]
    return changes


def _log_aggregate(z: FloatArray, posteriors: tuple[npt.NDArray[np.floating], ...]) -> FloatArray | None:
    from vae_explorer.latent.quadrature import aggregate_field

    mean, log_var, correlation = posteriors
    known = np.flatnonzero(np.isfinite(mean).all(axis=1) & np.isfinite(log_var).all(axis=1))
    chosen = known[:: max(1, -(-len(known) // MOST_POSTERIORS))]
    if not len(chosen):
        return None
    with np.errstate(divide="ignore"):
        density = aggregate_field(mean[chosen], log_var[chosen], correlation[chosen])(z, (_CELL, _CELL))
        return np.asarray(np.log(density))
