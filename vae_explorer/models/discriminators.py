"""Discriminators: networks that tell pictures of the data from pictures of a generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from vae_explorer.models.distributions import DiagonalGaussian
from vae_explorer.models.layers import ConvEncoderBody, DenseEncoderBody, ExactLinear

LARGEST_LOG_VAR = 8.0
"""Largest log variance of a code, either way: beyond it a step too large would end in an overflow of the KL."""


class Discriminator(nn.Module):
    """One logit a picture: positive where it looks like the data.

    Parameters
    ----------
    body
        Finds features, as an encoder's does.
    """

    def __init__(self, body: DenseEncoderBody | ConvEncoderBody) -> None:
        super().__init__()
        self.body = body
        self.logit = ExactLinear(body.features, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``[N]`` of pictures ``[N, C, H, W]`` with values in 0 to 1."""
        logits: Tensor = self.logit(self.body(x, None)).squeeze(1)
        return logits


class BottleneckDiscriminator(nn.Module):
    """A discriminator that sees a picture through a noisy code of few nats (Peng et al. 2019).

    Parameters
    ----------
    body
        Finds features, as an encoder's does.
    code
        Dimensions of the code.
    """

    def __init__(self, body: DenseEncoderBody | ConvEncoderBody, code: int) -> None:
        super().__init__()
        self.body = body
        self.mean = ExactLinear(body.features, code)
        self.log_var = ExactLinear(body.features, code)
        self.logit = ExactLinear(code, 1)

    def code(self, x: Tensor) -> DiagonalGaussian:
        """Return the code's distribution for pictures ``[N, C, H, W]``: mean and log variance ``[N, D]``."""
        features = self.body(x, None)
        log_var = self.log_var(features).clamp(-LARGEST_LOG_VAR, LARGEST_LOG_VAR)
        return DiagonalGaussian(self.mean(features), log_var)

    def judge(self, code: Tensor) -> Tensor:
        """Return logits ``[N]`` of codes ``[N, D]``."""
        logits: Tensor = self.logit(code).squeeze(1)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``[N]`` at the mean of the code of each picture ``[N, C, H, W]``."""
        return self.judge(self.code(x).mean)


def bound_spectral_norms(module: nn.Module, generator: torch.Generator) -> None:
    """Divide the weights of all layers by their largest singular value, from now on (Miyato et al. 2018).

    The singular vectors that power iteration starts from are drawn from `generator`; they are part of the state, and
    move on by one iteration at every pass in training mode.
    """
    seed = int(torch.randint(1 << 31, (1,), generator=generator))
    layers = [layer for layer in module.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in layers:
            parametrizations.spectral_norm(layer)


def is_spectrally_bound(module: nn.Module) -> bool:
    """Whether `bound_spectral_norms` was applied."""
    return any(parametrize.is_parametrized(layer) for layer in module.modules())
