"""Where a picture is drawn within its place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, QSize

from vae_explorer.gui.images import fitted


@pytest.mark.parametrize(("room", "side"), [(168, 168), (138, 112), (170, 168), (40, 40)])
def test_that_pixels_become_squares_of_one_size_where_that_wastes_little_room(room: int, side: int) -> None:
    place = QRect(10, 20, room, room)
    found = fitted(QSize(28, 28), place)
    assert found.size() == QSize(side, side)
    assert (found.center() - place.center()).manhattanLength() <= 2
