"""What is shown while a model is measured: how far it is, what is being done, the time left, and a way out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.run_bar import readable_time
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

_STEPS = 1000
_LEAST_SHARE, _LEAST_SECONDS = 0.03, 3.0
"""What must be done and have passed before a time left is worth saying."""


class MeasuringBar(QWidget):
    """A progress bar with words under it, and a button that gives up.

    Parameters
    ----------
    parent
        Owner.
    clock
        Gives the time in seconds.
    """

    cancelled = Signal()
    """The user doesn't want the result any more."""

    def __init__(self, parent: QWidget | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._begun = 0.0
        self.progress = QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setAccessibleName(tr("Measuring"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.setToolTip(tr("Give up measuring; what was measured before stays"))
        self.doing = QLabel()
        self.doing.setProperty("role", "muted")
        self.doing.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addLayout(row)
        column.addWidget(self.doing)
        self.cancel_button.clicked.connect(self._cancel)

    def begin(self) -> None:
        """Show that a measuring has begun."""
        self._begun = self._clock()
        self.cancel_button.setEnabled(True)
        self.show_progress(tr("Preparing"), 0.0)

    @Slot(str, float)
    def show_progress(self, text: str, share: float) -> None:
        """Show what is being done and the share that is done, from 0 to 1."""
        self.progress.setValue(round(_STEPS * share))
        if self.cancel_button.isEnabled():
            words = tr(text)
            self.doing.setText(self._with_time(f"{words[:1].upper()}{words[1:]}", share))

    def _with_time(self, doing: str, share: float) -> str:
        """Return what is being done, and how long it still takes once that can be told."""
        elapsed = self._clock() - self._begun
        if share < _LEAST_SHARE or elapsed < _LEAST_SECONDS:
            return tr("{doing} …", doing=doing)
        left = readable_time(elapsed * (1.0 - share) / share)
        return tr("{doing} … about {time} left", doing=doing, time=left)

    @Slot()
    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.doing.setText(tr("Cancelling …"))
        self.cancelled.emit()
