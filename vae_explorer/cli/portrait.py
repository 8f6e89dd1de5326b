"""``vae-explorer portrait``: a picture of the window with a run in it."""

from __future__ import annotations

import argparse

from vae_explorer.cli.reporting import show
from vae_explorer.errors import printable

THEMES = ("light", "dark")
SIZE = (1280, 800)


def run(chosen: argparse.Namespace) -> int:
    """Draw the window, without showing it where there is no display, and say where the picture is."""
    from vae_explorer.gui.portrait import draw

    draw(chosen.run, chosen.picture, chosen.theme, tuple(chosen.size))
    show(printable(chosen.picture.resolve()))
    return 0
