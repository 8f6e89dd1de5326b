"""The menu of runs: what was trained lately, and the way to any other run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands

MOST_RUNS = 12
_NO_RUNS = "No runs yet: press Train to make one"


class RunMenu(QMenu):
    """Lists the newest runs whenever it is opened.

    Parameters
    ----------
    session
        Knows the folder of runs.
    commands
        For opening any other run.
    parent
        Owner.
    """

    run_chosen = Signal(object)
    """Path of a run's folder."""

    def __init__(self, session: Session, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self.setObjectName("run-menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._choose)

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        self.clear()
        runs = self._session.recent_runs(MOST_RUNS)
        self.addSection("Recent runs")
        for run in runs:
            action = self.addAction(run.name.replace("&", "&&"))
            action.setData(str(run.path))
            action.setToolTip(str(run.path))
            action.setCheckable(True)
            action.setChecked(self._session.run == run)
        if not runs:
            self.addAction(_NO_RUNS).setEnabled(False)
        self.addSeparator()
        self.addAction(self._commands["file.open-run"])
        self.addAction(self._commands["file.show-run"])

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if isinstance(action.data(), str):
            from pathlib import Path

            self.run_chosen.emit(Path(action.data()))
