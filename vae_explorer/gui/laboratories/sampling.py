"""Sampling that goes on while a person watches: batches on a timer, from a seed that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.latent.sampled_divergences import DIVERGENCES, Estimate, RunningEstimates, divergence_terms

if TYPE_CHECKING:
    from vae_explorer.latent.univariate import Distribution

MOST_SAMPLES = 200_000
"""Pairs of draws after which sampling ends by itself."""
_INTERVAL = 40
_FIRST_BATCH = 2
_GROWTH = 0.08
"""Batches grow with what is there, so that a logarithmic axis fills at an even pace."""


class Moment(NamedTuple):
    """The estimates of all divergences after some number of samples."""

    pairs: int
    estimates: tuple[Estimate, ...]


class Sampling(QObject):
    """Accumulates estimates of all divergences between two distributions."""

    grown = Signal()
    """There are more samples, or none again."""
    running_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.seed = 0
        self.history: list[Moment] = []
        self._pair: tuple[Distribution, Distribution] | None = None
        self._estimates = RunningEstimates()
        self._generator = np.random.default_rng(self.seed)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self.add_batch)

    @property
    def running(self) -> bool:
        """Whether samples are being drawn."""
        return self._timer.isActive()

    @property
    def finished(self) -> bool:
        """Whether as many samples were drawn as it ever draws."""
        return self._estimates.count >= MOST_SAMPLES

    def estimate(self, kind: str) -> Estimate:
        """Return the newest estimate of a divergence."""
        return self._estimates.estimate(DIVERGENCES.index(kind))

    def restart(self, p: Distribution, q: Distribution, seed: int) -> None:
        """Forget all samples and begin again from a seed."""
        self._pair, self.seed = (p, q), seed
        self._estimates = RunningEstimates()
        self._generator = np.random.default_rng(seed)
        self.history = []
        self.grown.emit()

    def run(self) -> None:
        """Draw samples until there are enough."""
        self._timer.start()
        self.running_changed.emit()

    def pause(self) -> None:
        """Keep what is there, and draw no more."""
        self._timer.stop()
        self.running_changed.emit()

    @Slot()
    def add_batch(self) -> None:
        """Draw one batch."""
        if self._pair is None or self.finished:
            self.pause()
            return
        wanted = max(_FIRST_BATCH, int(_GROWTH * self._estimates.count))
        size = min(wanted, MOST_SAMPLES - self._estimates.count)
        self._estimates.add(divergence_terms(*self._pair, self._generator, size))
        estimates = tuple(self._estimates.estimate(index) for index in range(len(DIVERGENCES)))
        self.history.append(Moment(self._estimates.count, estimates))
        self.grown.emit()
