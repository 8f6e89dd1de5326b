"""The window: bar, docks, centre, notices and status, made at once and filled after it is on screen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QToolBar, QVBoxLayout, QWidget

from vae_explorer.app.restoring import Restoring
from vae_explorer.data.allowance import kept_allowance
from vae_explorer.errors import VaeExplorerError, printable
from vae_explorer.gui import theme
from vae_explorer.gui.canvas_keeper import CanvasKeeper
from vae_explorer.gui.commands import Commands
from vae_explorer.gui.crash_care import CrashCare
from vae_explorer.gui.dialogs.comparing import Comparing
from vae_explorer.gui.dialogs.dropping import Dropping
from vae_explorer.gui.dialogs.enlarging import Enlarging
from vae_explorer.gui.dialogs.opening import Opening
from vae_explorer.gui.dialogs.runs_opening import RunsOpening
from vae_explorer.gui.dialogs.saving_elsewhere import SavingElsewhere
from vae_explorer.gui.dressing import Dressing
from vae_explorer.gui.explore_commands import ExploreCommands
from vae_explorer.gui.first_paint import FirstPaint
from vae_explorer.gui.follow_strip import FollowStrip
from vae_explorer.gui.frame import WindowFrame
from vae_explorer.gui.gestures import Gestures
from vae_explorer.gui.icons import application_icon
from vae_explorer.gui.laboratories.opening import Laboratories
from vae_explorer.gui.menus import Menus
from vae_explorer.gui.obstacles import Obstacles
from vae_explorer.gui.page_formulas import set_formula_book
from vae_explorer.gui.panel_commands import PanelCommands
from vae_explorer.gui.panel_host import PanelHost
from vae_explorer.gui.preferences import Preferences, save_preferences
from vae_explorer.gui.run_bar import RunBar
from vae_explorer.gui.selection_commands import SelectionCommands
from vae_explorer.gui.session_keeper import SessionKeeper
from vae_explorer.gui.speaking import preferred, speak
from vae_explorer.gui.starting_file import begin_with
from vae_explorer.gui.status_bar import StatusBar
from vae_explorer.gui.time_commands import TimeCommands
from vae_explorer.gui.tour.tour import Tour
from vae_explorer.gui.undo_commands import UndoCommands
from vae_explorer.gui.warming import Warming
from vae_explorer.gui.window_commands import WindowCommands
from vae_explorer.gui.wiring import connect_panels, handlers
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session


class MainWindow(WindowFrame):
    """The program's window.

    Parameters
    ----------
    session
        What it shows; the window closes it.
    config_folder
        Where layout and preferences are kept.
    preferences
        What is preferred, where it is known already; else it is read.
    """

    filled = Signal()
    """All panels are there."""

    language_changed = Signal()
    """Another language is preferred, which a window speaks that is made from now on."""

    def __init__(self, session: Session, config_folder: Path, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.session = session
        self.stopped_in_time = True
        self.config_folder = config_folder
        problems = self._take_preferences(preferences)
        self._waiting: list[PanelHost] = []
        self._source, self._fresh, self._closed = "", False, False
        self._name()
        self.setAcceptDrops(True)
        self._make_helpers()
        self.commands = self._make_commands()
        self.run_bar: RunBar = self._make_run_bar()
        self.build()
        self.status = StatusBar(session, self)
        self.setStatusBar(self.status)
        self.status.show_times(self.preferences.times)
        self.menus = Menus(self)
        self._connect()
        self.gestures = Gestures(session, self)
        self.dressing = Dressing(self.gestures, self)
        self.warming = Warming(self)
        self.restore_layout(config_folder)
        self._dress()
        self._tell_problems(*problems)

    def _take_preferences(self, preferences: Preferences | None) -> tuple[str, str]:
        """Speak, remember and look as is preferred, and return what is wrong with what was read; empty for nothing."""
        self.preferences, problem = preferred(self.config_folder) if preferences is None else (preferences, "")
        unspoken = speak(self.preferences)
        self._stored = self.preferences
        self._remembering = self.session.latest_work(tr("remember what you prefer"))
        self._remembering.failed.connect(self._tell_forgotten)
        self.session.recent.set_opened(Path(path) for path in self.preferences.recent_runs)
        self._theme = theme.theme_named(self.preferences.theme)
        return problem, unspoken

    def _make_helpers(self) -> None:
        """Make what does the work of the commands, windows beside this one among it."""
        session = self.session
        self.opening = Opening(session, self)
        self.dropping = Dropping(session, self.opening, self)
        self.restoring = Restoring(session)
        self.saving_elsewhere = SavingElsewhere(session.saving, self)
        self.dropping.restore = self.restoring.restore
        self.keeper = SessionKeeper(self, self.config_folder)
        self.canvas_keeper = CanvasKeeper(self, self.config_folder)
        self.window_commands = WindowCommands(self)
        self.crash_care = CrashCare(self)
        self.explore = ExploreCommands(session, self)
        self.laboratories = Laboratories(self)
        self.tour = Tour(self)
        self.comparing = Comparing(session, self)
        self.enlarging = Enlarging(session, self)
        self.runs = RunsOpening(self)
        self.panel_commands = PanelCommands(session, self, self)
        self.selection_commands = SelectionCommands(session, self, self)
        self.undo_commands = UndoCommands(session, self)
        self.time_commands = TimeCommands(session, self)

    def _name(self) -> None:
        self.setObjectName("main-window")
        self.setWindowTitle("VAE Explorer")  # untranslated: the program's name
        self.setWindowIcon(application_icon())
        set_formula_book(self, self.session.formulas)

    def _tell_problems(self, *others: str) -> None:
        for text in filter(None, (*others, self.layout_problem, kept_allowance(self.config_folder)[1])):
            self.session.notify("warning", text)

    @property
    def theme(self) -> theme.Theme:
        """The theme at hand."""
        return self._theme

    def begin(self, source: str = "", *, fresh: bool = False) -> None:
        """Make all panels one after another, with the window alive between them, then load; call it after `show`.

        Parameters
        ----------
        source
            A run's folder or its header, data by name, file or folder, or a picture or exported file; where empty, the
            last session, or else the default data.
        fresh
            Whether the last session stays closed.
        """
        self._source, self._fresh = source, fresh
        self._waiting = list(self.hosts.values())
        FirstPaint(self).came.connect(self._fill_next)

    @Slot()
    def _fill_next(self) -> None:
        if self._closed:
            return
        if not self._waiting:
            self._end_filling()
            begin_with(self, self._source, fresh=self._fresh)
            return
        self._fill_host(self._waiting.pop(0))
        QTimer.singleShot(0, self, self._fill_next)

    def _end_filling(self) -> None:
        connect_panels(self)
        self.session.model_changed.connect(self.warming.begin)
        self.filled.emit()

    def fill(self) -> None:
        """Make all panels at once, for a session that is under way already."""
        for host in self.hosts.values():
            self._fill_host(host)
        self._end_filling()

    def _fill_host(self, host: PanelHost) -> None:
        with self.gestures.looking_away():  # the making of a panel is a thousand events in which nobody does anything
            host.fill(self.session, self._theme)

    def take_over(self, old: MainWindow) -> None:
        """Go on with what an old window, which was put away, did for the session besides showing it."""
        self.keeper.take_over(old.keeper)
        self.crash_care.take_over(old.crash_care)
        self.canvas_keeper.take_over()
        self.notices.take_over(old.notices)
        self.status.take_over(old.status)

    @Slot(str)
    def set_theme(self, choice: str) -> None:
        """Wear ``light``, ``dark`` or ``system``, and remember it."""
        self._theme = theme.theme_named(choice)
        self._dress()
        self.prefer(replace(self.preferences, theme=choice))

    @Slot(str)
    def set_language(self, choice: str) -> None:
        """Speak a language of `vae_explorer.language.LANGUAGES`, or ``system``, and remember it."""
        if choice != self.preferences.language:
            self.prefer(replace(self.preferences, language=choice))
            self.language_changed.emit()

    def prefer(self, preferences: Preferences) -> None:
        """Take other preferences, and remember them: in a thread of their own, because a busy disk lets one wait."""
        self.preferences = self._stored = preferences
        folder = self.config_folder

        def write(_context: JobContext) -> object:
            try:
                save_preferences(folder, preferences)
            except OSError as error:
                raise VaeExplorerError(
                    tr("{folder}: {reason}.", folder=printable(folder), reason=system_reason(error))
                ) from error
            return None

        self._remembering.ask(write)

    @Slot(str, str)
    def _tell_forgotten(self, message: str, details: str) -> None:
        self.session.notify("warning", tr("What you prefer can't be remembered: {message}", message=message), details)

    def keep_beside_session(self) -> None:
        """Write layout and preferences as they are now, where they have changed."""
        self.save_layout()
        self._keep_preferences()

    def _keep_preferences(self) -> None:
        """Write what was chosen without being written at once."""
        opened = tuple(str(path) for path in self.session.recent.opened)
        self.preferences = replace(self.preferences, recent_runs=opened)
        if self.preferences != self._stored:
            self.prefer(self.preferences)

    def _write_preferences(self) -> None:
        """Write what is preferred now that nothing else writes any more; nobody is left to hear that it can't be."""
        opened = tuple(str(path) for path in self.session.recent.opened)
        with suppress(OSError, VaeExplorerError):
            save_preferences(self.config_folder, replace(self.preferences, recent_runs=opened))

    def put_away(self) -> None:
        """Keep the layout and close the windows beside this one: it is closed, or another one takes over."""
        self.save_layout()
        self._closed = True
        self.warming.stop()
        self.laboratories.close()
        self.comparing.close()
        self.enlarging.close()
        self.runs.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, stop everything, save what was trained."""
        self.canvas_keeper.close()
        self.keeper.close()
        self.put_away()
        self.status.say(tr("Stopping and saving …"))
        self.status.repaint()
        self.stopped_in_time = self.session.close()
        self._write_preferences()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file or folder, or a picture."""
        if self.dropping.accepts(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped for what it is."""
        event.acceptProposedAction()
        self.dropping.take(event.mimeData())

    @Slot()
    def _show_canvas(self) -> None:
        self.reveal("draw")

    @Slot(str)
    def _show_restored(self, kind: str) -> None:
        """Bring to the front what an exported file showed."""
        self.show_tab("manifold" if kind == "grid" else "plane")

    # -- Commands ------------------------------------------------------------------------------------------------------

    def _make_commands(self) -> Commands:
        commands = Commands(self, handlers(self))
        commands["file.reopen"].setChecked(self.preferences.reopen)
        commands["view.times"].setChecked(self.preferences.times)
        self.panel_commands.watch(commands)
        self.undo_commands.watch(commands)
        self.time_commands.watch(commands)
        Obstacles(self.session, commands, self)
        return commands

    # -- Making --------------------------------------------------------------------------------------------------------

    def _make_run_bar(self) -> RunBar:
        bar = RunBar(self.session, self.commands, self)
        holder = QToolBar(tr("Run"), self)
        holder.setObjectName("toolbar.run")
        holder.setMovable(False)
        holder.setFloatable(False)
        holder.toggleViewAction().setVisible(False)
        holder.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.follow_strip = FollowStrip(self.session, self.commands["train.follow"], self)
        rows = QWidget(self)
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.follow_strip)
        holder.addWidget(rows)
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, holder)
        return bar

    def _connect(self) -> None:
        self.session.noticed.connect(self.notices.add)
        self.session.withdrawn.connect(self.notices.withdraw)
        self.run_bar.run_menu.run_chosen.connect(self.opening.open_path)
        self.session.state_changed.connect(self._welcome)
        self.dropping.picture_came.connect(self._show_canvas)
        self.restoring.restored.connect(self._show_restored)
        QApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    @Slot()
    def _welcome(self) -> None:
        # Train gets the focus as soon as it can be pressed, unless a person has put it elsewhere.
        if self.run_bar.toggle_button.isEnabled() and self.focusWidget() in {None, self.run_bar.name_button}:
            self.run_bar.toggle_button.setFocus()

    @Slot()
    def _follow_system(self) -> None:
        if self.preferences.theme == "system":
            self._theme = theme.theme_named("system")
            self._dress()

    def _dress(self) -> None:
        self.dressing.wear(self._theme)
        self.commands.set_theme(self._theme)
        self.run_bar.set_theme(self._theme)
        self.follow_strip.set_theme(self._theme)
        self.notices.set_theme(self._theme)
        self.laboratories.set_theme(self._theme)
        self.comparing.set_theme(self._theme)
        self.enlarging.set_theme(self._theme)
        self.runs.set_theme(self._theme)
        for host in self.hosts.values():
            if host.panel is not None:
                host.panel.wear(self._theme)
