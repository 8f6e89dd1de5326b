"""GIF animations: every frame, in order, at the right pace, there and back, sharp."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from vae_explorer.errors import ExportError
from vae_explorer.export.animation import encode_gif, frame_durations, frame_order
from vae_explorer.export.films import save_film
from vae_explorer.export.options import AnimationOptions
from vae_explorer.export.progress import ExportCancelledError

if TYPE_CHECKING:
    from pathlib import Path

ONE_WAY = AnimationOptions(scale=1, there_and_back=False)


def grey_walk(frames: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (frames, 1, 6, 9), dtype=np.uint8)


def shown(data: bytes) -> tuple[list[np.ndarray], list[int], object]:
    """Return frames as RGB, their durations in milliseconds, and the times of repetition."""
    frames, durations = [], []
    with Image.open(BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(int(image.info["duration"]))
        return frames, durations, image.info.get("loop")


def test_that_grey_frames_are_kept_exactly_and_in_order() -> None:
    walk = grey_walk(12)
    frames, _, _ = shown(encode_gif(walk, ONE_WAY))
    assert len(frames) == 12
    for frame, picture in zip(frames, walk, strict=True):
        assert (frame == picture[0][..., None]).all()


def test_that_colour_frames_share_a_palette_close_to_their_colours() -> None:
    y, x = np.mgrid[0:32, 0:32] / 32
    t = np.linspace(0, 1, 8)[:, None, None]
    channels = [np.sin(6 * x * (1 + t) + phase + 4 * t + 5 * y * y) for phase in (0, 1, 2)]
    walk = (127.5 + 127.5 * np.stack(channels, axis=1)).astype(np.uint8)
    frames, _, _ = shown(encode_gif(walk, ONE_WAY))
    assert len(frames) == 8
    for frame, picture in zip(frames, walk, strict=True):
        assert np.abs(frame.astype(int) - picture.transpose(1, 2, 0)).mean() < 3


def test_that_the_palette_knows_the_colours_of_every_column() -> None:
    walk = np.zeros((256, 3, 32, 32), dtype=np.uint8)
    walk[:, 0, :, 1::2] = 200
    walk[:, 1, :, 31] = 255
    frames, _, _ = shown(encode_gif(walk, ONE_WAY))
    assert np.abs(frames[0].astype(int) - walk[0].transpose(1, 2, 0)).max() <= 4


def test_that_frames_of_few_colours_are_exact() -> None:
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]], dtype=np.uint8)
    walk = colours[np.random.default_rng(1).integers(0, 4, (5, 8, 8))].transpose(0, 3, 1, 2)
    frames, _, _ = shown(encode_gif(walk, ONE_WAY))
    for frame, picture in zip(frames, walk, strict=True):
        assert np.abs(frame.astype(int) - picture.transpose(1, 2, 0)).max() <= 4


def test_that_enlarged_pixels_are_squares_of_one_colour() -> None:
    walk = grey_walk(3)
    frames, _, _ = shown(encode_gif(walk, AnimationOptions(scale=3, there_and_back=False)))
    assert frames[1].shape == (18, 27, 3)
    assert (frames[1][..., 0] == walk[1, 0].repeat(3, 0).repeat(3, 1)).all()


@pytest.mark.parametrize(("frames", "order"), [(1, (0,)), (2, (0, 1)), (4, (0, 1, 2, 3, 2, 1))])
def test_that_the_way_back_shows_neither_end_twice(frames: int, order: tuple[int, ...]) -> None:
    assert frame_order(frames, there_and_back=True) == order
    assert frame_order(frames, there_and_back=False) == tuple(range(frames))


def test_that_there_and_back_is_in_the_file() -> None:
    walk = grey_walk(5)
    frames, _, _ = shown(encode_gif(walk, AnimationOptions(scale=1)))
    assert [int(frame[0, 0, 0]) for frame in frames] == [int(walk[i, 0, 0, 0]) for i in (0, 1, 2, 3, 4, 3, 2, 1)]


@pytest.mark.parametrize("fps", [0.5, 7, 20, 24, 30, 50])
def test_that_the_whole_lasts_as_long_as_the_speed_says(fps: float) -> None:
    durations = frame_durations(60, fps)
    assert sum(durations) == pytest.approx(60_000 / fps, abs=5)
    assert all(duration % 10 == 0 and abs(duration - 1000 / fps) <= 10 for duration in durations)
    in_file = shown(encode_gif(grey_walk(60), AnimationOptions(fps=fps, scale=1, there_and_back=False)))[1]
    assert in_file == durations


def test_that_frames_which_stand_still_keep_their_time() -> None:
    walk = np.repeat(grey_walk(2), 5, axis=0)
    frames, durations, _ = shown(encode_gif(walk, AnimationOptions(fps=10, scale=1, there_and_back=False)))
    assert sum(durations) == 1000
    assert (frames[-1][..., 0] == walk[-1, 0]).all()


@pytest.mark.parametrize(("loops", "in_file"), [(0, 0), (1, None), (2, 1), (5, 4)])
def test_that_an_animation_plays_as_often_as_chosen(loops: int, in_file: int | None) -> None:
    assert shown(encode_gif(grey_walk(3), AnimationOptions(scale=1, loops=loops)))[2] == in_file


def test_that_progress_ends_at_one_and_cancelling_writes_nothing(tmp_path: Path) -> None:
    parts: list[float] = []
    save_film(tmp_path / "path.gif", grey_walk(8), progress=parts.append)
    assert parts == sorted(parts)
    assert parts[-1] == 1
    with pytest.raises(ExportCancelledError):
        save_film(tmp_path / "other.gif", grey_walk(8), cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["path.gif"]


def test_that_an_animation_that_is_too_large_is_refused_with_its_size() -> None:
    frames = np.broadcast_to(np.uint8(0), (1000, 3, 128, 128))
    with pytest.raises(ExportError, match=r"1998 frames of 512 x 512 pixels takes 0\.5 GiB|GiB.*smaller scale"):
        encode_gif(frames, AnimationOptions(scale=16))


@pytest.mark.parametrize("shape", [(0, 1, 4, 4), (3, 2, 4, 4), (3, 4, 4)])
def test_that_arrays_that_are_no_frames_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ExportError, match="can't be animated"):
        encode_gif(np.zeros(shape, dtype=np.uint8))


def test_that_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"\.gif \(GIF animation\)"):
        save_film(tmp_path / "path.avi", grey_walk(2))
