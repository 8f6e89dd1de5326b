"""The line over the large curves that reads them where the pointer is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from vae_explorer.gui.plotting.curve_table import format_moment
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.training.curve_history import CurveHistory, Moment

_SPLITS = ("train", "test")
_HINT = marked("Point at the curves to read them. The wheel zooms, dragging moves; over an axis, along that axis only.")


class EnlargedReading(QLabel):
    """Values of training and testing, or what to do where the pointer is elsewhere."""

    def __init__(self) -> None:
        super().__init__(tr(_HINT))
        self.theme: Theme = LIGHT
        self.setAccessibleName(tr("Values at the pointer"))
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing() + SMALL_SPACING)

    def rest(self) -> None:
        """Say what to do."""
        self.setText(tr(_HINT))

    def read(self, history: CurveHistory, quantities: Iterable[Quantity], axis: str, position: float) -> float | None:
        """Show the values measured nearest to a position and return where that is, None if nothing is recorded."""
        found: Moment | None = None
        words = []
        for quantity in quantities:
            near = [history.nearest(split, quantity.key, axis, position) for split in _SPLITS]
            found = found or near[0] or near[1]
            values = " / ".join(format_moment(moment, quantity) for moment in near)
            square = f"<span style='color:{quantity.colour(self.theme).name()}'>■</span>"
            words.append(f"{square}&nbsp;{_unbroken(f'{quantity.title} {values}')}")
        if found is None:
            return None
        epoch = tr("Epoch {epoch:.2f}", epoch=found.epoch)
        when = f"<b>{epoch}</b> · {tr('step {step:,} (train / test)', step=found.step)}"
        self._say(" &nbsp; ".join((when, *words)))
        return float(found.epoch if axis == "epoch" else found.step)

    def _say(self, words: str) -> None:
        """Take as much room as the words need and never give it back, so that the plots keep still."""
        self.setText(words)
        needed = self.heightForWidth(self.width())
        if needed > self.height():
            self.setFixedHeight(needed)


def _unbroken(words: str) -> str:
    """Return words that stay on one line, as HTML."""
    return escape(words).replace(" ", "&nbsp;")
