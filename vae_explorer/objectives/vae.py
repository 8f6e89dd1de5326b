"""The variational autoencoder with a standard normal prior, in three forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.objectives.elbo import beta_setting, negative_elbo
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class VAEConfig(ObjectiveConfig):
    """Settings of the variational autoencoder: it has none of its own."""

    name: ClassVar[str] = "vae"


@dataclass(frozen=True, slots=True)
class SampledKLConfig(ObjectiveConfig):
    """Settings of the VAE whose KL is estimated: it has none of its own."""

    name: ClassVar[str] = "vae-sampled-kl"


@dataclass(frozen=True, slots=True)
class BetaVAEConfig(ObjectiveConfig):
    """Settings of the beta-VAE."""

    name: ClassVar[str] = "beta-vae"

    beta: float = beta_setting(4.0)
    warm_up: float = setting(
        0.0,
        label=marked("Warm-up"),
        unit=marked("epochs"),
        minimum=0.0,
        maximum=100_000.0,
        help=marked(
            "Over how many epochs beta grows from 0 to its value; a slow start can save a dimension from dying."
        ),
    )
    free_bits: float = setting(
        0.0,
        label=marked("Free nats"),
        unit=marked("nats"),
        minimum=0.0,
        maximum=20.0,
        advanced=True,
        adjustable=True,
        help=marked("KL of each dimension, as a mean over the batch, that costs nothing. 0 turns it off."),
    )


class VAE:
    """Negative ELBO of a model with one encoder, one decoder and the prior N(0, I)."""

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model without conditioning."""
        return _unconditional(spec, config, generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO."""
        return negative_elbo(model, batch, generator=generator)


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
        self.config = config

    def beta_at(self, moment: Moment) -> float:
        """Return beta at a moment of the run."""
        warm_up = self.config.warm_up
        return self.config.beta * (min(1.0, moment.epoch / warm_up) if warm_up else 1.0)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO, weighted by beta as it is at this moment."""
        beta = self.beta_at(moment)
        terms = negative_elbo(model, batch, beta=beta, free_bits=self.config.free_bits, generator=generator)
        return ObjectiveTerms(terms.loss, {**terms.scalars, "beta": terms.loss.new_full((), beta)})


def _unconditional(spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
    from vae_explorer.models.build import build_model
    from vae_explorer.models.family import Family

    return build_model(spec, config, family=Family(), generator=generator)


def _create_vae(config: ObjectiveConfig) -> VAE:
    expect(config, VAEConfig)
    return VAE()


def _create_sampled_kl(config: ObjectiveConfig) -> SampledKLVAE:
    expect(config, SampledKLConfig)
    return SampledKLVAE()


ENTRY = ObjectiveEntry(
    name="vae",
    title="VAE",
    summary=marked(
        "Reconstruct each picture from a noisy point of the plane, and keep the points close to a normal cloud."
    ),
    formula=marked("-log p(x | z) + KL( q(z | x) ‖ N(0, I) ),   z = mu(x) + sigma(x) · eps"),
    reference=marked("Kingma & Welling 2014; Rezende, Mohamed & Wierstra 2014"),
    config_type=VAEConfig,
    create=_create_vae,
)

SAMPLED_KL = ObjectiveEntry(
    name="vae-sampled-kl",
    title=marked("VAE, one-sample KL"),
    summary=marked(
        "The VAE with its KL estimated at the one point that is decoded: right on average, with more noise."
    ),
    formula=marked("-log p(x | z) + log q(z | x) - log p(z),   z = mu(x) + sigma(x) · eps"),
    reference=marked("Kingma & Welling 2014, estimator A"),
    config_type=SampledKLConfig,
    create=_create_sampled_kl,
)

BETA_VAE = ObjectiveEntry(
    name="beta-vae",
    title="beta-VAE",
    summary=marked("Weigh the KL more, or let it grow: watch the rate fall, the distortion rise, and dimensions die."),
    formula=marked("-log p(x | z) + beta · sum_i max( KL_i, free ),   KL_i of dimension i of q(z | x) to N(0, 1)"),
    reference=marked("Higgins et al. 2017; warm-up: Bowman et al. 2016; free nats: Kingma et al. 2016"),
    config_type=BetaVAEConfig,
    create=lambda config: BetaVAE(expect(config, BetaVAEConfig)),
)
