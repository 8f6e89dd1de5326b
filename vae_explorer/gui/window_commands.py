"""What the window's own commands do: files, notices, layout and help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWhatsThis

from vae_explorer.gui import layout
from vae_explorer.gui.help_pages import explain_by_tips, help_page, open_help
from vae_explorer.gui.preferences import MOST_RECENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.palette import Palette


class WindowCommands(QObject):
    """Carries out commands that concern the window as a whole."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._palette: Palette | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {
            "file.new-session": self._window.keeper.begin_anew,
            "file.reopen": self.toggle_reopening,
            "file.reopen-last": self._window.keeper.reopen_last,
            "file.show-run": self.show_run_folder,
            "file.export": self.export,
            "file.limits": self.show_limits,
            "file.quit": self.quit,
            "edit.reset-settings": self.reset_settings,
            "edit.dismiss-notices": self.dismiss_notices,
            "view.full-screen": self.toggle_full_screen,
            "view.reset-layout": self.reset_layout,
            "view.times": self.toggle_times,
            "help.pages": self.show_page_of_focus,
            "help.whats-this": self.ask_what_is_this,
            "help.palette": self.toggle_palette,
            "help.experiments": self.show_experiments,
            "help.shortcuts": self.show_shortcuts,
            "help.about": self.show_about,
        }

    @Slot()
    def show_run_folder(self) -> None:
        """Show the folder of the run in the system's file manager."""
        if self._window.session.run is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._window.session.run.path)))

    @Slot()
    def export(self) -> None:
        """Open the export dialog."""
        self.export_kind("grid")

    def export_kind(self, kind: str) -> None:
        """Open the export dialog at one kind of export."""
        from vae_explorer.gui.dialogs.export import ExportDialog

        with self._window.gestures.looking_away():
            dialog = ExportDialog(self._window.session, self._window, kind=kind)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    @Slot()
    def toggle_reopening(self) -> None:
        """Reopen the last session at the next start, or no longer."""
        reopen = self._window.commands["file.reopen"].isChecked()
        self._window.prefer(replace(self._window.preferences, reopen=reopen))

    @Slot()
    def show_limits(self) -> None:
        """Open the dialog for the limits of files."""
        from vae_explorer.gui.dialogs.limits import LimitsDialog

        LimitsDialog(self._window.session, self._window.theme, self._window).open()

    @Slot()
    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    @Slot()
    def reset_settings(self) -> None:
        """Set the experiment back to its defaults."""
        from vae_explorer.gui.panels.experiment import ExperimentPanel

        panel = self._window.panel("experiment")
        if isinstance(panel, ExperimentPanel):
            panel.reset()

    @Slot()
    def dismiss_notices(self) -> None:
        """Take all notices away."""
        self._window.notices.dismiss_all()

    @Slot()
    def toggle_full_screen(self) -> None:
        """Fill the screen, or leave it again."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot()
    def reset_layout(self) -> None:
        """Put all panels back where they were."""
        layout.arrange(self._window, self._window.docks)

    @Slot()
    def toggle_times(self) -> None:
        """Show frame and decoding times at the bottom, or leave them out."""
        shown = self._window.commands["view.times"].isChecked()
        self._window.status.show_times(shown)
        self._window.prefer(replace(self._window.preferences, times=shown))

    @Slot()
    def show_page_of_focus(self) -> None:
        """Open the help at the page of what has the focus."""
        self.show_help(help_page(self._window.focusWidget(), self._window.session.experiment.objective_entry.name))

    def show_help(self, page: str) -> None:
        """Open the help at a page."""
        open_help(self._window, page)

    @Slot()
    def ask_what_is_this(self) -> None:
        """Explain what is clicked next."""
        explain_by_tips(self._window)
        QWhatsThis.enterWhatsThisMode()

    @Slot()
    def toggle_palette(self) -> None:
        """Open the palette of commands, or close it."""
        if self._palette is not None and self._palette.isVisible():
            self._palette.close_palette()
            return
        from vae_explorer.gui.palette import Palette
        from vae_explorer.gui.palette_sources import entries

        if self._palette is None:
            self._palette = Palette(self._window)
            self._palette.chosen.connect(self._remember)
        self._palette.set_theme(self._window.theme)
        self._palette.open(entries(self._window), self._window.preferences.recent_commands)

    @Slot(str)
    def _remember(self, name: str) -> None:
        preferences = self._window.preferences
        others = [other for other in preferences.recent_commands if other != name]
        # Written when the window is closed: a choice from the palette waits for no disk.
        self._window.preferences = replace(preferences, recent_commands=(name, *others)[:MOST_RECENT])

    @Slot()
    def show_experiments(self) -> None:
        """Bring the list of experiments to the front, ready for the keyboard."""
        from vae_explorer.gui.panels.learn import LearnPanel

        self._window.reveal("learn")
        panel = self._window.panel("learn")
        if isinstance(panel, LearnPanel):
            panel.list.setFocus()

    @Slot()
    def show_shortcuts(self) -> None:
        """List all keys."""
        from vae_explorer.gui.dialogs.about import ShortcutsDialog

        ShortcutsDialog(self._window).open()

    @Slot()
    def show_about(self) -> None:
        """Show version and licences."""
        from vae_explorer.gui.dialogs.about import AboutDialog

        AboutDialog(self._window).open()
