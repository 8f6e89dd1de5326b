"""The profile of a path: how fast its pictures change, and how likely its places are, under each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_explorer.gui.plotting.path_times import PathTimes
from vae_explorer.gui.plotting.share_keys import share_after
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QPaintEvent

    from vae_explorer.latent.path_profile import PathProfile

_HEIGHT = 96
_LEAST_HEIGHT = 76
_GAP = 4.0
_INSET = 2.0
_LEAST_SPAN = 0.5
"""Nats that the densities' axis covers at least, so that rounding doesn't look like hills."""
_DEEPEST = 12.0
"""Nats below the highest density where the axis ends: how unlikely the unlikely is doesn't matter."""
_STEP = 0.01


class PathPlot(PathTimes):
    """Two rows over the time of the path: the change of the picture, and log p(z) with log q(z).

    A click, a drag or an arrow key goes to a time.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._profile: PathProfile | None = None
        self.setObjectName("path-profile")
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.show_profile(None)

    @property
    def profile(self) -> PathProfile | None:
        """What is shown."""
        return self._profile

    def show_profile(self, profile: PathProfile | None) -> None:
        """Show what happens along a path; None until that is known."""
        self._profile = profile
        self.setAccessibleName(tr("Profile of the path"))
        self.setAccessibleDescription("" if profile is None else summary(profile))
        self.setToolTip(tr("How fast the pictures change along the path, and how likely its places are"))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size at which both rows can be read."""
        return QSize(480, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint both rows, their names and the mark."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for row in self._rows():
                painter.fillRect(row, self._theme.colour("plot"))
            if self._profile is not None:
                speed, density = self._rows()
                self._paint_speed(painter, speed, self._profile)
                self._paint_density(painter, density, self._profile)
            painter.setPen(QPen(self._theme.colour("accent"), 1.5))
            x = self._x(self._position)
            for row in self._rows():
                painter.drawLine(QPointF(x, row.top()), QPointF(x, row.bottom()))
            self._paint_focus(painter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go a little on or back, or to an end."""
        target = share_after(event.key(), self._position, _STEP)
        if target is None:
            super().keyPressEvent(event)
        else:
            self.position_chosen.emit(target)

    def event(self, event: QEvent) -> bool:
        """Read the values under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._profile is not None:
            QToolTip.showText(event.globalPos(), reading(self._profile, self._time(event.pos().x())), self)
            return True
        return super().event(event)

    def _choose_at(self, x: float) -> None:
        self.position_chosen.emit(self._time(x))

    def _time(self, x: float) -> float:
        return min(max((x - _INSET) / max(1.0, self.width() - 2 * _INSET), 0.0), 1.0)

    def _x(self, time: float) -> float:
        return _INSET + time * (self.width() - 2 * _INSET)

    def _rows(self) -> tuple[QRectF, QRectF]:
        """Return where the lines are drawn, below their names."""
        name = QFontMetricsF(self._small_font()).height()
        height = max(1.0, (self.height() - _GAP) / 2 - name)
        return QRectF(0, name, self.width(), height), QRectF(0, height + 2 * name + _GAP, self.width(), height)

    def _paint_speed(self, painter: QPainter, row: QRectF, profile: PathProfile) -> None:
        known = profile.speed[np.isfinite(profile.speed)]
        top = float(known.max()) if len(known) else 0.0
        middles, span = (profile.times[1:] + profile.times[:-1]) / 2, (0.0, 1.08 * top if top > 0 else 1.0)
        if top > 0:
            mean = np.full(2, known.mean())
            self._paint_line(painter, row, (np.array([0.0, 1.0]), mean), span, self._theme.colour("grid"))
        self._paint_line(painter, row, (middles, profile.speed), span, self._theme.colour("train"))
        words = [
            (tr("change of the picture: {unevenness}", unevenness=_unevenness(profile)), self._theme.colour("train"))
        ]
        self._paint_words(painter, row, words)

    def _paint_density(self, painter: QPainter, row: QRectF, profile: PathProfile) -> None:
        lines = [("log p(z)", profile.log_prior, self._theme.colour("muted"))]
        if profile.log_aggregate is not None:
            lines.append(("log q(z)", profile.log_aggregate, self._theme.colour("test")))
        span = _density_span([values for _, values, _ in lines])
        for _, values, colour in lines:
            self._paint_line(painter, row, (profile.times, values), span, colour)
        words = [*((name, colour) for name, _, colour in lines), (tr("in nats"), self._theme.colour("muted"))]
        self._paint_words(painter, row, words)

    def _paint_line(
        self,
        painter: QPainter,
        row: QRectF,
        line: tuple[NDArray[np.float64], NDArray[np.float64]],
        span: tuple[float, float],
        colour: QColor,
    ) -> None:
        (times, values), (low, high) = line, span
        heights = row.bottom() - 1 - (np.clip(values, low, high) - low) / (high - low) * (row.height() - 2)
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for piece in _unbroken(values):
            places = zip(times[piece].tolist(), heights[piece].tolist(), strict=True)
            painter.drawPolyline(QPolygonF([QPointF(self._x(time), y) for time, y in places]))

    def _paint_words(self, painter: QPainter, row: QRectF, words: list[tuple[str, QColor]]) -> None:
        """Name the lines above their row."""
        font = self._small_font()
        painter.setFont(font)
        metrics, x = QFontMetricsF(font), row.left() + _INSET
        for text, colour in words:
            box = QRectF(x, row.top() - metrics.height(), metrics.horizontalAdvance(text) + 2, metrics.height())
            painter.setPen(colour)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
            x = box.right() + 2 * _GAP

    def _small_font(self) -> QFont:
        font = self.font()
        font.setPointSizeF(max(6.5, font.pointSizeF() - 1.0))
        return font


def summary(profile: PathProfile) -> str:
    """Return what is to be seen, for those who hear it."""
    low, high = (format_number(float(end), 1) for end in (profile.log_prior.min(), profile.log_prior.max()))
    return tr(
        "Change of the picture: {unevenness}. log p(z) from {low} to {high} nats.",
        unevenness=_unevenness(profile),
        low=low,
        high=high,
    )


def reading(profile: PathProfile, time: float) -> str:
    """Return the values at a time as lines of text."""
    index = round(time * (len(profile.times) - 1))
    speed = float(profile.speed[min(index, len(profile.speed) - 1)])
    lines = [f"t = {time:.2f}"]
    lines.append(
        tr("the class changes here")
        if np.isnan(speed)
        else tr("change of the picture {speed}", speed=format_number(speed, 1))
    )
    lines.append(tr("log p(z) = {value} nats", value=format_number(float(profile.log_prior[index]), 2)))
    if profile.log_aggregate is not None:
        value = float(profile.log_aggregate[index])
        lines.append(tr("log q(z) = {value} nats", value=format_number(value, 2)) if np.isfinite(value) else "q(z) = 0")
    return "\n".join(lines)


def _unevenness(profile: PathProfile) -> str:
    uneven = profile.unevenness
    return tr("none") if np.isnan(uneven) else tr("at its fastest {uneven:.1f} times the mean", uneven=uneven)


def _density_span(lines: list[NDArray[np.float64]]) -> tuple[float, float]:
    known = np.concatenate(lines)
    known = known[np.isfinite(known)]
    high = float(known.max())
    low = max(float(known.min()), high - _DEEPEST)
    margin = max(0.06 * (high - low), (_LEAST_SPAN - (high - low)) / 2)
    return low - margin, high + margin


def _unbroken(values: NDArray[np.float64]) -> Iterator[slice]:
    """Yield the stretches without NaN."""
    known = np.concatenate([[False], ~np.isnan(values), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    for first, last in edges.reshape(-1, 2).tolist():
        yield slice(first, last)
