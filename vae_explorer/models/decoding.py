"""Points to bytes: the fast way for models made of known parts, and the plain way for any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import nn

from vae_explorer.models import likelihoods
from vae_explorer.models.adversarial import AdversarialModel
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.fast_decoding import FastDecoder
from vae_explorer.models.layers import ConvDecoderBody, DenseDecoderBody
from vae_explorer.models.processor import has_fast_bfloat16
from vae_explorer.models.products import SIGMOID, Product, has_fused_products, is_known

if TYPE_CHECKING:
    import numpy.typing as npt

_BODIES = (DenseDecoderBody, ConvDecoderBody)
_LAYERS = (nn.Linear, nn.ConvTranspose2d)
_LIKELIHOODS = (
    type(None),  # a generator's pictures are the sigmoids themselves
    likelihoods.GreyBernoulli,
    likelihoods.SampledBernoulli,
    likelihoods.ThresholdBernoulli,
    likelihoods.ContinuousBernoulliLikelihood,
    likelihoods.FixedGaussian,
    likelihoods.SharedGaussian,
    likelihoods.PixelwiseGaussian,
)
_CHUNK_VALUES = 1 << 20


class PictureMaker(Protocol):
    """Makes pictures of points."""

    def pictures(
        self,
        z: npt.NDArray[np.float32],
        classes: npt.NDArray[np.int64] | None,
        given: npt.NDArray[np.uint8] | None,
    ) -> npt.NDArray[np.uint8]:
        """Return pictures ``[N, C, H, W]`` at points ``[N, 2]``, told classes ``[N]`` or pictures ``[N, C, H, W]``."""
        ...


def picture_maker(model: LatentVariableModel) -> PictureMaker:
    """Return the fastest way from points to bytes that gives the pictures of a frozen model on the CPU."""
    return FastDecoder(model) if is_made_of_known_parts(model) else PlainDecoder(model)


def preview_maker(model: LatentVariableModel, exact: PictureMaker) -> PictureMaker:
    """Return the fastest way to pictures for the eye alone; `exact` where rough ones take no less time here."""
    is_faster = has_fused_products() and has_fast_bfloat16(torch.device("cpu"))
    return FastDecoder(model, is_rough=True) if is_faster and isinstance(exact, FastDecoder) else exact


def is_made_of_known_parts(model: LatentVariableModel) -> bool:
    """Return whether the fast way knows all that lies between the points and the pictures of a model.

    By exact types: a part that derives from a known one may work otherwise.
    """
    if model.decoder is None or type(model) not in {LatentVariableModel, AdversarialModel}:
        return False
    if type(model.decoder.body) not in _BODIES or type(model.pixels) not in _LIKELIHOODS:
        return False
    inner = [layer for layer in model.decoder.body.modules() if not list(layer.children())]
    return all(isinstance(layer, _LAYERS) or is_known(layer) for layer in inner)


class PlainDecoder:
    """Calls the network as it is."""

    def __init__(self, model: LatentVariableModel) -> None:
        self._model = model
        self._chunk = max(1, _CHUNK_VALUES // int(np.prod(model.image_shape)))

    def pictures(
        self,
        z: npt.NDArray[np.float32],
        classes: npt.NDArray[np.int64] | None,
        given: npt.NDArray[np.uint8] | None,
    ) -> npt.NDArray[np.uint8]:
        """Return pictures as `PictureMaker` says."""
        pictures = np.empty((len(z), *self._model.image_shape), dtype=np.uint8)
        for start in range(0, len(z), self._chunk):
            part = slice(start, start + self._chunk)
            label = None if classes is None else torch.from_numpy(classes[part])
            told = None if given is None else torch.tensor(given[part]).to(torch.float32).div_(255)
            mean = self._model.likelihood(torch.from_numpy(z[part]), label, told).mean
            pictures[part] = mean.mul(255).round_().clamp_(0, 255).to(torch.uint8).numpy()
        return pictures


def warm_up() -> None:
    """Make a product of each kind, which the first click would otherwise wait for."""
    product = Product(torch.zeros(64, 64), torch.zeros(64), SIGMOID)
    for rows in (1, 100):
        product(torch.zeros(rows, 64))
