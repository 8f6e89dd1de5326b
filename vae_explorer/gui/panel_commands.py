"""Commands that a panel carries out: measuring the model, and zooming to a posterior; with what stands in their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot

from vae_explorer.gui.obstacles import NO_MODEL, show_obstacles
from vae_explorer.language import marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.commands import Commands
    from vae_explorer.gui.panels.base import Panel

MEASURE, ZOOM = "explore.measure", "explore.zoom-posterior"
_NO_DATA = marked("There are no images to measure on: open data first")
_BUSY = marked("The model is being measured already: Metrics shows how far it is")
_NO_ENCODER = marked("This model has no encoder, so images have no posterior on its plane")
_NO_NOISE = marked("This model's encoder gives single points: there is no posterior with a spread")
_NO_SAMPLE = marked("Choose a sample first: double-click a point of the plane, or press Ctrl+D")
_NOT_ENCODED = marked("The posterior of this sample isn't known yet: wait until its point is on the plane")


class Panels(Protocol):
    """A window that has panels."""

    def panel(self, name: str) -> Panel | None:
        """Return a panel, None before it is made."""
        ...

    def reveal(self, name: str) -> None:
        """Bring a panel to the front, wherever it is."""
        ...

    def bring_forward(self, name: str) -> None:
        """Bring a panel before those that share its place, unless it was closed."""
        ...


class PanelCommands(QObject):
    """Carries out commands in their panels, and lets them be chosen only where they can do something.

    Parameters
    ----------
    session
        What the commands depend on.
    panels
        The window.
    parent
        Owner.
    """

    def __init__(self, session: Session, panels: Panels, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._panels = session, panels
        self._commands: Commands | None = None
        for signal in (
            session.model_changed,
            session.dataset_changed,
            session.pin_changed,
            session.points_changed,
            session.evaluation.changed,
        ):
            signal.connect(self._follow)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {MEASURE: self.measure, ZOOM: self.zoom_to_posterior}

    def watch(self, commands: Commands) -> None:
        """Enable and disable these actions from now on."""
        self._commands = commands
        self._follow()

    def obstacle(self, name: str) -> str:
        """Return why a command can do nothing now, or ""."""
        return self._measure_obstacle() if name == MEASURE else self._zoom_obstacle()

    @Slot()
    def measure(self) -> None:
        """Measure the model and show the metrics."""
        from vae_explorer.gui.panels.metrics import MetricsPanel

        self._panels.reveal("metrics")
        panel = self._panels.panel("metrics")
        if isinstance(panel, MetricsPanel) and not self.obstacle(MEASURE):
            panel.measure()

    @Slot()
    def zoom_to_posterior(self) -> None:
        """Show the plane round the posterior of the chosen sample."""
        from vae_explorer.gui.panels.plane import PlanePanel

        panel = self._panels.panel("plane")
        if isinstance(panel, PlanePanel) and not self.obstacle(ZOOM):
            self._panels.reveal("plane")
            panel.zoom_to_posterior()

    def _measure_obstacle(self) -> str:
        service = self._session.evaluation
        if self._session.model_info is None:
            return NO_MODEL
        if service.is_running:
            return _BUSY
        return "" if service.can_measure else _NO_DATA

    def _zoom_obstacle(self) -> str:
        model, pin = self._session.model_info, self._session.pinned
        if model is None:
            return NO_MODEL
        if not model.can_encode:
            return _NO_ENCODER
        if not model.is_stochastic:
            return _NO_NOISE
        if pin is None or pin.sample is None:
            return _NO_SAMPLE
        from vae_explorer.gui.plotting.plane_scene import ellipse

        return "" if ellipse(self._session.points, pin) is not None else _NOT_ENCODED

    @Slot()
    def _follow(self) -> None:
        if self._commands is None:
            return
        show_obstacles(self._commands, {name: self.obstacle(name) for name in (MEASURE, ZOOM)})
