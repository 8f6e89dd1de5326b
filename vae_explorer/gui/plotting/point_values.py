"""Values of points: measured ones, true factors, columns of a file, and what the posteriors themselves say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.plotting.point_colours import Colouring, Computed, measured_values, on_points
from vae_explorer.gui.plotting.value_scale import ValueRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import ModelInfo, PointCloud
    from vae_explorer.data.columns import Column, ColumnTable
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import PerImage


def kl_to_prior(cloud: PointCloud, model: ModelInfo | None) -> NDArray[np.float64]:
    """Return KL(q(z|x) to p(z)) of each point in nats, float64 [N].

    It is 1/2 (|mu - m|^2 + tr S - log det S - 2) for q = N(mu, S) and p = N(m, I), with m the mean of the point's class
    under a class-mean prior and 0 otherwise (Kingma & Welling 2014, appendix B).
    """
    centre: NDArray[np.floating] = np.zeros(2)
    if model is not None and model.class_means is not None and cloud.labels is not None:
        centre = model.class_means[np.clip(cloud.labels, 0, len(model.class_means) - 1)]
    log_var = cloud.log_var.astype(np.float64)
    distance = np.square(cloud.z - centre).sum(axis=1)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        shared = 0.0 if cloud.correlation is None else np.log1p(-np.square(cloud.correlation.astype(np.float64)))
        return np.asarray(0.5 * (distance + (np.exp(log_var) - log_var - 1).sum(axis=1) - shared))


@dataclass(frozen=True, slots=True, eq=False)
class ValueSources:
    """What values come from: the data, the model, what was measured of each image, and the user's table."""

    dataset: ImageDataset | None
    model: ModelInfo | None
    measured: PerImage | None
    table: ColumnTable | None

    def column(self, colouring: Colouring) -> Column | None:
        """Return the column that a colouring shows."""
        return None if self.table is None or not colouring.column else self.table.named(colouring.column)

    def factor(self, colouring: Colouring) -> NDArray[np.float32] | None:
        """Return the true factor of each image that a colouring shows."""
        factors = None if self.dataset is None else self.dataset.factors
        return None if factors is None or colouring.factor is None else np.asarray(factors[:, colouring.factor])


def point_values(colouring: Colouring, cloud: PointCloud, sources: ValueSources) -> NDArray[np.float64] | None:
    """Return the value of each point [N] that a colouring shows, NaN without one; None where it shows no values."""
    measured = sources.measured
    if colouring.computed is Computed.KL:
        return kl_to_prior(cloud, sources.model)
    if colouring.computed is Computed.RECONSTRUCTION and measured is not None:
        return -on_points(cloud, measured, "elbo") - kl_to_prior(cloud, sources.model)
    if colouring.measured is not None and measured is not None:
        return on_points(cloud, measured, colouring.measured)
    factor, column = sources.factor(colouring), sources.column(colouring)
    if factor is not None:
        return factor[cloud.rows].astype(np.float64)
    return None if column is None or column.values is None else np.asarray(column.values[cloud.rows])


def value_range(colouring: Colouring, values: NDArray[np.float64] | None, sources: ValueSources) -> ValueRange | None:
    """Return the range of a colouring's scale over all images that have the value; None where it shows none.

    `values` are those of the points at hand, for values that are known of points only.
    """
    if colouring.computed is not None:
        return None if values is None else ValueRange.of(values, robust=True)
    if colouring.measured is not None and sources.measured is not None:
        return ValueRange.of(measured_values(sources.measured, colouring.measured), robust=True)
    factor, column = sources.factor(colouring), sources.column(colouring)
    if factor is not None:
        return ValueRange.of(factor, robust=False)
    return None if column is None or column.values is None else ValueRange.of(column.values, robust=True)
