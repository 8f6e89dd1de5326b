"""The layers between tiles and points: what each is computed from, its switch, its colours' key and its readings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.layer_subject import layer_subject
from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.plane_legend import layer_key, missing_key
from vae_explorer.gui.plotting.heat_layer import HeatLayer
from vae_explorer.gui.plotting.layer_switches import SHOWN_AT_FIRST
from vae_explorer.language import marked, tr
from vae_explorer.latent.layers import LAYERS

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.gui.plotting.plane_controls import PlaneControls
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.layer import Layer

_NO_ENCODER = marked("This model has no encoder, so images have no place on its plane.")
_NO_NOISE = marked("This model's encoder gives single points: there is no posterior with a spread.")
_NO_DECODER = marked("This model has no decoder, so it makes no pictures.")


class PlaneMaps(QObject):
    """Keeps the layers of a plane up to date with the session.

    Parameters
    ----------
    session
        What is shown.
    view, controls
        Where the layers are drawn, and their switches.
    parent
        Owner.
    """

    availability_changed = Signal()
    """Other layers can be shown than before."""

    def __init__(self, session: Session, view: PlaneView, controls: PlaneControls, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view, self._controls = session, view, controls
        self.layers = {layer.name: HeatLayer(layer, session.layers, f"plane.{layer.name}", self) for layer in LAYERS}
        for name, heat in self.layers.items():
            view.add_map(name, heat)
            heat.changed.connect(self._show_keys)
            heat.failed.connect(self._tell_failure)
        controls.appearance_changed.connect(self._set_opacity)
        session.points_changed.connect(self._renew)
        session.pin_changed.connect(self._renew)
        session.label_changed.connect(self._renew)
        session.run_changed.connect(self._renew)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for heat in self.layers.values():
            heat.set_theme(theme)

    def set_model(self, model: ModelInfo | None) -> None:
        """Offer what a model can show; `activate` works on its weights."""
        self._offer(model)
        for heat in self.layers.values():
            heat.set_class_names(() if model is None else model.class_names)

    def set_state(self, state: RunState) -> None:
        """Let training have the processor."""
        for heat in self.layers.values():
            heat.set_training(state is RunState.TRAINING)

    def activate(self, seen: bool) -> None:
        """Work on the layers that are switched on while they are seen."""
        for name, heat in self.layers.items():
            shown = self._controls.is_shown(name)
            self._view.set_layer_shown(name, shown)
            heat.set_active(seen and shown)
        self._renew()

    def _offer(self, model: ModelInfo | None) -> None:
        switches = self._controls.switches
        encodes = model is None or model.can_encode
        decodes = model is None or model.can_decode
        spreads = model is None or model.is_stochastic
        for layer in LAYERS:
            switches.set_offered(layer.name, _is_offered(layer, model))
            switches.set_available(layer.name, "" if model is None else layer.why_not(model))
        switches.set_offered("tiles", decodes)
        switches.set_available("tiles", "" if decodes else tr(_NO_DECODER))
        switches.set_available("points", "" if encodes else tr(_NO_ENCODER))
        missing = _NO_ENCODER if not encodes else "" if spreads else _NO_NOISE
        switches.set_available("posterior", tr(missing))
        self.availability_changed.emit()

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot()
    def _renew(self) -> None:
        """Compute what is shown from what is at hand now."""
        for name, heat in self.layers.items():
            if self._controls.is_shown(name):
                heat.set_subject(layer_subject(self._session, heat.layer))
        self._show_keys()

    @Slot()
    def _set_opacity(self) -> None:
        for heat in self.layers.values():
            heat.set_opacity(self._controls.layer_opacity.value() / 100)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        # What a model can't show is said in the key; only what should not have happened is told beyond it.
        if details:
            self._session.notify("error", message, details)

    @Slot()
    def _show_keys(self) -> None:
        # Without a model nothing is computed, and it isn't known yet which layers the model to come can show.
        model = self._session.model_info
        if model is None:
            self._view.set_keys(())
            return
        shown = [heat for name, heat in self.layers.items() if self._controls.is_shown(name)]
        has_points = self._controls.is_shown("points")
        keys = (layer_key(heat, self._session, has_points=has_points) for heat in shown)
        self._view.set_keys((*keys, *(missing_key(layer, model) for layer in self._missing(model))))

    def _missing(self, model: ModelInfo) -> list[Layer]:
        """Return the layers that are wanted but that the model doesn't have.

        Where there is something to see, one that is wanted from the start, and not for this model, is left out, and one
        whose switch isn't offered: nobody could switch it off.
        """
        is_empty = not any(self._controls.is_shown(name) for name in ("tiles", "points", *self.layers))
        kept = frozenset() if is_empty else SHOWN_AT_FIRST
        wanted = self._controls.switches.wanted - kept
        lacking = [layer for layer in LAYERS if layer.name in wanted and layer.why_not(model)]
        return lacking if is_empty else [layer for layer in lacking if _is_offered(layer, model)]


def _is_offered(layer: Layer, model: ModelInfo | None) -> bool:
    """Whether a layer means anything to a model: one without encoder still says that this is what it lacks."""
    if model is None:
        return "classifier" not in layer.needs
    lacks = {"classifier": not model.can_classify, "decoder": not model.can_decode}
    lacks["likelihood"] = not model.has_likelihood
    return not any(lacks.get(need, False) for need in layer.needs)
