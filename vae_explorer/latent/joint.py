"""log p(x, z) of pictures at points of the plane: what is integrated, sampled and drawn."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.models.family import LatentVariableModel
    from vae_explorer.models.pixels import PixelDistribution

_LOG_2PI = math.log(2 * math.pi)
_CHUNK_VALUES = 1 << 22
_SINGLE_PRECISION_VALUES = 4096
"""Values of a picture up to which single precision keeps a sum of their logarithms to a thousandth of a nat."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A prior on the plane: normal distributions of unit variance.

    Attributes
    ----------
    means
        float64 [K, 2], or [M, 2] with `each`.
    log_weights
        float64 [K]: logarithms of their shares.
    each
        Whether there is one mean an image rather than one mixture for all.
    """

    means: Tensor
    log_weights: Tensor
    each: bool = False

    def table(self, z: Tensor, rows: Tensor) -> Tensor:
        """Return log p(z) in nats at points [n, 2]: [1, n], or [m, n] for the images `rows` if each has its own."""
        means = self.means[rows] if self.each else self.means
        log_normal = _log_normal(z.unsqueeze(0) - means.unsqueeze(1))
        if self.each:
            return log_normal
        return (log_normal + self.log_weights.unsqueeze(1)).logsumexp(dim=0, keepdim=True)

    def log_prob(self, z: Tensor, rows: Tensor) -> Tensor:
        """Return log p(z) in nats at points [..., m, 2] of the images `rows` [m], [..., m]."""
        if self.each:
            return _log_normal(z - self.means[rows])
        return (_log_normal(z.unsqueeze(-2) - self.means) + self.log_weights).logsumexp(dim=-1)


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """log p(x, z) of pictures that a model is told the same about.

    Attributes
    ----------
    network
        The model; it has a decoder.
    x
        Pictures as the model observes them, [M, C, H, W].
    prior
        p(z).
    label
        The class that a label-conditioned model is told.
    told
        The picture [1, C, H, W] whose band an image-conditioned model is told.
    """

    network: LatentVariableModel
    x: Tensor
    prior: Mixture
    label: int | None = None
    told: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def scores(self, z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> Tensor:
        """Return log p(x, z) in nats, float64 [m, n], of the pictures `rows` [m] at points [n, 2]."""
        index = torch.from_numpy(rows)
        x = self.x[index]
        with torch.inference_mode():
            tables = [
                self.table(z[part], x) + self.prior.table(torch.from_numpy(z[part]), index)
                for part in chunks(len(z), points_at_once(self.network))
            ]
            return torch.cat(tables, dim=1)

    def table(self, z: npt.NDArray[np.float64], x: Tensor) -> Tensor:
        """Return log p(x|z) in nats, float64 [m, n], of pictures [m, C, H, W] at points [n, 2]."""
        pixels, pictures = matched(self.pixels(z), x, double=sums_in_double(self.network))
        return pixels.table(pictures).double()

    def scores_at(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return log p(x, z) in nats, float64 [M], of each picture at its own point [M, 2]."""
        values = np.empty(len(self))
        for part in chunks(len(self), points_at_once(self.network)):
            index = torch.arange(part.start, part.stop)
            with torch.inference_mode():
                pixels, x = matched(self.pixels(z[part]), self.x[part], double=sums_in_double(self.network))
                log_joint = pixels.log_prob(x).double() + self.prior.log_prob(torch.from_numpy(z[part]), index)
            values[part] = log_joint.numpy()
        return values

    def pixels(self, z: npt.NDArray[np.float64]) -> PixelDistribution:
        """Return p(x|z) at points [n, 2]."""
        points = torch.from_numpy(z).to(next(self.network.parameters()).dtype)
        labels = None if self.label is None else torch.full((len(z),), self.label, dtype=torch.int64)
        told = None if self.told is None else self.told.expand(len(z), *self.told.shape[1:])
        return self.network.likelihood(points, labels, told)


def matched(pixels: PixelDistribution, x: Tensor, *, double: bool) -> tuple[PixelDistribution, Tensor]:
    """Return a distribution and pictures in one precision: double where asked for, else that of the distribution."""
    tensors = {
        item.name: value
        for item in dataclasses.fields(pixels)  # type: ignore[arg-type]
        if isinstance(value := getattr(pixels, item.name), Tensor)
    }
    if not double:
        return pixels, x.to(next(iter(tensors.values())).dtype)
    doubled = {name: tensor.double() for name, tensor in tensors.items()}
    return dataclasses.replace(pixels, **doubled), x.double()  # type: ignore[type-var]


def sums_in_double(network: LatentVariableModel) -> bool:
    """Whether log-likelihoods of this model need double precision.

    Densities do, since narrow Gaussians are differences of large numbers, and so do large pictures.
    """
    kind = None if network.pixels is None else network.pixels.kind
    return kind == "density" or math.prod(network.image_shape) > _SINGLE_PRECISION_VALUES


def points_at_once(network: LatentVariableModel) -> int:
    """Return how many points to decode at once: enough to fill a processor, few enough for little memory."""
    return max(16, min(4096, _CHUNK_VALUES // math.prod(network.image_shape)))


def chunks(count: int, size: int) -> list[slice]:
    """Return consecutive slices of `size` rows that cover `count` rows."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def standard_prior() -> Mixture:
    """Return N(0, I)."""
    return Mixture(torch.zeros(1, 2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))


def class_mean_prior(network: LatentVariableModel, labels: Tensor) -> Mixture:
    """Return N(mu_y, I) with the class of each image, [M]."""
    means = class_means(network)
    return Mixture(means[labels], torch.zeros(1, dtype=torch.float64), each=True)


def mixed_prior(network: LatentVariableModel, shares: npt.NDArray[np.float64]) -> Mixture:
    """Return the mixture of all classes' priors with these shares [K]."""
    with np.errstate(divide="ignore"):
        return Mixture(class_means(network), torch.from_numpy(np.log(shares)))


def class_means(network: LatentVariableModel) -> Tensor:
    """Return the means of a class-mean prior, float64 [K, 2]."""
    if network.class_means is None:
        raise TypeError("this model has no class-mean prior")
    return network.class_means.detach().double()


def _log_normal(offset: Tensor) -> Tensor:
    return -0.5 * offset.square().sum(dim=-1) - _LOG_2PI


def as_floats(images: npt.NDArray[np.uint8], network: LatentVariableModel) -> Tensor:
    """Return bytes [N, C, H, W] as values from 0 to 1 in the precision of the network."""
    return torch.tensor(images).to(next(network.parameters()).dtype).div_(255)
