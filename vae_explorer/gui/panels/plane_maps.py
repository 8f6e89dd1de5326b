"""The maps between tiles and points: decision regions, the aggregate posterior, and a sample's true posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.densities import mismatch
from vae_explorer.app.state import RunState
from vae_explorer.gui.plotting.density_layer import DensityLayer
from vae_explorer.gui.plotting.heat import AGGREGATE_COLOURS, POSTERIOR_COLOURS
from vae_explorer.gui.plotting.plane_keys import Key, significant
from vae_explorer.gui.plotting.region_layer import RegionLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.densities import DensityMap
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint, ModelInfo, Point, PointCloud
    from vae_explorer.gui.plotting.plane_controls import PlaneControls
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.theme import Theme

AGGREGATE, POSTERIOR = "plane.aggregate", "plane.posterior"
SAMPLES = 12
"""Samples of the encoder's noise over which p(y|z) is averaged, as in Alemi et al. (2017)."""
_CELLS = {AGGREGATE: (36, 128), POSTERIOR: (48, 144)}
_UNIT = "per unit area"
_NO_ENCODER = "This model has no encoder, so images have no place on its plane."
_NO_NOISE = "This model's encoder gives single points: there is no posterior with a spread."
_NO_DECODER = "This model has no decoder, so it makes no pictures."
_NO_LIKELIHOOD = "This model has no likelihood, and without one there is no true posterior."


