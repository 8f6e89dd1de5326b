"""A model whose plane is shown turned, mirrored or stretched, as an alignment with another plane asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.app.state import PointCloud
    from vae_explorer.latent.alignment import Alignment
    from vae_explorer.latent.layer import Posteriors


@dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    correlation: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TurnedModel:
    """A frozen model in the coordinates of another plane: all that asks it speaks in those.

    Attributes
    ----------
    own
        The model in its own coordinates.
    alignment
        The map from the coordinates that are shown to the model's own.
    """

    own: Model
    alignment: Alignment

    @property
    def step(self) -> int:
        """Training steps taken."""
        return self.own.step

    @property
    def epoch(self) -> float:
        """Epochs trained."""
        return self.own.epoch

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.own.image_shape

    @property
    def classes(self) -> int:
        """Number of classes, 0 without."""
        return self.own.classes

    @property
    def conditioning(self) -> Literal["none", "label", "class-mean", "image"]:
        """What the model is told beside a point."""
        return self.own.conditioning

    @property
    def can_encode(self) -> bool:
        """Whether it has q(z|x)."""
        return self.own.can_encode

    @property
    def can_decode(self) -> bool:
        """Whether it makes pictures."""
        return self.own.can_decode

    @property
    def can_classify(self) -> bool:
        """Whether it has p(y|z)."""
        return self.own.can_classify

    @property
    def can_regress(self) -> bool:
        """Whether it has a plain regressor beside its decoder."""
        return self.own.can_regress

    @property
    def is_stochastic(self) -> bool:
        """Whether q(z|x) has a spread."""
        return self.own.is_stochastic

    @property
    def has_likelihood(self) -> bool:
        """Whether it has p(x|z)."""
        return self.own.has_likelihood

    @property
    def band(self) -> tuple[int, int] | None:
        """First column and number of columns that it is told, or None."""
        return self.own.band

    @property
    def class_means(self) -> NDArray[np.float32] | None:
        """Prior mean of each class where it is shown [K, 2], or None."""
        means = self.own.class_means
        return None if means is None else self.alignment.undo(means).astype("float32")

    @property
    def weight_hash(self) -> str:
        """SHA-256 of the weights, in hexadecimal; takes some milliseconds."""
        return self.own.weight_hash

    def given(self, picture: NDArray[np.uint8]) -> TurnedModel:
        """Return the same weights, told the band of a picture [C, H, W]."""
        return TurnedModel(self.own.given(picture), self.alignment)

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return the pictures [N, C, H, W] that are shown at points [N, 2]."""
        return self.own.decode(self.alignment.apply(z).astype("float32"), labels, condition)

    def preview(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return the pictures [N, C, H, W] that are shown at points [N, 2], for the eye alone."""
        return self.own.preview(self.alignment.apply(z).astype("float32"), labels, condition)

    def regress(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return how the regressor completes pictures [N, C, H, W]."""
        return self.own.regress(images)

    def classify(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return p(y|z) [N, K] at points [N, 2] as they are shown."""
        return self.own.classify(self.alignment.apply(z).astype("float32"))

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> Posteriors:
        """Return where pictures [N, C, H, W] are shown."""
        found = self.own.encode(images, labels)
        log_var, correlation = self.alignment.undo_spread(found.log_var, found.correlation)
        mean = self.alignment.undo(found.mean).astype("float32")
        return _Encoded(mean, log_var.astype("float32"), correlation.astype("float32"))


def turned(model: Model, alignment: Alignment | None) -> Model:
    """Return a model as an alignment shows it; the model itself without one."""
    return model if alignment is None or alignment.is_identity else TurnedModel(model, alignment)


def turned_cloud(cloud: PointCloud, alignment: Alignment | None) -> PointCloud:
    """Return encodings on a model's own plane where an alignment shows them."""
    if alignment is None or alignment.is_identity:
        return cloud
    import dataclasses

    import numpy as np

    correlation = np.zeros(len(cloud.z)) if cloud.correlation is None else cloud.correlation
    log_var, turned_correlation = alignment.undo_spread(cloud.log_var, correlation)
    return dataclasses.replace(
        cloud,
        z=alignment.undo(cloud.z).astype(np.float32),
        log_var=log_var.astype(np.float32),
        correlation=turned_correlation.astype(np.float32),
    )
