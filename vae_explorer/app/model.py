"""What the window needs of a frozen model, without importing the room that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from vae_explorer.latent.layer import Capabilities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.latent.layer import Posteriors


class Model(Capabilities, Protocol):
    """What the window needs of a frozen copy of a model; ``models.snapshot.ModelSnapshot`` is one."""

    @property
    def step(self) -> int:
        """Training steps taken."""
        ...

    @property
    def epoch(self) -> float:
        """Epochs trained."""
        ...

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        ...

    @property
    def classes(self) -> int:
        """Number of classes, 0 without."""
        ...

    @property
    def conditioning(self) -> Literal["none", "label", "class-mean", "image"]:
        """What the model is told beside a point."""
        ...

    @property
    def can_regress(self) -> bool:
        """Whether it has a plain regressor beside its decoder."""
        ...

    @property
    def band(self) -> tuple[int, int] | None:
        """First column and number of columns that it is told, or None."""
        ...

    @property
    def class_means(self) -> NDArray[np.float32] | None:
        """Prior mean of each class [K, 2], or None."""
        ...

    @property
    def weight_hash(self) -> str:
        """SHA-256 of the weights, in hexadecimal; takes some milliseconds."""
        ...

    def given(self, picture: NDArray[np.uint8]) -> Model:
        """Return the same weights, told the band of a picture [C, H, W]."""
        ...

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return pictures [N, C, H, W] for points [N, 2], perhaps told the band of another picture [C, H, W]."""
        ...

    def preview(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return what `decode` does, for the eye alone: rough while the model trains, where that is faster."""
        ...

    def regress(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return how the regressor completes pictures [N, C, H, W]."""
        ...

    def classify(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return p(y|z) [N, K] at points [N, 2]."""
        ...

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> Posteriors:
        """Return where pictures [N, C, H, W] lie on the plane."""
        ...
