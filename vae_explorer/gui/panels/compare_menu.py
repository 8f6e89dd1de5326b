"""The menu from which the second run of a comparison is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot

from vae_explorer.gui.menu_of_runs import MOST_RUNS, MenuOfRuns
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.recent_runs import RecentRun
    from vae_explorer.app.session import Session

NO_RUNS = marked("No runs yet: train one, or choose a folder")


class SecondRunMenu(MenuOfRuns):
    """Lists the runs to compare with; that of A is there for its moments.

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
        super().__init__(session, parent=parent)
        self.setObjectName("second-run-menu")

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        session, chosen = self._session, self._session.comparison.choice.run
        self._list_runs(tr("Compare with"), chosen, tr(NO_RUNS))
        self.addSeparator()
        self.addAction(tr("Another folder…"), self.folder_wanted.emit)
        nothing = self.addAction(tr("Nothing"))
        nothing.setData("")
        nothing.setEnabled(bool(chosen))
        session.recent.refresh(MOST_RUNS)

    def _take(self, folder: str) -> None:
        self.chosen.emit(folder)

    def _name(self, run: RecentRun) -> str:
        own, name = self._session.run, super()._name(run)
        is_own = own is not None and own.path.absolute() == run.path
        return tr("{run} (this run)", run=name) if is_own else name
