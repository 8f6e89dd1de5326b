"""A window to be pictured: made in a language, brought into a state by its real session, and tidied up afterwards."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from tests.patience import has_settled
from tests.proving._window import wait
from vae_explorer.app.session import Session
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.gui import layout
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.palette import Palette
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.learn import LearnPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.preferences import Preferences
from vae_explorer.language import LANGUAGES
from vae_explorer.training.events import Progress, SavingFailed, TrainingFailed, TrainingStarted

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.backend import ForkSource
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.panels.base import Panel
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import TrainingEvent
    from vae_explorer.training.experiment import Experiment

_BREATH_SECONDS = 0.12
"""Time for what is drawn late: layouts, pictures that are decoded, plots."""
_PATIENCE_SECONDS = 60.0

Step = Callable[[], bool] | float
"""What is waited for: that something is so, or some seconds."""


@dataclass(frozen=True, slots=True)
class View:
    """What is pictured.

    Attributes
    ----------
    widget
        The widget.
    shows
        What must be seen in it.
    """

    widget: QWidget
    shows: tuple[QWidget, ...] = ()


Scene = Generator[Step, None, View]
"""Brings a window into a state, and returns what is pictured."""

_Widget = TypeVar("_Widget", bound=QWidget)


class HeldBackend(StandardBackend):
    """The program's own work behind the window, which can be held, so that one sees it busy, and meets a full disk.

    Attributes
    ----------
    go
        Data aren't read before it is set.
    disk_is_full
        Whether trainings can't be saved.
    """

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()
        self.disk_is_full = False

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        """Load a data set once that isn't held."""
        self.go.wait()
        return super().load(config, progress)

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        fork: ForkSource | None = None,
    ) -> None:
        """Train, or ask at once what to do about the full disk."""
        from vae_explorer.runs.rescue import error_for_the_user

        if not self.disk_is_full:
            super().train(experiment, dataset, folder, on_event=on_event, control=control, fork=fork)
            return
        progress = Progress(0, 60, 0.0, experiment.training.epochs, 0.0, 0.0, None)
        on_event(TrainingStarted(progress, "cpu", "a processor", 1, 1))
        error = error_for_the_user(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), folder)
        on_event(SavingFailed(str(error), f"{error!r}", at_the_end=False))
        control.questions.wait()
        on_event(TrainingFailed(str(error), ""))


class Stage:
    """One window with its session, and hands that bring it into states.

    Parameters
    ----------
    folder
        Where it keeps everything; ``folder / "runs"`` are the runs that it lists.
    language
        A code of `LANGUAGES`, or the pseudo-language.
    size
        Of the window, in device-independent pixels; the usual one by default.
    """

    def __init__(self, folder: Path, language: str, size: tuple[int, int] | None = None) -> None:
        self.folder, self.language = folder, language
        self.backend = HeldBackend()
        self._experiment: Experiment | None = None
        self._trains = False
        # Preferences name only languages for people; the pseudo-language is the environment's.
        os.environ["VAE_EXPLORER_LANGUAGE"] = language
        preferences = Preferences(language=language if language in LANGUAGES else "system", theme="light", times=False)
        self.session = Session(folder / "runs", self.backend)
        self.window = MainWindow(self.session, folder / "config", preferences)
        if size is not None:
            self.window.resize(*size)

    @property
    def plane(self) -> PlanePanel:
        """The panel of the plane."""
        return self.panel_of(PlanePanel)

    def open(self, source: str = "") -> None:
        """Show the window and open a run or data in it."""
        self.window.show()
        self.window.begin(source, fresh=True)
        self.wait(lambda: all(host.panel is not None for host in self.window.hosts.values()))

    def settle(self) -> None:
        """Take what is there now for what every state begins with."""
        self._experiment, self._trains = self.session.experiment, self.session.state.is_active

    def close(self) -> None:
        """Close the window and end its session."""
        self.backend.go.set()
        self.window.close()
        self.window.crash_care.watch.close()
        self.session.deleteLater()
        self.window.deleteLater()
        wait(0.01)

    def wait(self, step: Step) -> None:
        """Let the window live until something is so, or for some seconds."""
        wait(step, patience=_PATIENCE_SECONDS)

    def play(self, scene: Scene) -> View:
        """Play a scene to its end, and return what is to be pictured, once it is drawn."""
        while True:
            try:
                step = next(scene)
            except StopIteration as end:
                view: View = end.value
                break
            self.wait(step)
        self.wait(_BREATH_SECONDS)
        return view

    def is_at_rest(self) -> bool:
        """Whether nothing is on its way: data, model, encodings and what the plane draws."""
        return has_settled(self.session) and self.is_drawn()

    def is_drawn(self) -> bool:
        """Whether the plane shows all that it has to."""
        plane = self.plane
        return not plane.isVisible() or (plane.tiles.is_complete and plane.points.is_complete)

    def choose(self) -> None:
        """Pin a sample, and lay a path."""
        session = self.session
        points = session.points
        assert points is not None
        session.set_start(LatentPoint((-1.4, 0.6)))
        session.set_end(LatentPoint((1.2, -0.8)))
        session.set_path_position(0.4)
        place = points.index_of(int(points.rows[7]))
        assert place is not None
        session.pin((float(points.z[place, 0]), float(points.z[place, 1])), int(points.rows[7]))

    def panel_of(self, kind: type[_Panel]) -> _Panel:
        """Return the panel of a class."""
        return next(host.panel for host in self.window.hosts.values() if isinstance(host.panel, kind))

    def place_of(self, name: str) -> QWidget:
        """Return the dock of a panel, or its tab's page: brought to the front, with its title."""
        self.window.reveal(name)
        host = self.window.hosts[name]
        return next((dock for dock in self.window.findChildren(QDockWidget) if dock.widget() is host), host)

    def opened(self, kind: type[_Widget]) -> _Widget:
        """Return the window beside the main one, or the part of it, that is of a class and seen."""
        found = [widget for widget in QApplication.allWidgets() if isinstance(widget, kind) and widget.isVisible()]
        if not found:
            raise LookupError(f"no {kind.__name__} is shown")
        return found[-1]

    def tidy(self) -> None:
        """Close what a state has opened, and choose nothing: the next one begins as the first did."""
        window, session = self.window, self.session
        window.tour.end()
        for palette in window.findChildren(Palette):
            palette.close_palette()
        self.panel_of(DrawPanel).canvas.clear()
        self.panel_of(LearnPanel).player.leave()
        self.backend.disk_is_full = False
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
        session.pin(None)
        session.select([])
        session.show_all()
        session.clear_path()
        session.set_layers(None)
        session.hover(None)
        window.notices.dismiss_all()
        layout.arrange(window, window.docks)
        window.show_tab("plane")
        self._settle_session()
        self.wait(0.02)

    def _settle_session(self) -> None:
        """End a training that a state began, and go on with the one that the window is about."""
        session = self.session
        if session.state is RunState.LOADING:
            return
        if self._trains:
            session.resume()
            return
        if session.state.is_active:
            session.stop()
            self.wait(lambda: not session.state.is_active)
        if self._experiment is not None and session.experiment != self._experiment:
            session.set_experiment(self._experiment)
        self.wait(lambda: session.state is RunState.FAILED or self.is_at_rest())


_Panel = TypeVar("_Panel", bound="Panel")
