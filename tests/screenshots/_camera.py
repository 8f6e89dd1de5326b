"""Bringing windows into all states, one after the other, and picturing each."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING

from tests.screenshots._clipping import unreadable
from tests.screenshots._runs import CLASSIFYING, EXPLORED
from tests.screenshots._stage import Stage, View
from vae_explorer.app.state import RunState

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from tests.screenshots._states import Setting, State

NARROW = (1000, 650)
_EPOCHS = "120"
"""So many that the training lasts until it is pictured in all themes."""
_RUNS = {"trained": EXPLORED, "narrow": EXPLORED, "classifying": CLASSIFYING}
"""What is open in the windows with a run that is done."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes
    ----------
    state, language, theme, scale
        What it shows, and how.
    path
        Below the folder of all pictures.
    clipped
        What can't be read in it.
    """

    state: str
    language: str
    theme: str
    scale: float
    path: str
    clipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be pictured.

    Attributes
    ----------
    states
        The states, those of one setting together.
    languages, themes
        Codes of languages, and names of themes.
    scale
        Pixels to a device-independent one; this process runs with it.
    """

    states: tuple[State, ...]
    languages: tuple[str, ...]
    themes: tuple[str, ...]
    scale: float


def take(
    order: Order, runs: Path, out: Path, keep: Callable[[Picture], None], say: Callable[[str], None]
) -> tuple[str, ...]:
    """Take all pictures of an order; return what states couldn't be pictured, each with the reason.

    Parameters
    ----------
    order
        What to picture.
    runs
        A folder with the runs; it is copied, so that it stays as it is.
    out
        Where the pictures go.
    keep
        Takes each picture.
    say
        Takes a line about each window, and about what went wrong.
    """
    failed: list[str] = []
    for language in order.languages:
        for setting, group in groupby(order.states, lambda state: state.setting):
            states = tuple(group)
            say(f"{language}, {setting}: {len(states)} states")
            with _stage(setting, language, runs) as stage:
                for theme, state in product(order.themes, states):
                    try:
                        keep(_take_one(stage, state, theme, order.scale, out))
                    except (AssertionError, LookupError, TimeoutError, ValueError) as error:
                        failed.append(f"{language}, {theme}, {state.name}: {type(error).__name__}: {error}")
                        say(failed[-1])
    return tuple(failed)


def _take_one(stage: Stage, state: State, theme: str, scale: float, out: Path) -> Picture:
    path = Path(f"{stage.language}-{theme}-{scale:g}x", f"{state.name}.png")
    (out / path).parent.mkdir(parents=True, exist_ok=True)
    stage.window.set_theme(theme)
    try:
        view = stage.play(state.show(stage))
        check(view)
        image = view.widget.grab().toImage()
        if is_blank(image):
            raise AssertionError("the picture is of one colour")
        image.save(str(out / path))
        clipped = tuple(unreadable(view.widget))
    finally:
        stage.tidy()
    return Picture(state.name, stage.language, theme, scale, path.as_posix(), clipped)


def check(view: View) -> None:
    """See that a picture will show what it names.

    Raises
    ------
    AssertionError
        If it is hidden, or lies behind something else or outside of its window.
    """
    for widget in (view.widget, *view.shows):
        if not widget.isVisible() or widget.visibleRegion().isEmpty():
            raise AssertionError(f"{type(widget).__name__} {widget.objectName()} isn't seen")


def is_blank(image: QImage) -> bool:
    """Whether a picture is of one colour all over."""
    small = image.scaled(64, 64)
    return len({small.pixel(x, y) for x in range(64) for y in range(64)}) == 1


@contextmanager
def _stage(setting: Setting, language: str, runs: Path) -> Iterator[Stage]:
    """Give a window in a setting, and close it in the end."""
    with tempfile.TemporaryDirectory(prefix="screenshots-window-") as name:
        folder = Path(name)
        shutil.copytree(runs, folder / "runs")
        stage = Stage(folder, language, NARROW if setting == "narrow" else None)
        try:
            _prepare(stage, setting)
            stage.settle()
            yield stage
        finally:
            stage.close()


def _prepare(stage: Stage, setting: Setting) -> None:
    session = stage.session
    if setting == "loading":
        stage.backend.go.clear()
        stage.open()
        stage.wait(lambda: session.state is RunState.LOADING)
        return
    run = _RUNS.get(setting)
    stage.open("" if run is None else str(session.runs_folder / run.name))
    stage.wait(stage.is_at_rest)
    if setting == "training":
        session.set_setting("training.epochs", _EPOCHS)
        session.train()
        stage.wait(stage.has_learned)
