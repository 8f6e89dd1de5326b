"""The menu of runs: what was trained or opened lately, and the way to any other run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from vae_explorer.gui.menu_of_runs import MOST_RUNS, MenuOfRuns
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands

_NO_RUNS = marked("No runs yet: press Train to make one")


class RunMenu(MenuOfRuns):
    """Lists what was trained or opened lately.

    Parameters
    ----------
    session
        Knows the runs.
    commands
        For opening any other run.
    parent
        Owner.
    """

    run_chosen = Signal(object)
    """Path of a run's folder."""

    def __init__(self, session: Session, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(session, tr("Recent r&uns"), parent)
        self._commands = commands
        self.setObjectName("run-menu")

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        run = self._session.run
        runs = self._list_runs(tr("Recent runs"), "" if run is None else str(run.path.absolute()), tr(_NO_RUNS))
        if not all(run.is_there for run in runs):
            self.addAction(tr("&Forget those that are gone")).triggered.connect(self._session.recent.forget_missing)
        self.addSeparator()
        self.addAction(self._commands["file.runs"])
        self.addAction(self._commands["file.open-run"])
        self.addAction(self._commands["file.show-run"])
        self._session.recent.refresh(MOST_RUNS)

    def _take(self, folder: str) -> None:
        from pathlib import Path

        self.run_chosen.emit(Path(folder))
