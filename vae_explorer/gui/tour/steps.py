"""The stops of the tour: what each points at, what it says, and when a person has done it.

To add one, add an entry to `STEPS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QMenuBar, QWidget

from vae_explorer.app.state import RunState
from vae_explorer.language import marked

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.main_window import MainWindow


@dataclass(frozen=True, slots=True)
class TourStep:
    """One stop.

    Attributes
    ----------
    title, text
        What the bubble says, in English: it shows `tr` of it.
    target
        The widget that it points at; None for the whole window.
    panel
        Name of the panel that is brought to the front; "" for none.
    is_done
        Whether a person has done what the text asks for; None where there is nothing to do.
    shows_training
        Whether there is little to see before something was trained.
    part
        The part of the target that is meant, in the target; None for the whole of it.
    """

    title: str
    text: str
    target: Callable[[MainWindow], QWidget | None]
    panel: str = ""
    is_done: Callable[[Session], bool] | None = None
    shows_training: bool = False
    part: Callable[[QWidget], QRect] | None = None


def _panel(name: str) -> Callable[[MainWindow], QWidget | None]:
    return lambda window: window.hosts[name]


def _first_menu(bar: QWidget) -> QRect:
    """Return where the File menu stands; the whole bar where the system shows the menus elsewhere."""
    place = bar.actionGeometry(bar.actions()[0]) if isinstance(bar, QMenuBar) and bar.actions() else QRect()
    return bar.rect() if place.isEmpty() else place


def has_trained(session: Session) -> bool:
    """Whether a model is shown that was trained, at least for a while."""
    return session.is_trained and session.state is not RunState.LOADING


def _has_pin(session: Session) -> bool:
    return session.pinned is not None


def _has_sample(session: Session) -> bool:
    return session.pinned is not None and session.pinned.sample is not None


def _has_path(session: Session) -> bool:
    return session.path.is_complete


def _has_moved_slider(session: Session) -> bool:
    return session.path.is_complete and session.path.position > 0.0


STEPS: Final = (
    TourStep(
        marked("Welcome"),
        marked(
            "This window trains models that squeeze a picture into two numbers, and lets you "
            "walk in the plane of these numbers. The tour takes five minutes; everything you do "
            "on the way is real."
        ),
        lambda window: window.centralWidget(),
        "plane",
    ),
    TourStep(
        marked("What will be trained"),
        marked(
            "Data, network, objective and training are chosen here. The defaults are sound: "
            "handwritten digits and a variational autoencoder. Rest the pointer on a name to read what it "
            "does."
        ),
        _panel("experiment"),
        "experiment",
    ),
    TourStep(
        marked("Train"),
        marked(
            "Press Train. The model learns in the background; the window stays free, and you can "
            "pause or stop at any time without losing anything."
        ),
        lambda window: window.run_bar.toggle_button,
        "",
        has_trained,
    ),
    TourStep(
        marked("Watch it learn"),
        marked(
            "The total is the reconstruction plus the KL: how badly the picture is explained, "
            "and what its encoding costs, in nats. The slider below the curves takes you back to "
            "any kept moment, also while it trains."
        ),
        _panel("curves"),
        "curves",
        shows_training=True,
    ),
    TourStep(
        marked("The plane"),
        marked(
            "Every place of the plane is decoded into a picture. Point at it to look, click to "
            "pin, turn the wheel to come closer: finer pictures are decoded as you go. Pin a "
            "place now."
        ),
        _panel("plane"),
        "plane",
        _has_pin,
        shows_training=True,
    ),
    TourStep(
        marked("Encodings"),
        marked(
            "Each dot is where the encoder puts a picture, coloured by its class. Double-click a "
            "dot to choose it: its ellipse is the noise of its encoding. Choose one now."
        ),
        _panel("plane"),
        "plane",
        _has_sample,
        shows_training=True,
    ),
    TourStep(
        marked("The inspector"),
        marked("What you chose, original and decoded, how likely it is, and which pictures are like it."),
        _panel("inspector"),
        "inspector",
        shows_training=True,
    ),
    TourStep(
        marked("A path"),
        marked(
            "Right-click two places of the plane and set them as start and end, or let two "
            "samples be chosen for you in the Path panel."
        ),
        _panel("path"),
        "path",
        _has_path,
        shows_training=True,
    ),
    TourStep(
        marked("Walk along it"),
        marked(
            "Once the path has a start and an end, drag its slider, or press play. Then choose "
            "another method: straight, spherical, or a geodesic, along which the picture changes least."
        ),
        _panel("path"),
        "path",
        _has_moved_slider,
        shows_training=True,
    ),
    TourStep(
        marked("Layers"),
        marked(
            "Switch on q(z) to see where the data are, or the magnification to see where a small "
            "step changes the picture much. The legend tells what the colours mean."
        ),
        _panel("plane"),
        "plane",
        shows_training=True,
    ),
    TourStep(
        marked("Your own hand"),
        marked(
            "Draw a digit, or drop a picture: it is framed like the data, and after each "
            "stroke you see where the model puts it and what it makes of it."
        ),
        _panel("draw"),
        "draw",
        shows_training=True,
    ),
    TourStep(
        marked("Take it home"),
        marked(
            "File > Export saves grids, strips, films, figures for a paper, tables and the model "
            "itself; each file notes what made it."
        ),
        lambda window: window.menuBar(),
        part=_first_menu,
    ),
    TourStep(
        marked("Go on from here"),
        marked(
            "Here are experiments that ask for your guess and then show you. Ctrl+K finds any "
            "command by its name, and F1 opens the help."
        ),
        _panel("learn"),
        "learn",
    ),
)
"""All stops, in their order."""
