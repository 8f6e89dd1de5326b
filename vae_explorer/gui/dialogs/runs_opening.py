"""Opening the window that lists all runs, once, and dressing it with the rest of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.run_list_changes import RunChange
    from vae_explorer.gui.dialogs.runs import RunsWindow
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.theme import Theme

NAME = "runs-window"


class RunsOpening(QObject):
    """Opens that window; asked again, it brings it to the front.

    Parameters
    ----------
    window
        The program's window, with which it closes.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._theme = LIGHT
        self._session.run_changes.done.connect(self._follow)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"file.runs": self.open}

    @property
    def opened(self) -> RunsWindow | None:
        """The window, while it is open."""
        found = self._window.findChild(QWidget, NAME)
        if found is None:
            return None
        from vae_explorer.gui.dialogs.runs import RunsWindow

        return found if isinstance(found, RunsWindow) else None

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        shown = self.opened or self._make()
        shown.setWindowState(shown.windowState() & ~Qt.WindowState.WindowMinimized)
        shown.show()
        shown.activateWindow()

    def set_theme(self, theme: Theme) -> None:
        """Dress the window if it is open, and when it opens."""
        self._theme = theme
        if self.opened is not None:
            self.opened.set_theme(theme)

    def close(self) -> None:
        """Close the window, so that it doesn't outlive the program's."""
        if self.opened is not None:
            self.opened.close()

    def _make(self) -> RunsWindow:
        from vae_explorer.gui.dialogs.runs import RunsWindow

        made = RunsWindow(self._session, self._window)
        made.set_theme(self._theme)
        made.acts.open_wanted.connect(self._open_run)
        made.acts.compare_wanted.connect(self._compare)
        return made

    @Slot(object)
    def _open_run(self, path: Path) -> None:
        self._window.opening.open_path(path)

    @Slot(object)
    def _compare(self, path: Path) -> None:
        from dataclasses import replace

        from vae_explorer.app.comparison_choice import NEWEST

        choice = replace(self._session.choices.comparison, run=str(path), step=NEWEST)
        self._session.set_comparison(choice)
        self._window.comparing.open()

    @Slot(object)
    def _follow(self, change: RunChange) -> None:
        """Let the run that is open, and the one beside it, be known by the folders that they have now."""
        if change.kind == "copy":
            return
        moved = {str(move.before): move.after for move in change.moves if move.after not in {None, move.before}}
        session = self._session
        if change.kind in {"rename", "undo"} and session.run is not None:
            after = moved.get(str(session.run.path.absolute()))
            if after is not None:
                self._window.keeper.reopen_at(after)
        compared = moved.get(session.choices.comparison.run)
        if compared is not None and change.kind != "bin":
            from dataclasses import replace

            with session.unrecorded():
                session.set_comparison(replace(session.choices.comparison, run=str(compared)))
