"""The autoencoder: no noise, no prior, for comparison with everything that has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class AutoencoderConfig(ObjectiveConfig):
    """Settings of the autoencoder: it has none of its own."""

    name: ClassVar[str] = "autoencoder"


class Autoencoder:
    """Reconstruction error of a model whose encoder names one point for each picture."""

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model whose encoder has no noise."""
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        return build_model(spec, config, family=Family(encoder="point"), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative log-likelihood of each picture at its own point."""
        x = model.observe(batch.images, generator)
        z = model.posterior(x, batch.labels).mean
        reconstruction = -model.likelihood(z, batch.labels, x).log_prob(x).mean()
        return ObjectiveTerms(reconstruction, {"loss": reconstruction, "reconstruction": reconstruction})


def _create(config: ObjectiveConfig) -> Autoencoder:
    expect(config, AutoencoderConfig)
    return Autoencoder()


ENTRY = ObjectiveEntry(
    name="autoencoder",
    title=marked("Autoencoder"),
    summary=marked(
        "Reconstruct each picture from one point of the plane, without noise and without a "
        "prior: the plane between the points means nothing."
    ),
    formula=marked("-log p(x | z),   z = mu(x)"),
    reference=marked("Rumelhart, Hinton & Williams 1986; Hinton & Salakhutdinov 2006"),
    config_type=AutoencoderConfig,
    create=_create,
    unused=("model.posterior",),
)
