"""The variational information bottleneck: a classifier that must go through the plane."""

from __future__ import annotations

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
class VIBConfig(ObjectiveConfig):
    """Settings of the variational information bottleneck."""

    name: ClassVar[str] = "vib"

    kl_weight: float = setting(
        0.01,
        label=marked("lambda"),
        minimum=0.0,
        maximum=100.0,
        adjustable=True,
        help=marked(
            "Price of a nat that the plane knows of the picture. 0 is a plain classifier; large values forget it all."
        ),
    )


class VIB:
    """Cross-entropy of the class given a noisy point, and the price of the point's information."""

    def __init__(self, config: VIBConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return an encoder with a classifier on the plane."""
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        return build_model(spec, config, family=Family(decodes=False, classifies=True), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return ``-log p(y|z) + lambda * KL(q(z|x) || N(0, I))`` with one sample z (Alemi et al. 2017, eq. 17)."""
        from torch.nn import functional

        if batch.labels is None:
            raise ValueError("a classifier needs labels")
        posterior = model.posterior(batch.images)
        logits = model.class_logits(posterior.rsample(generator))
        cross_entropy = functional.cross_entropy(logits, batch.labels)
        kl_per_dimension = posterior.kl(model.prior()).mean(dim=0)
        kl = kl_per_dimension.sum()
        loss = cross_entropy + self.config.kl_weight * kl
        error = (logits.argmax(dim=1) != batch.labels).to(loss.dtype).mean()
        scalars = {"loss": loss, "cross_entropy": cross_entropy, "kl": kl, "error": error}
        scalars |= {f"kl_z{i + 1}": value for i, value in enumerate(kl_per_dimension)}
        return ObjectiveTerms(loss, scalars)


ENTRY = ObjectiveEntry(
    name="vib",
    title=marked("Information bottleneck (VIB)"),
    summary=marked(
        "Tell the class from a noisy point of the plane and pay for what the point knows: decision regions."
    ),
    formula=marked("-log p(y | z) + lambda · KL( q(z | x) ‖ N(0, I) ),   z = mu(x) + sigma(x) · eps"),
    reference=marked("Alemi, Fischer, Dillon & Murphy 2017"),
    config_type=VIBConfig,
    create=lambda config: VIB(expect(config, VIBConfig)),
    needs_labels=True,
    unused=("model.likelihood", "model.deviation"),
)
