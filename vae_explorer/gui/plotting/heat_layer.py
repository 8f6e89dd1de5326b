"""A layer of the plane as a heat map: asked for as the view moves, drawn from what is there, finest cells on top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.layer_readings import LayerReading
from vae_explorer.app.layer_subject import is_same_subject
from vae_explorer.app.plane_layers import BUDGET_SECONDS, TRAINING_BUDGET_SECONDS, LayerMap, LayerRequest, LayerService
from vae_explorer.gui.plotting.heat_picture import HeatPicture
from vae_explorer.gui.plotting.viewport import Viewport
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.gui.plotting.viewport import Point
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.layer import Layer

COARSEST_PIXELS = 32
"""Cells of the first map of a view are at least so many pixels wide, and less than twice as many."""
REST = 3.0
"""While training, a layer rests this many times as long as its last map took."""
STILL_MILLISECONDS = 100
"""How long the view must rest before finer cells are computed for it."""
RETRY_MILLISECONDS = 2000
"""While training, what failed is tried again after so long at the soonest."""
_MARGIN = 0.25
"""Part of the view that the coarsest map holds beyond each side while one moves."""
_SECOND_STEP = 2


class HeatLayer(QObject):
    """One layer with its own colours.

    While one pans or zooms what is known stays where it belongs, and only what is new is computed; new weights replace
    a map as a whole.

    Parameters
    ----------
    layer
        What it shows.
    service
        What computes it.
    key
        Name under which this layer asks; no other may ask under it.
    parent
        Owner.
    """

    changed = Signal()
    """Another picture is shown, or none, or the layer has nothing more to wait for."""

    failed = Signal(object, object)
    """A sentence for the user, and details."""

    def __init__(self, layer: Layer, service: LayerService, key: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        self._service, self._key = service, key
        self._viewport = Viewport()
        self._theme: Theme = LIGHT
        self._active = self._training = False
        self._opacity = self._ratio = 1.0
        self._class_names: tuple[str, ...] = ()
        self._subject: LayerSubject | None = None
        self._shown: LayerSubject | None = None
        self._failed: LayerSubject | None = None
        self._request: LayerRequest | None = None
        self._asked_for = self._viewport
        self._settled: tuple[LayerSubject, Viewport] | None = None
        self._picture = HeatPicture(layer)
        self.obstacle = ""
        """Why there is nothing to show, in one sentence, or ""."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask_anew)
        self._still = QTimer(self)
        self._still.setSingleShot(True)
        self._still.setInterval(STILL_MILLISECONDS)
        self._still.timeout.connect(self._ask_anew)
        service.found.connect(self._take)
        service.ended.connect(self._go_on)
        service.failed.connect(self._give_up)
        self.changed.connect(service.readings.changed)

    @property
    def picture(self) -> HeatPicture:
        """What is known and shown of it."""
        return self._picture

    @property
    def is_complete(self) -> bool:
        """Whether the finest map of this view and of the newest weights is shown, or none is wanted."""
        if not self._active or self._subject is None or self._subject is self._failed:
            return True
        return self._request is None and self._settled == (self._subject, self._viewport)

    @property
    def subject(self) -> LayerSubject | None:
        """What it is computed from."""
        return self._subject

    def read(self, z: Point) -> LayerReading | None:
        """Return the value at z in words, None where it isn't known."""
        found = self._picture.value_at(z)
        if found is None:
            return None
        value, label = found
        if label is None:
            return LayerReading(tr(self.layer.switch), self.layer.text(value), tr(self.layer.unit))
        name = self._class_names[label] if label < len(self._class_names) else str(label)
        return LayerReading(tr("Class"), tr("{name}, {share:.0%} sure", name=name, share=value))

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Name classes so in readings."""
        self._class_names = names

    def set_active(self, active: bool) -> None:
        """Compute only while someone can see it."""
        if active != self._active:
            self._active = active
            self._service.readings.offer(self._key, self.read if active else None)
            if active:
                self._failed = None  # who switches a layer on again wants it tried again
                self._ask_anew()
            elif self._request is not None:
                self._forget_request()

    def set_training(self, training: bool) -> None:
        """Tell whether training needs the processor too."""
        self._training = training
        if not training:
            self._rest.stop()
            self._ask_anew()

    def set_subject(self, subject: LayerSubject | None) -> None:
        """Compute it from this from now on; what is shown stays meanwhile if it is of the same run and picture."""
        if is_same_subject(self._subject, subject, self.layer):
            return
        if subject is None or self._subject is None or not self._subject.is_kin(subject):
            self._forget_request()
            self._clear()
            self.obstacle = ""
        self._subject = subject
        self._hurry()
        self._ask_anew()

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane on a screen of `ratio` device pixels a pixel."""
        self._ratio = ratio
        if viewport == self._viewport:
            return
        self._viewport = viewport
        self._hurry()
        self._still.start()
        if not self._picture.covers(viewport):
            self._ask_anew()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, for the lines between regions."""
        self._theme = theme
        self._colour()

    def set_opacity(self, opacity: float) -> None:
        """Let what is below shine through, from 0 to 1."""
        self._opacity = opacity
        self.changed.emit()

    def paint(self, painter: QPainter) -> None:
        """Draw the finest cells there are at each place, and the indicatrices of a metric."""
        self._picture.paint(painter, self._viewport, self._opacity)

    # -- Asking ------------------------------------------------------------------------------------------------------

    def _levels(self) -> tuple[int, ...]:
        """Return the levels of this view, the coarsest first."""
        first = math.floor(math.log2(self._viewport.scale / COARSEST_PIXELS))
        return (first, *(first + step for step in range(_SECOND_STEP, self.layer.finest + 1)))

    @Slot()
    def _ask_anew(self) -> None:
        """Ask for what isn't shown yet, one request at a time.

        While the view moves that is the coarsest map where nothing is known; then a map of newer weights as a whole, or
        one from coarse to fine.
        """
        subject = self._subject
        if not self._active or subject is None or self._request is not None or self._viewport.width <= 1:
            return
        if subject is self._failed:
            return
        stale = self._shown is not None and self._shown is not subject
        moves = self._still.isActive()
        if moves and self._shown is not None:
            if not self._picture.covers(self._viewport):
                self._ask(self._shown, self._levels()[:1], margin=_MARGIN)
        elif not self._rest.isActive() and self._settled != (subject, self._viewport):
            self._ask(subject, self._levels(), at_once=stale)

    def _ask(
        self, subject: LayerSubject, levels: tuple[int, ...], *, at_once: bool = False, margin: float = 0.0
    ) -> None:
        left, right, bottom, top = self._viewport.bounds
        across, up = margin * (right - left), margin * (top - bottom)
        corners = (left - across, bottom - up, right + across, top + up)
        budget = TRAINING_BUDGET_SECONDS if self._training or at_once else BUDGET_SECONDS
        self._request = LayerRequest(self._key, self.layer.name, subject, corners, levels, budget, at_once)
        self._asked_for = self._viewport
        self._service.ask(self._request)

    def _hurry(self) -> None:
        """Let what is under way end at its coarsest map: something else is wanted by now."""
        if self._request is not None and not self._request.at_once:
            self._request.outdated.set()

    def _forget_request(self) -> None:
        self._service.cancel(self._key)
        self._request = None

    @Slot(object)
    def _take(self, found: LayerMap) -> None:
        request = found.request
        if request is not self._request or not self._active:
            return
        if request.subject is not self._shown:
            self._picture.clear()
            self._shown = request.subject
        self.obstacle = ""
        self._picture.add(found.patches, self._levels())
        self._colour()
        if self._training and len(request.levels) > 1:
            self._rest.start(int(1000 * REST * found.seconds))

    @Slot(object)
    def _go_on(self, request: LayerRequest) -> None:
        if request is not self._request:
            return
        self._request = None
        is_whole = len(request.levels) > 1 and not request.outdated.is_set()
        if is_whole and (not request.at_once or self._training):
            self._settled = (request.subject, self._asked_for)
        self.changed.emit()
        self._ask_anew()

    @Slot(object, str, str)
    def _give_up(self, request: LayerRequest, message: str, details: str) -> None:
        if request is not self._request:
            return
        self._failed = request.subject
        self._clear()
        self.obstacle = message
        if self._training:
            # With newer weights it may be otherwise, but hardly at once.
            self._rest.start(RETRY_MILLISECONDS)
        self.failed.emit(message, details)
        self.changed.emit()

    # -- What is shown -----------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._shown = None
        if not self._picture.is_empty:
            self._picture.clear()
            self.changed.emit()

    def _colour(self) -> None:
        classes = 0 if self._shown is None else self._shown.model.classes
        self._picture.colour(self._viewport, self._ratio, classes, self._theme.colour("text"), self._levels())
        if not self._still.isActive():
            self._picture.draw_ellipses(self._viewport, self._ratio, self._levels()[0])
        self.changed.emit()
