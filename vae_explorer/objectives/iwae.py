"""Bounds from several samples: the importance-weighted autoencoder, and samples from the prior, which fail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class IWAEConfig(ObjectiveConfig):
    """Settings of the importance-weighted autoencoder."""

    name: ClassVar[str] = "iwae"

    samples: int = setting(
        5,
        label=marked("Samples k"),
        minimum=1,
        maximum=512,
        help=marked(
            "Points drawn for each picture. More make the bound tighter and the posterior free "
            "to spread; time grows with them."
        ),
    )
    gradient: str = setting(
        "plain",
        label=marked("Gradient"),
        choices={
            "plain": marked("Plain"),
            "stl": marked("Sticking the landing"),
            "dreg": marked("Doubly reparameterised"),
        },
        help=marked(
            "How the encoder learns. Sticking the landing drops a term that is zero on average "
            "for one sample and biased for more; doubly reparameterised keeps its signal however "
            "many samples there are."
        ),
    )


@dataclass(frozen=True, slots=True)
class PriorSamplingConfig(ObjectiveConfig):
    """Settings of naive prior sampling."""

    name: ClassVar[str] = "prior-sampling"

    samples: int = setting(
        10,
        label=marked("Samples k"),
        minimum=1,
        maximum=512,
        help=marked(
            "Points drawn from the prior for each picture. Hardly any falls where the picture is explained well."
        ),
    )


class IWAE:
    """Negative log of the mean importance weight of k points from the encoder (Burda, Grosse & Salakhutdinov 2016)."""

    def __init__(self, config: IWAEConfig) -> None:
        self.config = config
        self.samples = config.samples

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model without conditioning."""
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        return build_model(spec, config, family=Family(), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the bound; its gradient is the one that the settings name.

        ``stl`` takes log q without the direct dependence on its parameters (Roeder, Wu & Duvenaud 2017); ``dreg`` does
        so as well and weighs what reaches the encoder by the normalised weights once more (Tucker et al. 2019, eq. 8).
        ``reconstruction`` and ``kl`` are means over all samples, so that their sum is the ordinary negative ELBO.
        """
        x = model.observe(batch.images, generator)
        posterior = model.posterior(x, batch.labels)
        z = posterior.rsample(generator, self.config.samples)
        scoring = posterior if self.config.gradient == "plain" else posterior.detached()
        log_likelihood = model.likelihood(z, batch.labels, x).log_prob(x)
        log_weights = log_likelihood + model.prior(batch.labels).log_prob(z) - scoring.log_prob(z)
        loss = -log_mean_exp(log_weights).mean()
        if self.config.gradient == "dreg" and z.requires_grad:
            shares = log_weights.detach().softmax(dim=0)
            z.register_hook(lambda gradient: gradient * shares.unsqueeze(-1))  # type: ignore[no-untyped-call]
        kl_per_dimension = posterior.kl(model.prior(batch.labels)).mean(dim=0)
        scalars = {"loss": loss, "reconstruction": -log_likelihood.mean(), "kl": kl_per_dimension.sum()}
        scalars |= {f"kl_z{i + 1}": value for i, value in enumerate(kl_per_dimension)}
        return ObjectiveTerms(loss, scalars)


class PriorSampling:
    """Negative log of the mean likelihood of k points from the prior."""

    def __init__(self, config: PriorSamplingConfig) -> None:
        self.config = config
        self.samples = config.samples

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a decoder without an encoder."""
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        return build_model(spec, config, family=Family(encoder="none"), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return ``-log( 1/k sum_i p(x|z_i) )``: an upper bound of -log p(x) on average, and a loose one."""
        from vae_explorer.models.noise import normal

        x = model.observe(batch.images, generator)
        z = normal((self.config.samples, len(x), 2), generator, like=x)
        log_likelihood = model.likelihood(z, batch.labels, x).log_prob(x)
        loss = -log_mean_exp(log_likelihood).mean()
        return ObjectiveTerms(loss, {"loss": loss, "reconstruction": -log_likelihood.mean()})


def log_mean_exp(values: torch.Tensor) -> torch.Tensor:
    """Return the log of the mean of ``exp(values)`` over the first dimension."""
    return values.logsumexp(dim=0) - math.log(len(values))


ENTRY = ObjectiveEntry(
    name="iwae",
    title="IWAE",
    summary=marked(
        "Several points for each picture, weighed by how well they explain it: a tighter bound than the VAE's."
    ),
    formula=marked("-log( 1/k sum_i p(x | z_i) p(z_i) / q(z_i | x) ),   z_i from q(z | x)"),
    reference=marked("Burda, Grosse & Salakhutdinov 2016; gradients: Roeder et al. 2017, Tucker et al. 2019"),
    config_type=IWAEConfig,
    create=lambda config: IWAE(expect(config, IWAEConfig)),
)

PRIOR_SAMPLING = ObjectiveEntry(
    name="prior-sampling",
    title=marked("Naive prior sampling"),
    summary=marked(
        "No encoder: points come from the prior and compete for the pictures. It fails, and you can see why."
    ),
    formula=marked("-log( 1/k sum_i p(x | z_i) ),   z_i from N(0, I)"),
    reference=marked("the estimator that Kingma & Welling 2014 set out to replace"),
    config_type=PriorSamplingConfig,
    create=lambda config: PriorSampling(expect(config, PriorSamplingConfig)),
    unused=("model.posterior",),
)
