"""Likelihoods: what a decoder's output means, and which picture it is the likelihood of.

Values under different likelihoods are different quantities and never stand in one column.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from vae_explorer.language import marked, tr
from vae_explorer.models.noise import bernoulli
from vae_explorer.models.pixels import Bernoulli, ContinuousBernoulli, PixelDistribution, PixelGaussian
from vae_explorer.registry import unknown_name
from vae_explorer.sections import ModelConfig

_THRESHOLD = 0.5
_LOWEST_LOG_VAR = 2 * math.log(1 / 255)
"""No narrower than one grey level: pictures of bytes say nothing finer, and a density could grow without bound."""
_HIGHEST_LOG_VAR = 2.0
_FIRST_DEVIATION = 0.2


class Likelihood(nn.Module):
    """Turns a decoder's output into p(x|z).

    Attributes
    ----------
    name
        As in ``model.likelihood``.
    title
        For the window and for tables: what kind of quantity its values are.
    maps
        How many values the decoder gives for each value of a picture.
    kind
        ``probability`` of binary pictures, ``density`` of grey levels, or ``cross-entropy``, which is neither.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    maps: ClassVar[int] = 1
    kind: ClassVar[str]

    def observe(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return the pictures that are encoded and scored, made of grey levels ``[N, C, H, W]`` in 0 to 1.

        Without a generator nothing is drawn: a likelihood that binarises at random then takes a threshold.
        """
        del generator
        return images

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> PixelDistribution:
        """Return the distribution that the decoder's output ``[..., maps * C, H, W]`` stands for."""
        raise NotImplementedError


class GreyBernoulli(Likelihood):
    """Cross-entropy of grey levels."""

    name = "bernoulli"
    title = marked("Bernoulli, grey-level cross-entropy")
    kind = "cross-entropy"
    distribution: type[Bernoulli] = Bernoulli
    """What is made of the logits; a model for training alone may take one that is quicker."""

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> Bernoulli:
        """Return Bernoulli distributions with these logits."""
        return self.distribution(parameters, mask)


class SampledBernoulli(GreyBernoulli):
    """Probability of binary pictures that are drawn anew from the grey levels each time they are seen."""

    name = "bernoulli-sampled"
    title = marked("Bernoulli, pixels binarised anew each time")
    kind = "probability"

    def observe(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return each pixel as 1 with the probability of its grey level (Salakhutdinov & Murray 2008)."""
        if generator is None:
            return (images > _THRESHOLD).to(images.dtype)
        return bernoulli(images, generator)


class ThresholdBernoulli(GreyBernoulli):
    """Probability of binary pictures: what is brighter than half is 1."""

    name = "bernoulli-threshold"
    title = marked("Bernoulli, pixels thresholded at one half")
    kind = "probability"

    def observe(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return 1 where a grey level is above one half."""
        del generator
        return (images > _THRESHOLD).to(images.dtype)


class ContinuousBernoulliLikelihood(Likelihood):
    """A density on grey levels that has the Bernoulli's shape and is normalised.

    A black pixel's density grows as the logarithm of its logit, without a ceiling: on digits losses fall below -2000
    nats, and a KL of a hundred is cheap beside them. Gradients agree with finite differences there.
    """

    name = "continuous-bernoulli"
    title = marked("Continuous Bernoulli density")
    kind = "density"

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> ContinuousBernoulli:
        """Return continuous Bernoulli densities with these logits."""
        return ContinuousBernoulli(parameters, mask)


class FixedGaussian(Likelihood):
    """Normal densities of one deviation that a person chooses."""

    name = "gaussian"
    title = marked("Gaussian density, fixed deviation")
    kind = "density"

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.log_var: Tensor
        self.register_buffer("log_var", torch.tensor([2 * math.log(deviation)]))

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> PixelGaussian:
        """Return normal densities around the sigmoid of the decoder's output."""
        return PixelGaussian(torch.sigmoid(parameters), self.log_var, mask)


class SharedGaussian(Likelihood):
    """Normal densities of one deviation that is learned (sigma-VAE, Rybkin, Daniilidis & Levine 2021)."""

    name = "gaussian-shared"
    title = marked("Gaussian density, one learned deviation")
    kind = "density"

    def __init__(self) -> None:
        super().__init__()
        self.log_var = nn.Parameter(torch.tensor([2 * math.log(_FIRST_DEVIATION)]))

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> PixelGaussian:
        """Return normal densities around the sigmoid of the decoder's output."""
        return PixelGaussian(torch.sigmoid(parameters), self.log_var.clamp(_LOWEST_LOG_VAR, _HIGHEST_LOG_VAR), mask)


class PixelwiseGaussian(Likelihood):
    """Normal densities whose deviation the decoder gives for each value."""

    name = "gaussian-pixel"
    title = marked("Gaussian density, a deviation for each pixel")
    kind = "density"
    maps = 2

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> PixelGaussian:
        """Return normal densities; the decoder's second half is a log variance, held softly within its bounds."""
        means, log_vars = parameters.chunk(2, dim=-3)
        span = _HIGHEST_LOG_VAR - _LOWEST_LOG_VAR
        return PixelGaussian(torch.sigmoid(means), _LOWEST_LOG_VAR + span * torch.sigmoid(log_vars), mask)

    @staticmethod
    def first_bias() -> float:
        """Return the decoder's bias with which the deviation starts where that of the shared one does."""
        share = (2 * math.log(_FIRST_DEVIATION) - _LOWEST_LOG_VAR) / (_HIGHEST_LOG_VAR - _LOWEST_LOG_VAR)
        return math.log(share / (1 - share))


LIKELIHOODS: dict[str, type[Likelihood]] = {
    kind.name: kind
    for kind in (
        GreyBernoulli,
        SampledBernoulli,
        ThresholdBernoulli,
        ContinuousBernoulliLikelihood,
        FixedGaussian,
        SharedGaussian,
        PixelwiseGaussian,
    )
}


def build_likelihood(config: ModelConfig) -> Likelihood:
    """Return the likelihood that the settings name.

    Raises
    ------
    KeyError
        If there is none of this name; settings only accept those of the list.
    """
    if config.likelihood == FixedGaussian.name:
        return FixedGaussian(config.deviation)
    if config.likelihood not in LIKELIHOODS:
        raise KeyError(unknown_name(tr("likelihood"), config.likelihood, LIKELIHOODS))
    return LIKELIHOODS[config.likelihood]()
