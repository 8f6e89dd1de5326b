"""What menus of runs have in common: they list the runs at once, and tell their facts as these are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from vae_explorer.errors import printable
from vae_explorer.gui.menu_sections import add_section
from vae_explorer.gui.run_words import BETWEEN, plain_tip, run_facts

if TYPE_CHECKING:
    from vae_explorer.app.recent_runs import RecentRun
    from vae_explorer.app.session import Session

MOST_RUNS = 12
_LONGEST_NAME, _LONGEST_TIP = 60, 600


class MenuOfRuns(QMenu):
    """Lists the runs whenever it is opened: at once by name, and with their facts as these are read.

    A derived class says in `fill` what else is in it, and in `_take` what happens to a run that is chosen.

    Parameters
    ----------
    session
        Knows the runs.
    title
        Words where it is part of another menu.
    parent
        Owner.
    """

    def __init__(self, session: Session, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._session = session
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._choose)
        session.recent.changed.connect(self._tell_facts)

    @Slot()
    def fill(self) -> None:
        """List the runs that are there now."""
        raise NotImplementedError

    def _take(self, folder: str) -> None:
        """Do what is to be done with the run that was chosen, or with "" for none."""
        raise NotImplementedError

    def _name(self, run: RecentRun) -> str:
        return printable(run.name, _LONGEST_NAME)

    def _list_runs(self, title: str, chosen: str, nothing: str) -> tuple[RecentRun, ...]:
        """Begin anew with the runs under a title, or with words where there are none; return them."""
        self.clear()
        add_section(self, title)
        runs = self._session.recent.runs(MOST_RUNS)
        for run in runs:
            action = self.addAction("")
            action.setData(str(run.path))
            action.setCheckable(True)
            action.setChecked(str(run.path) == chosen)
            action.setEnabled(run.is_there)
            self._describe(action, run)
        if not runs:
            self.addAction(nothing).setEnabled(False)
        return runs

    @Slot()
    def _tell_facts(self) -> None:
        runs = {str(run.path): run for run in self._session.recent.runs(MOST_RUNS)}
        for action in self.actions():
            run = runs.get(action.data()) if isinstance(action.data(), str) else None
            if run is not None:
                self._describe(action, run)
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
            self._take(action.data())

    def _describe(self, action: QAction, run: RecentRun) -> None:
        facts, name = run_facts(run), self._name(run).replace("&", "&&")
        # Not behind a tab, as keys are: Qt gives such words their room twice.
        action.setText(f"{name}{BETWEEN}{facts}" if facts else name)
        action.setToolTip(plain_tip(f"{printable(run.path, _LONGEST_TIP)}\n{facts}".strip()))
