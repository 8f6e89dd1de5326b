"""Commands that select points of the plane, and that take up the tools to draw on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.gui.selection_acts import SelectionActs

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.panel_commands import Panels
    from vae_explorer.gui.plotting.plane_strokes import Tool


class SelectionCommands(QObject):
    """Carries out the commands of the Select menu.

    Parameters
    ----------
    session
        Keeps the selection.
    panels
        The window.
    parent
        Owner.
    """

    def __init__(self, session: Session, panels: Panels, parent: QObject) -> None:
        super().__init__(parent)
        self._panels = panels
        self._acts = SelectionActs(session, self)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {
            "select.lasso": self.take_lasso,
            "select.draw-path": self.take_path_tool,
            "select.all": self._acts.select_all,
            "select.invert": self._acts.invert,
            "select.none": self._acts.clear,
            "select.hide": self._acts.hide_selected,
            "select.show-only": self._acts.show_only_selected,
            "select.show-all": self._acts.show_all,
        }

    @Slot()
    def take_lasso(self) -> None:
        """Take up the lasso on the plane."""
        from vae_explorer.gui.plotting.plane_strokes import Tool

        self._take(Tool.LASSO)

    @Slot()
    def take_path_tool(self) -> None:
        """Take up the tool that draws a path on the plane."""
        from vae_explorer.gui.plotting.plane_strokes import Tool

        self._take(Tool.DRAW)

    @Slot()
    def show_panel(self) -> None:
        """Show what was selected, when a selection begins.

        Who circles points wants to know what they are, and may not know yet where that is told. It comes forward once:
        who turned to another panel since goes on circling there, and who closed it doesn't want it.
        """
        self._panels.bring_forward("selection")

    def _take(self, tool: Tool) -> None:
        from vae_explorer.gui.panels.plane import PlanePanel

        self._panels.reveal("plane")
        panel = self._panels.panel("plane")
        if isinstance(panel, PlanePanel):
            panel.view.set_tool(tool)
            panel.view.setFocus()
