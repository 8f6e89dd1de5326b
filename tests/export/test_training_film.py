"""A training as a film: a frame for each moment in order, all of one size, with its epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.export.plane_model import PlaneModel
from tests.models.networks import small_model
from tests.training.tiny import tiny_dataset
from vae_explorer.errors import ExportError
from vae_explorer.export import training_film
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.export.training_film import (
    captioned,
    chosen_moments,
    grid_drawing,
    plane_drawing,
    training_frames,
)
from vae_explorer.models.snapshot import ModelSnapshot


@dataclass(frozen=True)
class Moment:
    step: int
    epoch: float


MOMENTS = [Moment(10 * number, number / 2) for number in range(6)]


def flat(level: int) -> np.ndarray:
    return np.full((6, 8, 1), level, dtype=np.uint8)


def test_that_moments_are_shown_in_order_and_the_last_one_is_held() -> None:
    options = TrainingFilmOptions(fps=4.0, hold=0.5, caption=False)
    asked: list[int] = []

    def load(moment: Moment) -> ModelSnapshot:
        asked.append(moment.step)
        return ModelSnapshot(small_model(), step=moment.step, epoch=moment.epoch)

    frames = training_frames(MOMENTS, load, lambda model: flat(model.step), options)  # type: ignore[attr-defined]
    assert asked == [0, 10, 20, 30, 40, 50]
    assert frames.shape == (8, 1, 6, 8)
    assert [int(frame.max()) for frame in frames] == [0, 10, 20, 30, 40, 50, 50, 50]


def test_that_of_many_moments_the_first_and_the_last_are_among_those_that_are_taken() -> None:
    chosen = chosen_moments(MOMENTS, 3)
    assert [moment.step for moment in chosen] == [0, 20, 50]
    assert chosen_moments(MOMENTS, 100) == MOMENTS


@pytest.mark.parametrize("moments", [[], MOMENTS[:1]])
def test_that_one_moment_makes_no_film(moments: list[Moment]) -> None:
    with pytest.raises(ExportError, match="at least two moments"):
        chosen_moments(moments, 10)


def test_that_a_caption_adds_a_strip_with_ink_on_it_below_the_picture() -> None:
    picture = flat(77).repeat(20, axis=1)
    made = captioned(picture, "epoch 1.50")
    assert made.shape[1:] == picture.shape[1:]
    np.testing.assert_array_equal(made[:6], picture)
    assert made[6:].min() < 100
    assert (made[6:] == 255).mean() > 0.5


@pytest.mark.parametrize(
    ("epoch", "last", "said"),
    [(12.0, 12.0, "epoch 12"), (0.5, 12.0, "epoch 0.5"), (0.25, 3.0, "epoch 0.25"), (0.0, 3.0, "epoch 0")],
)
def test_that_a_caption_names_whole_epochs_without_a_fraction(
    epoch: float, last: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    captions: list[str] = []

    def note(picture: np.ndarray, words: str) -> np.ndarray:
        captions.append(words)
        return picture

    monkeypatch.setattr(training_film, "captioned", note)
    moments, model = [Moment(1, epoch), Moment(2, last)], ModelSnapshot(small_model(), step=1, epoch=epoch)
    training_frames(moments, lambda _: model, lambda _: flat(0), TrainingFilmOptions(hold=0.0))
    assert captions[0] == said


def test_that_frames_of_the_plane_keep_their_size_while_classes_come_into_sight() -> None:
    dataset = tiny_dataset(train=20, test=12)
    options = TrainingFilmOptions(shows="plane", range=0.02, width=200)
    models = {
        1: ModelSnapshot(small_model(seed=1), step=1, epoch=0.0),
        9: ModelSnapshot(small_model(seed=3), step=9, epoch=1.0),
    }
    draw = plane_drawing(options.plane, dataset, options.width)
    moments = [Moment(1, 0.0), Moment(9, 1.0)]
    frames = training_frames(moments, lambda moment: models[moment.step], draw, options)
    assert frames.shape[1] == 3
    assert frames.shape[3] == 200
    assert (frames[0] != frames[1]).any()


def test_that_a_grid_may_follow_the_encodings_of_each_moment() -> None:
    dataset = tiny_dataset(train=20, test=12)
    models = [ModelSnapshot(small_model(seed=seed), step=seed, epoch=0.0) for seed in (1, 3)]
    draw = grid_drawing(TrainingFilmOptions(spacing="aggregate", size=3).grid, dataset)
    pictures = [draw(model) for model in models]
    assert pictures[0].shape == (24, 24, 1)
    assert (pictures[0] != pictures[1]).any()
    with pytest.raises(ExportError, match="There are no images"):
        grid_drawing(TrainingFilmOptions(spacing="aggregate", size=3).grid)(models[0])


def test_that_a_film_can_be_cancelled_between_moments() -> None:
    told: list[float] = []
    with pytest.raises(ExportCancelledError):
        training_frames(
            MOMENTS,
            lambda moment: ModelSnapshot(small_model(), step=moment.step, epoch=0.0),
            lambda model: flat(1),
            TrainingFilmOptions(),
            progress=told.append,
            cancelled=lambda: len(told) == 3,
        )
    assert told == [0, 1 / 6, 2 / 6]


def test_that_a_film_that_is_too_large_is_refused_at_its_first_frame() -> None:
    vast = np.broadcast_to(np.zeros((1, 1, 1), dtype=np.uint8), (20_000, 20_000, 3))
    with pytest.raises(ExportError, match="choose fewer moments"):
        training_frames(
            MOMENTS,
            lambda moment: ModelSnapshot(small_model(), step=moment.step, epoch=0.0),
            lambda model: vast,
            TrainingFilmOptions(caption=False),
        )


def test_that_a_plane_model_without_an_encoder_still_has_a_grid() -> None:
    picture = grid_drawing(TrainingFilmOptions(size=2).grid)(PlaneModel())  # type: ignore[arg-type]
    assert picture.shape == (6, 8, 1)
