"""Conditional variational autoencoders: two ways to tell the model which class a picture belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from vae_explorer.config import ModelConfig
from vae_explorer.objectives.base import Batch, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms
from vae_explorer.objectives.elbo import negative_elbo
from vae_explorer.objectives.vae import BETA

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class ClassMeanConfig(ObjectiveConfig):
    """Settings of the CVAE whose prior has a learned mean for each class."""

    name: ClassVar[str] = "cvae-class-mean"

    beta: float = BETA


@dataclass(frozen=True, slots=True)
class LabelConditionedConfig(ObjectiveConfig):
    """Settings of the CVAE whose encoder and decoder both see the label."""

    name: ClassVar[str] = "cvae-label"

    beta: float = BETA


class ConditionalVAE:
    """Negative ELBO of a model that knows the label, in its prior or in its networks."""

    def __init__(self, beta: float, conditioning: Literal["class-mean", "label"]) -> None:
        self.beta = beta
        self.conditioning = conditioning

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model with this objective's conditioning."""
        from vae_explorer.models.build import build_model

        return build_model(spec, config, conditioning=self.conditioning, generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, step: int, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO given the label, weighted by beta."""
        return negative_elbo(model, batch, beta=self.beta, generator=generator)


def _create(config: ObjectiveConfig) -> ConditionalVAE:
    if isinstance(config, ClassMeanConfig):
        return ConditionalVAE(config.beta, "class-mean")
    if isinstance(config, LabelConditionedConfig):
        return ConditionalVAE(config.beta, "label")
    raise TypeError(f"expected the settings of a conditional VAE, got {type(config).__name__}")


CLASS_MEAN = ObjectiveEntry(
    name="cvae-class-mean",
    title="CVAE, class-mean prior",
    summary="Each class gets an island of its own: the prior is a unit normal around a learned mean per class.",
    formula="-log p(x | z) + beta · KL( q(z | x) ‖ N(mu_y, I) )",
    reference="Su 2018",
    config_type=ClassMeanConfig,
    create=_create,
    needs_labels=True,
)

LABEL_CONDITIONED = ObjectiveEntry(
    name="cvae-label",
    title="CVAE, label-conditioned",
    summary="Encoder and decoder see the label, so each class has a whole plane and the plane keeps only style.",
    formula="-log p(x | z, y) + beta · KL( q(z | x, y) ‖ N(0, I) )",
    reference="Sohn, Lee & Yan 2015",
    config_type=LabelConditionedConfig,
    create=_create,
    needs_labels=True,
)
