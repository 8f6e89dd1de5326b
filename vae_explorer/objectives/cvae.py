"""Conditional variational autoencoders: told the class, in two ways, or a part of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.objectives.elbo import beta_setting, negative_elbo
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch

    from vae_explorer.models.family import ImageSpec, LatentVariableModel


@dataclass(frozen=True, slots=True)
class ClassMeanConfig(ObjectiveConfig):
    """Settings of the CVAE whose prior has a learned mean for each class."""

    name: ClassVar[str] = "cvae-class-mean"

    beta: float = beta_setting(1.0)


@dataclass(frozen=True, slots=True)
class LabelConditionedConfig(ObjectiveConfig):
    """Settings of the CVAE whose encoder and decoder both see the label."""

    name: ClassVar[str] = "cvae-label"

    beta: float = beta_setting(1.0)


@dataclass(frozen=True, slots=True)
class ImageConditionedConfig(ObjectiveConfig):
    """Settings of the CVAE that completes a picture from some of its columns."""

    name: ClassVar[str] = "cvae-image"

    first_column: int = setting(
        -1,
        label=marked("First column"),
        unit=marked("pixels"),
        minimum=-1,
        maximum=127,
        special=(-1, marked("middle")),
        help=marked(
            "Where the band of columns begins that the model is told: 0 is the left edge, or put it into the middle."
        ),
    )
    columns: int = setting(
        4,
        label=marked("Columns"),
        unit=marked("pixels"),
        minimum=1,
        maximum=127,
        help=marked("How many columns the model is told. The fewer, the more ways there are to complete the picture."),
    )


class ConditionalVAE:
    """Negative ELBO of a model that knows the label, in its prior or in its networks."""

    def __init__(self, beta: float, conditioning: Literal["class-mean", "label"]) -> None:
        self.beta = beta
        self.conditioning = conditioning

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model with this objective's conditioning."""
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        return build_model(spec, config, family=Family(self.conditioning), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO given the label, weighted by beta."""
        return negative_elbo(model, batch, beta=self.beta, generator=generator)


class ImageConditionedVAE:
    """Negative ELBO of the pixels that aren't told, and beside it the loss of a regressor that only sees the band.

    The two share no weight, so each learns as if it were alone; their losses are added so that one step moves both.
    """

    def __init__(self, config: ImageConditionedConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a model whose decoder is told the band, with a regressor.

        Raises
        ------
        SettingError
            If the band doesn't lie in the pictures.
        """
        from vae_explorer.models.build import build_model
        from vae_explorer.models.family import Family

        first, columns = self.config.first_column, self.config.columns
        if first < 0:
            first = max(0, (spec.shape[2] - columns) // 2)
        family = Family("image", band=(first, columns))
        return build_model(spec, config, family=family, generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the negative ELBO of the unseen pixels given the band (Sohn et al. 2015; Doersch 2016, section 3)."""
        images = model.observe(batch.images, generator)
        terms = negative_elbo(model, Batch(images, batch.labels), generator=generator)
        regression = -model.regression(images).log_prob(images).mean()
        # The curve called loss is the CVAE's own, so that it can be compared with other objectives.
        return ObjectiveTerms(terms.loss + regression, {**terms.scalars, "regression": regression})


CLASS_MEAN = ObjectiveEntry(
    name="cvae-class-mean",
    title=marked("CVAE, class-mean prior"),
    summary=marked("Each class gets an island of its own: the prior is a unit normal around a learned mean per class."),
    formula=marked("-log p(x | z) + beta · KL( q(z | x) ‖ N(mu_y, I) )"),
    reference="Su 2018",
    config_type=ClassMeanConfig,
    create=lambda config: ConditionalVAE(expect(config, ClassMeanConfig).beta, "class-mean"),
    needs_labels=True,
)

LABEL_CONDITIONED = ObjectiveEntry(
    name="cvae-label",
    title=marked("CVAE, label-conditioned"),
    summary=marked(
        "Encoder and decoder see the label, so each class has a whole plane and the plane keeps only style."
    ),
    formula=marked("-log p(x | z, y) + beta · KL( q(z | x, y) ‖ N(0, I) )"),
    reference=marked("Sohn, Lee & Yan 2015"),
    config_type=LabelConditionedConfig,
    create=lambda config: ConditionalVAE(expect(config, LabelConditionedConfig).beta, "label"),
    needs_labels=True,
)

IMAGE_CONDITIONED = ObjectiveEntry(
    name="cvae-image",
    title=marked("CVAE, image-conditioned"),
    summary=marked("Told a few columns of a picture, complete the rest in many ways, beside a regressor that blurs."),
    formula=marked("-log p(rest | z, band) + KL( q(z | x) ‖ N(0, I) )"),
    reference=marked("Sohn, Lee & Yan 2015; Doersch 2016"),
    config_type=ImageConditionedConfig,
    create=lambda config: ImageConditionedVAE(expect(config, ImageConditionedConfig)),
)
