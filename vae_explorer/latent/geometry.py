"""The metric that a decoder pulls back to the plane: how much the pictures change in each direction, at each point.

``G = J'J`` (Tosi, Hauberg, Vellido & Lawrence 2014), with two directional derivatives rather than one row of J for each
pixel. Measured in the pixels of the mean picture, or by the Fisher information of p(x|z) (Arvanitidis et al. 2022).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vae_explorer.latent.immersions import MeanPictures, Space, immersed
from vae_explorer.latent.joint import as_floats, chunks
from vae_explorer.latent.metric_choice import Metric

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.models.family import LatentVariableModel

    FloatArray = npt.NDArray[np.float64]
    Index = slice | Tensor

__all__ = ["Metric", "PullbackMetric"]

_CHUNK_VALUES = 1 << 19
_CHUNK_POINTS = 512
_ONE_AT_A_TIME = threading.Lock()
"""torch counts the levels of forward differentiation for the whole process: two threads would end each other's."""


@dataclass(frozen=True, slots=True)
class _Immersion:
    function: Callable[[Tensor], Tensor]
    space: Space


class PullbackMetric:
    """The metric G(z) of the plane, by a model or by any smooth function.

    Make one with `of_model`, `of_function` or `mean`. It holds no state but the model, which must not change; use it
    from one worker thread at a time.
    """

    def __init__(self, immersions: Iterable[_Immersion], *, dtype: torch.dtype, at_once: int) -> None:
        self._immersions = tuple(immersions)
        self.dtype = dtype
        """Precision in which the function computes; results are float64."""
        self._at_once = at_once

    @classmethod
    def of_model(
        cls,
        network: LatentVariableModel,
        metric: Metric = "pixel",
        *,
        label: int | None = None,
        condition: npt.NDArray[np.uint8] | None = None,
    ) -> PullbackMetric:
        """Return the metric of a frozen model, as `ModelSnapshot.network` gives it.

        Parameters
        ----------
        network
            The model, on the CPU.
        metric
            ``pixel`` or ``fisher``.
        label
            Class that a label-conditioned model decodes with; others don't look at it.
        condition
            Picture ``[C, H, W]`` of bytes whose band a model of conditioning ``image`` completes.

        Raises
        ------
        CapabilityError
            If the model has no decoder, or no likelihood for the Fisher metric, or isn't told what it needs.
        """
        told = None if condition is None else as_floats(condition[None], network)
        function, space = immersed(
            network,
            metric,
            label=label if network.conditioning == "label" else None,
            told=told if network.conditioning == "image" else None,
        )
        at_once = max(1, _CHUNK_VALUES // math.prod(network.image_shape))
        return cls([_Immersion(function, space)], dtype=next(network.parameters()).dtype, at_once=at_once)

    @classmethod
    def of_function(cls, function: Callable[[Tensor], Tensor], *, dtype: torch.dtype = torch.float64) -> PullbackMetric:
        """Return the metric ``J'J`` of a function from points ``[N, 2]`` to values ``[N, ...]`` in Euclidean space."""
        return cls([_Immersion(function, MeanPictures())], dtype=dtype, at_once=_CHUNK_POINTS)

    @classmethod
    def mean(cls, metrics: Iterable[PullbackMetric]) -> PullbackMetric:
        """Return the mean of several metrics, such as the expected metric of some decoders or of the classes' ones."""
        members = tuple(metrics)
        immersions = [immersion for member in members for immersion in member._immersions]
        at_once = max(1, min(member._at_once for member in members) // len(members))
        return cls(immersions, dtype=members[0].dtype, at_once=at_once)

    def tensor(self, z: npt.ArrayLike) -> FloatArray:
        """Return G, float64 ``[N, 2, 2]``, at points ``[N, 2]``: the squared length of a small step u is ``u'Gu``."""
        points = np.asarray(z, dtype=np.float64).reshape(-1, 2)
        metric = np.empty((len(points), 2, 2))
        for part in chunks(len(points), self._at_once):
            metric[part] = self._tensor(torch.tensor(points[part], dtype=self.dtype)).numpy()
        return metric

    def squared_steps(self, z: Tensor) -> Tensor:
        """Return the squared length ``[M - 1]`` of each step of a curve through points ``[M, 2]``; differentiable.

        A step is the chord between two pictures, not the integral of the metric: for short steps they agree.
        """
        return self.squared_distances(z, [(slice(None, -1), slice(1, None))])[0]

    def squared_distances(self, z: Tensor, pairs: Sequence[tuple[Index, Index]]) -> list[Tensor]:
        """Return the squared chords between pairs of the points ``[M, 2]``, by their two indices; differentiable."""
        totals = [torch.zeros(()) for _ in pairs]
        for immersion in self._immersions:
            values = self._values(immersion, z)
            for number, pair in enumerate(pairs):
                totals[number] = totals[number] + self._chords(immersion.space, values, *pair)
        return [total / len(self._immersions) for total in totals]

    def _chords(self, space: Space, values: Tensor, first: Index, second: Index) -> Tensor:
        """Return squared chords; many pairs of large pictures in parts, which would fill the memory together."""
        if isinstance(first, Tensor) and isinstance(second, Tensor) and len(first) > self._at_once:
            parts = [slice(start, start + self._at_once) for start in range(0, len(first), self._at_once)]
            return torch.cat([self._chords(space, values, first[part], second[part]) for part in parts])
        here, there = values[first], values[second]
        change = there - here
        return space.product(here, there, change, change)

    def _values(self, immersion: _Immersion, z: Tensor) -> Tensor:
        if len(z) <= self._at_once:
            return immersion.function(z)
        return torch.cat([immersion.function(z[part]) for part in chunks(len(z), self._at_once)])

    def _tensor(self, z: Tensor) -> Tensor:
        total = torch.zeros(len(z), 2, 2, dtype=torch.float64)
        with torch.no_grad():
            for immersion in self._immersions:
                values, columns = _derivatives(immersion.function, z)
                here = values.double()
                for row, column in ((0, 0), (0, 1), (1, 1)):
                    total[:, row, column] += immersion.space.product(here, here, columns[row], columns[column])
        total[:, 1, 0] = total[:, 0, 1]
        return total / len(self._immersions)


def _derivatives(function: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Return the values of a function at points [N, 2] and its derivatives along both axes, these in float64.

    A directional derivative is the derivative by w of ``w'J`` in that direction (Townsend 2017): as quick as forward
    mode, whose first use imports torch's compiler for some seconds.
    """
    with torch.enable_grad():
        points = z.detach().requires_grad_()
        values = function(points)
        weights = torch.zeros_like(values, requires_grad=True)
        # A weighted sum: given the weights beside the values instead, torch imports its compiler to compare the shapes.
        (pulled,) = torch.autograd.grad((weights * values).sum(), points, create_graph=True)
        (first,) = torch.autograd.grad(pulled[:, 0].sum(), weights, retain_graph=True)
        (second,) = torch.autograd.grad(pulled[:, 1].sum(), weights)
    return values.detach(), (first.double(), second.double())
