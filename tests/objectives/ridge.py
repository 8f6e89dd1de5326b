"""An objective from outside: the example of CONTRIBUTING.md, complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.config import setting
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.objectives.terms import Term
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class RidgeConfig(ObjectiveConfig):
    """Settings of the autoencoder whose points are drawn to the middle."""

    name = "ridge"

    pull: float = setting(0.1, label="Pull", minimum=0.0, maximum=100.0, help="Price of the squared distance from 0.")


class Ridge:
    """Reconstruction error, and a price for points far from the middle."""

    def __init__(self, config: RidgeConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        return build_model(spec, config, family=Family(encoder="point"), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        x = model.observe(batch.images, generator)
        z = model.posterior(x).mean
        reconstruction = -model.likelihood(z).log_prob(x).mean()
        loss = reconstruction + self.config.pull * z.square().sum(dim=1).mean()
        distance = z.square().sum(dim=1).sqrt().mean()
        return ObjectiveTerms(loss, {"loss": loss, "reconstruction": reconstruction, "distance": distance})


ENTRY = ObjectiveEntry(
    name="ridge",
    title="Autoencoder with a pull",
    summary="Reconstruct each picture from one point, and draw the points to the middle.",
    formula="-log p(x | z) + pull · |z|²,   z = mu(x)",
    reference="an example",
    config_type=RidgeConfig,
    create=lambda config: Ridge(expect(config, RidgeConfig)),
    unused=("model.posterior",),
    terms=(Term("distance", "Distance", "Mean distance of the points from the middle of the plane.", "units of z"),),
)
