"""Figures with real text and lines as SVG and PDF files, and the same as pixels for a preview.

Matplotlib draws them through its objects alone: no window, no state of pyplot, and none of the user's own settings,
so that a figure is the same everywhere, byte for byte.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from vae_explorer import __version__
from vae_explorer.export.figure_options import FAMILIES
from vae_explorer.export.formats import FIGURES, suffix_of
from vae_explorer.export.pictures import encode_png
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from matplotlib.figure import Figure

    from vae_explorer.export.figure_options import PaperOptions
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.provenance import Provenance

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72.0
DOTS = 600
"""Dots per inch of what is embedded as a picture, and of a figure that is saved as one."""
LIBRARY = threading.Lock()
"""Matplotlib's settings belong to the process: two workers that draw at once would change each other's."""
_SETTINGS: Mapping[Any, object] = {
    # Text as text that other programs find and edit, in fonts that they have or that travel inside the file.
    "svg.fonttype": "none",
    # The name of a class is no formula, whatever signs it has.
    "text.parse_math": False,
    "svg.hashsalt": "vae-explorer",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "legend.handletextpad": 0.4,
    "legend.borderpad": 0.0,
}

_FURTHER_FONTS = (
    "Noto Sans CJK SC",  # untranslated: fonts
    "WenQuanYi Micro Hei",  # untranslated: fonts
    "Microsoft YaHei",  # untranslated: fonts
    "PingFang SC",  # untranslated: fonts
    "Arial Unicode MS",  # untranslated: fonts
)
"""Fonts for letters that the figure's own lacks, as far as they are installed."""

Draw: TypeAlias = Callable[["Figure"], None]
"""Draws onto an empty figure whose size in inches is set."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure before it is written.

    Attributes
    ----------
    draw
        What is on it.
    size
        Width and height in millimetres.
    paper
        Font and size of its letters.
    """

    draw: Draw
    size: tuple[float, float]
    paper: PaperOptions

    @property
    def words(self) -> str:
        """Its size in words."""
        return tr("{width:.0f} × {height:.0f} mm", width=self.size[0], height=self.size[1])


def save_figure(path: str | os.PathLike[str], sheet: Sheet, provenance: Provenance | None = None) -> Path:
    """Write a figure as SVG, PDF or PNG, with the note of what made it, and return where it is.

    Raises
    ------
    ExportError
        If the suffix is none of these, or the file can't be written; an older file then stays whole.
    """
    suffix = suffix_of(path, FIGURES)
    return write_atomically(path, [encode_figure(sheet, suffix, provenance)])


def encode_figure(sheet: Sheet, suffix: str, provenance: Provenance | None = None) -> bytes | memoryview:
    """Return a figure as the bytes of a file whose suffix is ``.svg``, ``.pdf`` or ``.png``, note included."""
    if suffix == ".png":
        return encode_png(figure_pixels(sheet, DOTS), provenance)
    buffer = BytesIO()
    with LIBRARY:
        _draw_into(buffer, sheet, suffix.removeprefix("."), _metadata(suffix, provenance))
    return buffer.getvalue()


def figure_pixels(sheet: Sheet, dots: float) -> Pixels:
    """Return a figure as a picture [H, W, 3] with so many dots per inch."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with LIBRARY, _settings(sheet.paper):
        figure = Figure(figsize=_inches(sheet), dpi=dots)
        canvas = FigureCanvasAgg(figure)
        sheet.draw(figure)
        canvas.draw()  # type: ignore[no-untyped-call]
        rgba = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        pixels: Pixels = np.asarray(rgba)[..., :3].copy()
    return pixels


def _draw_into(buffer: BytesIO, sheet: Sheet, form: str, metadata: Mapping[str, object]) -> None:
    from matplotlib.figure import Figure

    with _settings(sheet.paper):
        figure = Figure(figsize=_inches(sheet), dpi=DOTS)
        sheet.draw(figure)
        figure.savefig(buffer, format=form, metadata=dict(metadata), dpi=DOTS)


@contextmanager
def _settings(paper: PaperOptions) -> Iterator[None]:
    """Give Matplotlib its own defaults and this program's changes of them, and no others, for a while."""
    import matplotlib as mpl

    defaults: dict[Any, object] = {name: value for name, value in mpl.rcParamsDefault.items() if "backend" not in name}
    own: dict[Any, object] = {
        "font.family": [FAMILIES[paper.font], *_further_fonts()],
        "font.size": paper.font_size,
        **dict.fromkeys(("axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize"), paper.font_size),
    }
    with mpl.rc_context({**defaults, **_SETTINGS, **own}), warnings.catch_warnings():
        # A letter that no font has is drawn as a box, and stays what it is in the text of the file.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        yield


def _further_fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return tuple(name for name in _FURTHER_FONTS if name in installed)


def _inches(sheet: Sheet) -> tuple[float, float]:
    return sheet.size[0] / MM_PER_INCH, sheet.size[1] / MM_PER_INCH


def _metadata(suffix: str, provenance: Provenance | None) -> Mapping[str, object]:
    """Return what the file says of itself; without a date, so that the same figure is the same file."""
    program = f"VAE Explorer {__version__}"  # untranslated: a name
    note = None if provenance is None else provenance.to_text()
    if suffix == ".svg":
        return {"Creator": program, "Date": None} | ({} if note is None else {"Description": note})
    told = {"Creator": program, "CreationDate": None}
    return told | ({} if note is None else {"Keywords": note})
