"""The pictures that are nearest to one, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from tests.models.networks import random_images
from vae_explorer.latent import nearest
from vae_explorer.latent.nearest import nearest_pictures


def never() -> None:
    """Go on."""


def test_that_neighbours_are_those_of_all_differences_in_order() -> None:
    images, picture = random_images(300), random_images(1, seed=5)[0]
    found = nearest_pictures(images, picture, 7, check=never)
    differences = np.sqrt(np.square(images.astype(float) - picture).mean(axis=(1, 2, 3))) / 255
    assert found.rows.tolist() == np.argsort(differences, kind="stable")[:7].tolist()
    assert found.distances == pytest.approx(np.sort(differences)[:7])


def test_that_the_size_of_the_pieces_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    images, picture = random_images(50), random_images(1, seed=5)[0]
    whole = nearest_pictures(images, picture, 5, check=never)
    monkeypatch.setattr(nearest, "_CHUNK_VALUES", 3 * picture.size)
    pieces = nearest_pictures(images, picture, 5, check=never)
    assert pieces.rows.tolist() == whole.rows.tolist()
    assert pieces.distances == pytest.approx(whole.distances)


def test_that_a_picture_is_its_own_neighbour_unless_it_is_left_out() -> None:
    images = random_images(10)
    assert nearest_pictures(images, images[4], 1, check=never).rows.tolist() == [4]
    assert nearest_pictures(images, images[4], 1, check=never).distances.tolist() == [0.0]
    assert 4 not in nearest_pictures(images, images[4], 99, check=never, left_out=4).rows


def test_that_black_and_white_are_one_apart() -> None:
    black, white = np.zeros((1, 1, 4, 4), dtype=np.uint8), np.full((1, 4, 4), 255, dtype=np.uint8)
    assert nearest_pictures(black, white, 1, check=never).distances.tolist() == [1.0]


def test_that_the_search_can_be_given_up() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nearest_pictures(random_images(3), random_images(1)[0], 1, check=stop)
