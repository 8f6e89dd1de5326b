"""What a window does until the moment at which it is closed; how long each lasts is left to chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.proving._window import Hands, Scene, is_at_rest, make_small
from vae_explorer.app.state import RunState
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.objectives import OBJECTIVES

if TYPE_CHECKING:
    import random

    from vae_explorer.gui.main_window import MainWindow

_BETWEEN_SECONDS = 0.01


def _opening(_window: MainWindow, chance: random.Random) -> Scene:
    yield chance.uniform(0.0, 0.5)


def _building(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: window.session.dataset is not None
    make_small(window, chance.choice(OBJECTIVES.names()))
    yield chance.uniform(0.0, 0.1)


def _loading(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    window.session.load_data(chance.choice(("shapes", "mnist-10k")))
    yield chance.uniform(0.0, 0.3)


def _training(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.set_setting("training.epochs", "5000")
    yield lambda: window.session.state is RunState.READY
    window.session.train()
    yield lambda: window.session.progress is not None and window.session.progress.step > 0
    yield chance.uniform(0.0, 0.4)


def _starting(window: MainWindow, chance: random.Random) -> Scene:
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.train()
    yield chance.uniform(0.0, 0.05)


def _saving(window: MainWindow, chance: random.Random) -> Scene:
    """Close as a short training ends, which saves, or as it is stopped, which does too."""
    yield lambda: is_at_rest(window)
    make_small(window, chance.choice(OBJECTIVES.names()))
    window.session.set_setting("training.epochs", str(chance.randint(1, 8)))
    window.session.train()
    yield lambda: window.session.progress is not None and window.session.progress.step > 0
    yield chance.uniform(0.0, 0.3)
    window.session.stop()
    yield chance.uniform(0.0, 0.05)


def _pausing(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.pause()
    yield chance.uniform(0.0, 0.1)


def _exploring(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    hands = Hands(window, chance)
    for _ in range(chance.randint(3, 25)):
        hands.act()
        yield _BETWEEN_SECONDS


def _looking(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    for step in Hands(window, chance).look_round():
        yield step
        if chance.random() < 0.1:
            return


def _layering(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.set_layers([chance.choice(("magnification", "doubt", "density", "tiles"))])
    yield chance.uniform(0.0, 0.3)


def _exporting(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.window_commands.export_kind(chance.choice(("grid", "plane", "latents", "film", "curves")))
    yield chance.uniform(0.0, 0.5)


def _measuring(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.session.evaluation.measure(EvaluationOptions())
    yield chance.uniform(0.0, 0.5)


def _comparing(window: MainWindow, chance: random.Random) -> Scene:
    yield from _training(window, chance)
    window.comparing.open()
    yield chance.uniform(0.0, 0.4)


def _going_on(window: MainWindow, chance: random.Random) -> Scene:
    yield from _saving(window, chance)
    yield lambda: not window.session.state.is_active
    window.session.toggle()
    yield chance.uniform(0.0, 0.2)


MOMENTS: dict[str, Callable[[MainWindow, random.Random], Scene]] = {
    "training": _training,
    "saving": _saving,
    "exploring": _exploring,
    "exporting": _exporting,
    "measuring": _measuring,
    "loading": _loading,
    "starting": _starting,
    "pausing": _pausing,
    "looking round": _looking,
    "layers": _layering,
    "comparing": _comparing,
    "going on": _going_on,
    "opening": _opening,
    "building": _building,
}
