"""The variational autoencoder with a standard normal prior, in three forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import ModelConfig, setting
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms
from vae_explorer.objectives.elbo import negative_elbo

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel

BETA = setting(
    1.0,
    label="beta",
    minimum=0.0,
    maximum=1000.0,
    help="Weight of the KL term. 1 is the VAE; larger values pack the plane more tightly and blur the pictures.",
)


@dataclass(frozen=True, slots=True)
class VAEConfig(ObjectiveConfig):
    """Settings of the variational autoencoder."""

    name: ClassVar[str] = "vae"

    beta: float = BETA


@dataclass(frozen=True, slots=True)
class SampledKLConfig(ObjectiveConfig):
    """Settings of the VAE whose KL is estimated: it has none of its own."""

    name: ClassVar[str] = "vae-sampled-kl"


@dataclass(frozen=True, slots=True)
class BetaVAEConfig(ObjectiveConfig):
    """Settings of the beta-VAE."""

    name: ClassVar[str] = "beta-vae"

    beta: float = setting(
        4.0,
        label="beta",
        minimum=0.0,
        maximum=1000.0,
        help="Weight of the KL term. 1 is the VAE; larger values pack the plane more tightly and blur the pictures.",
    )
    warm_up: float = setting(
        0.0,
        label="Warm-up",
        unit="epochs",
        minimum=0.0,
        maximum=100_000.0,
        help="Over how many epochs beta grows from 0 to its value; a slow start can save a dimension from dying.",
    )
    free_bits: float = setting(
        0.0,
        label="Free nats",
        unit="nats",
        minimum=0.0,
        maximum=20.0,
        advanced=True,
        help="KL of each dimension, as a mean over the batch, that costs nothing. 0 turns it off.",
    )


class VAE:
    """Negative ELBO of a model with one encoder, one decoder and the prior N(0, I)."""

    def __init__(self, config: VAEConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model without conditioning."""
        return _unconditional(spec, config, generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO, weighted by beta."""
        return negative_elbo(model, batch, beta=self.config.beta, generator=generator)


class SampledKLVAE:
    """Negative ELBO whose KL is the log ratio of the densities at the one sample that is decoded."""

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model without conditioning."""
        return _unconditional(spec, config, generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return ``-log p(x|z) + log q(z|x) - log p(z)`` at one z (Kingma & Welling 2014, eq. 6)."""
        x = model.observe(batch.images, generator)
        posterior = model.posterior(x, batch.labels)
        z = posterior.rsample(generator)
        reconstruction = -model.likelihood(z, batch.labels, x).log_prob(x).mean()
        kl = (posterior.log_prob(z) - model.prior(batch.labels).log_prob(z)).mean()
        loss = reconstruction + kl
        return ObjectiveTerms(loss, {"loss": loss, "reconstruction": reconstruction, "kl": kl})


class BetaVAE(VAE):
    """Negative ELBO with a weighted KL that may start at nothing, and may be free up to a bound."""

    def __init__(self, config: BetaVAEConfig) -> None:
        self.settings = config

    def beta_at(self, moment: Moment) -> float:
        """Return beta at a moment of the run."""
        warm_up = self.settings.warm_up
        return self.settings.beta * (min(1.0, moment.epoch / warm_up) if warm_up else 1.0)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO, weighted by beta as it is at this moment."""
        beta = self.beta_at(moment)
        terms = negative_elbo(model, batch, beta=beta, free_bits=self.settings.free_bits, generator=generator)
        return ObjectiveTerms(terms.loss, {**terms.scalars, "beta": terms.loss.new_tensor(beta)})


def _unconditional(spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
    from vae_explorer.models.build import build_model
    from vae_explorer.models.family import Family

    return build_model(spec, config, family=Family(), generator=generator)


def _create(config: ObjectiveConfig) -> VAE:
    if isinstance(config, BetaVAEConfig):
        return BetaVAE(config)
    if isinstance(config, VAEConfig):
        return VAE(config)
    raise TypeError(f"expected the settings of a VAE, got {type(config).__name__}")


ENTRY = ObjectiveEntry(
    name="vae",
    title="VAE",
    summary="Reconstruct each picture from a noisy point of the plane, and keep the points close to a normal cloud.",
    formula="-log p(x | z) + beta · KL( q(z | x) ‖ N(0, I) ),   z = mu(x) + sigma(x) · eps",
    reference="Kingma & Welling 2014; beta: Higgins et al. 2017",
    config_type=VAEConfig,
    create=_create,
)

SAMPLED_KL = ObjectiveEntry(
    name="vae-sampled-kl",
    title="VAE, one-sample KL",
    summary="The VAE with its KL estimated at the one point that is decoded: right on average, with more noise.",
    formula="-log p(x | z) + log q(z | x) - log p(z),   z = mu(x) + sigma(x) · eps",
    reference="Kingma & Welling 2014, estimator A",
    config_type=SampledKLConfig,
    create=lambda _: SampledKLVAE(),
)

BETA_VAE = ObjectiveEntry(
    name="beta-vae",
    title="beta-VAE",
    summary="Weigh the KL more, or let it grow: watch the rate fall, the distortion rise, and dimensions die.",
    formula="-log p(x | z) + beta · sum_i max( KL_i, free ),   KL_i of dimension i of q(z | x) to N(0, 1)",
    reference="Higgins et al. 2017; warm-up: Bowman et al. 2016; free nats: Kingma et al. 2016",
    config_type=BetaVAEConfig,
    create=_create,
)
