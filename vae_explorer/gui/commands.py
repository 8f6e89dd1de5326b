"""All commands with their words, keys and places in the menus: the one place for key bindings.

The plane has keys of its own while it has the focus (arrows, Space, plus and minus); none of the keys here clash with
them or with typing in a form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QKeySequence

from vae_explorer.gui.icons import icon
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.language import bracketed, marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.theme import Theme


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do from menu, key or button.

    Attributes
    ----------
    name
        Stable name, the menu before the dot.
    text
        Words in the menu, with its mnemonic, in English: `tr` of it is shown.
    keys
        Key sequences in portable text; the first is shown.
    tip
        One sentence for tool tip and status bar, in English too.
    icon
        Name of an icon, or "".
    separated
        Whether a line goes before it in the menu.
    checkable
        Whether it is switched on and off.
    """

    name: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    separated: bool = False
    checkable: bool = False

    @property
    def menu(self) -> str:
        """The menu it is in."""
        return self.name.partition(".")[0]


MENUS: Final = {
    "file": marked("&File"),
    "edit": marked("&Edit"),
    "view": marked("&View"),
    "train": marked("&Train"),
    "explore": marked("E&xplore"),
    "select": marked("&Select"),
    "help": marked("&Help"),
}

COMMANDS: Final[tuple[Command, ...]] = (
    Command(
        "file.new-session",
        marked("&New session"),
        marked("Close the run and reset all settings and choices"),
        ("Ctrl+N",),
    ),
    Command(
        "file.open-data",
        marked("&Open data file…"),
        marked("Open a file with images (IDX, NPY, NPZ)"),
        ("Ctrl+O",),
        "file",
    ),
    Command(
        "file.open-folder",
        marked("Open data &folder…"),
        marked("Open a folder with images"),
        ("Ctrl+Shift+O",),
        "folder",
    ),
    Command(
        "file.open-run", marked("Open &run…"), marked("Open a run that was trained before"), ("Ctrl+Shift+R",), "run"
    ),
    Command(
        "file.runs",
        marked("&All runs…"),
        marked("List all runs: search, compare, rename, copy and delete them"),
        ("Ctrl+L",),
    ),
    Command(
        "file.show-run", marked("Show run in file &manager"), marked("Show the folder of this run"), separated=True
    ),
    Command(
        "file.export",
        marked("&Export…"),
        marked("Save pictures, films and tables"),
        ("Ctrl+E",),
        "export",
        separated=True,
    ),
    Command(
        "file.reopen",
        marked("Start with the &last session"),
        marked("Begin where you left off when the program is opened"),
        separated=True,
        checkable=True,
    ),
    Command(
        "file.reopen-last",
        marked("Reopen t&he last session"),
        marked("Show the session before this one again, in place of what is shown"),
    ),
    Command(
        "file.limits", marked("L&imits of files…"), marked("Set how much memory, how many pixels and files are allowed")
    ),
    Command("file.quit", marked("&Quit"), marked("Stop, save and close the window"), ("Ctrl+Q",), separated=True),
    Command("edit.undo", marked("&Undo"), marked("Take back the last change on the plane"), ("Ctrl+Z",), "undo"),
    Command("edit.redo", marked("R&edo"), marked("Do again what was taken back"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Command(
        "edit.copy-picture",
        marked("&Copy picture"),
        marked("Copy the picture at the pin"),
        ("Ctrl+Shift+C",),
        "copy",
        separated=True,
    ),
    Command(
        "edit.paste-picture",
        marked("&Paste picture"),
        marked("Put the picture on the clipboard onto the canvas"),
        ("Ctrl+V",),
        "paste",
    ),
    Command(
        "edit.reset-settings",
        marked("&Reset settings"),
        marked("Set the experiment back to its defaults"),
        icon="reset",
    ),
    Command(
        "edit.dismiss-notices",
        marked("&Dismiss notices"),
        marked("Dismiss all notices"),
        ("Ctrl+Shift+D",),
        separated=True,
    ),
    Command(
        "view.full-screen", marked("&Full screen"), marked("Fill the screen with the window"), ("F11",), separated=True
    ),
    Command("view.reset-layout", marked("&Reset layout"), marked("Put all panels back where they were")),
    Command(
        "view.enlarge-curves",
        marked("&Enlarge the loss curves"),
        marked("Show the loss curves in a window of their own, to zoom and read them"),
        ("Ctrl+Shift+L",),
        "enlarge",
    ),
    Command(
        "view.times",
        marked("Frame and decoding t&imes"),
        marked("Show at the bottom how smoothly the window runs and how long decoding takes"),
        checkable=True,
    ),
    Command("train.toggle", marked("&Train"), marked("Train a new model with these settings"), ("Ctrl+R",), "train"),
    Command(
        "train.go-on", marked("&Go on with this run"), marked("Go on training the run that is shown"), ("Ctrl+Shift+G",)
    ),
    Command("train.anew", marked("Train a &new run"), marked("Start a new run with these settings"), ("Ctrl+Shift+N",)),
    Command(
        "train.adjust",
        marked("Ad&just while it trains…"),
        marked("Turn beta, the learning rate and the like from the next step on"),
        ("Ctrl+Shift+J",),
    ),
    Command(
        "train.fork",
        marked("&Fork from this moment"),
        marked("Start a new run from the weights that are shown, with the settings of the form"),
        ("Ctrl+Shift+T",),
    ),
    Command("train.step", marked("&Step"), marked("Take one training step and wait"), ("F10",), "step"),
    Command("train.stop", marked("St&op"), marked("End the training; what was trained is saved"), ("Ctrl+.",), "stop"),
    Command(
        "train.follow",
        marked("Follo&w this run"),
        marked("Show what a training elsewhere adds to the run that is shown, as it is written"),
        ("Ctrl+Shift+W",),
        "follow",
        separated=True,
        checkable=True,
    ),
    Command(
        "explore.set-start", marked("Set pin as &start of the path"), marked("Start the path at the pin"), ("Ctrl+1",)
    ),
    Command(
        "explore.add-way-point",
        marked("Add pin as &waypoint"),
        marked("Let the path pass through the pin"),
        ("Ctrl+2",),
    ),
    Command("explore.set-end", marked("Set pin as &end of the path"), marked("End the path at the pin"), ("Ctrl+3",)),
    Command("explore.reverse-path", marked("&Reverse path"), marked("Swap start and end"), ("Ctrl+4",)),
    Command("explore.clear-path", marked("&Clear path"), marked("Remove the path"), ("Ctrl+0",)),
    Command(
        "explore.pin-origin",
        marked("Pin the &origin"),
        marked("Decode the middle of the plane"),
        ("Ctrl+Shift+Home",),
        separated=True,
    ),
    Command(
        "explore.random-sample", marked("Pin a random s&ample"), marked("Choose a test image at random"), ("Ctrl+D",)
    ),
    Command("explore.unpin", marked("Remove the &pin"), marked("Pin nothing"), ("Ctrl+Backspace",)),
    Command(
        "explore.zoom-posterior",
        marked("&Zoom to posterior"),
        marked("Show the plane round the posterior of the chosen sample"),
        ("Ctrl+J",),
    ),
    Command(
        "explore.measure",
        marked("&Measure the model"),
        marked("Measure what the model is worth on test images"),
        ("Ctrl+Shift+M",),
        separated=True,
    ),
    Command(
        "explore.compare",
        marked("Compare &two models…"),
        marked("See this model beside another run or moment, under one cursor"),
        ("Ctrl+Shift+B",),
        separated=True,
    ),
    Command(
        "explore.previous-class",
        marked("Pre&vious class"),
        marked("Decode with the previous class"),
        ("Ctrl+[",),
        separated=True,
    ),
    Command("explore.next-class", marked("&Next class"), marked("Decode with the next class"), ("Ctrl+]",)),
    Command(
        "explore.earlier-moment",
        marked("Earl&ier moment"),
        marked("Show the run as it was one kept moment before"),
        ("Alt+Left",),
        separated=True,
    ),
    Command(
        "explore.later-moment", marked("&Later moment"), marked("Show the run one kept moment later"), ("Alt+Right",)
    ),
    Command(
        "explore.newest-moment",
        marked("&Jump to the newest moment"),
        marked("Show the newest weights of the run"),
        ("Alt+End",),
    ),
    Command(
        "explore.keep-moment",
        marked("Keep t&his moment"),
        marked("Never delete the moment that is shown to make room for others"),
        ("Ctrl+Alt+K",),
        checkable=True,
    ),
    Command(
        "explore.play-training",
        marked("Pla&y the training"),
        marked("Show one kept moment after the other, as a film"),
        ("Ctrl+Shift+P",),
    ),
    Command(
        "explore.divergences",
        marked("&KL and JS of two Gaussians"),
        marked("Drag two bell curves and see their divergences, exact and from samples"),
        ("Ctrl+Shift+K",),
        separated=True,
    ),
    Command(
        "explore.bump-fit",
        marked("&Fit one bump to two"),
        marked("See what forward and reverse KL want of a model that is too simple"),
        ("Ctrl+Shift+F",),
    ),
    Command("select.lasso", marked("&Lasso"), marked("Draw round points to select them; L on the plane does the same")),
    Command("select.draw-path", marked("&Draw a path"), marked("Draw the path by hand; D on the plane does the same")),
    Command(
        "select.all",
        marked("Select &all points"),
        marked("Select all points that are shown"),
        ("Ctrl+Shift+A",),
        separated=True,
    ),
    Command(
        "select.invert", marked("&Invert selection"), marked("Select what isn't selected, and the other way round")
    ),
    Command("select.none", marked("Select &nothing"), marked("Select nothing; so does Escape on the plane")),
    Command(
        "select.hide", marked("&Hide selected"), marked("Stop drawing the selected points"), ("Ctrl+H",), separated=True
    ),
    Command(
        "select.show-only",
        marked("Show &only selected"),
        marked("Hide all points but the selected ones"),
        ("Ctrl+Shift+H",),
    ),
    Command("select.show-all", marked("&Show all points"), marked("Draw all hidden points and classes again")),
    Command(
        "help.pages",
        marked("&Help"),
        marked("Open the page about the panel that has the focus; all others are beside it"),
        ("F1",),
    ),
    Command(
        "help.whats-this",
        marked("&What's this?"),
        marked("Click a setting or a button next to read what it is for"),
        ("Shift+F1",),
    ),
    Command(
        "help.palette", marked("&Find a command…"), marked("Search everything that the program can do"), ("Ctrl+K",)
    ),
    Command(
        "help.tour",
        marked("Five-minute &tour"),
        marked("A guided walk through the window, from training to saving pictures"),
    ),
    Command(
        "help.experiments",
        marked("&Experiments to try"),
        marked("Guess, train and see: what a course shows, step by step"),
    ),
    Command("help.shortcuts", marked("&Keyboard shortcuts"), marked("List all keys"), ("Ctrl+F1",)),
    Command(
        "help.log-folder",
        marked("Open the folder of &logs"),
        marked("Show what the program wrote down about itself, for a report when something went wrong"),
        separated=True,
    ),
    Command("help.about", marked("&About VAE Explorer"), marked("Version and licences")),
)


def command(name: str) -> Command:
    """Return a command by its name."""
    return next(entry for entry in COMMANDS if entry.name == name)


class Commands:
    """The actions of a window.

    Parameters
    ----------
    parent
        The window; keys work everywhere in it.
    handlers
        What each command does, by name: bound methods of the window.
    """

    def __init__(self, parent: QWidget, handlers: Mapping[str, Callable[[], None]]) -> None:
        self.actions: dict[str, QAction] = {}
        for command in COMMANDS:
            action = QAction(tr(command.text), parent)
            action.setObjectName(command.name)
            action.setIconText(without_mnemonic(tr(command.text)).removesuffix("…"))  # what buttons say
            action.setCheckable(command.checkable)
            action.setShortcuts([QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in command.keys])
            action.triggered.connect(handlers[command.name])
            self.actions[command.name] = action
            set_tip(action, tr(command.tip))
            parent.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        return self.actions[name]

    def set_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        for command in COMMANDS:
            if command.icon:
                self.actions[command.name].setIcon(icon(command.icon, theme))


def set_tip(action: QAction, tip: str) -> None:
    """Give an action its sentence, with its key where a pointer shows it."""
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    full = bracketed(tip, key) if key else tip
    if (action.statusTip(), action.toolTip()) != (tip, full):  # every button of an action is told of each change
        action.setStatusTip(tip)
        action.setToolTip(full)
