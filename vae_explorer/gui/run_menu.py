"""The menu of runs: what was trained or opened lately, and the way to any other run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.errors import printable
from vae_explorer.gui.run_words import BETWEEN, plain_tip, run_facts
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.recent_runs import RecentRun
    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands

MOST_RUNS = 12
_LONGEST_NAME, _LONGEST_TIP = 60, 600
_NO_RUNS = marked("No runs yet: press Train to make one")


class RunMenu(QMenu):
    """Lists the runs whenever it is opened: at once by name, and with their facts as these are read.

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
        super().__init__(tr("Recent r&uns"), parent)
        self._session = session
        self._commands = commands
        self.setObjectName("run-menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._choose)
        session.recent.changed.connect(self._tell_facts)

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        self.clear()
        runs = self._session.recent.runs(MOST_RUNS)
        self.addSection(tr("Recent runs"))
        for run in runs:
            action = self.addAction("")
            action.setData(str(run.path))
            action.setCheckable(True)
            action.setChecked(self._session.run is not None and self._session.run.path.absolute() == run.path)
            action.setEnabled(run.is_there)
            _describe(action, run)
        if not runs:
            self.addAction(tr(_NO_RUNS)).setEnabled(False)
        if not all(run.is_there for run in runs):
            self.addAction(tr("&Forget those that are gone")).triggered.connect(self._session.recent.forget_missing)
        self.addSeparator()
        self.addAction(self._commands["file.runs"])
        self.addAction(self._commands["file.open-run"])
        self.addAction(self._commands["file.show-run"])
        self._session.recent.refresh(MOST_RUNS)

    @Slot()
    def _tell_facts(self) -> None:
        runs = {str(run.path): run for run in self._session.recent.runs(MOST_RUNS)}
        for action in self.actions():
            run = runs.get(action.data()) if isinstance(action.data(), str) else None
            if run is not None:
                _describe(action, run)
        if self.isVisible():
            self._fit()

    def _fit(self) -> None:
        """Give the words room that came while the menu was open, on the screen."""
        self.resize(self.sizeHint())
        room = self.screen().availableGeometry()
        self.move(max(room.left(), min(self.x(), room.right() - self.width())), self.y())

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if isinstance(action.data(), str):
            from pathlib import Path

            self.run_chosen.emit(Path(action.data()))


def _describe(action: QAction, run: RecentRun) -> None:
    facts = run_facts(run)
    name = printable(run.name, _LONGEST_NAME).replace("&", "&&")
    # Not behind a tab, as keys are: Qt gives such words their room twice.
    action.setText(f"{name}{BETWEEN}{facts}" if facts else name)
    action.setToolTip(plain_tip(f"{printable(run.path, _LONGEST_TIP)}\n{facts}".strip()))
