"""What is said of a layer's colours: its name, its unit, what the colours stand for, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.gui.plotting.plane_keys import Key
from vae_explorer.language import tr
from vae_explorer.latent.quadrature import encoder_mismatch

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.gui.plotting.heat_layer import HeatLayer
    from vae_explorer.latent.layer import Layer

_AT_MOST, _AT_LEAST = "\N{LESS-THAN OR EQUAL TO} ", "\N{GREATER-THAN OR EQUAL TO} "


def layer_key(heat: HeatLayer, session: Session, *, has_points: bool) -> Key:
    """Return the key of a layer that is switched on.

    Parameters
    ----------
    heat, session
        The layer, and what it is computed from.
    has_points
        Whether there are points on the plane to choose a sample by.
    """
    layer, span = heat.layer, heat.picture.span
    state = _state(heat, session, has_points=has_points)
    title = tr(layer.title)
    notes = tuple(note for note in (tr(layer.unit), tr(layer.note), state) if note)
    if layer.kind == "class":
        model = session.model_info
        classes = max(2, 0 if model is None else model.classes)
        return Key(title, f"{1 / classes:.2g}", "1", None, notes)
    if span is None:
        return Key(title, "", "", layer.colours, (state,) if state else ())
    low = (_AT_MOST if span.clipped_low else "") + layer.text(span.low)
    high = (_AT_LEAST if span.clipped_high else "") + layer.text(span.high)
    return Key(title, low, high, layer.colours, notes, layer.kind == "density")


def missing_key(layer: Layer, model: ModelInfo) -> Key:
    """Return the key of a layer that is wanted but that the model doesn't have: it says why."""
    return Key(tr(layer.title), "", "", layer.colours, (layer.why_not(model),))


def _state(heat: HeatLayer, session: Session, *, has_points: bool) -> str:
    """Return what there is to say of a layer as it is now, or ""."""
    if heat.obstacle:
        return heat.obstacle
    pin = session.pinned
    if "sample" in heat.layer.needs:
        if pin is None or pin.sample is None:
            if not has_points:
                return tr("choose a sample: show the points and double-click one")
            return tr("choose a sample: double-click a point")
        if not heat.picture.is_empty:
            gap = _gap(heat, session)
            return (
                tr("press Z to zoom to it")
                if gap is None
                else tr("KL from the encoder's q(z|x): {gap:.2f} nats", gap=gap)
            )
    if heat.subject is None and "posteriors" in heat.layer.needs:
        return tr("waiting for the encodings …")
    return "" if not heat.picture.is_empty else tr("computing …")


def _gap(heat: HeatLayer, session: Session) -> float | None:
    """Return KL(q(z|x) to p(z|x)) in nats of the sample whose posterior is shown, None where it can't be told."""
    cloud, pin, patch = session.points, session.pinned, heat.picture.finest
    if cloud is None or pin is None or pin.sample is None or patch is None:
        return None
    index = cloud.index_of(pin.sample)
    if index is None:
        return None
    correlation = 0.0 if cloud.correlation is None else float(cloud.correlation[index])
    return encoder_mismatch(
        patch.found.values, patch.lattice.corners, cloud.z[index], cloud.log_var[index], correlation
    )
