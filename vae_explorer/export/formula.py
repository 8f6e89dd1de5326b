"""Formulas as outlines: LaTeX, as far as Matplotlib's mathtext knows it, becomes curves that anything can fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.errors import ExportError, printable
from vae_explorer.export.vector import LIBRARY
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What a vertex is, in the codes of Matplotlib's paths.
MOVE: Final = 1
"""Where a curve begins."""
LINE: Final = 2
QUADRATIC: Final = 3
"""The control point of a quadratic curve, and its end: two vertices."""
CUBIC: Final = 4
"""The control points of a cubic curve, and its end: three vertices."""
CLOSE: Final = 79
"""It closes the curve, and its place means nothing."""

_FONTS = "cm"
"""Computer Modern, which mathtext brings with it."""


@dataclass(frozen=True, slots=True)
class FormulaOutline:
    """Closed curves in units of the size of the font, x to the right and y upwards from the start of the baseline.

    Attributes
    ----------
    vertices
        Places, float32 [N, 2].
    codes
        What each vertex is, uint8 [N]: `MOVE`, `LINE`, `QUADRATIC`, `CUBIC` or `CLOSE`.
    width, ascent, depth
        How far ink reaches to the right of the start, over the baseline and below it.
    """

    vertices: NDArray[np.float32]
    codes: NDArray[np.uint8]
    width: float
    ascent: float
    depth: float


def formula_outline(source: str) -> FormulaOutline:
    r"""Return the outline of a formula, such as ``\mathrm{KL}(q(z \mid x) \Vert p(z))``; call it in a worker.

    Raises
    ------
    ExportError
        If it is empty, has signs that aren't ASCII (their commands, such as ``\beta``, are meant), or a command that
        mathtext doesn't know.
    """
    if not source.strip() or not source.isascii() or "$" in source:
        raise ExportError(
            tr(
                "The formula {formula} can't be drawn: write it in LaTeX, in ASCII and without dollar signs.",
                formula=repr(printable(source)),
            )
        )
    with LIBRARY:
        vertices, codes = _parsed(source)
    ink = vertices[codes != CLOSE]
    if not len(ink):
        raise ExportError(tr("The formula {formula} draws nothing.", formula=repr(printable(source))))
    (_, lowest), (right, highest) = ink.min(axis=0), ink.max(axis=0)
    return FormulaOutline(vertices, codes, float(right), max(float(highest), 0.0), max(-float(lowest), 0.0))


def _parsed(source: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    try:
        places, codes = TextToPath().get_text_path(FontProperties(math_fontfamily=_FONTS), f"${source}$", ismath=True)
    except ValueError as error:
        reason = str(error).strip().splitlines()[-1].partition(": ")[2].partition("(at char")[0].strip()
        raise ExportError(
            tr(
                "The formula {formula} can't be drawn: {reason}; use the LaTeX commands that mathtext knows.",
                formula=repr(printable(source)),
                reason=reason,
            )
        ) from error
    vertices = np.asarray(places, dtype=np.float32).reshape(-1, 2) / np.float32(TextToPath.FONT_SCALE)
    return vertices, np.asarray(codes, dtype=np.uint8)
