"""Travelling in time by keyboard and menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.gui.commands import command, set_tip
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.curves import CurvesPanel


class TimeCommands(QObject):
    """Carries out commands on the moments of the run that is shown."""

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._commands: Commands | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {
            "explore.earlier-moment": self._session.moments.go_back,
            "explore.later-moment": self._session.moments.go_forward,
            "explore.newest-moment": self.show_newest,
            "explore.keep-moment": self._session.pinning.toggle,
            "explore.play-training": self.play,
            "train.adjust": self.adjust,
            "train.fork": self._session.fork,
        }

    def watch(self, commands: Commands) -> None:
        """Allow the commands only where they can do something."""
        self._commands = commands
        self._session.moments.changed.connect(self._follow)
        self._session.state_changed.connect(self._follow)
        self._session.steering.changed.connect(self._follow)
        self._session.following.changed.connect(self._follow)
        self._session.pinning.changed.connect(self._follow_pins)
        self._follow()
        self._follow_pins()

    @Slot()
    def show_newest(self) -> None:
        """Show the newest weights again."""
        self._session.moments.travel(None)

    @Slot()
    def play(self) -> None:
        """Play the training as a film, or pause it."""
        curves = self._curves()
        if curves is not None:
            curves.time.toggle()

    @Slot()
    def adjust(self) -> None:
        """Open the sheet on which settings are turned while it trains."""
        self._window.reveal("curves")
        curves = self._curves()
        if curves is not None:
            curves.turn.open()

    def _curves(self) -> CurvesPanel | None:
        from vae_explorer.gui.panels.curves import CurvesPanel

        panel = self._window.panel("curves")
        return panel if isinstance(panel, CurvesPanel) else None

    @Slot()
    def _follow_pins(self) -> None:
        if self._commands is not None:
            pinning, action = self._session.pinning, self._commands["explore.keep-moment"]
            action.setEnabled(not pinning.why_not)
            action.setChecked(pinning.is_pinned)
            set_tip(action, pinning.why_not or tr(command("explore.keep-moment").tip))

    @Slot()
    def _follow(self) -> None:
        if self._commands is None:
            return
        moments = self._session.moments
        earlier, later = moments.position > 0, moments.wanted is not None
        self._commands["explore.earlier-moment"].setEnabled(earlier)
        self._commands["explore.later-moment"].setEnabled(later)
        self._commands["explore.newest-moment"].setEnabled(later)
        self._commands["explore.play-training"].setEnabled(bool(moments.kept))
        self._commands["train.adjust"].setEnabled(self._session.steering.can_turn)
        set_tip(self._commands["train.adjust"], self._session.why_not_train or tr(command("train.adjust").tip))
        why_not = self._session.why_not_fork
        self._commands["train.fork"].setEnabled(not why_not)
        set_tip(self._commands["train.fork"], why_not or tr(command("train.fork").tip))
