"""How the values of each layer come about: each function takes what there is and returns the layer's field."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr
from vae_explorer.latent.lattice import Field, FieldValues

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from vae_explorer.latent.geometry import Metric
    from vae_explorer.latent.layer import LayerSource, Posteriors

    FloatArray = npt.NDArray[np.float64]

_T = TypeVar("_T")

LATE_MOMENTS = 5
"""How many of the newest kept moments of a run are asked whether they agree."""
NOISE_SAMPLES = 12
"""Samples of the encoder's noise over which p(y|z) is averaged, as in Alemi et al. (2017)."""
MOST_POSTERIORS = 2_500
"""About how many posteriors q(z) is the mean of, taken evenly: more change nothing that can be seen."""
_COMPUTED_AT_ONCE = 1024


def regions(source: LayerSource) -> Field:
    """Return the likeliest class by p(y|z), and its probability."""
    return _classified(source, np.zeros((1, 2)))


def averaged_regions(source: LayerSource) -> Field:
    """Return the likeliest class by the mean of p(y|z + e), e being the median noise of the encoder."""
    return _classified(source, median_noise(_given(source.posteriors)))


def aggregate(source: LayerSource) -> Field:
    """Return q(z), the mean of the posteriors of all pictures, or of so many of them that more change nothing.

    Raises
    ------
    CapabilityError
        If no picture has a posterior.
    """
    from vae_explorer.latent.quadrature import aggregate_field

    posteriors = _given(source.posteriors)
    mean, log_var, correlation = (np.asarray(part) for part in _parts(posteriors))
    finite = np.flatnonzero(np.isfinite(mean).all(axis=1) & np.isfinite(log_var).all(axis=1))
    chosen = finite[:: max(1, len(finite) // MOST_POSTERIORS)]
    if not len(chosen):
        raise CapabilityError(tr("No picture has a posterior on this plane: train the model first."))
    density = aggregate_field(mean[chosen], log_var[chosen], correlation[chosen])
    return lambda z, cell: FieldValues(density(z, cell))


def posterior(source: LayerSource) -> Field:
    """Return p(z|x) of the picture."""
    from vae_explorer.latent.measures import Pace
    from vae_explorer.latent.quadrature import posterior_field

    pace = Pace(lambda _what, _share: None, source.cancelled)
    density = posterior_field(source.model, _given(source.image), source.image_label, pace)
    return lambda z, _cell: FieldValues(density(z))


def magnification(source: LayerSource, metric: Metric) -> Field:
    """Return log10 sqrt det G with the axes of its unit balls."""
    from vae_explorer.latent.geometry import PullbackMetric

    model = source.model
    condition = model.condition
    if model.conditioning == "image" and condition is None:
        condition = np.zeros(model.image_shape, dtype=np.uint8)
    pullback = PullbackMetric.of_model(model.network, metric, label=source.label, condition=condition)
    return metric_field(pullback.tensor)


def metric_field(tensor: Callable[[FloatArray], FloatArray]) -> Field:
    """Return the field of a metric G ``[N, 2, 2]`` given at points ``[N, 2]``."""

    def field(z: FloatArray, _cell: tuple[float, float]) -> FieldValues:
        g = tensor(z)
        half, turn = (g[:, 0, 0] - g[:, 1, 1]) / 2, g[:, 0, 1]
        mean, spread = (g[:, 0, 0] + g[:, 1, 1]) / 2, np.hypot(half, turn)
        least, most = np.maximum(mean - spread, 0.0), mean + spread
        # The product of the eigenvalues would lose the small one to rounding: it is the determinant over the large.
        determinant = np.maximum(g[:, 0, 0] * g[:, 1, 1] - turn * turn, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = 0.5 * np.log10(determinant)
            ratio = np.sqrt(np.where(most > 0, least / most, np.nan))
        # The ball is longest where G is least: at right angles to the eigenvector of the larger eigenvalue.
        angle = 0.5 * np.arctan2(turn, half) + np.pi / 2
        return FieldValues(np.where(np.isfinite(values), values, np.nan), axes=np.stack([ratio, angle], axis=1))

    return field


def round_trip(source: LayerSource) -> Field:
    """Return |E(D(z)) - z|."""
    from vae_explorer.latent import doubt

    return lambda z, _cell: FieldValues(doubt.round_trip(source.model, z, source.label))


def disagreement(source: LayerSource) -> Field:
    """Return the standard deviation of the pixels over late weights."""
    from vae_explorer.latent import doubt

    return lambda z, _cell: FieldValues(doubt.disagreement(source.moments, z, source.label))


def median_noise(posteriors: Posteriors) -> FloatArray:
    """Return samples of the median posterior's noise, float64 ``[NOISE_SAMPLES, 2]``, the same at each call.

    Raises
    ------
    CapabilityError
        If there is none.
    """
    _, log_var, correlation = (np.asarray(part, dtype=np.float64) for part in _parts(posteriors))
    finite = np.isfinite(log_var).all(axis=1)
    if not finite.any():
        raise CapabilityError(tr("This model's encoder adds no noise: there is nothing to average over."))
    sigma, rho = np.exp(0.5 * np.median(log_var[finite], axis=0)), float(np.median(correlation[finite]))
    first, second = np.random.default_rng(0).standard_normal((2, NOISE_SAMPLES))
    mixed = rho * first + np.sqrt(max(0.0, 1.0 - rho**2)) * second
    return np.stack([sigma[0] * first, sigma[1] * mixed], axis=1)


def _classified(source: LayerSource, offsets: FloatArray) -> Field:
    def field(z: FloatArray, _cell: tuple[float, float]) -> FieldValues:
        total = sum(source.model.classify(z + offset) for offset in offsets)
        mean = np.asarray(total, dtype=np.float64) / len(offsets)
        return FieldValues(mean.max(axis=1), mean.argmax(axis=1))

    return field


def _parts(posteriors: Posteriors) -> tuple[npt.NDArray[np.float32], ...]:
    return posteriors.mean, posteriors.log_var, posteriors.correlation


def _given(part: _T | None) -> _T:
    if part is None:
        raise CapabilityError(tr("A layer was asked for without what it is computed from."))
    return part
