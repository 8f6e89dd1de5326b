"""How well a model explains each picture: exact log-likelihoods, bounds, and encodings, in chunks of pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vae_explorer.latent.fitting import fitted_elbos
from vae_explorer.latent.importance import SAMPLE_COUNTS, Bounds, encoder_bounds, joined_bounds, prior_bounds
from vae_explorer.latent.joint import (
    Joint,
    Mixture,
    as_floats,
    chunks,
    class_mean_prior,
    mixed_prior,
    points_at_once,
    standard_prior,
)
from vae_explorer.latent.quadrature import log_likelihoods

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.images import Images
    from vae_explorer.latent.integration import Integrals
    from vae_explorer.latent.measures import EvaluationOptions, Pace
    from vae_explorer.models.family import LatentVariableModel
    from vae_explorer.models.snapshot import ModelSnapshot

    FloatArray = npt.NDArray[np.float64]

MOST_CLASSES = 20
"""Classes up to which log p(x) of a label-conditioned model is summed over all of them."""
_PRIOR_COUNTS = (1, 5, 10, 50, 500, 5000)
_MOST_IMAGES = 1000
_CHUNK_VALUES = 1 << 24
_INTEGRATION = (0.0, 0.4)
_SAMPLING = (0.4, 0.9)
_FITTING = (0.9, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """Values of N pictures; float64 in nats, NaN where a model has none.

    Attributes
    ----------
    log_likelihood, error
        [N]: exact log p(x), or log p(x|y), or of the rest of the picture given the band; and its numerical error.
    marginal
        [N]: log p(x) of a conditional model over all classes.
    bounds
        Bounds by number of samples; None for an encoder without noise.
    best_elbo
        [N, 2]: ELBO of the best Gaussian with independent dimensions, and of the best with any covariance.
    reconstruction
        [N]: mean of -log p(x|z) over q(z|x).
    kl
        [N, 2]: KL of each dimension.
    mean, log_var, correlation
        Encodings, [N, 2], [N, 2] and [N].
    squared_error
        [N]: mean squared difference of the pixels from the reconstruction at the posterior's mean.
    entropy
        [N]: entropy of the grey levels.
    """

    log_likelihood: FloatArray
    error: FloatArray
    marginal: FloatArray
    bounds: Bounds | None
    best_elbo: FloatArray
    reconstruction: FloatArray
    kl: FloatArray
    mean: FloatArray
    log_var: FloatArray
    correlation: FloatArray
    squared_error: FloatArray
    entropy: FloatArray

    def __len__(self) -> int:
        return len(self.log_likelihood)


def explain(
    model: ModelSnapshot,
    images: Images,
    labels: npt.NDArray[np.int64] | None,
    *,
    shares: FloatArray,
    options: EvaluationOptions,
    pace: Pace,
) -> Explained:
    """Return what a model with a decoder makes of pictures [N, C, H, W] of bytes.

    Parameters
    ----------
    model
        The model.
    images, labels
        The pictures and their classes; a conditional model needs these.
    shares
        Share of each class, [K], for the likelihood without a class.
    options
        Samples and seed. A likelihood that binarises at random draws its pictures once, from this seed.
    pace
        Told how far it is.
    """
    network = model.network
    observing = torch.Generator().manual_seed(options.seed)
    sampling = torch.Generator().manual_seed(options.seed + 1)
    size = max(1, min(_MOST_IMAGES, _CHUNK_VALUES // math.prod(model.image_shape)))
    parts = []
    for block in chunks(len(images), size):
        here = pace.part(block.start / len(images), block.stop / len(images))
        x = network.observe(as_floats(images[block], network), observing)
        classes = None if labels is None else torch.tensor(labels[block])
        parts.append(_Chunk(network, x, classes, shares, block.start).explain(options, sampling, here))
    return _joined(parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    network: LatentVariableModel
    x: Tensor
    labels: Tensor | None
    shares: FloatArray
    first: int = 0
    """Number of its first picture among all."""

    def explain(self, options: EvaluationOptions, generator: torch.Generator, pace: Pace) -> Explained:
        encoded = self._encoded(self.labels)
        integrals, marginal = self._integrals(encoded, pace.part(*_INTEGRATION))
        bounds = self._bounds(options, generator, pace.part(*_SAMPLING))
        if bounds is not None:
            reconstruction = -bounds.log_likelihood
        elif encoded.mean is not None:
            reconstruction = -self._at(encoded.mean)[0]
        else:
            reconstruction = np.full(len(self.x), np.nan)
        best = self._best_elbo(encoded, options.fitted - self.first, pace.part(*_FITTING))
        nothing = np.full((len(self.x), 2), np.nan)
        mean = nothing if encoded.mean is None else encoded.mean
        return Explained(
            log_likelihood=integrals[0],
            error=integrals[1],
            marginal=marginal,
            bounds=bounds,
            best_elbo=best,
            reconstruction=reconstruction,
            kl=encoded.kl,
            mean=mean,
            log_var=nothing if encoded.log_var is None else encoded.log_var,
            correlation=nothing[:, 0] if encoded.correlation is None else encoded.correlation,
            squared_error=nothing[:, 0] if encoded.mean is None else self._at(encoded.mean)[1],
            entropy=grey_level_entropy(self.x),
        )

    def _prior(self, labels: Tensor | None) -> Mixture:
        if self.network.conditioning == "class-mean" and labels is not None:
            return class_mean_prior(self.network, labels)
        return standard_prior()

    def _encoded(self, labels: Tensor | None, rows: slice = slice(None)) -> _Encoded:
        if self.network.encoder is None:
            return _Encoded(None, None, None, np.full((len(self.x[rows]), 2), np.nan))
        with torch.inference_mode():
            posterior = self.network.posterior(self.x[rows], labels)
            mean, log_var = posterior.mean.double().numpy(), posterior.log_var.double().numpy()
            if self.network.encoder.log_var is None:
                return _Encoded(mean, log_var, posterior.correlation.double().numpy(), np.full_like(mean, np.nan))
            kl = posterior.kl(self.network.prior(labels)).double().numpy()
            return _Encoded(mean, log_var, posterior.correlation.double().numpy(), kl)

    def _integrals(self, encoded: _Encoded, pace: Pace) -> tuple[tuple[FloatArray, FloatArray], FloatArray]:
        """Return log-likelihoods with their errors, and log p(x) without a class."""
        nothing = np.full(len(self.x), np.nan)
        match self.network.conditioning:
            case "image":
                return self._by_image(encoded, pace), nothing
            case "label":
                return self._by_label(pace)
            case "class-mean":
                own = self._integral(Joint(self.network, self.x, self._prior(self.labels)), encoded, pace.part(0, 0.5))
                mixed = Joint(self.network, self.x, mixed_prior(self.network, self.shares))
                marginal = self._integral(mixed, encoded, pace.part(0.5, 1)).log_values
                return (own.log_values, own.errors), marginal
            case _:
                found = self._integral(Joint(self.network, self.x, standard_prior()), encoded, pace)
                return (found.log_values, found.errors), nothing

    @staticmethod
    def _integral(joint: Joint, encoded: _Encoded, pace: Pace) -> Integrals:
        return log_likelihoods(joint, encoded.mean, encoded.deviation, pace)

    def _by_image(self, encoded: _Encoded, pace: Pace) -> tuple[FloatArray, FloatArray]:
        values, errors = np.empty(len(self.x)), np.empty(len(self.x))
        for row in range(len(self.x)):
            here = pace.part(row / len(self.x), (row + 1) / len(self.x))
            one = slice(row, row + 1)
            joint = Joint(self.network, self.x[one], standard_prior(), told=self.x[one])
            found = self._integral(joint, encoded.rows(one), here)
            values[row], errors[row] = found.log_values[0], found.errors[0]
        return values, errors

    def _by_label(self, pace: Pace) -> tuple[tuple[FloatArray, FloatArray], FloatArray]:
        if self.labels is None:
            raise TypeError("a label-conditioned model needs labels")
        classes, labels = self.network.classes, self.labels.numpy()
        table = np.full((len(self.x), classes), -np.inf)
        errors = np.zeros(len(self.x))
        for label in range(classes):
            own = np.flatnonzero(labels == label)
            rows = np.arange(len(self.x)) if classes <= MOST_CLASSES else own
            if not len(rows):
                continue
            told = torch.full((len(rows),), label)
            part = _Chunk(self.network, self.x[torch.from_numpy(rows)], told, self.shares)
            joint = Joint(self.network, part.x, standard_prior(), label=label)
            found = self._integral(joint, part._encoded(told), pace.part(label / classes, (label + 1) / classes))
            table[rows, label] = found.log_values
            errors[own] = found.errors[np.isin(rows, own)]
        exact = table[np.arange(len(self.x)), labels]
        with np.errstate(divide="ignore"):
            marginal = np.logaddexp.reduce(table + np.log(self.shares), axis=1)
        return (exact, errors), marginal if classes <= MOST_CLASSES else np.full(len(self.x), np.nan)

    def _bounds(self, options: EvaluationOptions, generator: torch.Generator, pace: Pace) -> Bounds | None:
        encoder = self.network.encoder
        if encoder is None:
            joint = Joint(self.network, self.x, standard_prior())
            return prior_bounds(joint, samples=options.samples, counts=_PRIOR_COUNTS, seed=options.seed, pace=pace)
        if encoder.log_var is None:
            return None
        prior = self._prior(self.labels)
        return encoder_bounds(
            self.network, self.x, self.labels, prior, samples=options.samples, generator=generator, pace=pace
        )

    def _best_elbo(self, encoded: _Encoded, count: int, pace: Pace) -> FloatArray:
        """Return the ELBO of the best Gaussians of the first `count` pictures, [N, 2], NaN for the others."""
        found = np.full((len(self.x), 2), np.nan)
        if encoded.mean is None or np.isnan(encoded.kl).any():
            return found
        some = slice(0, max(0, min(count, len(self.x))))
        one = encoded.rows(some)
        if one.mean is None or one.deviation is None or not len(one.mean):
            return found
        labels = None if self.labels is None else self.labels[some]
        prior = self._prior(labels)
        found[some] = fitted_elbos(
            self.network, self.x[some], labels, prior, means=one.mean, deviations=one.deviation, pace=pace
        )
        return found

    def _at(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return log p(x|z) and the mean squared error of each picture at its own point."""
        log_likelihood, squares = np.empty(len(self.x)), np.empty(len(self.x))
        for part in chunks(len(self.x), points_at_once(self.network)):
            labels = None if self.labels is None else self.labels[part]
            with torch.inference_mode():
                pixels = self.network.likelihood(torch.from_numpy(z[part]).to(self.x.dtype), labels, self.x[part])
                log_likelihood[part] = pixels.log_prob(self.x[part]).double().numpy()
                unseen = torch.ones_like(self.x[:1]) if self.network.band is None else self.network.band.unseen(self.x)
                errors = (pixels.mean - self.x[part]).square() * unseen
                shown = unseen.expand_as(self.x[:1]).sum()
                squares[part] = (errors.flatten(1).sum(dim=1) / shown).double().numpy()
        return log_likelihood, squares


@dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    mean: FloatArray | None
    log_var: FloatArray | None
    correlation: FloatArray | None
    kl: FloatArray

    @property
    def deviation(self) -> FloatArray | None:
        return None if self.log_var is None else np.exp(0.5 * self.log_var)

    def rows(self, part: slice) -> _Encoded:
        if self.mean is None or self.log_var is None or self.correlation is None:
            return _Encoded(None, None, None, self.kl[part])
        return _Encoded(self.mean[part], self.log_var[part], self.correlation[part], self.kl[part])


def grey_level_entropy(x: Tensor) -> FloatArray:
    """Return ``sum H(x)`` of each picture in nats, [N]: no cross-entropy of these grey levels is below it."""
    values = x.double().flatten(1)
    return np.asarray((torch.special.entr(values) + torch.special.entr(1 - values)).sum(dim=1).numpy())


def _joined(parts: list[Explained]) -> Explained:
    bounds = [part.bounds for part in parts if part.bounds is not None]

    def together(name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Explained(
        log_likelihood=together("log_likelihood"),
        error=together("error"),
        marginal=together("marginal"),
        bounds=joined_bounds(bounds) if bounds else None,
        best_elbo=together("best_elbo"),
        reconstruction=together("reconstruction"),
        kl=together("kl"),
        mean=together("mean"),
        log_var=together("log_var"),
        correlation=together("correlation"),
        squared_error=together("squared_error"),
        entropy=together("entropy"),
    )


__all__ = ["MOST_CLASSES", "SAMPLE_COUNTS", "Explained", "explain", "grey_level_entropy"]
