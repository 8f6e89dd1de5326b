"""A screen that isn't there, with room for every window, dialog and menu."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QApplication

OFFSCREEN: Final = "offscreen"
WIDTH, HEIGHT = 3840, 2160
"""In device pixels: at scale 2 half of that is left, where Qt's own 800 pixels would cut dialogs at 400."""
_FILE = "screen.json"


@contextlib.contextmanager
def wide_screen(folder: Path) -> Iterator[None]:
    """Let an application that is made within it have a wide screen, unless it is shown on a real one.

    Parameters
    ----------
    folder
        Where the description of the screen is kept.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform != OFFSCREEN or QApplication.instance() is not None:
        yield
        return
    screen = {"name": "wide", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT}
    (folder / _FILE).write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"{OFFSCREEN}:configfile={_FILE}"
    try:
        with contextlib.chdir(folder):  # a colon in a path, such as that of a drive, would end it there
            yield
    finally:
        os.environ["QT_QPA_PLATFORM"] = platform
