"""The best Gaussian for each picture: how much of the inference gap is its shape's fault, and how much the encoder's.

The gap of a VAE is the KL divergence of the encoder's q(z|x) from the true posterior. It has two parts (Cremer, Li &
Duvenaud 2018, "Inference suboptimality in variational autoencoders"): what even the best Gaussian leaves, the
approximation gap, and what the encoder loses against that Gaussian, the amortisation gap. Here the best Gaussian is
found for each picture on its own, by natural-gradient steps on the ELBO (Khan & Lin 2017). The gradients need nothing
but values of log p(x, z), since for ``z = m + L e`` and normal e, by the lemmas of Bonnet and Price (Opper &
Archambeau 2009),

    E[grad f] = L^-T E[f e]    and    E[hessian f] = L^-T E[f (e e' - I)] L^-1,

and in two dimensions a Gauss-Hermite rule takes these expectations with a few nodes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vae_explorer.language import tr
from vae_explorer.latent.importance import log_likelihood_at
from vae_explorer.latent.joint import chunks, points_at_once

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.joint import Mixture
    from vae_explorer.latent.measures import Pace
    from vae_explorer.models.family import LatentVariableModel

LogJoint = Callable[[Tensor], Tensor]
"""Takes points float64 [S, B, 2], S for each of B pictures; returns log p(x, z), float64 [S, B], nats."""

_NODES = 5
_CHECKING_NODES = 12
_STEPS = 10
_LATTICE = 32
_POINTS = _LATTICE**2 + 3 * ((1 + _STEPS) * _NODES**2 + _CHECKING_NODES**2)
"""Points that each picture's search asks for: two climbs to a diagonal Gaussian, and one to the best of any shape."""
_LONGEST_STEP = 2.0
"""Longest move of a mean in deviations of its Gaussian."""
_WIDENING = 0.25
"""Least share of the smallest precision that one step may leave."""
_REACH = 3.0
"""Deviations of the prior round its means in which an image's peak is looked for."""
_ENTROPY = 1 + math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Gaussians of B pictures.

    Attributes
    ----------
    mean
        float64 [B, 2].
    precision
        Inverse covariances, float64 [B, 2, 2].
    elbo
        float64 [B], nats.
    """

    mean: Tensor
    precision: Tensor
    elbo: Tensor

    def or_better(self, other: Fitted) -> Fitted:
        """Return for each picture the Gaussian with the greater ELBO."""
        return self._replaced(other.elbo > self.elbo, other)

    def _replaced(self, chosen: Tensor, other: Fitted) -> Fitted:
        return Fitted(
            torch.where(chosen[:, None], other.mean, self.mean),
            torch.where(chosen[:, None, None], other.precision, self.precision),
            torch.where(chosen, other.elbo, self.elbo),
        )


def fitted_elbos(
    network: LatentVariableModel,
    x: Tensor,
    labels: Tensor | None,
    prior: Mixture,
    *,
    means: npt.NDArray[np.float64],
    deviations: npt.NDArray[np.float64],
    pace: Pace,
) -> npt.NDArray[np.float64]:
    """Return the ELBO of the best Gaussians of pictures in nats, float64 [N, 2].

    Parameters
    ----------
    network
        A model with encoder and decoder.
    x, labels
        Pictures as the model observes them, [N, C, H, W], and their classes [N] or None.
    prior
        p(z), or p(z|y) of each picture.
    means, deviations
        Where the encoder sees them, float64 [N, 2].
    pace
        Told how far it is.

    Returns
    -------
    For each picture the ELBO of the best Gaussian with independent dimensions, and of the best one of any shape.
    """
    at_once = points_at_once(network)
    around = np.concatenate([prior.means.numpy() - _REACH, prior.means.numpy() + _REACH, means])
    reach = (around.min(axis=0), around.max(axis=0))
    found = np.empty((len(x), 2))
    for block in chunks(len(x), max(1, at_once // _NODES**2)):
        rows = torch.arange(block.start, block.stop)
        part = pace.part(block.start / len(x), block.stop / len(x))
        classes = None if labels is None else labels[block]
        log_joint = _WatchedJoint(network, x[block], classes, prior=prior, rows=rows, pace=part)
        with torch.inference_mode():
            best = best_gaussians(log_joint, means[block], deviations[block], reach)
        found[block] = np.stack([one.elbo.numpy() for one in best], axis=1)
    return found


class _WatchedJoint:
    """log p(x, z) of some pictures, which tells how far the search is, and leaves it when cancelled."""

    def __init__(
        self,
        network: LatentVariableModel,
        x: Tensor,
        labels: Tensor | None,
        *,
        prior: Mixture,
        rows: Tensor,
        pace: Pace,
    ) -> None:
        self._network, self._x, self._labels = network, x, labels
        self._prior, self._rows = prior, rows
        self._pace = pace
        self._points = 0

    def __call__(self, z: Tensor) -> Tensor:
        """Return values in nats at points [S, B, 2], float64 [S, B]."""
        values = []
        for part in chunks(len(z), max(1, points_at_once(self._network) // len(self._rows))):
            self._pace.step(tr("fitting the best Gaussians"), self._points / _POINTS)
            self._points += part.stop - part.start
            likelihood = log_likelihood_at(self._network, z[part].to(self._x.dtype), self._labels, self._x)
            values.append(likelihood + self._prior.log_prob(z[part], self._rows))
        return torch.cat(values)


def best_gaussians(
    log_joint: LogJoint,
    means: npt.NDArray[np.float64],
    deviations: npt.NDArray[np.float64],
    reach: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
) -> tuple[Fitted, Fitted]:
    """Return the best Gaussian found with independent dimensions, and the best one of any shape.

    Parameters
    ----------
    log_joint
        log p(x, z) of B pictures.
    means, deviations
        Where the encoder sees them, float64 [B, 2]: one start of the search. The other is the best node of a lattice,
        since an encoder may point at the wrong peak.
    reach
        Lower and upper corner of that lattice, [2] each.
    """
    rule = _Rule.of(_NODES)
    encoded = (torch.from_numpy(means), torch.diag_embed(torch.from_numpy(deviations) ** -2))
    peaks, spacing = _peaks(log_joint, len(means), reach)
    wide = torch.diag_embed(torch.from_numpy((spacing / 2) ** -2).expand(len(means), 2))
    starts = (encoded, (peaks, wide))
    diagonal, other = (_checked(log_joint, _climbed(log_joint, *start, rule, full=False)) for start in starts)
    diagonal = diagonal.or_better(other)
    full = _checked(log_joint, _climbed(log_joint, diagonal.mean, diagonal.precision, rule, full=True))
    return diagonal, diagonal.or_better(full)


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """Nodes e [S, 2] and weights [S] of a Gauss-Hermite rule for the standard normal distribution of the plane."""

    nodes: Tensor
    weights: Tensor

    @classmethod
    def of(cls, count: int) -> _Rule:
        places, weights = np.polynomial.hermite_e.hermegauss(count)
        nodes = np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 2)
        both = np.outer(weights, weights).reshape(-1)
        return cls(torch.from_numpy(nodes), torch.from_numpy(both / both.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A Gaussian of each picture with the derivatives of its expected log joint, and its factor L."""

    fitted: Fitted
    gradient: Tensor
    hessian: Tensor
    factor: Tensor

    @classmethod
    def of(cls, log_joint: LogJoint, mean: Tensor, precision: Tensor, rule: _Rule) -> _Place:
        factor = torch.linalg.cholesky(torch.linalg.inv(precision))
        values = log_joint(mean + torch.einsum("bij,sj->sbi", factor, rule.nodes))
        expected = rule.weights @ values
        weighted = rule.weights[:, None] * (values - expected)
        squares = rule.nodes[:, :, None] * rule.nodes[:, None] - torch.eye(2, dtype=torch.float64)
        inverse = torch.linalg.inv(factor)
        gradient = torch.einsum("bji,sb,sj->bi", inverse, weighted, rule.nodes)
        hessian = inverse.mT @ torch.einsum("sb,sij->bij", weighted, squares) @ inverse
        elbo = expected + factor.diagonal(dim1=1, dim2=2).log().sum(dim=1) + _ENTROPY
        return cls(Fitted(mean, precision, elbo), gradient, hessian, factor)

    def stepped(self, rate: Tensor, *, full: bool) -> tuple[Tensor, Tensor]:
        """Return mean and precision one natural-gradient step of `rate` [B] further."""
        now = self.fitted
        wanted = now.precision + rate[:, None, None] * (-self.hessian - now.precision)
        if not full:
            wanted = torch.diag_embed(wanted.diagonal(dim1=1, dim2=2))
        least = _WIDENING * torch.linalg.eigvalsh(now.precision)[:, :1]
        values, vectors = torch.linalg.eigh(wanted)
        precision = vectors @ torch.diag_embed(torch.maximum(values, least)) @ vectors.mT
        move = rate[:, None] * torch.linalg.solve(precision, self.gradient)
        length = torch.linalg.solve(self.factor, move).norm(dim=1, keepdim=True)
        return now.mean + move * (_LONGEST_STEP / length.clamp(min=_LONGEST_STEP)), precision

    def where(self, chosen: Tensor, other: _Place) -> _Place:
        return _Place(
            self.fitted._replaced(chosen, other.fitted),
            torch.where(chosen[:, None], other.gradient, self.gradient),
            torch.where(chosen[:, None, None], other.hessian, self.hessian),
            torch.where(chosen[:, None, None], other.factor, self.factor),
        )


