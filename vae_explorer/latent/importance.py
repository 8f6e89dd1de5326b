"""Bounds on log p(x) from importance samples (Burda, Grosse & Salakhutdinov 2016)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from vae_explorer.language import marked, tr
from vae_explorer.latent.joint import chunks, matched, points_at_once, sums_in_double
from vae_explorer.models.pixels import Bernoulli, PixelDistribution

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.joint import Joint, Mixture
    from vae_explorer.latent.measures import Pace
    from vae_explorer.models.family import LatentVariableModel

SAMPLE_COUNTS = (1, 5, 50, 500, 5000)
_WHAT = marked("drawing importance samples")


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Bounds of some images.

    Attributes
    ----------
    by_samples
        For each number of samples K the bound of each image, float64 [N], nats: the mean over as many groups of K as
        all samples make. Since every group of more samples is made of groups of fewer, the means rise with K.
    log_likelihood
        Mean of log p(x|z) over all samples, float64 [N], nats.
    """

    by_samples: dict[int, npt.NDArray[np.float64]]
    log_likelihood: npt.NDArray[np.float64]


def encoder_bounds(
    network: LatentVariableModel,
    x: Tensor,
    labels: Tensor | None,
    prior: Mixture,
    *,
    samples: int,
    generator: torch.Generator,
    pace: Pace,
) -> Bounds:
    """Return the bounds of pictures [N, C, H, W] by samples from the encoder.

    Parameters
    ----------
    network
        A model with encoder and decoder.
    x, labels
        Pictures as the model observes them, and their classes [N] or None.
    prior
        p(z), or p(z|y) of each image.
    samples
        Samples of each image.
    generator
        Of the samples.
    pace
        Told how far it is.
    """
    parts = []
    at_once = points_at_once(network)
    for block in chunks(len(x), max(1, at_once // samples)):
        rows = torch.arange(block.start, block.stop)
        pictures, classes = x[block], None if labels is None else labels[block]
        with torch.inference_mode():
            posterior = network.posterior(pictures, classes)
            weights, likelihoods = [], []
            for part in chunks(samples, max(1, at_once // len(rows))):
                pace.step(tr(_WHAT), (block.start + len(rows) * part.start / samples) / len(x))
                z = posterior.rsample(generator, part.stop - part.start)
                likelihood = log_likelihood_at(network, z, classes, pictures)
                log_ratio = prior.log_prob(z.double(), rows) - posterior.log_prob(z).double()
                weights.append((likelihood + log_ratio).T)
                likelihoods.append(likelihood.T)
        parts.append(bounds_of(torch.cat(weights, dim=1), torch.cat(likelihoods, dim=1), SAMPLE_COUNTS))
    return joined_bounds(parts)


def prior_bounds(joint: Joint, *, samples: int, counts: tuple[int, ...], seed: int, pace: Pace) -> Bounds:
    """Return the bounds by samples from N(0, I), for models without an encoder; all images share the samples."""
    z = np.random.default_rng([seed, 2]).standard_normal((samples, 2))
    parts = []
    images = max(1, (1 << 23) // samples)
    for block in chunks(len(joint), images):
        tables = []
        for part in chunks(samples, points_at_once(joint.network)):
            pace.step(tr(_WHAT), (block.start + (block.stop - block.start) * part.start / samples) / len(joint))
            with torch.inference_mode():
                tables.append(joint.table(z[part], joint.x[block]))
        table = torch.cat(tables, dim=1)
        parts.append(bounds_of(table, table, counts))
    return joined_bounds(parts)


def bounds_of(log_weights: Tensor, log_likelihoods: Tensor, counts: tuple[int, ...]) -> Bounds:
    """Return the bounds from log weights [N, S], for those of `counts` that S is enough for, and for S itself."""
    samples = log_weights.shape[1]
    wanted = sorted({count for count in counts if count < samples} | {samples})
    by_samples = {}
    for count in wanted:
        groups = log_weights[:, : samples // count * count].reshape(len(log_weights), -1, count)
        by_samples[count] = (groups.logsumexp(dim=2) - math.log(count)).mean(dim=1).numpy()
    return Bounds(by_samples, log_likelihoods.mean(dim=1).numpy())


def joined_bounds(parts: list[Bounds]) -> Bounds:
    """Return the bounds of several lists of images as those of one."""
    return Bounds(
        {count: np.concatenate([part.by_samples[count] for part in parts]) for count in parts[0].by_samples},
        np.concatenate([part.log_likelihood for part in parts]),
    )


def log_likelihood_at(network: LatentVariableModel, z: Tensor, labels: Tensor | None, x: Tensor) -> Tensor:
    """Return log p(x|z) in nats of pictures [B, C, H, W] at points [S, B, 2], float64 [S, B]."""
    pixels, pictures = matched(network.likelihood(z, labels, x), x, double=sums_in_double(network))
    return _log_prob(pixels, pictures).double()


def _log_prob(pixels: PixelDistribution, x: Tensor) -> Tensor:
    if isinstance(pixels, Bernoulli) and pixels.mask is None:
        # The same sum in two passes instead of five over the largest array of an evaluation.
        total: Tensor = functional.softplus(pixels.logits).flatten(-3).sum(dim=-1)
        return (pixels.logits * x).flatten(-3).sum(dim=-1) - total
    return pixels.log_prob(x)
