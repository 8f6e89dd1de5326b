"""First weights that let a network learn from its first step on, whatever its depth and the brightness of its pictures.

What `layers.initialise` drew keeps its signs and its order; only the scales change. So nothing more is drawn, and a
seed's other random numbers stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_explorer.models.layers import LATENT_DIMENSIONS, DenseEncoderBody

if TYPE_CHECKING:
    from vae_explorer.models.family import ImageSpec, LatentVariableModel

SPREAD = 2.0
"""How far from the origin, in prior standard deviations, the features of the plane have their bends at most."""
_GAIN = math.sqrt(6.0)
"""From a bound of ``1 / sqrt(fan_in)`` to that of He et al. (2015), which keeps the scale of what passes a layer."""
_QUIET = 0.2
"""Of the usual scale are the decoder's last weights, so that all first pictures are nearly the mean picture."""
_Weighted = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


@torch.no_grad()
def scale_start(model: LatentVariableModel, spec: ImageSpec) -> None:
    """Scale the weights of a model that `layers.initialise` has just drawn.

    Inner layers get the variance ``2 / fan_in`` (He, Zhang, Ren & Sun 2015) and no bias. The first layer of a fully
    connected encoder is centred: at the mean picture it gives zero (LeCun, Bottou, Orr & Müller 1998, section 4.3, by
    the bias in place of the data). Each feature of the plane, in decoder and classifier, looks in one direction with
    slope one, and bends at a place drawn within `SPREAD` of the origin, so that they divide the plane among themselves
    from the start. What a decoder is told, a class or columns of a picture, moves these bends as far as they spread,
    and a class moves an encoder's features by up to one, about as much as the pixels do. The decoder's last weights are
    small, and the heads stay as they are: the first pictures are nearly the mean picture, the first posteriors wide.

    Parameters
    ----------
    model
        With an encoder, a decoder or both; changed in place.
    spec
        The pictures it is for.
    """
    if model.encoder is not None:
        layers = _weighted(model.encoder.body)
        _widen(layers)
        if isinstance(model.encoder.body, DenseEncoderBody) and spec.mean_image is not None:
            _centre(layers[0], torch.from_numpy(spec.mean_image.copy()).flatten())
    for part in (model.decoder, model.classifier):
        if part is not None:
            first, *inner, last = _weighted(part)
            _look_across_the_plane(first)
            _widen(inner)
            last.weight.mul_(_QUIET)
    _let_it_hear(model, spec)


def _weighted(part: nn.Module) -> list[_Weighted]:
    """Return the layers of a part that have weights, in the order in which values pass them."""
    return [layer for layer in part.modules() if isinstance(layer, _Weighted)]


def _widen(layers: Iterable[_Weighted]) -> None:
    for layer in layers:
        layer.weight.mul_(_GAIN)
        if layer.bias is not None:
            layer.bias.zero_()


def _centre(layer: _Weighted, mean: Tensor) -> None:
    # What a label-conditioned encoder is told comes after the pixels.
    assert layer.bias is not None
    layer.bias.sub_(layer.weight[:, : len(mean)] @ mean)


def _look_across_the_plane(layer: _Weighted) -> None:
    """Give the features of ``w'z + b`` weights of length one, and biases within `SPREAD`."""
    assert layer.bias is not None
    bound = layer.weight[0].numel() ** -0.5  # within which weights and biases were drawn
    plane = layer.weight[:, :LATENT_DIMENSIONS]
    plane.div_(plane.norm(dim=1, keepdim=True).clamp_min(torch.finfo(plane.dtype).tiny))
    layer.bias.mul_(SPREAD / bound)


def _let_it_hear(model: LatentVariableModel, spec: ImageSpec) -> None:
    """Scale the weights of what encoder and decoder are told beside pictures and points."""
    if model.conditioning == "label":
        for part, reach in ((model.encoder, 1.0), (model.decoder, SPREAD)):
            if part is not None:
                _hear(part.body, model.classes, reach)
    if model.band is not None and model.decoder is not None and spec.mean_image is not None:
        told = model.band.of(torch.from_numpy(spec.mean_image.copy())[None])
        # Each pixel has its share: of many that are bright together, sums grow with the square root of their number.
        _hear(model.decoder.body, told.numel(), SPREAD / math.sqrt(max(1.0, float(told.sum()))))


def _hear(body: nn.Module, count: int, reach: float) -> None:
    """Bring the weights of the last `count` inputs of a body's first fully connected layer to at most `reach`."""
    layer = next(layer for layer in body.modules() if isinstance(layer, nn.Linear))
    told = layer.weight[:, -count:]
    told.mul_(reach / told.abs().max().clamp_min(torch.finfo(told.dtype).tiny))
