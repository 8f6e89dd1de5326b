"""Undo and redo: of the widget that has the focus if it keeps steps of its own, such as a canvas, else of the plane.

Lines of text keep their own Ctrl+Z while they have something to undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from vae_explorer.gui.commands import Commands, command, set_tip
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.app.undo import UndoStack

UNDO, REDO = "edit.undo", "edit.redo"
_OF_STEP = {UNDO: marked("&Undo {step}"), REDO: marked("R&edo {step}")}
_NOTHING = {UNDO: marked("Nothing on the plane was changed yet"), REDO: marked("Nothing was taken back")}


@runtime_checkable
class KeepsSteps(Protocol):
    """A widget with steps of its own: while the focus is in it, undo and redo are its."""

    steps: UndoStack[object]

    def undo(self) -> None:
        """Take the last step back."""
        ...

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        ...


class UndoCommands(QObject):
    """Carries out undo and redo where the focus is, and says in the menu what they would do.

    Parameters
    ----------
    session
        Keeps the steps on the plane.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._commands: Commands | None = None
        self._own: KeepsSteps | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {UNDO: self.undo, REDO: self.redo}

    def watch(self, commands: Commands) -> None:
        """Keep the words of these actions up to date from now on."""
        self._commands = commands
        self._session.steps.changed.connect(self._follow)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._take_focus)
        self._follow()

    @Slot()
    def undo(self) -> None:
        """Take the last step back, where the focus is."""
        (self._own or self._session).undo()

    @Slot()
    def redo(self) -> None:
        """Do the step again that was taken back last, where the focus is."""
        (self._own or self._session).redo()

    @Slot(QWidget, QWidget)
    def _take_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        # A menu that has the focus for a moment acts on what had it before.
        if now is None or isinstance(now, (QMenu, QMenuBar)):
            return
        own = _keeper(now)
        if own is not self._own:
            if self._own is not None:
                self._own.steps.changed.disconnect(self._follow)
            if own is not None:
                own.steps.changed.connect(self._follow)
            self._own = own
        self._follow()

    @Slot()
    def _follow(self) -> None:
        if self._commands is None:
            return
        steps = self._session.steps if self._own is None else self._own.steps
        for name, text, can in ((UNDO, steps.undo_text, steps.can_undo), (REDO, steps.redo_text, steps.can_redo)):
            action, entry = self._commands[name], command(name)
            words = text[:1].lower() + text[1:]
            action.setText(tr(_OF_STEP[name], step=words.replace("&", "&&")) if words else tr(entry.text))
            action.setEnabled(can)
            does = without_mnemonic(tr(entry.text))
            set_tip(action, tr("{name}: {text}", name=does, text=words) if words else tr(_NOTHING[name]))


def _keeper(widget: QWidget | None) -> KeepsSteps | None:
    """Return the widget, or the nearest round it, that keeps steps of its own."""
    while widget is not None and not widget.isWindow():
        if isinstance(widget, KeepsSteps):
            return widget
        widget = widget.parentWidget()
    return None
