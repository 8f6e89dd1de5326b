"""What the window does about faults: its log, the dialog of a fault, a new start, and the offer after a crash."""

from __future__ import annotations

import logging
import subprocess
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from vae_explorer.app.crash_watch import CrashWatch
from vae_explorer.app.versions import versions_text
from vae_explorer.language import marked, tr
from vae_explorer.logbook import LOGGER
from vae_explorer.resources import own_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.crashes import Crash
    from vae_explorer.gui.crash_recovery import CrashRecovery
    from vae_explorer.gui.dialogs.crash import FaultDialog
    from vae_explorer.gui.faults import Fault, FaultReporter
    from vae_explorer.gui.main_window import MainWindow

_ADVICE = marked(
    "A training that is under way goes on, and what was saved is safe. Go on; if "
    "something no longer reacts, restart: the session is saved first and opens as it was."
)


class CrashCare(QObject):
    """Shows faults and crashes of a window.

    Parameters
    ----------
    window
        The window, and owner of this.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: FaultDialog | None = None
        self._shown = ""
        self._told: set[str] = set()
        self._recovery: CrashRecovery | None = None
        self._reporter: FaultReporter | None = None
        self.watch = CrashWatch(window.session, self)
        self.restarts = False

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"help.log-folder": self.open_folder}

    def listen(self, reporter: FaultReporter) -> None:
        """Show what a reporter catches from now on."""
        self._reporter = reporter
        reporter.caught.connect(self.show_fault)

    def take_over(self, old: CrashCare) -> None:
        """Go on with log and reporter in the place of another window's."""
        self.watch.deleteLater()
        self.watch = old.watch
        self.watch.setParent(self)
        self._told = old._told
        if old._reporter is not None:
            old._reporter.caught.disconnect(old.show_fault)
            self.listen(old._reporter)
            old._reporter = None

    def leave_hooks(self) -> None:
        """Hear of no more faults; only what goes on without the window needs it."""
        if self._reporter is not None:
            self._reporter.uninstall()
            self._reporter = None

    @Slot()
    def begin(self) -> None:
        """Open the log, once the window is on screen, and tell of a session that was cut off."""
        crashes = self.watch.begin()
        if self.watch.problem:
            self._window.session.notify("warning", self.watch.problem)
        if crashes:
            # Of several windows that died together the one that trained matters most.
            self.offer(max(crashes, key=lambda crash: (crash.was_training, crash.run is not None)))

    def offer(self, crash: Crash) -> None:
        """Tell of a session that was cut off, and offer to go on with it."""
        from vae_explorer.gui.crash_recovery import CrashRecovery

        self._recovery = CrashRecovery(self._window, crash)
        self._recovery.dialog.log_button.setVisible(self.watch.path is not None)
        self._recovery.dialog.log_wanted.connect(self.open_log)
        self._recovery.dialog.folder_wanted.connect(self.open_folder)

    # -- A fault -------------------------------------------------------------------------------------------------------

    @Slot(object)
    def show_fault(self, fault: Fault) -> None:
        """Open the dialog for a new fault, count one that is shown, and tell of one that came before in a notice."""
        if not fault.details:
            self._window.session.notify("error", fault.text)
        elif self._dialog is not None and fault.place == self._shown:
            self._dialog.set_count(fault.count)
        elif self._dialog is not None or fault.place in self._told:
            self._window.session.notify(
                "error", tr("Something went wrong in the program: {error}", error=fault.text), fault.details
            )
        else:
            self._open(fault)

    def _open(self, fault: Fault) -> None:
        from vae_explorer.gui.dialogs.crash import FaultDialog

        dialog = self._dialog = FaultDialog(self._window.theme, self._window)
        self._shown = fault.place
        self._told.add(fault.place)
        heading = tr("Something went wrong that the program didn't expect: {error}", error=fault.text)
        dialog.tell(heading, tr(_ADVICE), self._details(fault.details))
        dialog.set_count(fault.count)
        dialog.log_button.setVisible(self.watch.path is not None)
        dialog.log_wanted.connect(self.open_log)
        dialog.folder_wanted.connect(self.open_folder)
        dialog.restart_wanted.connect(self.restart)
        dialog.finished.connect(self._forget_dialog)
        dialog.open()

    def _details(self, trace: str) -> str:
        lines = self.watch.last_lines()
        heading = tr("The end of {path}:", path=self.watch.path)
        end = f"\n\n{heading}\n{lines}" if lines else ""
        return f"{trace.rstrip()}\n\n{versions_text()}{end}"

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None

    @Slot()
    def open_log(self) -> None:
        """Open the log in the program that the system has for texts."""
        if self.watch.path is not None:
            self._show_on_desktop(self.watch.path)

    @Slot()
    def open_folder(self) -> None:
        """Show the logs in the file manager."""
        self._show_on_desktop(self.watch.folder)

    def _show_on_desktop(self, path: Path) -> None:
        if not path.exists():
            self._window.session.notify("info", tr("There is no log yet; it will be in {path}.", path=path))
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._window.session.notify("warning", tr("Nothing on this system opens it; it is {path}.", path=path))

    # -- A new start ---------------------------------------------------------------------------------------------------

    @Slot()
    def restart(self) -> None:
        """Close the window, and open it again once everything is saved."""
        self.restarts = True
        self._window.close()

    def start_again(self) -> None:
        """Start the program anew, as it was left; call it when everything has ended."""
        session = self._window.session
        folder = ["--runs", str(session.runs_folder)]
        run = [] if self._window.preferences.reopen or session.run is None else [str(session.run.path)]
        logging.getLogger(LOGGER).info("restarting")
        subprocess.Popen([*own_program(), *run, *folder], start_new_session=True, close_fds=True)
