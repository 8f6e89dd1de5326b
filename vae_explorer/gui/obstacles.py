"""Commands on pin, path, class and selection: chosen only where they can do something, else saying what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.gui.commands import command, set_tip
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands

NO_MODEL = marked("There is no model yet: train one or open a run first")
_NO_PIN = marked("Pin a point first: click the plane, or press Ctrl+D")
_NOT_PINNED = marked("Nothing is pinned")
_NO_PATH = marked("There is no path: choose a start or an end first")
_NO_CLASSES = marked("The pictures of this model don't depend on a class")
_NO_POINTS = marked("There are no points on the plane yet")
_NOT_SELECTED = marked("Nothing is selected: circle points on the plane with the lasso first")
_NOT_HIDDEN = marked("No points are hidden")


class Obstacles(QObject):
    """Follows a session, and enables and disables actions as there is something for them to act on.

    Parameters
    ----------
    session
        What the commands act on.
    commands
        The actions.
    parent
        Owner.
    """

    def __init__(self, session: Session, commands: Commands, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._commands = session, commands
        self._told: Mapping[str, str] = {}
        for signal in (
            session.model_changed,
            session.points_changed,
            session.pin_changed,
            session.path_changed,
            session.selection_changed,
            session.hidden_changed,
            session.hidden_classes_changed,
        ):
            signal.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        found = self._found()
        if found != self._told:  # the pin moves with the pointer, and the path is told of while it plays
            self._told = found
            show_obstacles(self._commands, found)

    def _found(self) -> dict[str, str]:
        """Return what stands in the way of each command, "" for nothing."""
        session, choices = self._session, self._session.choices
        model = session.model_info
        no_pin = "" if session.pinned is not None else _NO_PIN
        no_path = "" if session.path.points else _NO_PATH
        no_class = NO_MODEL if model is None else "" if model.knows_classes else _NO_CLASSES
        no_points = "" if session.points is not None else _NO_POINTS
        not_selected = "" if len(choices.selected) else _NOT_SELECTED
        return {
            **dict.fromkeys(("explore.set-start", "explore.add-way-point", "explore.set-end"), no_pin),
            **dict.fromkeys(("explore.reverse-path", "explore.clear-path"), no_path),
            "explore.unpin": no_pin and _NOT_PINNED,
            **dict.fromkeys(("explore.previous-class", "explore.next-class"), no_class),
            **dict.fromkeys(("select.all", "select.invert"), no_points),
            **dict.fromkeys(("select.none", "select.hide", "select.show-only"), not_selected),
            "select.show-all": "" if len(choices.hidden) or choices.hidden_classes else _NOT_HIDDEN,
        }


def show_obstacles(commands: Commands, obstacles: Mapping[str, str]) -> None:
    """Enable the actions without an obstacle, and let the others say theirs, which are marked texts."""
    for name, obstacle in obstacles.items():
        commands[name].setEnabled(not obstacle)
        set_tip(commands[name], tr(obstacle or command(name).tip))
