"""Several points for each picture on the dense path, and what their weights and gradients need.

Gradients are summed over the batch. With weights w that sum to one for each picture, those of the bound are ``w`` times
the gradients of ``-log p(x|z) - log p(z) + log q(z|x)`` (Burda, Grosse & Salakhutdinov 2016, eq. 14).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from vae_explorer.training.dense_products import Call


class PriorPoints:
    """Points of N(0, I).

    Parameters
    ----------
    shape
        Points for each picture, and pictures.
    dtype
        Of the tensors.
    generator
        Draws them.

    Attributes
    ----------
    z
        ``[K, N, 2]``.
    """

    def __init__(self, shape: tuple[int, int], dtype: torch.dtype, generator: torch.Generator) -> None:
        self.z = torch.zeros(*shape, 2, dtype=dtype)
        self.draw: list[Call] = [partial(self.z.normal_, generator=generator)]


class EncodedPoints:
    """Points of the encoder's distributions, ``z = mu + L eps``.

    Parameters
    ----------
    parameters
        ``[N, P]``: means, log variances, then the element of L below the diagonal, if any, in units of its own.
    samples
        Points for each picture.
    generator
        Draws eps.
    kind
        Of the gradient, as in ``objective.gradient``.

    Attributes
    ----------
    z, by_z
        ``[K, N, 2]``: the points, and the gradient of the loss by them.
    ratios
        ``[K, N]``: ``log p(z) - log q(z|x)``.
    gradient
        ``[N, P]``: of the loss by the parameters.
    draw
        Fills `z` and `ratios`.
    """

    def __init__(self, parameters: Tensor, samples: int, generator: torch.Generator, kind: str) -> None:
        count = len(parameters)
        shape = samples, count, 2
        self.z, self.by_z, self._noise, self._spare = torch.zeros(4, *shape, dtype=parameters.dtype).unbind()
        self.ratios, self._one = torch.zeros(2, samples, count, dtype=parameters.dtype).unbind()
        self.gradient = torch.zeros_like(parameters)
        self._kind = kind
        self._scale = torch.zeros(count, 2, dtype=parameters.dtype)
        self._mean, self._log_var = parameters[:, :2], parameters[:, 2:4]
        self._lower = parameters[:, 4] if parameters.shape[1] > 4 else None
        self.draw: list[Call] = [
            partial(self._noise.normal_, generator=generator),
            partial(torch.mul, self._log_var, 0.5, out=self._scale),
            self._scale.exp_,
            partial(torch.addcmul, self._mean, self._scale, self._noise, out=self.z),
        ]
        if self._lower is not None:
            self.draw.append(partial(self.z[..., 1].addcmul_, self._lower, self._noise[..., 0]))
        self.draw += self._compare()

    def _compare(self) -> list[Call]:
        """Return the calls for ``(eps^2 - z^2 + log sigma^2) / 2``, summed over the dimensions."""
        spare, ratios = self._spare, self.ratios
        return [
            partial(torch.mul, self._noise, self._noise, out=spare),
            partial(spare.addcmul_, self.z, self.z, value=-1),
            partial(spare.add_, self._log_var),
            partial(torch.sum, spare, -1, out=ratios),
            partial(ratios.mul_, 0.5),
        ]

    def backward(self, weights: Tensor) -> list[Call]:
        """Return the calls that compute the gradient by the parameters from that by the points, weights ``[K, N]``.

        The decoder's part is there already, weighed. In ``plain`` the density's direct dependence on its parameters
        adds minus one half by each log variance; in the others (Roeder et al. 2017; Tucker et al. 2019, eq. 8) it is
        left out, and the density's slope by the point, ``-L^-T eps``, stays.
        """
        by_z, spare, gradient, each = self.by_z, self._spare, self.gradient, weights.unsqueeze(-1)
        by_log_var = gradient[:, 2:4]
        calls: list[Call] = [partial(by_z.addcmul_, self.z, each)]
        if self._kind != "plain":
            calls += [*self._unwhiten(), partial(by_z.addcmul_, spare, each, value=-1)]
        if self._kind == "dreg":
            calls.append(partial(by_z.mul_, each))
        calls += [
            partial(torch.sum, by_z, 0, out=gradient[:, :2]),
            partial(torch.mul, by_z, self._noise, out=spare),
            partial(torch.sum, spare, 0, out=by_log_var),
            partial(by_log_var.mul_, self._scale),
            partial(by_log_var.mul_, 0.5),
        ]
        if self._kind == "plain":
            calls.append(partial(by_log_var.sub_, 0.5))
        if self._lower is not None:
            calls.append(partial(torch.mul, by_z[..., 1], self._noise[..., 0], out=self._one))
            calls.append(partial(torch.sum, self._one, 0, out=gradient[:, 4]))
        return calls

    def _unwhiten(self) -> list[Call]:
        """Return the calls that write ``L^-T eps``."""
        spare, one, scale = self._spare, self._one, self._scale
        calls: list[Call] = [partial(torch.div, self._noise, scale, out=spare)]
        if self._lower is not None:
            calls += [
                partial(torch.mul, spare[..., 1], self._lower, out=one),
                partial(one.div_, scale[:, 0]),
                partial(spare[..., 0].sub_, one),
            ]
        return calls