class PlaneMaps(QObject):
    """Keeps the maps of a plane up to date with the session.

    Parameters
    ----------
    session
        What is shown.
    view, controls
        Where the maps are drawn, and their switches.
    parent
        Owner.
    """

    availability_changed = Signal()
    """Other layers can be shown than before."""

    def __init__(self, session: Session, view: PlaneView, controls: PlaneControls, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view, self._controls = session, view, controls
        self._seen = False
        self.regions = RegionLayer(session.decode, self)
        self.aggregate = DensityLayer(self._ask_aggregate, AGGREGATE_COLOURS, _CELLS[AGGREGATE], self)
        self.posterior = DensityLayer(self._ask_posterior, POSTERIOR_COLOURS, _CELLS[POSTERIOR], self)
        for name, layer in (("regions", self.regions), ("aggregate", self.aggregate), ("exact", self.posterior)):
            view.add_map(name, layer)
            layer.changed.connect(self._show_keys)
        session.points_changed.connect(self._take_points)
        session.pin_changed.connect(self._take_pin)
        session.densities.measured.connect(self._take_density)
        session.densities.failed.connect(self._take_failure)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.regions.set_theme(theme)

    def set_model(self, model: ModelInfo | None) -> None:
        """Take new weights, and offer what they can show."""
        self._offer(model)
        self.regions.set_model(model)
        if model is None:
            self.aggregate.clear()
        self.posterior.renew()
        self.activate(self._seen)

    def set_state(self, state: RunState) -> None:
        """Let training have the processor."""
        self.regions.set_training(state is RunState.TRAINING)

    def activate(self, seen: bool) -> None:
        """Work on the maps that are switched on while they are seen."""
        self._seen = seen
        layers = (("regions", self.regions), ("aggregate", self.aggregate), ("exact", self.posterior))
        for name, layer in layers:
            shown = self._controls.is_shown(name)
            self._view.set_layer_shown(name, shown)
            layer.set_active(seen and shown)
        self.regions.set_offsets(self._noise() if self._controls.is_shown("averaged") else None)
        self._show_keys()

    def _offer(self, model: ModelInfo | None) -> None:
        controls = self._controls
        classifies = model is not None and model.can_classify
        encodes = model is None or model.can_encode
        spreads = model is None or model.is_stochastic
        exact = model is None or (model.has_likelihood and model.can_decode)
        for layer in ("regions", "averaged"):
            controls.set_offered(layer, classifies)
            controls.set_available(layer, "" if classifies else "This model has no classifier.")
        if classifies and not spreads:
            controls.set_available("averaged", _NO_NOISE)
        decodes = model is None or model.can_decode
        controls.set_offered("tiles", decodes)
        controls.set_available("tiles", "" if decodes else _NO_DECODER)
        controls.set_available("points", "" if encodes else _NO_ENCODER)
        for layer in ("aggregate", "posterior"):
            controls.set_available(layer, _NO_ENCODER if not encodes else "" if spreads else _NO_NOISE)
        controls.set_offered("exact", exact)
        controls.set_available("exact", _NO_ENCODER if not encodes else "" if exact else _NO_LIKELIHOOD)
        self.availability_changed.emit()

    def _noise(self) -> NDArray[np.float32] | None:
        """Return samples [12, 2] of the median posterior noise, the same at each call."""
        cloud = self._session.points
        if cloud is None or not len(cloud.z):
            return None
        sigma = np.exp(0.5 * np.median(cloud.log_var, axis=0))
        rho = 0.0 if cloud.correlation is None else float(np.median(cloud.correlation))
        if not (np.isfinite(sigma).all() and np.isfinite(rho)):
            return None
        first, second = np.random.default_rng(0).standard_normal((2, SAMPLES))
        mixed = rho * first + np.sqrt(max(0.0, 1.0 - rho**2)) * second
        return np.stack([sigma[0] * first, sigma[1] * mixed], axis=1).astype(np.float32)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_points(self, cloud: PointCloud | None) -> None:
        if cloud is None:
            self.aggregate.clear()
        self.aggregate.renew()
        self.activate(self._seen)

    @Slot(object)
    def _take_pin(self, pin: LatentPoint | None) -> None:
        shown = self.posterior.density
        if shown is not None and (pin is None or pin.sample != shown.sample):
            self.posterior.clear()
        self.posterior.renew()
        self._show_keys()

    @Slot(object)
    def _take_density(self, density: DensityMap) -> None:
        if density.key == AGGREGATE:
            self.aggregate.take(density)
        elif density.key == POSTERIOR:
            pin = self._session.pinned
            self.posterior.take(density)
            if pin is None or pin.sample != density.sample:
                self.posterior.clear()
                self.posterior.renew()

    @Slot(str, str, str)
    def _take_failure(self, key: str, message: str, details: str) -> None:
        layer = {AGGREGATE: self.aggregate, POSTERIOR: self.posterior}.get(key)
        if layer is not None:
            layer.give_up()
            self._session.notify("error", message, details)

    def _ask_aggregate(self, low: Point, high: Point, size: tuple[int, int]) -> bool:
        return self._session.measure_aggregate(AGGREGATE, low, high, size)

    def _ask_posterior(self, low: Point, high: Point, size: tuple[int, int]) -> bool:
        pin = self._session.pinned
        if pin is None or pin.sample is None:
            return False
        return self._session.measure_posterior(POSTERIOR, pin.sample, low, high, size)

    # -- The keys ----------------------------------------------------------------------------------------------------

    @Slot()
    def _show_keys(self) -> None:
        controls, keys = self._controls, []
        if controls.is_shown("regions"):
            keys.append(self._region_key())
        if controls.is_shown("aggregate") and self.aggregate.density is not None:
            highest = f"{significant(self.aggregate.highest)} {_UNIT}"
            keys.append(Key("Aggregate posterior q(z)", "0", highest, self.aggregate.colours))
        if controls.is_shown("exact"):
            keys.append(self._posterior_key())
        self._view.set_keys(tuple(keys))

    def _region_key(self) -> Key:
        model = self._session.model_info
        classes = max(2, 0 if model is None else model.classes)
        averaged = (f"averaged over {SAMPLES} samples of the noise",) if self._controls.is_shown("averaged") else ()
        return Key("Likeliest class by p(y|z)", f"{1 / classes:.2g}", "1", None, averaged)

    def _posterior_key(self) -> Key:
        density = self.posterior.density
        if density is None:
            pin = self._session.pinned
            chosen = pin is not None and pin.sample is not None
            note = "measuring …" if chosen else "choose a sample: double-click a point"
            return Key("True posterior p(z|x)", "0", _UNIT, self.posterior.colours, (note,))
        cloud = self._session.points
        gap = None if cloud is None else mismatch(density, cloud)
        note = "press Z to zoom to it" if gap is None else f"KL from the encoder's q(z|x): {gap:.2f} nats"
        high = f"{significant(self.posterior.highest)} {_UNIT}"
        return Key("True posterior p(z|x)", "0", high, self.posterior.colours, (note,))
