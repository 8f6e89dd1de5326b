"""Boxes in which a class is chosen, which are offered anew with every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QComboBox

ALL_CLASSES = marked("All")


def offer(box: QComboBox, names: Sequence[str]) -> bool:
    """Offer these names in a box, and return whether it had others: what was chosen among the same ones stays."""
    if [box.itemText(index) for index in range(box.count())] == list(names):
        return False
    box.clear()
    box.addItems(list(names))
    return True
