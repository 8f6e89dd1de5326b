"""A window to be pictured: made in a language, brought into a state by its real session, and tidied up afterwards."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from tests.patience import has_settled
from tests.proving._window import wait
from tests.screenshots._held import HeldBackend
from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.gui import layout
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.palette import Palette
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.panels.learn import LearnPanel
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.panels.samples import SamplesPanel
from vae_explorer.gui.preferences import Preferences
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import LANGUAGES

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.gui.panels.base import Panel
    from vae_explorer.training.experiment import Experiment

_BREATH_SECONDS = 0.12
"""Time for what is drawn late: layouts, pictures that are decoded, plots."""
_PATIENCE_SECONDS = 180.0
"""For measuring a model on a machine that is busy otherwise."""
_ABOVE = 40
"""Pixels that are left above what is scrolled to, for its heading."""
_LEARNED_EPOCHS = 2

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
        self._choices = PlaneChoices()
        self._size = QSize()
        self._trains = False
        self.pictured: set[Path] = set()
        """Runs whose small pictures were made for the list."""
        # Preferences name only languages for people; the pseudo-language is the environment's.
        os.environ["VAE_EXPLORER_LANGUAGE"] = language
        preferences = Preferences(language=language if language in LANGUAGES else "system", theme="light", times=False)
        self.session = Session(folder / "runs", self.backend)
        self.window = MainWindow(self.session, folder / "config", preferences)
        self.session.run_pictures.came.connect(self.pictured.add)
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
        self._choices, self._size = self.session.choices, self.window.size()

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
        """Whether the plane, the manifold or the samples, whichever are seen, show all that they have to."""
        manifold, samples = self.panel_of(ManifoldPanel), self.panel_of(SamplesPanel)
        return (
            (not self.plane.isVisible() or self._is_plane_drawn())
            and (not manifold.isVisible() or manifold.view.size_of_grid > 0)
            and (not samples.isVisible() or samples.is_complete)
        )

    def _is_plane_drawn(self) -> bool:
        plane = self.plane
        has_tiles = plane.tiles.is_complete or not plane.controls.is_shown("tiles")
        return has_tiles and plane.points.is_complete and all(heat.is_complete for heat in plane.maps.layers.values())

    def has_learned(self) -> bool:
        """Whether a training is past its second epoch, and the plane shows what was learned in the first at least."""
        progress, points = self.session.progress, self.session.points
        if progress is None or points is None or progress.epoch < _LEARNED_EPOCHS:
            return False
        return points.step >= progress.total_steps / progress.epochs and self.is_drawn()

    def scroll_to(self, widget: QWidget) -> None:
        """Bring a part of a panel to its upper rim, below its heading."""
        area = next(each for each in self.window.findChildren(VerticalArea) if each.isAncestorOf(widget))
        bar = area.verticalScrollBar()
        bar.setValue(bar.value() + widget.mapTo(area.viewport(), QPoint(0, 0)).y() - _ABOVE)

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
        offer = self.panel_of(ExperimentPanel).data.offer
        if offer.asking:
            offer.dismiss_button.click()
        self.backend.disk_is_full = False
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
        session.restore_choices(self._choices)
        session.hover(None)
        window.notices.dismiss_all()
        self._arrange()
        self._settle_session()

    def _arrange(self) -> None:
        """Put the window and its parts back where they were."""
        window = self.window
        self.wait(0.02)  # a notice takes room until its place is laid out anew
        window.resize(self._size)
        layout.arrange(window, window.docks)
        window.show_tab("plane")
        self.wait(0.02)
        window.resize(self._size)  # docks that are put elsewhere one by one may ask for more room meanwhile
        for area in window.findChildren(VerticalArea):
            area.verticalScrollBar().setValue(0)
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
        self._forget_measures()
        if self._experiment is not None and session.experiment != self._experiment:
            session.set_experiment(self._experiment)
        self.wait(lambda: session.state is RunState.FAILED or self.is_at_rest())

    def _forget_measures(self) -> None:
        """Read the data and the run again where the model was measured: nothing else takes the measures away."""
        session, service = self.session, self.session.evaluation
        service.cancel()
        self.wait(lambda: not service.is_running)
        run = session.run
        if service.result is None or run is None:
            return
        session.load_data(session.experiment.data.source)
        self.wait(self.is_at_rest)
        session.open_run(run.path)
        self.wait(self.is_at_rest)


_Panel = TypeVar("_Panel", bound="Panel")
