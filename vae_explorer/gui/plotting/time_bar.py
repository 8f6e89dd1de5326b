"""The time slider: any kept moment of a run, the newest at its right end, and the run played as a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPalette
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from vae_explorer.gui.icons import icon
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.theme import ICON_SIZE, LIGHT, SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme
    from vae_explorer.runs.history import KeptMoment

PACES = {2: marked("2 a second"), 5: marked("5 a second"), 10: marked("10 a second"), 20: marked("20 a second")}
"""Moments shown in a second when the run plays as a film."""
_PACE = 5
_LONGEST = 88.88, 888_888
"""Epoch and step for whose words there is room."""
_NO_STEP, _NO_PACE = 640, 540
"""Widths in pixels below which the step is left to the tool tip, and then the choice of the pace is left out."""
NO_MOMENTS = marked("This run has kept no earlier moments: newer runs keep them while they train.")
_SLIDER_TIP = marked(
    "Travel to any moment of the training that was kept; the right end is the newest (Alt+Left, Alt+Right)"
)


class TimeBar(QWidget):
    """Shows which moment the window looks at, and lets a person choose another one.

    Parameters
    ----------
    session
        Whose moments are shown.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._moments = session.moments
        self._theme = LIGHT
        self.play = QToolButton()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.words = QLabel()
        self.newest = QToolButton()
        self.pace = QComboBox()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._build()
        self._timer.timeout.connect(self._advance)
        self.play.clicked.connect(self.toggle)
        self.pace.currentIndexChanged.connect(self._set_pace)
        remember(self.pace, "pace of the film")
        self.newest.clicked.connect(self.show_newest)
        self.slider.valueChanged.connect(self._travel)
        self._moments.changed.connect(self.follow)
        self._moments.shown_changed.connect(self.follow)
        session.run_changed.connect(self._stop)
        self.set_theme(self._theme)
        self.follow()

    def _build(self) -> None:
        self.play.setAccessibleName(tr("Play the training as a film"))
        self.slider.setAccessibleName(tr("Moment of the training"))
        self.slider.setSingleStep(1)
        self.slider.setPageStep(5)
        self.slider.setMinimumWidth(60)
        self.words.setAccessibleName(tr("Moment that is shown"))
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.newest.setText(tr("Back to newest"))
        self.newest.setToolTip(tr("Show the newest weights again (Alt+End)"))
        self.newest.setAccessibleName(tr("Show the newest moment"))
        self.pace.setAccessibleName(tr("Pace of the film"))
        self.pace.setToolTip(tr("Moments shown in a second"))
        for pace, text in PACES.items():
            self.pace.addItem(tr(text), pace)
        self.pace.setCurrentIndex(list(PACES).index(_PACE))
        self._set_pace()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.words)
        row.addSpacing(SPACING)
        row.addWidget(self.newest)
        row.addWidget(self.pace)

    @property
    def is_playing(self) -> bool:
        """Whether the training plays as a film."""
        return self._timer.isActive()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.play.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self._show_playing()
        self.follow()

    @Slot()
    def toggle(self) -> None:
        """Play from the moment that is shown, from the first where it is the newest; or pause."""
        if self.is_playing:
            self._stop()
        elif self._moments.kept:
            if self._moments.wanted is None:
                self._moments.travel_to_place(0)
            self._timer.start()
            self._show_playing()

    @Slot()
    def show_newest(self) -> None:
        """Go to the right end."""
        self._stop()
        self._moments.travel(None)

    @Slot()
    def follow(self) -> None:
        """Show the moments that there are, and which one is wanted."""
        moments, kept = self._moments, self._moments.kept
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(1, len(kept)))
            self.slider.setValue(moments.position if kept else 1)
        some = bool(kept)
        for part in (self.slider, self.play, self.pace):
            part.setEnabled(some)
        self.newest.setEnabled(moments.wanted is not None)
        tip = tr(_SLIDER_TIP if some else NO_MOMENTS)
        if self.slider.toolTip() != tip:
            self.slider.setToolTip(tip)
        self._show_words()
        self.words.setEnabled(some)
        colour = QColor(self._theme.muted if moments.wanted is None else self._theme.accent)
        if self.words.palette().color(QPalette.ColorRole.WindowText) != colour:
            palette = self.words.palette()
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.words.setPalette(palette)
        if not some:
            self._stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the step where room is short, then the pace."""
        super().resizeEvent(event)
        self.pace.setVisible(event.size().width() >= _NO_PACE)
        widest = _short_words(_LONGEST[0]) if self._is_narrow else _long_words(*_LONGEST)
        self.words.setMinimumWidth(QFontMetrics(self.words.font()).horizontalAdvance(widest))
        self._show_words()

    @property
    def _is_narrow(self) -> bool:
        return self.width() < _NO_STEP

    def _show_words(self) -> None:
        moment = self._moments.wanted
        words = tr("newest") if moment is None else moment_words(moment)
        self.words.setText(_short_words(moment.epoch) if moment is not None and self._is_narrow else words)
        self.words.setToolTip("" if moment is None else words)

    @Slot(int)
    def _travel(self, place: int) -> None:
        self._stop()
        self._moments.travel_to_place(place)

    @Slot()
    def _advance(self) -> None:
        if self._moments.is_under_way:
            return  # a picture that comes late is better than one that is never seen
        self._moments.go_forward()
        if self._moments.wanted is None:
            self._stop()

    @Slot()
    def _stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self._show_playing()

    @Slot()
    def _set_pace(self) -> None:
        self._timer.setInterval(round(1000 / int(self.pace.currentData())))

    def _show_playing(self) -> None:
        self.play.setIcon(icon("pause" if self.is_playing else "train", self._theme))
        self.play.setToolTip(
            tr("Pause the film") if self.is_playing else tr("Play the training as a film (Ctrl+Shift+P)")
        )


def moment_words(moment: KeptMoment) -> str:
    """Return epoch and step of a moment, for people."""
    return _long_words(moment.epoch, moment.step)


def _long_words(epoch: float, step: int) -> str:
    return tr("epoch {epoch:.2f} · step {step:,}", epoch=epoch, step=step)


def _short_words(epoch: float) -> str:
    return tr("epoch {epoch:.2f}", epoch=epoch)
