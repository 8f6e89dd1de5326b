"""The spaces in which a decoder lays out the plane: coordinates of its pictures, and the product that measures steps.

A step between two neighbouring pictures is measured by the same product that the pull-back metric is made of, so
that the length of a curve and the integral of the metric along it agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, get_args

import torch
from torch import Tensor

from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.language import tr
from vae_explorer.latent.metric_choice import Metric
from vae_explorer.models.pixels import Bernoulli, ContinuousBernoulli, PixelDistribution, PixelGaussian
from vae_explorer.registry import unknown_name

if TYPE_CHECKING:
    from vae_explorer.models.family import LatentVariableModel


class Space(Protocol):
    """Coordinates of pictures and the inner product of changes in them."""

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return the coordinates of N pictures, ``[N, ...]``."""
        ...

    def product(self, here: Tensor, there: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Return the inner products ``[N]`` of the changes u and v between the neighbours `here` and `there`."""
        ...


class MeanPictures:
    """Pictures as they are seen: Euclidean distance between the means."""

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return the means, and zero where a pixel is given rather than decoded."""
        return _unmasked(pixels.mean, pixels)

    def product(self, here: Tensor, there: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Return the sum over pixels of ``u v``."""
        del here, there
        return _summed(u * v)


class BernoulliAngles(MeanPictures):
    """Bernoulli pixels by their angle ``2 arcsin sqrt(p)``, in which the Fisher metric is Euclidean (Rao 1945)."""

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return the angles, as ``pi/2 + 2 arctan(tanh(logit / 4))``, which is smooth for large logits too."""
        assert isinstance(pixels, Bernoulli)
        return _unmasked(math.pi / 2 + 2 * torch.atan(torch.tanh(pixels.logits / 4)), pixels)


class ScaledMeans(MeanPictures):
    """Gaussian pixels of one deviation: means in units of it."""

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return ``mean / sigma``."""
        assert isinstance(pixels, PixelGaussian)
        return _unmasked(pixels.mean * (-0.5 * pixels.log_var).exp(), pixels)


class DualCoordinates:
    """An exponential family: the Fisher product of two changes is that of natural parameter and mean.

    For a finite step it is the symmetrised Kullback-Leibler divergence, ``(eta1 - eta2) (m1 - m2)``, which is never
    less than the squared Fisher distance and agrees with it to the third order.
    """

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return logits and means side by side, ``[N, 2, ...]``."""
        assert isinstance(pixels, ContinuousBernoulli)
        return torch.stack([_unmasked(pixels.logits, pixels), _unmasked(pixels.mean, pixels)], dim=1)

    def product(self, here: Tensor, there: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Return the symmetric part of ``d eta . d mean``."""
        del here, there
        return 0.5 * _summed(u[:, 0] * v[:, 1] + u[:, 1] * v[:, 0])


class NormalPixels:
    """Gaussian pixels whose deviation changes as well: ``(d mean^2 + 2 d sigma^2) / sigma^2`` (Rao 1945).

    For a finite step sigma^2 is the product of both deviations: the chord of the hyperbolic half-plane, which is never
    less than the Fisher distance and agrees with it to the third order.
    """

    def coordinates(self, pixels: PixelDistribution) -> Tensor:
        """Return means and deviations side by side, ``[N, 2, ...]``."""
        assert isinstance(pixels, PixelGaussian)
        deviation = (0.5 * pixels.log_var).exp()
        # A pixel that is given keeps a deviation of one: it never changes, and is never divided by zero.
        kept = deviation if pixels.mask is None else deviation * pixels.mask + (1 - pixels.mask)
        return torch.stack([_unmasked(pixels.mean, pixels), kept], dim=1)

    def product(self, here: Tensor, there: Tensor, u: Tensor, v: Tensor) -> Tensor:
        """Return the sum over pixels of ``(du dv of the means + 2 du dv of the deviations) / (sigma1 sigma2)``."""
        return _summed((u[:, 0] * v[:, 0] + 2 * u[:, 1] * v[:, 1]) / (here[:, 1] * there[:, 1]))


def immersed(
    network: LatentVariableModel, metric: Metric, *, label: int | None = None, told: Tensor | None = None
) -> tuple[Callable[[Tensor], Tensor], Space]:
    """Return how a model lays out the plane: a function from points ``[N, 2]`` to coordinates, and their space.

    Parameters
    ----------
    network
        A model that nobody changes meanwhile.
    metric
        What steps are measured by.
    label, told
        The class, or the picture ``[1, C, H, W]`` in 0 to 1, that a conditional model is told.

    Raises
    ------
    CapabilityError
        If the model has no decoder, has no likelihood while the Fisher metric is asked for, or needs a class or a
        picture that wasn't named.
    SettingError
        If there is no such metric.
    """
    if metric not in get_args(Metric):
        raise SettingError(unknown_name(tr("metric of a decoder"), metric, get_args(Metric)))
    if network.decoder is None:
        raise CapabilityError(tr("This model has no decoder, so its plane has no geometry: choose a run that decodes."))
    if metric == "fisher" and network.pixels is None:
        raise CapabilityError(
            tr("This model gives no likelihood, so it has no Fisher metric: choose the metric pixel.")
        )
    _check_told(network, label, told)

    def pictures(z: Tensor) -> PixelDistribution:
        labels = None if label is None else torch.full((len(z),), label, dtype=torch.int64)
        given = None if told is None else told.expand(len(z), *told.shape[1:])
        return network.likelihood(z, labels, given)

    space: Space = MeanPictures()
    if metric == "fisher":
        space = _fisher_space(pictures(torch.zeros(1, 2, dtype=next(network.parameters()).dtype)))
    return lambda z: space.coordinates(pictures(z)), space


def _fisher_space(pixels: PixelDistribution) -> Space:
    match pixels:
        case Bernoulli():
            return BernoulliAngles()
        case ContinuousBernoulli():
            return DualCoordinates()
        case PixelGaussian() if pixels.log_var.shape == pixels.mean.shape:
            return NormalPixels()
        case PixelGaussian():
            return ScaledMeans()
    raise CapabilityError(tr("The Fisher metric of this model's likelihood isn't known: choose the metric pixel."))


def _check_told(network: LatentVariableModel, label: int | None, told: Tensor | None) -> None:
    if network.conditioning == "label":
        if label is None:
            raise CapabilityError(
                tr("This model is label-conditioned: name a class from 0 to {classes}.", classes=network.classes - 1)
            )
        if not 0 <= label < network.classes:
            raise CapabilityError(
                tr(
                    "There is no class {label}: this model knows the classes 0 to {classes}.",
                    label=label,
                    classes=network.classes - 1,
                )
            )
    if network.conditioning == "image" and told is None:
        raise CapabilityError(tr("This model completes pictures: name the picture to complete."))


def _unmasked(values: Tensor, pixels: PixelDistribution) -> Tensor:
    mask: Tensor | None = getattr(pixels, "mask", None)
    return values if mask is None else values * mask


def _summed(values: Tensor) -> Tensor:
    return values.flatten(1).sum(dim=1)
