"""A small card beside the mouse that reads the loss curves at one moment."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from vae_explorer.gui.plotting.curve_table import format_moment
from vae_explorer.gui.theme import LIGHT, RADIUS, SPACING, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.training.curve_history import CurveHistory

_SPLITS = ("train", "test")


class CurveReading(QLabel):
    """A card that never takes the mouse, and stays inside its parent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._place = parent
        self._theme = LIGHT
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAccessibleName(tr("Values at the mouse"))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.setStyleSheet(
            f"background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.border};"
            f"border-radius: {RADIUS}px; padding: {SPACING // 2}px;"
        )

    def read(
        self,
        history: CurveHistory,
        quantities: Iterable[Quantity],
        axis: str,
        position: float,
        notes: Iterable[str] = (),
    ) -> float | None:
        """Show the values measured nearest to a position, and notes under them.

        Returns
        -------
        Where that is, None if nothing is recorded.
        """
        quantities = tuple(quantities)
        measured = (
            history.nearest(split, quantity.key, axis, position) for quantity in quantities for split in _SPLITS
        )
        moment = next((moment for moment in measured if moment is not None), None)
        if moment is None:
            return None
        rows = [self._row(history, quantity, axis, position) for quantity in quantities]
        muted = f"style='color:{self._theme.muted}'"
        self.setText(
            f"<b>{tr('Epoch {epoch:.2f}', epoch=moment.epoch)}</b> "
            f"<span {muted}>· {tr('step {step:,}', step=moment.step)}</span>"
            f"<table cellspacing='2'><tr {muted}><td>{tr('nats per image')}</td>"
            f"<td align='right'>&nbsp;{tr('train')}</td><td align='right'>&nbsp;{tr('test')}</td></tr>"
            f"{''.join(rows)}</table>" + "".join(f"<div {muted}>{escape(note)}</div>" for note in notes)
        )
        self.adjustSize()
        return float(moment.epoch if axis == "epoch" else moment.step)

    def show_at(self, mouse: QPoint) -> None:
        """Appear beside the mouse, on the side where there is room."""
        place, size = self._place.rect(), self.size()
        x = mouse.x() + 2 * SPACING
        if x + size.width() > place.right():
            x = mouse.x() - 2 * SPACING - size.width()
        y = min(max(mouse.y() - size.height() // 2, 0), max(0, place.height() - size.height()))
        self.move(max(0, x), y)
        self.raise_()
        self.show()

    def _row(self, history: CurveHistory, quantity: Quantity, axis: str, position: float) -> str:
        values = (format_moment(history.nearest(split, quantity.key, axis, position), quantity) for split in _SPLITS)
        cells = "".join(f"<td align='right'>&nbsp;&nbsp;{value}</td>" for value in values)
        colour = quantity.colour(self._theme).name()
        return f"<tr><td><span style='color:{colour}'>■</span> {escape(quantity.title)}</td>{cells}</tr>"
