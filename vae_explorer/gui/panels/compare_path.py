"""The path as both models show it: a film strip of each, and one of their differences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QSlider, QWidget

from vae_explorer.app import path_walk
from vae_explorer.app.decode_service import Priority
from vae_explorer.export.difference import REACHES, difference_picture, mean_absolute_difference
from vae_explorer.gui.panels.compare_pair import PicturePair
from vae_explorer.gui.panels.compare_part import ComparePart
from vae_explorer.gui.panels.path import how_to_choose
from vae_explorer.gui.plotting.film_strip import FilmStrip
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import listed, marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPath, ModelInfo
    from vae_explorer.latent.paths import Course

_STEPS = 1000
_LEAST_STRIP = 28
_NAMES = ("A", "B", "A\N{MINUS SIGN}B")
_TITLES = (marked("model A"), marked("model B"), marked("difference"))


class ComparePath(ComparePart):
    """Three film strips of the path that is shared, under one slider."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.pair = PicturePair(session, "strip", Priority.PICTURES, self)
        self.strips = tuple(FilmStrip(self) for _ in _NAMES)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.words = QLabel()
        self.hint = QLabel()
        self._content = QWidget(self)
        self._reach = REACHES[0]
        self._theme = LIGHT
        self._asked: LatentPath | None = None
        self._lay_out()
        self.pair.arrived.connect(self._show)
        session.path_changed.connect(self._follow)
        for signal in (
            session.model_changed,
            session.label_changed,
            session.comparison_changed,
            session.courses.changed,
            self.comparison.courses.changed,
            self.comparison.model_changed,
        ):
            signal.connect(self.ask)
        self.slider.valueChanged.connect(self._choose_value)
        for strip in self.strips:
            strip.position_chosen.connect(session.set_path_position)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for strip in self.strips:
            strip.set_theme(theme)
        self._show()

    @Slot(int)
    def set_reach(self, reach: int) -> None:
        """Say at how many grey levels the colours of a difference end."""
        self._reach = reach
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all strips one height, to the pixel, so that pictures of one time stand under each other."""
        super().resizeEvent(event)
        rest = self.slider.sizeHint().height() + self.words.sizeHint().height() + 3 * SMALL_SPACING
        for strip in self.strips:
            strip.setMaximumHeight(max(_LEAST_STRIP, (event.size().height() - rest) // len(self.strips)))

    @Slot()
    def _follow(self) -> None:
        path = self.session.path
        self._show_position(path.position)
        if replace(path, position=0.0) != self._asked:
            self.ask()

    @Slot()
    def ask(self) -> None:
        """Ask both models for the pictures along the path."""
        if not self.isVisible():
            return
        path = self.session.path
        self._asked = replace(path, position=0.0)
        self._show_position(path.position)
        self._content.setVisible(path.is_complete)
        self.hint.setVisible(not path.is_complete)
        self.hint.setText(how_to_choose(path))
        if not path.is_complete:
            self.pair.ask(None, None)
            return
        times = path_walk.strip_times(path)
        one, other = self.session.courses.course, self.comparison.courses.course
        first, second = self.session.model_info, self.comparison.shown_info
        labels = (
            path_walk.frame_classes(path, first, self.session.label, times, one),
            path_walk.frame_classes(path, second, self.comparison.label or 0, times, other),
        )
        self.pair.ask(self._places(first, times, one), self._places(second, times, other), labels)

    def _places(
        self, info: ModelInfo | None, times: NDArray[np.float64], course: Course | None
    ) -> NDArray[np.float64] | None:
        return None if info is None else path_walk.positions(self.session.path, info, times, course)

    def _lay_out(self) -> None:
        self.hint.setProperty("role", "empty")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 10)
        self.slider.setAccessibleName(tr("Where on the path"))
        self.slider.setToolTip(tr("Walk along the path on both planes"))
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        grid = QGridLayout(self._content)
        grid.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        for row, (name, title, strip) in enumerate(zip(_NAMES, _TITLES, self.strips, strict=True)):
            label = QLabel(name)
            label.setProperty("role", "heading")
            strip.setObjectName(f"compare-strip-{row}")
            strip.setAccessibleName(tr("Film strip of {title}", title=tr(title)))
            strip.setMinimumHeight(_LEAST_STRIP)
            grid.addWidget(label, row, 0)
            grid.addWidget(strip, row, 1)
            grid.setRowStretch(row, 1)
        grid.addWidget(self.slider, 3, 1)
        grid.addWidget(self.words, 4, 1)
        outer = QGridLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._content, 0, 0)
        outer.addWidget(self.hint, 0, 0)

    def _show_position(self, position: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(position * _STEPS))
        self.slider.blockSignals(False)
        for strip in self.strips:
            strip.set_position(position)

    @Slot(int)
    def _choose_value(self, value: int) -> None:
        self.session.set_path_position(value / _STEPS)

    @Slot()
    def _show(self) -> None:
        pair, both = self.pair, self.pair.both
        self.strips[0].set_frames(pair.first)
        self.strips[1].set_frames(pair.second)
        if both is not None:
            self.strips[2].set_frames(difference_picture(*both, reach=self._reach, dark=self._theme.dark))
            mean = mean_absolute_difference(*both)
            self.words.setText(self._amount(format_number(mean, 1)))
        elif pair.first is None or pair.second is None or pair.first.shape != pair.second.shape:
            self.strips[2].set_frames(None)
            self.words.setText("")

    def _amount(self, mean: str) -> str:
        """Return how much the pictures differ, and how long ways that follow the models are beside straight ones."""
        courses = self.session.courses.course, self.comparison.courses.course
        ratios = [f"{name} {format_number(one.ratio, 2)}" for name, one in zip("AB", courses, strict=True) if one]
        if not ratios:
            return tr("Mean absolute difference along the path {mean} grey levels of 255", mean=mean)
        return tr(
            "Mean absolute difference along the path {mean} grey levels of 255; length {ratios} of straight",
            mean=mean,
            ratios=listed(ratios),
        )
