"""The widgets of the path panel and where they stand; what they do is the panel's affair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QSpinBox,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.icons import icon
from vae_explorer.gui.one_line import OneLine
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.panels.path_end import PathEnd, format_place
from vae_explorer.gui.panels.path_options import PathOptions
from vae_explorer.gui.panels.path_way import PathWay
from vae_explorer.gui.plotting.film_strip import FilmStrip
from vae_explorer.gui.plotting.path_plot import PathPlot
from vae_explorer.gui.plotting.picture_view import PictureView
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import sentences, tr

if TYPE_CHECKING:
    from vae_explorer.app.state import LatentPath, Point
    from vae_explorer.gui.theme import Theme

SLIDER_STEPS = 1000
MOST_FRAMES = 60
_LEAST_PREVIEW = 96
_PREVIEW_SHARE = 0.18
_SMALLEST = 444, 190


class PathLayout(QObject):
    """All widgets of the panel, with signals in the words of the path.

    Parameters
    ----------
    owner
        The panel that gets the layout.
    """

    frames_chosen = Signal(int)
    position_chosen = Signal(float)
    pace_chosen = Signal()
    profile_chosen = Signal(bool)
    export_wanted = Signal(str)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self._owner = owner
        self.start, self.end = PathEnd("start"), PathEnd("end")
        self.swap = _symbol("\N{LEFTWARDS ARROW OVER RIGHTWARDS ARROW}", tr("Swap start and end"))
        self.clear = _symbol("\N{MULTIPLICATION X}", tr("Clear the path"))
        self.suggest = QPushButton(tr("Choose two samples for me"))
        self.way = PathWay()
        self.frames = QSpinBox(minimum=2, maximum=MOST_FRAMES)
        self.play = QToolButton()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.time = QLabel()
        self.place = QLabel()
        self.options = PathOptions()
        self.pace = QDoubleSpinBox(minimum=0.5, maximum=60.0, singleStep=0.5, decimals=1, value=4.0)
        self.preview = PictureView(tr("Picture at the slider"))
        self.strip = FilmStrip()
        self.plot = PathPlot()
        self.remarks = OneLine()
        self.export = QToolButton()
        self._empty = QLabel()
        self._content = QStackedLayout()
        self._set_up()
        self._set_up_export()
        self._arrange(owner)
        self._connect()

    # ------------------------------------------------------------------ showing

    @property
    def seconds(self) -> float:
        """Time from start to end."""
        return self.pace.value()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.preview.set_theme(theme)
        self.strip.set_theme(theme)
        self.plot.set_theme(theme)
        self.show_playing(self.play.isChecked())
        self.export.setIcon(icon("export", theme))

    def show_path(self, path: LatentPath) -> None:
        """Show method, speed and number of pictures."""
        self.swap.setEnabled(bool(path.points))
        self.clear.setEnabled(bool(path.points))
        self.way.show_path(path)
        self.options.show_path(path)
        self.frames.blockSignals(True)
        self.frames.setValue(path.frames)
        self.frames.blockSignals(False)

    def show_position(self, position: float) -> None:
        """Move slider and mark."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(position * SLIDER_STEPS))
        self.slider.blockSignals(False)
        self.strip.set_position(position)
        self.plot.set_position(position)
        self.time.setText(f"t = {position:.2f}")

    def show_place(self, z: Point) -> None:
        """Say where on the plane the slider stands."""
        self.place.setText(f"z = {format_place(z)}")

    def show_remarks(self, remarks: tuple[str, ...]) -> None:
        """Say what the method had to decide."""
        self.remarks.setText(sentences(*remarks))
        self.remarks.setVisible(bool(remarks))

    @Slot(bool)
    def show_playing(self, playing: bool) -> None:
        """Show on the button what pressing it would do."""
        self.play.setChecked(playing)
        self.play.setIcon(icon("pause" if playing else "train", self._theme))
        words = tr("Pause the walk") if playing else tr("Walk along the path")
        self.play.setToolTip(words)
        self.play.setAccessibleName(words)

    def fit_preview(self, width: int, height: int) -> None:
        """Give the picture a square as high as the panel, but no more than its share of the width."""
        self.preview.setFixedWidth(max(_LEAST_PREVIEW, min(height - SPACING, int(_PREVIEW_SHARE * width))))

    def show_content(self, ready: bool, empty: str) -> None:
        """Show slider and pictures, or words about what is missing."""
        self.preview.setVisible(ready)
        self._empty.setText(empty)
        self._content.setCurrentIndex(1 if ready else 0)
        if not ready:
            self.strip.set_frames(None)
            self.plot.show_profile(None)

    # ------------------------------------------------------------------ building

    def _set_up(self) -> None:
        self.frames.setAccessibleName(tr("Pictures in the film strip"))
        self.frames.setToolTip(tr("How many pictures the film strip has"))
        self.suggest.setToolTip(tr("Start and end become two pictures of the data, of different classes"))
        self.play.setCheckable(True)
        self.play.setObjectName("path-play")
        self.slider.setRange(0, SLIDER_STEPS)
        self.slider.setSingleStep(SLIDER_STEPS // 100)
        self.slider.setPageStep(SLIDER_STEPS // 10)
        self.slider.setAccessibleName(tr("Position on the path"))
        self.slider.setToolTip(tr("Position on the path: 0 is the start, 1 the end"))
        self.pace.setAccessibleName(tr("Seconds from start to end"))
        self.pace.setToolTip(tr("Time from start to end"))
        self.pace.setSuffix(tr(" s"))
        self.time.setMinimumWidth(self.time.fontMetrics().horizontalAdvance("t = 0.00 "))
        self.place.setProperty("role", "muted")
        self.place.setMinimumWidth(self.place.fontMetrics().horizontalAdvance(f"z = {format_place((-10.0, -10.0))}"))
        self.remarks.setProperty("role", "muted")
        self._empty.setProperty("role", "empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.plot.hide()

    def _set_up_export(self) -> None:
        menu = QMenu(self.export)
        self.export_strip = menu.addAction(tr("Export &strip…"))
        self.export_animation = menu.addAction(tr("Export &animation…"))
        self.export.setMenu(menu)
        self.export.setText(tr("Export"))
        self.export.setObjectName("path-export")
        self.export.setToolTip(tr("Export the film strip as a picture, or the walk as an animation"))
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.export.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _arrange(self, owner: QWidget) -> None:
        outer = QHBoxLayout(owner)
        outer.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        outer.setSpacing(SPACING)
        column = QVBoxLayout()
        column.setSpacing(SMALL_SPACING)
        outer.addWidget(self.preview)
        outer.addLayout(column, 1)
        column.addWidget(self._choices())
        # Before its parts: a stack without a parent shows its first part as a window of its own.
        column.addLayout(self._content, 1)
        self._content.addWidget(self._absence())
        self._content.addWidget(self._walk())
        # A dock must be able to become smaller than all parts side by side want to be.
        outer.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        owner.setMinimumSize(*_SMALLEST)

    def _choices(self) -> QWidget:
        """Return the ends and the way between them, side by side or under each other where the panel is narrow."""
        ends, choices = QWidget(), QWidget()
        row = _row(self.start, self.swap, self.end, self.clear)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        ends.setLayout(row)
        flow = FlowLayout(choices, SMALL_SPACING)
        flow.setContentsMargins(0, 0, 0, 0)
        flow.addWidget(ends)
        flow.addWidget(self.way)
        return choices

    def _absence(self) -> QWidget:
        empty = QWidget()
        layout = QVBoxLayout(empty)
        layout.addStretch(1)
        layout.addWidget(self._empty)
        layout.addWidget(self.suggest, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(1)
        return empty

    def _walk(self) -> QWidget:
        walk = QWidget()
        layout = QVBoxLayout(walk)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACING)
        slider = _row(self.play, self.slider, self.time, self.place)
        slider.setStretch(1, 1)
        layout.addLayout(slider)
        layout.addWidget(self.strip, 1)
        layout.addWidget(self.plot)
        layout.addWidget(self.remarks)
        pictures = QLabel(tr("Pictures"))
        pictures.setProperty("role", "muted")
        pictures.setBuddy(self.frames)
        layout.addLayout(_row(self.options, self.pace, None, pictures, self.frames, self.export))
        return walk

    def _connect(self) -> None:
        self.frames.valueChanged.connect(self.frames_chosen)
        self.slider.valueChanged.connect(self._tell_position)
        self.strip.position_chosen.connect(self.position_chosen)
        self.plot.position_chosen.connect(self.position_chosen)
        self.options.pace_chosen.connect(self.pace_chosen)
        self.options.profile_chosen.connect(self._show_plot)
        self.pace.valueChanged.connect(self.pace_chosen)
        remember(self.pace, "pace")
        self.export_strip.triggered.connect(self._tell_strip)
        self.export_animation.triggered.connect(self._tell_animation)

    @Slot(bool)
    def _show_plot(self, shown: bool) -> None:
        self.plot.setVisible(shown)
        width, height = _SMALLEST
        self._owner.setMinimumSize(width, height + (self.plot.sizeHint().height() if shown else 0))
        self.profile_chosen.emit(shown)

    @Slot(int)
    def _tell_position(self, value: int) -> None:
        self.position_chosen.emit(value / SLIDER_STEPS)

    @Slot()
    def _tell_strip(self) -> None:
        self.export_wanted.emit("strip")

    @Slot()
    def _tell_animation(self) -> None:
        self.export_wanted.emit("animation")


def _symbol(symbol: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setText(symbol)
    button.setAccessibleName(words)
    button.setToolTip(words)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Return widgets in a row; ``None`` is where spare room goes."""
    row = QHBoxLayout()
    row.setSpacing(SPACING)
    for widget in widgets:
        if widget is None:
            row.addStretch(1)
        else:
            row.addWidget(widget)
    return row
