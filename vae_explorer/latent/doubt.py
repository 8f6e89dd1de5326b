"""Where a decoder is not to be trusted: the encoder doesn't lead back there, or weights of late moments disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    from vae_explorer.models.snapshot import ModelSnapshot

    FloatArray = npt.NDArray[np.float64]

GREY_LEVELS = 255
"""Grey levels between black and white."""
_CHUNK_VALUES = 1 << 20


def round_trip(model: ModelSnapshot, z: npt.ArrayLike, label: int | None = None) -> FloatArray:
    """Return ``|E(D(z)) - z|``: how far from z the encoder puts the picture that is decoded there.

    The mean picture is encoded as any picture is: likelihoods of binary pictures see it thresholded, and models that
    complete a picture see the part that they are given in its place.

    Parameters
    ----------
    model
        With encoder and decoder.
    z
        Points ``[N, 2]``.
    label
        Class that a label-conditioned model is told, by both networks.

    Returns
    -------
    float64 ``[N]``, in prior standard deviations.

    Raises
    ------
    CapabilityError
        If the model lacks one of the networks, or needs a class and none is named.
    """
    import torch

    if not model.can_encode or not model.can_decode:
        raise CapabilityError(tr("A round trip needs an encoder and a decoder: choose a run that has both."))
    points = np.asarray(z, dtype=np.float64).reshape(-1, 2)
    distance = np.empty(len(points))
    network = model.network
    for part in _parts(len(points), model):
        with torch.inference_mode():
            pictures = mean_pictures(model, points[part], label)
            posterior = network.posterior(network.observe(pictures), _labels(model, label, len(pictures)))
            there = posterior.mean.double().numpy()
        distance[part] = np.hypot(*(there - points[part]).T)
    return distance


def disagreement(models: Sequence[ModelSnapshot], z: npt.ArrayLike, label: int | None = None) -> FloatArray:
    """Return how much the pictures of several decoders differ at the same points of one plane.

    The standard deviation of each pixel over the decoders (of the sample, with K - 1), averaged over the pixels. The
    decoders must share their plane, as the late weights of one run do; those of runs with other seeds don't, and what
    lies at z in one lies elsewhere in the other.

    Parameters
    ----------
    models
        K of them, two at least, each with a decoder.
    z
        Points ``[N, 2]``.
    label
        Class that label-conditioned models are told.

    Returns
    -------
    float64 ``[N]``, in grey levels of 255.

    Raises
    ------
    CapabilityError
        If there are fewer than two, or one has no decoder.
    """
    import torch

    if len(models) < 2:
        raise CapabilityError(tr("Weights of one moment alone can't disagree: choose a run that keeps at least two."))
    points = np.asarray(z, dtype=np.float64).reshape(-1, 2)
    spread = np.empty(len(points))
    for part in _parts(len(points), models[0]):
        with torch.inference_mode():
            pictures = [mean_pictures(model, points[part], label).flatten(1) for model in models]
            spread[part] = GREY_LEVELS * _deviation(pictures).mean(dim=1, dtype=torch.float64).numpy()
    return spread


def mean_pictures(model: ModelSnapshot, z: FloatArray, label: int | None = None) -> torch.Tensor:
    """Return the mean pictures ``[N, C, H, W]`` in 0 to 1 at points ``[N, 2]``, not rounded to bytes.

    Raises
    ------
    CapabilityError
        If the model has no decoder, or needs a class and none is named.
    """
    import torch

    from vae_explorer.latent.joint import as_floats

    if not model.can_decode:
        raise CapabilityError(
            tr("This model has no decoder, so it makes no pictures: choose a run of another objective.")
        )
    network = model.network
    points = torch.from_numpy(z).to(next(network.parameters()).dtype)
    if network.band is None:
        return network.likelihood(points, _labels(model, label, len(z))).mean
    condition = np.zeros(model.image_shape, dtype=np.uint8) if model.condition is None else model.condition
    told = as_floats(condition[None], network).expand(len(z), *model.image_shape)
    pictures = network.likelihood(points, None, told).mean
    unseen = network.band.unseen(pictures)
    return pictures * unseen + told * (1 - unseen)


def _deviation(pictures: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the standard deviation of each value over K pictures; ``std`` of a stack takes forty times as long."""
    mean = pictures[0].clone()
    for picture in pictures[1:]:
        mean += picture
    mean /= len(pictures)
    squares = (pictures[0] - mean).square_()
    for picture in pictures[1:]:
        squares += (picture - mean).square_()
    return squares.div_(len(pictures) - 1).sqrt_()


def _labels(model: ModelSnapshot, label: int | None, count: int) -> torch.Tensor | None:
    import torch

    if model.conditioning != "label":
        return None
    if label is None or not 0 <= label < model.classes:
        raise CapabilityError(
            tr("This model is label-conditioned: name a class from 0 to {classes}.", classes=model.classes - 1)
        )
    return torch.full((count,), label, dtype=torch.int64)


def _parts(count: int, model: ModelSnapshot) -> list[slice]:
    size = max(1, _CHUNK_VALUES // math.prod(model.image_shape))
    return [slice(start, start + size) for start in range(0, count, size)]
