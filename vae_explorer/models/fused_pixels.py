"""The Bernoulli's log probability and its slope by the logits in few passes over the pixels, for training."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from vae_explorer.models.pixels import Bernoulli

_HALVINGS = 5
"""So often factors are multiplied by each other, 32 of them at most: down to 2^-32, far from underflow."""


class FusedBernoulli(Bernoulli):
    """The same distributions: ``log_prob`` agrees to rounding, and has no second derivative."""

    def log_prob(self, x: Tensor) -> Tensor:
        """Return ``sum x * logits - softplus(logits)`` of each picture in nats."""
        value: Tensor = _LogProb.apply(self.logits, x, self.mask)  # type: ignore[no-untyped-call]
        return value


class _LogProb(torch.autograd.Function):
    """Value and slope share one sigmoid s.

    The softplus is ``max(l, 0) - log max(s, 1 - s)``. What stands under the logarithm lies between one half and one, so
    that a product of many such factors needs one logarithm.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
        flat = (logits if mask is None else logits * mask).flatten(-3)
        share = torch.sigmoid(flat)
        ctx.save_for_backward(share, x, mask)
        ctx.shape = logits.shape
        spare = torch.mul(flat, x.flatten(-3))
        value = spare.sum(dim=-1)
        value -= torch.clamp_min(flat, 0, out=spare).sum(dim=-1)
        torch.maximum(torch.sub(1, share, out=spare), share, out=spare)
        value += _sum_of_logs(spare)
        if mask is not None:  # what is left out has a logit of zero here, and with it log 2 nats
            value += (1 - mask).sum() * (math.prod(logits.shape[-3:-1]) * math.log(2))
        return value

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        share, x, mask = ctx.saved_tensors
        slope = torch.sub(x.flatten(-3), share).mul_(gradient.unsqueeze(-1)).view(ctx.shape)
        return slope if mask is None else slope.mul_(mask), None, None


def _sum_of_logs(factors: Tensor) -> Tensor:
    """Return the sum of the logarithms over the last dimension, of values from 1/2 to 1, which are lost."""
    count = factors.shape[-1]
    for _ in range(_HALVINGS):
        half = count // 2
        factors[..., :half].mul_(factors[..., count - half : count])
        count -= half
    return factors[..., :count].log().sum(dim=-1)
