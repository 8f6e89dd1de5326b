"""The inspector's part for classifiers: p(y|z) at the point, and averaged over a sample's posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_explorer.app.decode_service import ClassifyReply, Priority
from vae_explorer.gui.plotting.class_bars import ClassBars
from vae_explorer.gui.plotting.plane_scene import ellipse
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr
from vae_explorer.latent.layer_fields import NOISE_SAMPLES as SAMPLES

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.gui.theme import Theme

HERE, AVERAGED = "inspector.classes", "inspector.classes.averaged"


class ClassReading(QWidget):
    """Bars of p(y|z), hidden for models that don't classify."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._numbers = {HERE: -1, AVERAGED: -1}
        self.caption = QLabel()
        self.caption.setProperty("role", "muted")
        self.caption.setWordWrap(True)
        self.bars = ClassBars()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.caption)
        column.addWidget(self.bars)
        session.decode.classified.connect(self._take)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.bars.set_theme(theme)

    def ask(self, point: LatentPoint | None) -> None:
        """Show another point."""
        model = self._session.model_info
        self.setVisible(point is not None and model is not None and model.can_classify)
        self._numbers = {HERE: -1, AVERAGED: -1}
        if point is None or model is None or not model.can_classify:
            return
        decode = self._session.decode
        self._numbers[HERE] = decode.request_classes(HERE, np.array([point.z]), priority=Priority.PIN)
        spread = ellipse(self._session.points, point)
        if spread is None:
            self.caption.setText(tr("Class probabilities p(y|z)"))
            self.bars.show_average(())
            return
        self.caption.setText(
            tr("Class probabilities p(y|z): here, and averaged over {samples} posterior samples", samples=SAMPLES)
        )
        first, second = np.random.default_rng(0).standard_normal((2, SAMPLES))
        mixed = spread.correlation * first + np.sqrt(max(0.0, 1.0 - spread.correlation**2)) * second
        offsets = np.stack([spread.deviations[0] * first, spread.deviations[1] * mixed], axis=1)
        mean = np.array([spread.mean])
        self._numbers[AVERAGED] = decode.request_classes(AVERAGED, mean, offsets, priority=Priority.PICTURES)

    @Slot(object)
    def _take(self, reply: ClassifyReply) -> None:
        model = self._session.model_info
        if model is None or reply.number != self._numbers.get(reply.key):
            return
        shares = reply.probabilities[0].tolist()
        if reply.key == HERE:
            self.bars.show_here([model.class_name(label) for label in range(len(shares))], shares)
        else:
            self.bars.show_average(shares)
