"""Layers of the plane: how soon the first map is there, how long the finest takes, and frame times while one moves.

Run it with ``python3 packaging/dev.py bench layers``. It opens the real window on the bundled digits, trains twice,
shows each layer in turn, drags and turns the wheel as ``bench map`` does, at rest and while training. Takes about a
minute. Nothing here asserts a time: machines differ.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QElapsedTimer

from tests.benchmarks._window import Figures, print_scenes, ready_window, run, wait
from tests.benchmarks.map import BUDGET, TRAINING_BUDGET, Hand, _panning, _zooming, spread
from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.plane import PlanePanel

LAYERS = ("magnification", "magnification-fisher", "round-trip", "disagreement", "aggregate")
MOVED = "magnification"
"""The layer with which one moves: the dearest a cell, with ellipses."""


def measure(frames: int) -> Figures:
    """Return the figures of each layer and of each scene, in milliseconds."""
    figures: Figures = {}
    with ready_window() as window:
        session = window.session
        panel = window.panel("plane")
        if not isinstance(panel, PlanePanel):
            raise TypeError("the window has no plane")
        session.set_setting("training.epochs", "2")
        session.train()
        wait(lambda: session.state is RunState.FINISHED and panel.tiles.is_complete)
        run(1.0)
        for name in LAYERS:
            figures[name] = shown(panel, name)
        panel.controls.switches.action(MOVED).setChecked(True)
        moved(panel, frames, figures, "at rest", BUDGET)
        session.set_setting("training.epochs", "100000")
        session.train()
        wait(lambda: session.progress is not None and session.progress.epoch > 1)
        moved(panel, frames, figures, "while training", TRAINING_BUDGET)
        session.stop()
        wait(lambda: not session.state.is_active)
    return figures


def shown(panel: PlanePanel, name: str) -> dict[str, float]:
    """Switch a layer on, and return when its first and its finest map were there, with the cells of the finest."""
    heat, clock, first = panel.maps.layers[name], QElapsedTimer(), 0.0
    clock.start()
    panel.controls.switches.action(name).setChecked(True)
    while not heat.is_complete:
        run(0.002)
        if not first and not heat.picture.is_empty:
            first = clock.nsecsElapsed() / 1e6
    whole = clock.nsecsElapsed() / 1e6
    finest = heat.picture.finest
    panel.controls.switches.action(name).setChecked(False)
    cells = 0 if finest is None else finest.found.values.size
    return {"first": first, "finest": whole, "cells": cells, "a cell": whole / max(1, cells)}


def moved(panel: PlanePanel, frames: int, figures: Figures, what: str, budget: float) -> None:
    """Pan and zoom with the layer shown."""
    for name, act in (("pan", _panning(panel)), ("zoom", _zooming(panel))):
        panel.view.reset_view()
        run(1.0)
        Hand(panel.view, act, frames).play()
        run(1.0)
        figures[f"{name}, {MOVED}, {what}"] = spread(Hand(panel.view, act, frames).play(), budget)


def main() -> int:
    """Measure and print a table, or one JSON object."""
    return print_scenes(__doc__, measure, 180)


if __name__ == "__main__":
    sys.exit(main())
