"""Figures: z2 upward, classes where they belong, the same pixels in pieces, and long work that can be stopped."""

from __future__ import annotations

import numpy as np
import pytest

from tests.export.plane_model import PlaneModel, bright, with_classes
from vae_explorer.config import settings_of
from vae_explorer.errors import ExportError, SettingError
from vae_explorer.export.figures import (
    grid_latents,
    grid_picture,
    grid_tiles,
    path_frames,
    path_latents,
    strip_picture,
)
from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.latent.grids import class_means_grid, latent_grid


def test_that_a_grid_shows_z1_to_the_right_and_z2_upward() -> None:
    picture = grid_picture(PlaneModel(), GridOptions(size=5, spacing="uniform", range=4.0))
    assert picture.shape == (15, 20, 1)
    tops, bottoms = picture[0::3, ::4, 0], picture[2::3, ::4, 0]
    levels = bright([-4, -2, 0, 2, 4])
    assert (tops == levels).all()
    assert (bottoms == levels[::-1, None]).all()


def test_that_options_name_the_grid_of_the_plane() -> None:
    model = PlaneModel()
    assert (grid_latents(model, GridOptions(size=6)) == latent_grid("quantile", 6)).all()
    assert (
        grid_latents(model, GridOptions(size=6, spacing="uniform", range=2.0)) == latent_grid("uniform", 6, 2.0)
    ).all()


def test_that_gap_scale_and_background_reach_the_picture() -> None:
    picture = grid_picture(PlaneModel(), GridOptions(size=3, gap=2, scale=2, background="grey"))
    assert picture.shape == (3 * 6 + 4, 3 * 8 + 4, 1)
    assert (picture[6:8] == 128).all()
    assert (picture[:, 8:10] == 128).all()


def test_that_a_class_mean_grid_lies_round_the_chosen_class_or_over_all_islands() -> None:
    model = with_classes("class-mean")
    assert model.class_means is not None
    chosen = grid_latents(model, GridOptions(size=4, label=1))
    np.testing.assert_allclose(chosen, latent_grid("quantile", 4) + model.class_means[1], atol=1e-12)
    over_all = grid_latents(model, GridOptions(size=4))
    np.testing.assert_allclose(over_all, class_means_grid("quantile", 4, 3.0, model.class_means))


def test_that_a_label_conditioned_grid_is_decoded_for_the_chosen_class() -> None:
    tiles = grid_tiles(with_classes("label"), GridOptions(size=3, label=2))
    assert (tiles[..., 1, :] == 2).all()


@pytest.mark.parametrize(
    ("conditioning", "label", "named"),
    [
        ("label", -1, "from 0 to 2"),
        ("label", 3, "class 3"),
        ("class-mean", 7, "class 7"),
        ("none", 0, "leave the class out"),
    ],
)
def test_that_a_class_that_does_not_fit_the_model_is_refused(conditioning: str, label: int, named: str) -> None:
    model = with_classes(conditioning) if conditioning != "none" else PlaneModel()
    with pytest.raises(ExportError, match=named):
        grid_picture(model, GridOptions(size=3, label=label))


def test_that_a_huge_grid_is_refused_before_anything_is_decoded() -> None:
    model = PlaneModel(image_shape=(3, 128, 128))
    with pytest.raises(ExportError, match=r"2\.6 GiB"):
        grid_picture(model, GridOptions(size=60, scale=4))
    assert model.calls == []


def test_that_pieces_report_their_part_and_make_the_same_picture() -> None:
    model = PlaneModel()
    parts: list[float] = []
    picture = grid_picture(model, GridOptions(size=40), progress=parts.append)
    assert sum(model.calls) == 1600
    assert max(model.calls) < 1600
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert parts[-1] == 1
    whole = PlaneModel().decode(latent_grid("quantile", 40).reshape(-1, 2).astype(np.float32))
    assert (picture[::3, ::4, 0] == whole[:, 0, 0, 0].reshape(40, 40)).all()


