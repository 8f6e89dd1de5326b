"""What conditional models are told on the dense path, beside pictures and points."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_explorer.models.layers import LATENT_DIMENSIONS
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_pictures import Hole
from vae_explorer.training.dense_plan import DensePlan
from vae_explorer.training.dense_products import Call

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Conditions:
    """What is told of the pictures of a batch, and where it goes.

    Parameters
    ----------
    plan, memory
        The model, and where its class means are.
    pictures
        ``[N, D]``, in the precision of the products.
    unit
        What they must be multiplied by.
    z
        ``[N, 2]``: the points.

    Attributes
    ----------
    labels
        Int64 ``[N]``: to be filled before a step; None where nobody asks for them.
    seen
        ``[N, D]``, or more columns: what the encoder sees, in the precision of the products.
    joined
        ``[N, I]``: what the decoder sees, in the precision of the weights.
    told
        ``[N, I - 2]``: the part of that beside the points.
    hole
        Columns of the picture that are told, and count for nothing.
    observe, join
        Calls after the pictures were observed, and after the points were drawn.
    """

    def __init__(self, plan: DensePlan, memory: FlatMemory, pictures: Tensor, unit: float, z: Tensor) -> None:
        self._plan, self._memory = plan, memory
        batch = len(z)
        told = plan.decoder.plane.in_features - LATENT_DIMENSIONS
        needs_labels = plan.conditioning in ("label", "class-mean")
        labels = torch.zeros(batch if needs_labels else 0, dtype=torch.int64)
        self._labels = labels
        self.labels: npt.NDArray[np.int64] | None = labels.numpy() if needs_labels else None
        self.seen, self.joined = pictures, z
        self.observe: list[Call] = []
        self.join: list[Call] = []
        self.hole = None if plan.band is None else Hole(plan.band)
        if told:
            self.joined = torch.zeros(batch, LATENT_DIMENSIONS + told, dtype=z.dtype)
            self.join = [partial(self.joined[:, :LATENT_DIMENSIONS].copy_, z)]
        self.told = self.joined[:, LATENT_DIMENSIONS:]
        if plan.conditioning == "label":
            self._see_labels(pictures, unit)
        elif plan.band is not None:
            self._see_band(pictures, unit)

    def _see_labels(self, pictures: Tensor, unit: float) -> None:
        """Give labels as ones among zeros to decoder and encoder, which multiplies all by the unit."""
        batch, values = pictures.shape
        self.seen = torch.zeros(batch, values + self.told.shape[1], dtype=pictures.dtype)
        one = torch.ones(batch, 1, dtype=self.told.dtype)
        self.observe = [
            self.told.zero_,
            partial(self.told.scatter_, 1, self._labels.unsqueeze(1), one),
            partial(self.seen[:, :values].copy_, pictures),
            partial(torch.mul, self.told, 1 / unit, out=self.seen[:, values:]),
        ]

    def _see_band(self, pictures: Tensor, unit: float) -> None:
        if self.hole is None:
            return
        band = self.hole.of(pictures)
        self.observe = [partial(self.told.view(band.shape).copy_, band)]
        if unit != 1.0:
            self.observe.append(partial(self.told.mul_, unit))

    def to_priors(self, parameters: Tensor) -> list[Call]:
        """Return the calls after which the posteriors' means are those seen from the means of their priors."""
        if self._plan.class_means is None:
            return []
        means = self._memory.view(self._memory.values, self._plan.class_means)
        own = torch.zeros(len(self._labels), LATENT_DIMENSIONS, dtype=means.dtype)
        return [
            partial(torch.index_select, means, 0, self._labels, out=own),
            partial(parameters[:, :LATENT_DIMENSIONS].sub_, own),
        ]

    def backward(self, parameters: Tensor, beta: float) -> list[Call]:
        """Return the calls that compute the gradient of the class means: minus that of the KL by the posteriors'."""
        if self._plan.class_means is None:
            return []
        gradient = self._memory.view(self._memory.gradients, self._plan.class_means)
        return [
            gradient.zero_,
            partial(gradient.index_add_, 0, self._labels, parameters[:, :LATENT_DIMENSIONS], alpha=-beta),
        ]
