"""What the window knows of a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vae_explorer.app.state import ModelInfo

MODEL = ModelInfo(
    step=3,
    epoch=0.5,
    conditioning="label",
    classes=3,
    class_names=("a", "b", "c"),
    image_shape=(1, 8, 8),
    can_encode=True,
    can_decode=True,
    class_means=None,
)


def test_that_two_moments_of_a_training_are_kin() -> None:
    assert replace(MODEL, step=4, epoch=0.6).is_kin(MODEL)


@pytest.mark.parametrize(
    "other",
    [
        None,
        replace(MODEL, can_encode=False),
        replace(MODEL, class_names=("a", "b", "d")),
        replace(MODEL, image_shape=(3, 8, 8)),
        replace(MODEL, class_means=np.zeros((3, 2), dtype=np.float32)),
    ],
)
def test_that_models_that_can_show_other_things_are_not(other: ModelInfo | None) -> None:
    assert not MODEL.is_kin(other)
