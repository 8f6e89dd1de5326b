"""Small models of every kind, for tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from vae_explorer.models.build import build_model
from vae_explorer.models.family import Conditioning, Family, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import Decoder
from vae_explorer.sections import ModelConfig

NETWORKS = {
    "mlp": ModelConfig(network="mlp", hidden=(12, 6)),
    "conv": ModelConfig(network="conv", channels=(4, 6)),
}
SHAPES = [(1, 8, 8), (3, 9, 13), (1, 31, 28), (1, 28, 28), (3, 128, 128)]


def small_model(
    network: str = "mlp",
    conditioning: Conditioning = "none",
    *,
    shape: tuple[int, int, int] = (1, 8, 8),
    classes: int = 3,
    mean_image: npt.NDArray[np.float32] | None = None,
    seed: int = 1,
) -> LatentVariableModel:
    """Return an untrained model of a few hundred weights."""
    mean = np.full(shape, 0.5, dtype=np.float32) if mean_image is None else mean_image
    spec = ImageSpec(shape, classes, mean)
    generator = torch.Generator().manual_seed(seed)
    family = Family(conditioning, band=(2, 3) if conditioning == "image" else (0, 0))
    return build_model(spec, NETWORKS[network], family=family, generator=generator)


def decoder_of(model: LatentVariableModel) -> Decoder:
    """Return the decoder of a model that must have one."""
    assert model.decoder is not None
    return model.decoder


def random_images(count: int, shape: tuple[int, int, int] = (1, 8, 8), seed: int = 0) -> npt.NDArray[np.uint8]:
    """Return noise."""
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)
