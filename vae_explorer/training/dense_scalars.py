"""The terms of steps on the dense path, kept as raw sums and worked out for many steps at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from vae_explorer.objectives.autoencoder import Autoencoder
from vae_explorer.objectives.base import Moment, Objective
from vae_explorer.objectives.vae import VAE, BetaVAE, SampledKLVAE
from vae_explorer.training.dense_latent import kl_to_prior

_TERMS = {
    Autoencoder: ("loss", "reconstruction"),
    SampledKLVAE: ("loss", "reconstruction", "kl"),
    VAE: ("loss", "reconstruction", "kl", "kl_z1", "kl_z2"),
    BetaVAE: ("loss", "reconstruction", "kl", "kl_z1", "kl_z2", "beta"),
}


@dataclass(frozen=True, slots=True)
class Weighing:
    """How an objective weighs the divergence from the prior.

    Attributes
    ----------
    objective
        One of those that `knows` names.
    """

    objective: Objective

    @staticmethod
    def knows(objective: Objective) -> bool:
        """Return whether an objective is one of those here; subclasses may compute something else."""
        return type(objective) in _TERMS

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
        return 1.0 if type(self.objective) is VAE else 0.0

    def terms(self, reconstruction: Tensor, parameters: Tensor, sampled: Tensor, betas: Tensor) -> Tensor:
        """Return the terms of S steps, ``[S, T]``.

        Parameters
        ----------
        reconstruction
            ``[S]``, in nats an image.
        parameters
            ``[S, N, P]``: of the posteriors.
        sampled
            ``[S]``: the estimated divergence, where it is estimated.
        betas
            ``[S]``.
        """
        if type(self.objective) is Autoencoder:
            return torch.stack([reconstruction, reconstruction], dim=1)
        if self.is_sampled:
            return torch.stack([reconstruction + sampled, reconstruction, sampled], dim=1)
        each = kl_to_prior(parameters)
        kl = each.sum(dim=1)
        paid = each.clamp(min=self.free_bits).sum(dim=1) if self.free_bits else kl
        columns = [reconstruction + betas * paid, reconstruction, kl, each[:, 0], each[:, 1]]
        return torch.stack(columns + ([betas] if type(self.objective) is BetaVAE else []), dim=1)
