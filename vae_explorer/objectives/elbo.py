"""The negative evidence lower bound, shared by all objectives that weigh its two parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, ObjectiveTerms

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import LatentVariableModel


def beta_setting(default: float) -> float:
    """Declare the weight of the KL, alike for all objectives that have one."""
    declared: float = setting(
        default,
        label=marked("beta"),
        minimum=0.0,
        maximum=1000.0,
        adjustable=True,
        help=marked(
            "Weight of the KL term. 1 is the ELBO; larger values pack the plane more tightly and blur the pictures."
        ),
    )
    return declared


def negative_elbo(
    model: LatentVariableModel, batch: Batch, *, beta: float = 1.0, free_bits: float = 0.0, generator: torch.Generator
) -> ObjectiveTerms:
    """Return ``-log p(x|z) + beta * KL(q(z|x) || p(z))`` with one sample z and the analytic KL, in nats per image.

    The prior is that of the model, which may depend on the label. For ``beta = 1`` the loss is an unbiased estimate
    of the negative ELBO (Kingma & Welling 2014, eq. 10); other values give the beta-VAE (Higgins et al. 2017, eq. 4).

    Parameters
    ----------
    free_bits
        Nats of KL in each dimension, averaged over the batch, that cost nothing (Kingma et al. 2016, eq. 15).
    """
    x = model.observe(batch.images, generator)
    posterior = model.posterior(x, batch.labels)
    z = posterior.rsample(generator)
    reconstruction = -model.likelihood(z, batch.labels, x).log_prob(x).mean()
    kl_per_dimension = posterior.kl(model.prior(batch.labels)).mean(dim=0)
    kl = kl_per_dimension.sum()
    paid = kl_per_dimension.clamp(min=free_bits).sum() if free_bits else kl
    loss = reconstruction + beta * paid
    scalars = {"loss": loss, "reconstruction": reconstruction, "kl": kl}
    scalars |= {f"kl_z{i + 1}": value for i, value in enumerate(kl_per_dimension)}
    return ObjectiveTerms(loss, scalars)
