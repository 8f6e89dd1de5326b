"""What a model makes of one picture: its ELBO in parts, its classes, and its exact likelihood.

The noise of q(z|x) has two dimensions, so means over it are taken by Gauss-Hermite quadrature (Abramowitz & Stegun
1964, 25.4.46) rather than from samples: the same picture always gives the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import marked
from vae_explorer.latent.measures import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from vae_explorer.models.likelihoods import Likelihood
    from vae_explorer.models.snapshot import Encodings, ModelSnapshot

MOST_CLASSES = 20
"""Classes up to which the one that explains a picture best is looked for."""
_NODES, _FEW_NODES = 8, 2


@dataclass(frozen=True, slots=True)
class PictureBound:
    """How well a model explains one picture, in nats.

    Attributes
    ----------
    likelihood, kind
        Title of the likelihood and ``probability``, ``density`` or ``cross-entropy``.
    reconstruction
        Mean of -log p(x|z) over q(z|x); at the one place of an encoder without noise.
    kl
        KL(q(z|x) to the prior), or None for an encoder without noise.
    label
        The class that a conditional model was told, or None.
    """

    likelihood: str
    kind: str
    reconstruction: float
    kl: float | None
    label: int | None = None

    @property
    def elbo(self) -> float | None:
        """The bound on log p(x); None for an encoder without noise."""
        return None if self.kl is None else -self.reconstruction - self.kl


@dataclass(frozen=True, slots=True)
class ExactLikelihood:
    """log p(x) of one picture by integration over the plane, its estimated numerical error, in nats, and of what kind.

    `likelihood` and `kind` are as in `PictureBound`.
    """

    log_likelihood: float
    error: float
    likelihood: str = ""
    kind: str = ""


def best_label(model: ModelSnapshot, image: npt.NDArray[np.uint8]) -> int | None:
    """Return the class under which a model explains a picture [C, H, W] best; None for models that aren't told classes.

    Best is the highest ELBO; with class-mean priors that is the class of the nearest prior. Above `MOST_CLASSES`
    classes it is the first one: looking would take too long.
    """
    if model.conditioning not in {"label", "class-mean"}:
        return None
    if not model.can_encode or model.classes > MOST_CLASSES:
        return 0
    means = model.class_means
    if means is not None:
        return int(np.square(means - model.encode(image[None]).mean[0]).sum(axis=1).argmin())
    return int(_elbos_by_class(model, image).argmax())


def _elbos_by_class(model: ModelSnapshot, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the ELBO of a picture under each class, [K], with as few nodes as tell the classes apart."""
    import torch

    from vae_explorer.latent.joint import as_floats

    network, labels = model.network, torch.arange(model.classes)
    encodings = model.encode(np.broadcast_to(image, (model.classes, *image.shape)), labels.numpy())
    nodes, weights = _nodes_of(encodings, _FEW_NODES) if model.is_stochastic else (encodings.mean[None], np.ones(1))
    with torch.inference_mode():
        x = network.observe(as_floats(image[None], network)).expand(model.classes, *image.shape)
        z = torch.from_numpy(nodes).to(x.dtype)
        found = weights @ network.likelihood(z, labels).log_prob(x).double().numpy()
        if model.is_stochastic:
            found = found - network.posterior(x, labels).kl(network.prior(labels)).sum(dim=1).double().numpy()
        return np.asarray(found)


def picture_bound(
    model: ModelSnapshot, image: npt.NDArray[np.uint8], label: int | None, encoding: Encodings | None = None
) -> PictureBound | None:
    """Return the ELBO of a picture in parts; None for models without an encoder or without a likelihood.

    Parameters
    ----------
    model
        The model.
    image
        Grey levels [C, H, W]; a likelihood of binary pictures sees it thresholded.
    label
        Its class, for models that are told one.
    encoding
        q(z|x), where it is known already.
    """
    import torch

    from vae_explorer.latent.quadrature import joint_of

    if not (model.can_encode and model.can_decode and model.has_likelihood) or model.network.pixels is None:
        return None
    known = model.encode(image[None], label) if encoding is None else encoding
    joint = joint_of(model, image, label)
    nodes, weights = (known.mean.astype(np.float64), np.ones(1))
    if model.is_stochastic:
        nodes, weights = posterior_nodes(known)
    pixels = model.network.pixels
    with torch.inference_mode():
        reconstruction = -float(joint.table(nodes, joint.x)[0].numpy() @ weights)
        kl = None
        if model.is_stochastic:
            labels = None if label is None else torch.tensor([label])
            kl = float(model.network.posterior(joint.x, labels).kl(model.network.prior(labels)).sum())
    return PictureBound(_title(pixels), pixels.kind, reconstruction, kl, label)


def exact_likelihood(
    model: ModelSnapshot, image: npt.NDArray[np.uint8], label: int | None, *, cancelled: Callable[[], bool]
) -> ExactLikelihood | None:
    """Return log p(x), or log p(x|y) for a model that is told a class; None for models without a likelihood.

    Raises
    ------
    Stopped
        If it was cancelled.
    """
    from vae_explorer.latent.quadrature import joint_of, log_likelihoods

    if not (model.can_decode and model.has_likelihood):
        return None
    means = deviations = None
    if model.can_encode:
        known = model.encode(image[None], label)
        means, deviations = known.mean.astype(np.float64), np.exp(0.5 * known.log_var.astype(np.float64))
    pace = Pace(lambda _what, _share: None, cancelled)
    found = log_likelihoods(joint_of(model, image, label), means, deviations, pace)
    pixels = model.network.pixels
    title, kind = ("", "") if pixels is None else (_title(pixels), pixels.kind)
    return ExactLikelihood(float(found.log_values[0]), float(found.errors[0]), title, kind)


def class_shares(model: ModelSnapshot, encoding: Encodings) -> npt.NDArray[np.float64]:
    """Return p(y|x), the mean of p(y|z) over q(z|x), float64 [K].

    Raises
    ------
    CapabilityError
        If the model doesn't classify.
    """
    nodes, weights = posterior_nodes(encoding)
    return np.asarray(weights @ model.classify(nodes).astype(np.float64))


def posterior_nodes(encoding: Encodings) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return nodes [n, 2] and weights [n] of which any mean over the one posterior q(z|x) is a weighted sum."""
    nodes, weights = _nodes_of(encoding, _NODES)
    return nodes[:, 0], weights


def _nodes_of(encodings: Encodings, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return nodes [n, N, 2] of N posteriors and their weights [n], with `count` nodes along each axis."""
    first, second, weights = _standard_nodes(count)
    deviation = np.exp(0.5 * encodings.log_var.astype(np.float64))
    correlation = encodings.correlation.astype(np.float64)
    across = np.outer(first, deviation[:, 0])
    mixed = np.outer(first, correlation) + np.outer(second, np.sqrt(np.maximum(0.0, 1.0 - correlation**2)))
    return encodings.mean + np.stack([across, mixed * deviation[:, 1]], axis=-1), weights


def _title(pixels: Likelihood) -> str:
    """Return what kind of quantity the figures of one picture are: nothing is drawn at random for it."""
    from vae_explorer.models.likelihoods import SampledBernoulli

    return (
        marked("{title}; here thresholded at one half", title=pixels.title)
        if isinstance(pixels, SampledBernoulli)
        else pixels.title
    )


@cache
def _standard_nodes(count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    first, second = np.meshgrid(nodes, nodes, indexing="ij")
    both = np.outer(weights, weights) / weights.sum() ** 2
    return first.ravel(), second.ravel(), both.ravel()