def test_that_a_cancelled_grid_stops_at_the_next_piece() -> None:
    model = PlaneModel()
    with pytest.raises(ExportCancelledError):
        grid_picture(model, GridOptions(size=60), cancelled=lambda: len(model.calls) >= 2)
    assert len(model.calls) == 2


def test_that_path_frames_show_both_ends_and_the_way_between() -> None:
    frames = path_frames(PlaneModel(), [(-4, 0), (4, 2)], frames=9, method="linear")
    assert frames.shape == (9, 1, 3, 4)
    assert (frames[:, 0, 0, 0] == bright(np.linspace(-4, 4, 9))).all()
    assert (frames[:, 0, 2, 0] == bright(np.linspace(0, 2, 9))).all()


def test_that_a_class_mean_path_moves_between_the_islands() -> None:
    model = with_classes("class-mean")
    assert model.class_means is not None
    offsets = np.array([[1.0, 0.0], [-1.0, 0.0]])
    ends = offsets + model.class_means[[0, 1]]
    middle = path_latents(model, ends, [0.5], labels=[0, 1])[0]
    np.testing.assert_allclose(middle, model.class_means[[0, 1]].mean(axis=0) + np.array([0, 1]), atol=1e-6)
    without = path_latents(model, ends, [0.5], labels=[0, None], method="linear")[0]
    np.testing.assert_allclose(without, ends.mean(axis=0))


def test_that_each_frame_of_a_label_conditioned_path_takes_the_class_of_the_nearer_point() -> None:
    frames = path_frames(with_classes("label"), [(0, 0), (1, 0), (2, 0)], frames=9, labels=[2, 0, 1], method="linear")
    assert frames[:, 0, 1, 0].tolist() == [2, 2, 2, 0, 0, 0, 1, 1, 1]
    one = path_frames(with_classes("label"), [(0, 0), (1, 0)], frames=3, labels=1)
    assert (one[:, 0, 1] == 1).all()


@pytest.mark.parametrize(
    ("labels", "named"), [(None, "choose one"), ([0, None], "choose one"), ([0, 9], "class 9"), ([0], "1 classes")]
)
def test_that_classes_that_do_not_fit_a_path_are_refused(labels: list[int | None] | None, named: str) -> None:
    with pytest.raises(ExportError, match=named):
        path_frames(with_classes("label"), [(0, 0), (1, 0)], labels=labels)


def test_that_a_model_without_classes_takes_no_notice_of_the_classes_of_points() -> None:
    assert path_frames(PlaneModel(), [(0, 0), (1, 0)], frames=4, labels=[3, 8]).shape == (4, 1, 3, 4)


def test_that_too_many_frames_are_refused_before_anything_is_decoded() -> None:
    model = PlaneModel(image_shape=(3, 128, 128))
    with pytest.raises(ExportError, match="fewer frames"):
        path_frames(model, [(0, 0), (1, 1)], frames=100_000)
    assert model.calls == []


def test_that_a_strip_stands_the_frames_side_by_side() -> None:
    options = StripOptions(frames=5, gap=1, scale=1)
    picture = strip_picture(PlaneModel(), [(-4, 0), (4, 0)], options, method="linear")
    assert picture.shape == (3, 5 * 4 + 4, 1)
    assert (picture[0, ::5, 0] == bright([-4, -2, 0, 2, 4])).all()


@pytest.mark.parametrize("config_type", [GridOptions, StripOptions, AnimationOptions])
def test_that_every_option_says_what_it_does_and_accepts_its_default(
    config_type: type[GridOptions | StripOptions | AnimationOptions],
) -> None:
    config_type()
    for item in settings_of(config_type):
        assert item.declaration.label
        assert item.declaration.help.endswith(".")


@pytest.mark.parametrize("size", [1, 61])
def test_that_the_size_of_a_grid_is_two_to_sixty(size: int) -> None:
    with pytest.raises(SettingError, match=r"grid\.size"):
        GridOptions(size=size)
