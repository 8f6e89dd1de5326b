"""Opening the window that lists all runs, once, and doing what is chosen there in the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Slot

from vae_explorer.gui.dialogs.opened_once import OpenedOnce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.run_list_changes import RunChange
    from vae_explorer.gui.dialogs.runs import RunsWindow
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.theme import Theme


class RunsOpening(OpenedOnce["RunsWindow"]):
    """Opens that window.

    Parameters
    ----------
    window
        The program's window, which opens and compares the runs that are chosen.
    """

    name: ClassVar[str] = "runs-window"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._session.run_changes.done.connect(self._follow)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"file.runs": self.open}

    def _make(self) -> RunsWindow:
        from vae_explorer.gui.dialogs.runs import RunsWindow

        made = RunsWindow(self._session, self._window)
        made.acts.open_wanted.connect(self._open_run)
        made.acts.compare_wanted.connect(self._compare)
        return made

    def _dress(self, shown: RunsWindow, theme: Theme) -> None:
        shown.set_theme(theme)

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
