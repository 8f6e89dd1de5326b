"""The menu from which the second run of a comparison is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.gui.run_menu import MOST_RUNS
from vae_explorer.gui.run_words import BETWEEN, run_facts
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.recent_runs import RecentRun
    from vae_explorer.app.session import Session

NO_RUNS = marked("No runs yet: train one, or choose a folder")


class SecondRunMenu(QMenu):
    """Lists the runs whenever it is opened, with their facts as these are read; that of A is there for its moments.

    Parameters
    ----------
    session
        Knows the runs, and which one is compared.
    parent
        Owner.
    """

    chosen = Signal(str)
    """Folder of a run, or "" for none."""

    folder_wanted = Signal()
    """A run that isn't in the list."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName("second-run-menu")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._choose)
        session.recent.changed.connect(self._tell_facts)

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        session, chosen = self._session, self._session.comparison.choice.run
        self.clear()
        self.addSection(tr("Compare with"))
        runs = session.recent.runs(MOST_RUNS)
        for run in runs:
            action = self.addAction("")
            action.setData(str(run.path))
            action.setCheckable(True)
            action.setChecked(str(run.path) == chosen)
            action.setEnabled(run.is_there)
            self._describe(action, run)
        if not runs:
            self.addAction(tr(NO_RUNS)).setEnabled(False)
        self.addSeparator()
        self.addAction(tr("Another folder…"), self.folder_wanted.emit)
        nothing = self.addAction(tr("Nothing"))
        nothing.setData("")
        nothing.setEnabled(bool(chosen))
        session.recent.refresh(MOST_RUNS)

    @Slot()
    def _tell_facts(self) -> None:
        runs = {str(run.path): run for run in self._session.recent.runs(MOST_RUNS)}
        for action in self.actions():
            run = runs.get(action.data()) if isinstance(action.data(), str) else None
            if run is not None:
                self._describe(action, run)
        if self.isVisible():
            self.resize(self.sizeHint())

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        if isinstance(action.data(), str):
            self.chosen.emit(action.data())

    def _describe(self, action: QAction, run: RecentRun) -> None:
        facts, own = run_facts(run), self._session.run
        is_own = own is not None and own.path.absolute() == run.path
        name = run.name.replace("&", "&&")
        name = tr("{run} (this run)", run=name) if is_own else name
        action.setText(f"{name}{BETWEEN}{facts}" if facts else name)
        action.setToolTip(f"{run.path}\n{facts}".strip())
