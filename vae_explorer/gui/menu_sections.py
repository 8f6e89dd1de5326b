"""Headings in menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.gui.theme import SPACING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu


def add_section(menu: QMenu, title: str) -> None:
    """Add a heading to a menu; the first of all keeps as far from the edge as others do from the words above them."""
    if not menu.actions():
        menu.setContentsMargins(0, SPACING, 0, 0)  # a heading is as high as its letters, unlike what can be chosen
    menu.addSection(title)