def _climbed(log_joint: LogJoint, mean: Tensor, precision: Tensor, rule: _Rule, *, full: bool) -> Fitted:
    """Return better Gaussians than these; a step that would lower a picture's ELBO is not taken."""
    here = _Place.of(log_joint, mean, precision, rule)
    rate = torch.full((len(mean),), 0.5, dtype=torch.float64)
    for _ in range(_STEPS):
        there = _Place.of(log_joint, *here.stepped(rate, full=full), rule)
        risen = there.fitted.elbo > here.fitted.elbo
        here = here.where(risen, there)
        rate = torch.where(risen, (1.5 * rate).clamp(max=1.0), 0.5 * rate)
    return here.fitted


def _checked(log_joint: LogJoint, found: Fitted) -> Fitted:
    """Return the same Gaussians with the ELBO from many more nodes: the search may have fooled its few."""
    return _Place.of(log_joint, found.mean, found.precision, _Rule.of(_CHECKING_NODES)).fitted


def _peaks(
    log_joint: LogJoint, count: int, reach: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
) -> tuple[Tensor, npt.NDArray[np.float64]]:
    """Return the best node of a lattice for each picture, float64 [B, 2], and the lattice's spacing, [2]."""
    low, high = reach
    lines = [np.linspace(low[i], high[i], _LATTICE) for i in range(2)]
    nodes = torch.from_numpy(np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, 2))
    values = log_joint(nodes[:, None].expand(-1, count, 2))
    return nodes[values.argmax(dim=0)], (high - low) / (_LATTICE - 1)
