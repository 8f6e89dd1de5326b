"""The tools above the loss curves: horizontal axis, smoothing, scale, fit, and plots where not all have room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.plotting.drawn_curves import CurveView
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QResizeEvent

AXES = {"epoch": marked("Epochs"), "step": marked("Steps")}
WINDOWS = {0.0: marked("As recorded"), 0.25: marked("¼ epoch"), 1.0: marked("1 epoch"), 5.0: marked("5 epochs")}
_LOG, _SHORT_LOG = marked("Log scale"), marked("Log")
_WORDLESS = 480
"""Width in pixels below which the tools stand without the words before them."""


class CurveTools(QWidget):
    """One row, which gives up its words where room is short, and becomes two where that isn't enough.

    Words go in the order of their use: those before the tools, then those on tools that have an icon too.

    Parameters
    ----------
    view
        What is chosen at first.
    """

    changed = Signal()
    """`view` is another."""
    fit_wanted = Signal()
    """The automatic range is wanted."""
    plot_chosen = Signal(str)
    """Name of the plot to begin with."""

    def __init__(self, view: CurveView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = _combo(AXES, tr("Horizontal axis"), tr("Count passes over the training images, or steps."))
        self._window = _combo(
            WINDOWS, tr("Smoothing"), tr("Average the training curve over this much of the training.")
        )
        self._window.setCurrentIndex(list(WINDOWS).index(view.window))
        self._axis.setCurrentIndex(list(AXES).index(view.axis))
        self._log = QCheckBox(tr(_LOG))
        self._log.setChecked(view.logarithmic)
        self._fit = QPushButton(tr("Fit"))
        self._plot = _combo({}, tr("First plot"), tr("There is no room for all plots: choose which one to begin with."))
        self._labels = QLabel(tr("Over")), QLabel(tr("Smoothing"))
        self._worded: list[QToolButton] = []
        self._build()
        for name, control in (("axis", self._axis), ("smoothing", self._window), ("logarithmic", self._log)):
            remember(control, name)
        self._axis.currentIndexChanged.connect(self.changed)
        self._window.currentIndexChanged.connect(self.changed)
        self._log.toggled.connect(self.changed)
        self._fit.clicked.connect(self.fit_wanted)
        self._plot.currentIndexChanged.connect(self._tell_plot)

    def _build(self) -> None:
        self._log.setToolTip(tr("Equal ratios become equal distances: small changes late in the run stay visible."))
        self._log.setAccessibleName(tr("Logarithmic scale"))
        self._fit.setToolTip(tr("Follow the curves again after zooming or panning (or double-click a plot)"))
        self._fit.setAccessibleName(tr("Fit the curves"))
        self._fit.setEnabled(False)
        self._plot.hide()
        # A dock must be able to become smaller than all tools side by side want to be.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = FlowLayout(self, SPACING)
        row.setContentsMargins(0, 0, 0, 0)
        for label, combo in zip(self._labels, (self._axis, self._window), strict=True):
            label.setProperty("role", "muted")
            label.setBuddy(combo)
            row.addWidget(label)
            row.addWidget(combo)
        row.addWidget(self._log)
        row.addWidget(self._fit)
        row.add_at_end(self._plot)

    def add(self, tool: QToolButton, *, has_words: bool = False) -> None:
        """Put another tool at the right end of the row; one with words and an icon shows what there is room for."""
        if has_words:
            self._worded.append(tool)
        layout = self.layout()
        if isinstance(layout, FlowLayout):
            layout.add_at_end(tool)

    @property
    def view(self) -> CurveView:
        """How the curves are to be shown, nothing hidden."""
        return CurveView(str(self._axis.currentData()), float(self._window.currentData()), self._log.isChecked())

    def allow_fit(self, allowed: bool) -> None:
        """Let a range that was chosen by hand be given up."""
        self._fit.setEnabled(allowed)
        self._leave_out()

    def offer_plots(self, plots: Iterable[tuple[str, str]], first: str) -> None:
        """Offer plots by name and title to begin with; none where all have room."""
        with QSignalBlocker(self._plot):
            self._plot.clear()
            for name, title in plots:
                self._plot.addItem(title, name)
            self._plot.setCurrentIndex(self._plot.findData(first))
        self._plot.setVisible(self._plot.count() > 0)
        self._leave_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the words where room is short."""
        super().resizeEvent(event)
        self._leave_out()

    def _leave_out(self) -> None:
        self._log.setText(tr(_LOG))  # its room counts at full length, as do the words on the tools
        self._show_words(Qt.ToolButtonStyle.ToolButtonTextOnly)
        wide = self.width() >= max(_WORDLESS, self._room((*self._labels, self._fit)))
        for label in self._labels:
            label.setVisible(wide)
        if not wide:
            self._log.setText(tr(_SHORT_LOG))
        self._fit.setVisible(wide or self._fit.isEnabled())
        if not wide and self.width() < self._room(()):
            self._show_words(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def _show_words(self, style: Qt.ToolButtonStyle) -> None:
        for tool in self._worded:
            tool.setToolButtonStyle(style)

    def _room(self, hidden: tuple[QWidget, ...]) -> int:
        """Return the width of everything side by side, what is hidden now among it, in the letters at hand."""
        tools = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        parts = [tool for tool in tools if tool in hidden or not tool.isHidden()]
        return sum(part.sizeHint().width() for part in parts) + SPACING * (len(parts) - 1)

    @Slot()
    def _tell_plot(self) -> None:
        self.plot_chosen.emit(str(self._plot.currentData()))


def _combo(choices: Mapping[str, str] | Mapping[float, str], name: str, help: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(help)
    for value, text in choices.items():
        combo.addItem(tr(text), value)
    return combo
