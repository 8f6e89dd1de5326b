"""Looking for minima and drawing the landscape of a divergence, in slices so short that dragging stays smooth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.gui.laboratories.bells import MEANS
from vae_explorer.latent.bump_fitting import Divergence, landscape, local_minima
from vae_explorer.latent.univariate import Gaussian, Mixture

if TYPE_CHECKING:
    from vae_explorer.gui.laboratories.small_plot import Floats

KINDS: Final[tuple[Divergence, ...]] = ("forward", "reverse", "js")
LOG_DEVIATIONS: Final = (float(np.log(0.2)), float(np.log(8.0)))
"""Log deviations that the landscape spans; its means are those to which a bell can be moved."""
_ROWS, _COLUMNS, _ROWS_A_SLICE = 49, 37, 2
_PATIENCE = 60
"""Milliseconds without a change before the survey begins."""


class Survey(QObject):
    """Surveys a target: minima of all divergences, then the landscape of the chosen one."""

    minima_found = Signal()
    landscape_drawn = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.minima: dict[Divergence, tuple[Gaussian, ...]] = {}
        self.heights: Floats | None = None
        self._rows: list[Floats] = []
        self._tasks: deque[Callable[[], None]] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)

    @property
    def busy(self) -> bool:
        """Whether there is something left to find out."""
        return bool(self._tasks)

    def begin(self, target: Mixture, kind: Divergence, *, moved: bool) -> None:
        """Survey a target, from the beginning.

        Parameters
        ----------
        moved
            Whether the target is another one, so that minima found before no longer hold.
        """
        if moved:
            self.minima = {}
        self._rows = []
        self._tasks.clear()
        self._tasks.extend(partial(self._find, target, each) for each in KINDS if each not in self.minima)
        means = np.linspace(*MEANS, _ROWS)
        for first in range(0, _ROWS, _ROWS_A_SLICE):
            self._tasks.append(partial(self._draw, target, kind, means[first : first + _ROWS_A_SLICE]))
        self._tasks.append(self._finish)
        self._timer.start(_PATIENCE)

    def stop(self) -> None:
        """Leave off."""
        self._timer.stop()
        self._tasks.clear()

    @Slot()
    def _work(self) -> None:
        if self._tasks:
            self._tasks.popleft()()
            self._timer.start(0)

    def _find(self, target: Mixture, kind: Divergence) -> None:
        self.minima[kind] = local_minima(kind, target)
        self.minima_found.emit()

    def _draw(self, target: Mixture, kind: Divergence, means: Floats) -> None:
        self._rows.append(landscape(kind, target, means, np.linspace(*LOG_DEVIATIONS, _COLUMNS)))

    def _finish(self) -> None:
        self.heights = np.concatenate(self._rows)
        self.landscape_drawn.emit()
