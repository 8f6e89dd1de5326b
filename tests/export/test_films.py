"""Films hold every frame in order, at their pace, whichever format the file's name asks for."""

from __future__ import annotations

import importlib.util
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from vae_explorer.config import settings_of
from vae_explorer.errors import ExportError
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.films import encode_film, save_film
from vae_explorer.export.options import AnimationOptions
from vae_explorer.export.progress import ExportCancelledError

SUFFIXES = [".gif", ".webp", ".apng", ".mp4"]
EXACT = [".webp", ".apng"]


def walk(frames: int = 6, channels: int = 1, side: int = 7) -> np.ndarray:
    """Return frames that get brighter from one to the next, with some noise in them."""
    levels = np.linspace(30, 220, frames)[:, None, None, None]
    noise = np.random.default_rng(0).integers(0, 8, (frames, channels, side, side + 2))
    return (levels + noise).astype(np.uint8)


def frames_of(data: bytes, suffix: str) -> list[np.ndarray]:
    if suffix == ".mp4":
        with av.open(BytesIO(data), "r") as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    found = []
    with Image.open(BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(np.asarray(image.convert("RGB")))
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_that_the_walk_goes_there_and_back(suffix: str) -> None:
    frames = frames_of(encode_film(suffix, walk(), AnimationOptions(scale=4)), suffix)
    levels = [frame.mean() for frame in frames]
    assert len(frames) == 10
    assert np.all(np.diff(levels[:6]) > 20)
    assert np.all(np.diff(levels[5:]) < -20)


@pytest.mark.parametrize("suffix", EXACT)
@pytest.mark.parametrize("channels", [1, 3])
def test_that_every_pixel_is_kept_and_enlarged_without_blur(suffix: str, channels: int) -> None:
    made = walk(channels=channels)
    frames = frames_of(encode_film(suffix, made, AnimationOptions(scale=3, there_and_back=False)), suffix)
    for frame, picture in zip(frames, made, strict=True):
        wanted = picture.transpose(1, 2, 0).repeat(3, axis=0).repeat(3, axis=1)
        np.testing.assert_array_equal(frame, np.broadcast_to(wanted, frame.shape))


def test_that_a_film_as_mp4_is_close_to_every_pixel_and_has_even_sides() -> None:
    made = walk(side=7)
    frames = frames_of(encode_film(".mp4", made, AnimationOptions(scale=3, there_and_back=False)), ".mp4")
    assert frames[0].shape == (22, 28, 3)
    for frame, picture in zip(frames, made, strict=True):
        wanted = picture.transpose(1, 2, 0).repeat(3, axis=0).repeat(3, axis=1)
        assert np.abs(frame[:21, :27].astype(int) - wanted).mean() < 6


@pytest.mark.parametrize("suffix", EXACT)
def test_that_pace_and_times_played_are_written(suffix: str) -> None:
    data = encode_film(suffix, walk(), AnimationOptions(fps=8.0, loops=3, there_and_back=False))
    with Image.open(BytesIO(data)) as image:
        assert image.info["loop"] == 3
        image.seek(1)
        image.load()
        assert image.info["duration"] == pytest.approx(125, abs=5)


def test_that_the_pace_of_a_film_as_mp4_is_written() -> None:
    with av.open(BytesIO(encode_film(".mp4", walk(), AnimationOptions(fps=12.5)))) as container:
        assert container.streams.video[0].average_rate == 12.5


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_that_a_film_tells_how_far_it_is_and_can_be_cancelled(suffix: str, tmp_path: Path) -> None:
    told: list[float] = []
    save_film(tmp_path / f"film{suffix}", walk(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5
    with pytest.raises(ExportCancelledError):
        save_film(tmp_path / f"other{suffix}", walk(), cancelled=lambda: len(told) > 0)
    assert [path.name for path in tmp_path.iterdir()] == [f"film{suffix}"]


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".apng"])
def test_that_the_same_film_is_the_same_file(suffix: str) -> None:
    assert encode_film(suffix, walk()) == encode_film(suffix, walk())


def test_that_a_film_that_is_too_large_is_refused_before_it_is_made() -> None:
    vast = np.broadcast_to(np.zeros((1, 1, 1, 1), dtype=np.uint8), (500, 3, 200, 200))
    for suffix in SUFFIXES:
        with pytest.raises(ExportError, match="choose a smaller scale or fewer frames"):
            encode_film(suffix, vast, AnimationOptions(scale=16))


def test_that_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"pip install 'vae-explorer\[mp4\]'"):
        encode_film(".mp4", walk())


@pytest.mark.parametrize(
    ("options", "applies"),
    [({}, False), ({"spacing": "uniform"}, True), ({"shows": "plane"}, True)],
)
def test_that_a_film_asks_for_a_range_where_it_has_an_effect(options: dict[str, str], applies: bool) -> None:
    film = TrainingFilmOptions(**options)  # type: ignore[arg-type]
    reach = next(item for item in settings_of(TrainingFilmOptions) if item.name == "range")
    assert reach.applies(film) is applies
