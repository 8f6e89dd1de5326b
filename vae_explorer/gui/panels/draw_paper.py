"""From how the data are framed to the canvas: its paper, its pen, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from vae_explorer.gui.plotting.drawing_sheet import Paper
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.data.framing import Framing

_USUAL_SHARE = 0.75
"""Part of the canvas that a drawing usually fills: what its strokes are scaled by when they are framed."""
_WIDEST_SHARE = 0.125
"""Part of the canvas that the pen takes at most at first: data of filled shapes have no strokes to go by."""


def obstacle(model: ModelInfo | None, framing: Framing | None) -> str:
    """Return why a drawing has no place on the plane, in one sentence; "" where it has one."""
    if model is None or framing is None:
        return ""
    if tuple(model.image_shape) != tuple(framing.shape):
        return tr("This model is for pictures of another size than the data at hand: open the data of its run.")
    if model.can_encode:
        return ""
    if model.has_likelihood:
        return tr(
            "This model has no encoder, so a drawing has no place on its plane. Its likelihood "
            "is integrated over the whole plane all the same."
        )
    return tr("This model has no encoder, so a drawing has no place on its plane: it only makes pictures.")


def framing_words(framing: Framing) -> str:
    """Return how the data lie in their frame, in one sentence."""
    if not framing.frames:
        return tr("The pictures of these data have no common size or place: the whole canvas is shown to the model.")
    _, height, width = framing.shape
    parts = []
    if framing.length is not None:
        parts.append(
            tr(
                "their longer side is about {length:.0f} of {side} pixels",
                length=framing.length,
                side=max(height, width),
            )
        )
    if framing.centring == "mass":
        parts.append(tr("their centre of mass lies in the middle"))
    elif framing.centring == "box":
        parts.append(tr("the middle of what is on them lies in one place"))
    found = tr("{size} and {place}", size=parts[0], place=parts[1]) if len(parts) > 1 else "".join(parts)
    return tr("Measured from the data: {found}. Off, the whole canvas is shown to the model.", found=found)


def paper_for(framing: Framing) -> Paper:
    """Return the sheet on which pictures like those of the data are drawn."""
    ground = framing.paper
    colour = QColor(*ground) if len(ground) == 3 else QColor(ground[0], ground[0], ground[0])
    return Paper(framing.shape, colour, QColor("white") if framing.bright else QColor("black"))


def pen_width_for(framing: Framing) -> float:
    """Return the pen width whose strokes are as wide as those of the data once they are framed."""
    side = max(framing.shape[1:])
    scale = 1.0 if framing.length is None else _USUAL_SHARE * side / framing.length
    return min(framing.stroke * scale, _WIDEST_SHARE * side)
