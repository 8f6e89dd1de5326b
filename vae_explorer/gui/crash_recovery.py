"""After a session that was cut off: what happened, and the way back to what it trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.app.state import RunState
from vae_explorer.app.versions import versions_text
from vae_explorer.errors import printable
from vae_explorer.gui.dialogs.crash import RecoveryDialog
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.crashes import Crash
    from vae_explorer.gui.main_window import MainWindow


class CrashRecovery(QObject):
    """Tells of a crash, and opens the run that was shown, or trains it further, if a person wants it.

    Parameters
    ----------
    window
        The window, and owner of this.
    crash
        What happened.
    """

    def __init__(self, window: MainWindow, crash: Crash) -> None:
        super().__init__(window)
        self._window = window
        self._crash = crash
        self._is_asked = self._goes_on = False
        has_run = crash.run is not None and crash.run.is_dir() and (crash.can_go_on or not crash.was_training)
        self.dialog = RecoveryDialog(window.theme, window, has_run=has_run, can_go_on=crash.can_go_on)
        self.dialog.tell(crash.sentence, _offer(crash), f"{crash.details}\n\n{versions_text()}")
        self.dialog.open_wanted.connect(self._open_run)
        self.dialog.go_on_wanted.connect(self._train)
        self.dialog.open()

    @Slot()
    def _open_run(self) -> None:
        self._follow(goes_on=False)

    @Slot()
    def _train(self) -> None:
        self._follow(goes_on=True)

    def _follow(self, *, goes_on: bool) -> None:
        self._goes_on, self._is_asked = goes_on, False
        self._window.session.state_changed.connect(self._advance)
        self._window.keeper.reopened.connect(self._advance)
        self._advance()

    @Slot()
    def _advance(self) -> None:
        """Wait until the last session is back, open the run unless that did, and train it further."""
        session, run = self._window.session, self._crash.run
        if run is None or session.state is RunState.LOADING or self._window.keeper.is_reopening:
            return
        if self._shows(run) or self._is_asked:
            self._leave_off()
            if self._goes_on and self._shows(run):
                self._go_on()
            return
        self._is_asked = True
        self._window.opening.open_path(run)

    def _go_on(self) -> None:
        session = self._window.session
        if session.why_not_on:
            session.notify("warning", tr("The training can't go on: {reason}", reason=session.why_not_on))
        else:
            session.go_on()

    def _leave_off(self) -> None:
        self._window.session.state_changed.disconnect(self._advance)
        self._window.keeper.reopened.disconnect(self._advance)

    def _shows(self, run: Path) -> bool:
        shown = self._window.session.run
        return shown is not None and shown.path.absolute() == run


def _offer(crash: Crash) -> str:
    if crash.run is None:
        return tr("What was saved before is whole. No run was open.")
    name = printable(crash.run.name)
    if not crash.run.is_dir():
        return tr(
            "The run “{name}” that was open is no longer in {folder}.", name=name, folder=printable(crash.run.parent)
        )
    if crash.can_go_on:
        return tr(
            "What was saved before is whole. The run “{name}” was being trained: it can go on from its last "
            "checkpoint.",
            name=name,
        )
    if crash.was_training:
        return tr(
            "The run “{name}” had only just begun, so that nothing of it was saved yet: train it again.", name=name
        )
    return tr("What was saved before is whole. The run “{name}” was open.", name=name)
