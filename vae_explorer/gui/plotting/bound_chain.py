"""A small picture of the bounds of one model: each a bar as long as it lies above the ELBO, up to the exact value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from vae_explorer.latent.measures import Evaluation

_BAR_HEIGHT = 9
_LEAST_BAR = 2.0
_LEAST_ERROR = 3.0
"""Pixels from which an error is drawn."""
_LEAST_PLACE = 60


@dataclass(frozen=True, slots=True)
class Bound:
    """One bar: its words, its value in nats, and the error of that value."""

    title: str
    value: float
    error: float | None


class BoundChain(QWidget):
    """Draws the chain ELBO, IWAE-K, exact, with the inference gap as a bracket below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bounds: tuple[Bound, ...] = ()
        self._gap: float | None = None
        self._theme: Theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            tr(
                "Lower bounds of the log-likelihood, in nats per image. Each bar is as long as its "
                "bound lies above the ELBO; the exact value is where they all would end."
            )
        )

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What is drawn, from the loosest to the exact value."""
        return self._bounds

    def show_evaluation(self, evaluation: Evaluation | None) -> None:
        """Draw the bounds of an evaluation; nothing where there are fewer than two."""
        self._bounds = () if evaluation is None else bounds_of(evaluation)
        self._gap = None if evaluation is None else gap_of(evaluation)
        self.setVisible(len(self._bounds) > 1)
        words = [f"{bound.title} {format_number(bound.value, 2)}" for bound in self._bounds]
        self.setAccessibleName(tr("Bounds in nats per image: {bounds}", bounds=listed(words)))
        self.setAccessibleDescription("" if self._gap is None else self._gap_words())
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for all bars and the bracket."""
        rows = len(self._bounds) + (0 if self._gap is None else 1)
        width = self._title_width() + self._value_width() + _LEAST_PLACE + 2 * SPACING
        return QSize(width, rows * self._row_height() + SMALL_SPACING)

    def minimumSizeHint(self) -> QSize:
        """Return the same: bars are no use without their words."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bars."""
        if not self._bounds:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for row, bound in enumerate(self._bounds):
                self._draw_bar(painter, row, bound)
            if self._gap is not None:
                self._draw_gap(painter)

    def _draw_bar(self, painter: QPainter, row: int, bound: Bound) -> None:
        theme, height = self._theme, self._row_height()
        top, exact = row * height, row == len(self._bounds) - 1 and self._gap is not None
        painter.setPen(theme.colour("text"))
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, top, self._title_width(), height), side | Qt.AlignmentFlag.AlignLeft, bound.title)
        value = QRectF(self.width() - self._value_width(), top, self._value_width(), height)
        painter.drawText(value, side | Qt.AlignmentFlag.AlignRight, format_number(bound.value, 2))
        place, middle = self._place(), top + height / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("grid"))
        painter.drawRect(QRectF(place[0], middle - _BAR_HEIGHT / 2, place[1] - place[0], _BAR_HEIGHT))
        painter.setBrush(theme.colour("good" if exact else "accent"))
        long = max(_LEAST_BAR, self._x(bound.value) - place[0])
        painter.drawRect(QRectF(place[0], middle - _BAR_HEIGHT / 2, long, _BAR_HEIGHT))
        if bound.error:
            low, high = self._x(bound.value - bound.error), self._x(bound.value + bound.error)
            # A shorter one is a dot that nobody reads, half of it beyond the bar.
            if high - low >= _LEAST_ERROR:
                painter.setPen(QPen(theme.colour("text"), 1.2))
                painter.drawLine(QLineF(low, middle, high, middle))

    def _draw_gap(self, painter: QPainter) -> None:
        height = self._row_height()
        top = len(self._bounds) * height + 2.0
        left, right = self._x(self._bounds[0].value), self._x(self._bounds[-1].value)
        painter.setPen(QPen(self._theme.colour("muted"), 1.2))
        painter.drawLine(QLineF(left, top + 3, right, top + 3))
        for x in (left, right):
            painter.drawLine(QLineF(x, top, x, top + 6))
        width = self.fontMetrics().horizontalAdvance(self._gap_words()) + 2.0
        start = min(max((left + right - width) / 2, 0.0), self.width() - width)
        words = QRectF(start, top + 5, width, height - 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._gap_words())

    def _gap_words(self) -> str:
        return tr("inference gap {gap} nats", gap=format_number(self._gap or 0.0, 2))

    def _place(self) -> tuple[float, float]:
        return float(self._title_width() + SPACING), float(self.width() - self._value_width() - SPACING)

    def _x(self, value: float) -> float:
        low = min(bound.value for bound in self._bounds)
        high = max(bound.value for bound in self._bounds)
        left, right = self._place()
        share = (value - low) / (high - low) if high > low else 0.0
        return left + min(max(share, 0.0), 1.0) * (right - left)

    def _title_width(self) -> int:
        return max((self.fontMetrics().horizontalAdvance(bound.title) for bound in self._bounds), default=0)

    def _value_width(self) -> int:
        texts = (format_number(bound.value, 2) for bound in self._bounds)
        return max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=0)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + SMALL_SPACING


def bounds_of(evaluation: Evaluation) -> tuple[Bound, ...]:
    """Return the ELBO, the bounds of several samples and the exact value, those that are defined."""
    found = []
    for measure in evaluation.measures:
        if measure.value is None:
            continue
        samples = samples_of(measure.name)
        if measure.name == "elbo":
            found.append((0.5, Bound("ELBO", measure.value, measure.error)))
        elif measure.name == "log_likelihood":
            found.append((float("inf"), Bound(tr("Exact"), measure.value, measure.error)))
        elif samples is not None:
            found.append((float(samples), Bound(f"IWAE-{samples}", measure.value, measure.error)))
    return tuple(bound for _, bound in sorted(found, key=lambda item: item[0]))


def samples_of(name: str) -> int | None:
    """Return K for the name of the bound with K samples, such as ``iwae_50``; None for every other measure."""
    found = re.fullmatch(r"iwae[_-](\d+)", name)
    return None if found is None else int(found[1])


def gap_of(evaluation: Evaluation) -> float | None:
    """Return the inference gap in nats, None unless the ELBO and the exact value are known."""
    elbo, exact = evaluation.value("elbo"), evaluation.value("log_likelihood")
    return None if elbo is None or exact is None else exact - elbo
