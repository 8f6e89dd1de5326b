"""The inspector's part for class-mean priors: which class each place of the plane belongs to under the priors alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_explorer.gui.plotting.class_bars import ClassBars
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr
from vae_explorer.latent.densities import log_normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import LatentPoint, ModelInfo
    from vae_explorer.gui.theme import Theme


class PriorClasses(QWidget):
    """Bars of p(y|z) under the priors N(mu_y, I), with the nearest class in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.nearest = QLabel()
        self.nearest.setWordWrap(True)
        self.bars = ClassBars()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.nearest)
        column.addWidget(self.bars)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.bars.set_theme(theme)

    def describe(self, point: LatentPoint | None, model: ModelInfo | None) -> None:
        """Show the classes at a point; nothing without a point or without class means."""
        if point is None or model is None or model.class_means is None:
            return
        shares = prior_shares(point.z, model.class_means)
        names = [model.class_name(label) for label in range(len(shares))]
        best = int(shares.argmax())
        distance = float(np.linalg.norm(np.asarray(point.z) - model.class_means[best]))
        self.nearest.setText(
            tr(
                "Nearest class: {name}; the mean of its prior is {distance:.2f} standard deviations away",
                name=names[best],
                distance=distance,
            )
        )
        self.bars.show_here(names, shares.tolist())


def prior_shares(z: tuple[float, float], class_means: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return p(y|z) float64 [K] at a point under even shares of the classes and priors N(mu_y, I) with means [K, 2]."""
    log_density = log_normal(z, class_means)
    shares = np.exp(log_density - log_density.max())
    return np.asarray(shares / shares.sum())
