"""A layer of the plane as a heat map: asked for as the view moves, drawn from what is there, finest cells on top."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QRegion

from vae_explorer.app.layer_subject import is_same_subject
from vae_explorer.app.plane_layers import BUDGET_SECONDS, TRAINING_BUDGET_SECONDS, LayerMap, LayerRequest, LayerService
from vae_explorer.gui.plotting.heat import layer_image, layer_span
from vae_explorer.gui.plotting.indicatrix import paint_indicatrices
from vae_explorer.gui.plotting.value_scale import ValueRange
from vae_explorer.gui.plotting.viewport import Viewport
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.gui.plotting.viewport import Point
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.lattice import Corners, Patch
    from vae_explorer.latent.layer import Layer

COARSEST_PIXELS = 32
"""Cells of the first map of a view are at least so many pixels wide, and less than twice as many."""
REST = 3.0
"""While training, a layer rests this many times as long as its last map took."""
_SECOND_STEP = 2
_KEPT_BEYOND = 2


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

    failed = Signal(str, str)
    """A sentence for the user, and details."""

    def __init__(self, layer: Layer, service: LayerService, key: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer = layer
        self._service, self._key = service, key
        self._viewport = Viewport()
        self._theme: Theme = LIGHT
        self._active = self._training = False
        self._opacity = 1.0
        self._subject: LayerSubject | None = None
        self._shown: LayerSubject | None = None
        self._request: LayerRequest | None = None
        self._settled: tuple[LayerSubject, Viewport] | None = None
        self._patches: dict[int, Patch] = {}
        self._images: dict[int, QImage] = {}
        self._span: ValueRange | None = None
        self.obstacle = ""
        """Why there is nothing to show, in one sentence, or ""."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask_anew)
        service.found.connect(self._take)
        service.ended.connect(self._go_on)
        service.failed.connect(self._give_up)

    @property
    def has_values(self) -> bool:
        """Whether anything is shown."""
        return bool(self._patches)

    @property
    def is_complete(self) -> bool:
        """Whether the finest map of this view and of the newest weights is shown, or none is wanted."""
        if not self._active or self._subject is None:
            return True
        return self._request is None and self._settled == (self._subject, self._viewport)

    @property
    def span(self) -> ValueRange | None:
        """What the colours span in this view; None while nothing is shown."""
        return self._span

    @property
    def subject(self) -> LayerSubject | None:
        """What it is computed from."""
        return self._subject

    @property
    def finest(self) -> Patch | None:
        """The finest patch of this view, None while nothing is shown."""
        return self._patches[max(self._patches)] if self._patches else None

    def value_at(self, z: Point) -> tuple[float, int | None] | None:
        """Return the value in the finest known cell that holds z, with its class for regions; None outside."""
        for level in sorted(self._patches, reverse=True):
            patch = self._patches[level]
            place = patch.lattice.place_of(z)
            if place is not None and np.isfinite(patch.found.values[place]):
                classes = patch.found.classes
                return float(patch.found.values[place]), None if classes is None else int(classes[place])
        return None

    def set_active(self, active: bool) -> None:
        """Compute only while someone can see it."""
        if active != self._active:
            self._active = active
            if active:
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
        self._ask_anew()

    def set_viewport(self, viewport: Viewport, _ratio: float) -> None:
        """Show another part of the plane."""
        if viewport != self._viewport:
            self._viewport = viewport
            self._ask(self._levels(), at_once=False)

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
        left = QRegion(QRect(0, 0, self._viewport.width, self._viewport.height))
        painter.save()
        painter.setOpacity(self._opacity)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for level in sorted(self._patches, reverse=True):
            place = self._place(self._patches[level].lattice.corners)
            part = left.intersected(_inner(place))
            if not part.isEmpty():
                painter.save()
                painter.setClipRegion(part, Qt.ClipOperation.IntersectClip)
                painter.drawImage(place, self._images[level])
                painter.restore()
                left = left.subtracted(_inner(place))
        painter.restore()
        base = self._patches.get(self._levels()[0])
        if base is not None and self._span is not None:
            paint_indicatrices(painter, self._viewport, base, self._span)

    # -- Asking ------------------------------------------------------------------------------------------------------

    def _levels(self) -> tuple[int, ...]:
        """Return the levels of this view, the coarsest first."""
        first = math.floor(math.log2(self._viewport.scale / COARSEST_PIXELS))
        return (first, *(first + step for step in range(_SECOND_STEP, self.layer.finest + 1)))

    @Slot()
    def _ask_anew(self) -> None:
        """Ask for what isn't shown yet: at once for a map that is there of older weights, else from coarse to fine."""
        subject = self._subject
        if subject is None or self._request is not None or self._rest.isActive():
            return
        if self._settled != (subject, self._viewport):
            stale = self._shown is not None and self._shown is not subject
            self._ask(self._levels(), at_once=stale)

    def _ask(self, levels: tuple[int, ...], *, at_once: bool) -> None:
        subject = self._subject
        if not self._active or subject is None or self._viewport.width <= 1:
            return
        if self._training and not at_once and self._shown is not None:
            # New weights wait for their turn: else every step of a pan would begin from nothing.
            subject = self._shown
        left, right, bottom, top = self._viewport.bounds
        patient = not (self._training or at_once)
        budget = BUDGET_SECONDS if patient else TRAINING_BUDGET_SECONDS
        corners = (left, bottom, right, top)
        self._request = LayerRequest(self._key, self.layer.name, subject, corners, levels, budget, at_once)
        self._service.ask(self._request)

    def _forget_request(self) -> None:
        self._service.cancel(self._key)
        self._request = None

    @Slot(object)
    def _take(self, found: LayerMap) -> None:
        request = found.request
        if request.key != self._key or self._request is None or not self._active:
            return
        if request.subject is not self._shown:
            if request is not self._request and request.subject is not self._request.subject:
                return
            self._clear()
            self._shown = request.subject
        self.obstacle = ""
        self._patches |= {patch.lattice.level: patch for patch in found.patches}
        self._forget_far_levels()
        self._colour()
        if self._training and request is self._request:
            self._rest.start(int(1000 * REST * found.seconds))

    @Slot(object)
    def _go_on(self, request: LayerRequest) -> None:
        if request is not self._request:
            return
        self._request = None
        if not request.at_once or self._training:
            self._settled = (request.subject, self._viewport)
        self.changed.emit()
        self._ask_anew()

    @Slot(object, str, str)
    def _give_up(self, request: LayerRequest, message: str, details: str) -> None:
        if request is not self._request:
            return
        self._settled = (request.subject, self._viewport)
        self._clear()
        self.obstacle = message
        self.failed.emit(message, details)
        self.changed.emit()

    # -- What is shown -----------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        if self._patches:
            self._patches, self._images = {}, {}
            self._shown = self._span = None
            self.changed.emit()
        self._shown = None

    def _forget_far_levels(self) -> None:
        levels = self._levels()
        near = range(levels[0] - _KEPT_BEYOND, levels[-1] + _KEPT_BEYOND + 1)
        self._patches = {level: patch for level, patch in self._patches.items() if level in near}

    def _colour(self) -> None:
        """Colour all patches by the span of the finest that holds the view."""
        finest = self._covering()
        if finest is None:
            return
        self._span = layer_span(self.layer, finest.found)
        classes = 0 if self._shown is None else self._shown.model.classes
        last = self._levels()[-1]
        for level, patch in self._patches.items():
            lines = self._theme.colour("text") if level >= last - 1 else None
            self._images[level] = layer_image(self.layer, patch.found, self._span, classes, lines)
        self.changed.emit()

    def _covering(self) -> Patch | None:
        view = QRectF(0, 0, self._viewport.width, self._viewport.height)
        for level in sorted(self._patches, reverse=True):
            if self._place(self._patches[level].lattice.corners).adjusted(-1, -1, 1, 1).contains(view):
                return self._patches[level]
        return self.finest

    def _place(self, corners: Corners) -> QRectF:
        x, y = self._viewport.to_pixel((corners[0], corners[3]))
        scale = self._viewport.scale
        return QRectF(x, y, (corners[2] - corners[0]) * scale, (corners[3] - corners[1]) * scale)


def _inner(place: QRectF) -> QRect:
    """Return the whole pixels of a rectangle, so that neighbours neither overlap nor leave a gap."""
    left, top = round(place.left()), round(place.top())
    return QRect(left, top, round(place.right()) - left, round(place.bottom()) - top)
