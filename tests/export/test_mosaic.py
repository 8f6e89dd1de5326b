"""Layout of pictures: rows downward, gaps between tiles, sharp enlargement, and a limit on size."""

from __future__ import annotations

import numpy as np
import pytest

from vae_explorer.errors import ExportError
from vae_explorer.export.mosaic import LARGEST_PICTURE, check_size, mosaic, mosaic_shape


def tiles(rows: int, columns: int, channels: int, height: int, width: int) -> np.ndarray:
    shape = (rows, columns, channels, height, width)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("gap", [0, 1, 5])
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_that_every_pixel_of_every_tile_is_where_its_row_and_column_say(channels: int, gap: int, scale: int) -> None:
    images = tiles(2, 3, channels, 4, 5)
    picture = mosaic(images, gap, scale, background=77)
    assert picture.shape == mosaic_shape(2, 3, (channels, 4, 5), gap, scale)
    inside = np.zeros(picture.shape[:2], dtype=bool)
    for row in range(2):
        for column in range(3):
            for y in range(4):
                for x in range(5):
                    top, left = row * (4 * scale + gap) + y * scale, column * (5 * scale + gap) + x * scale
                    block = picture[top : top + scale, left : left + scale]
                    assert (block == images[row, column, :, y, x]).all()
                    inside[top : top + scale, left : left + scale] = True
    assert (picture[~inside] == 77).all()
    assert inside.all() == (gap == 0)


def test_that_a_grid_of_sixty_large_colour_tiles_enlarged_fourfold_is_refused_with_its_size_and_a_way_out() -> None:
    with pytest.raises(ExportError, match=r"30720 x 30720 pixels takes 2\.6 GiB.*scale of at most 1"):
        check_size(60, 60, (3, 128, 128), 0, 4)


def test_that_where_no_scale_is_small_enough_fewer_tiles_are_advised() -> None:
    with pytest.raises(ExportError, match="fewer tiles than 200 x 200"):
        check_size(200, 200, (3, 128, 128), 0, 2)


def test_that_the_advised_scale_is_accepted() -> None:
    check_size(60, 60, (3, 128, 128), 0, 1)
    height, width, channels = mosaic_shape(60, 60, (3, 128, 128), 0, 2)
    assert height * width * channels > LARGEST_PICTURE


def test_that_a_picture_that_is_too_large_is_refused_before_memory_is_taken() -> None:
    one_tile = np.broadcast_to(np.uint8(0), (60, 60, 3, 128, 128))
    with pytest.raises(ExportError, match="GiB"):
        mosaic(one_tile, 0, 16)


@pytest.mark.parametrize("shape", [(2, 2, 4, 8, 8), (2, 2, 8, 8), (0, 2, 1, 8, 8)])
def test_that_arrays_that_are_no_pictures_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ExportError, match="laid out"):
        mosaic(np.zeros(shape, dtype=np.uint8))
