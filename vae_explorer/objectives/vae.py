"""The variational autoencoder with a standard normal prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import ModelConfig, setting
from vae_explorer.objectives.base import Batch, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms
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


class VAE:
    """Negative ELBO of a model with one encoder, one decoder and the prior N(0, I)."""

    def __init__(self, config: VAEConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model without conditioning."""
        from vae_explorer.models.build import build_model

        return build_model(spec, config, conditioning="none", generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, step: int, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO, weighted by beta."""
        return negative_elbo(model, batch, beta=self.config.beta, generator=generator)


def _create(config: ObjectiveConfig) -> VAE:
    if not isinstance(config, VAEConfig):
        raise TypeError(f"expected VAEConfig, got {type(config).__name__}")
    return VAE(config)


ENTRY = ObjectiveEntry(
    name="vae",
    title="VAE",
    summary="Reconstruct each picture from a noisy point of the plane, and keep the points close to a normal cloud.",
    formula="-log p(x | z) + beta · KL( q(z | x) ‖ N(0, I) ),   z = mu(x) + sigma(x) · eps",
    reference="Kingma & Welling 2014; beta: Higgins et al. 2017",
    config_type=VAEConfig,
    create=_create,
)
