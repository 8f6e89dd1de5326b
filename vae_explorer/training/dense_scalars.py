"""The terms of steps on the dense path, kept as raw sums and worked out for many steps at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.models.likelihoods import SampledBernoulli
from vae_explorer.objectives.autoencoder import Autoencoder
from vae_explorer.objectives.base import Moment, Objective
from vae_explorer.objectives.cvae import ConditionalVAE, ImageConditionedVAE
from vae_explorer.objectives.vae import VAE, BetaVAE, SampledKLVAE
from vae_explorer.training.dense_latent import kl_to_prior
from vae_explorer.training.dense_plan import DensePlan

_ELBO = ("loss", "reconstruction", "kl", "kl_z1", "kl_z2")
_TERMS: dict[type, tuple[str, ...]] = {
    Autoencoder: ("loss", "reconstruction"),
    SampledKLVAE: ("loss", "reconstruction", "kl"),
    VAE: _ELBO,
    BetaVAE: (*_ELBO, "beta"),
    ConditionalVAE: _ELBO,
    ImageConditionedVAE: (*_ELBO, "regression"),
}


@dataclass(frozen=True, slots=True)
class Weighing:
    """How an objective weighs the divergence from the prior.

    Attributes
    ----------
    objective
        Any.
    """

    objective: Objective

    def takes(self, plan: DensePlan) -> bool:
        """Return whether the objective is one of those here, and the model one that it trains.

        Subclasses may compute something else. A model that completes pictures looks at them twice, which draws twice
        where they are drawn.
        """
        if type(self.objective) not in _TERMS or plan.encoder is None:
            return False
        completes = type(self.objective) is ImageConditionedVAE
        looks_twice = completes and type(plan.likelihood) is SampledBernoulli
        return completes == (plan.regressor is not None) and not looks_twice

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        return _TERMS[type(self.objective)]

    @property
    def is_sampled(self) -> bool:
        """Whether the divergence is estimated at the point that is decoded."""
        return type(self.objective) is SampledKLVAE

    @property
    def free_bits(self) -> float:
        """Nats of divergence in each dimension that cost nothing."""
        return self.objective.config.free_bits if isinstance(self.objective, BetaVAE) else 0.0

    def beta_at(self, moment: Moment) -> float:
        """Return the weight of the analytic divergence."""
        if isinstance(self.objective, BetaVAE):
            return self.objective.beta_at(moment)
        if isinstance(self.objective, ConditionalVAE):
            return self.objective.beta
        return 1.0 if isinstance(self.objective, (VAE, ImageConditionedVAE)) else 0.0

    def terms(
        self, reconstruction: Tensor, parameters: Tensor, sampled: Tensor, betas: Tensor, regression: Tensor | None
    ) -> Tensor:
        """Return the terms of S steps, ``[S, T]``.

        Parameters
        ----------
        reconstruction
            ``[S]``, in nats an image.
        parameters
            ``[S, N, P]``: of the posteriors, their means as seen from those of the priors.
        sampled
            ``[S]``: the estimated divergence, where it is estimated.
        betas
            ``[S]``.
        regression
            ``[S]``, in nats an image, where there is a regressor.
        """
        if type(self.objective) is Autoencoder:
            return torch.stack([reconstruction, reconstruction], dim=1)
        if self.is_sampled:
            return torch.stack([reconstruction + sampled, reconstruction, sampled], dim=1)
        each = kl_to_prior(parameters)
        kl = each.sum(dim=1)
        paid = each.clamp(min=self.free_bits).sum(dim=1) if self.free_bits else kl
        columns = [reconstruction + betas * paid, reconstruction, kl, each[:, 0], each[:, 1]]
        columns += [betas] if type(self.objective) is BetaVAE else []
        return torch.stack(columns if regression is None else [*columns, regression], dim=1)
