"""How well the model explains the chosen sample: its ELBO in parts, and its exact likelihood once that is there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_explorer.app.picture_reading import PictureReader, PictureReading
from vae_explorer.gui.panels.picture_values import explained_rows, likelihood_words, nats
from vae_explorer.gui.panels.sample_words import sample_title
from vae_explorer.gui.plotting.value_rows import ValueRow, ValueRows
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.single import ExactLikelihood

_CROSS_ENTROPY = marked("−log of the probability that the model gives the picture's own class")


class SampleExplained(QWidget):
    """Lines on the pinned sample."""

    changed = Signal()
    """There is something else to show, or nothing."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._asked: tuple[int, ImageDataset, Model] | None = None
        self._row: int | None = None
        self._reading: PictureReading | None = None
        self._exact: ExactLikelihood | None = None
        self._reader = PictureReader(session, "inspector.sample")
        self._reader.read.connect(self._take_reading)
        self._reader.integrated.connect(self._take_exact)
        self.values = ValueRows(tr("How well the model explains the sample"))
        self.likelihood = QLabel()
        self.likelihood.setProperty("role", "muted")
        self.likelihood.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.values)
        column.addWidget(self.likelihood)

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.values.rows)

    @property
    def title(self) -> str:
        """What the lines are of."""
        if self._row is None:
            return ""
        kind = "ELBO" if "ELBO" in self.values.rows else tr("Likelihood")
        reading = self._reading
        if reading is not None and reading.shares:
            kind = tr("Class")
        return tr("{kind} of {sample}", kind=kind, sample=sample_title(self._session.dataset, self._row))

    def ask(self, pin: LatentPoint | None) -> None:
        """Explain the sample that is pinned, if one is, by the model at hand."""
        session = self._session
        model, dataset = session.model, session.dataset
        row = None if pin is None else pin.sample
        if row is None or model is None or dataset is None or row >= len(dataset.images):
            self._forget()
            return
        before = self._asked
        if before is not None and before[0] == row and before[1] is dataset and before[2] is model:
            return
        is_same_sample = before is not None and before[0] == row and before[1] is dataset
        self._asked, self._row, self._exact = (row, dataset, model), row, None
        # While training goes on, the lines of the snapshot before stay until the next ones are there.
        self._reading = self._reading if is_same_sample else None
        label = None if dataset.labels is None else int(dataset.labels[row])
        picture: NDArray[np.uint8] = dataset.images[row]
        if not self._reader.ask(picture, label):
            self._integrate(picture, label if model.classes else None)
        self._show()

    def _forget(self) -> None:
        if self._asked is not None:
            self._reader.forget()
        self._asked = self._row = self._reading = self._exact = None
        self._show()

    def _integrate(self, picture: NDArray[np.uint8], label: int | None) -> None:
        # Integrating at each snapshot of a training would take the processor from it.
        if not self._session.state.is_active:
            self._reader.integrate(picture, label)

    @Slot(object)
    def _take_reading(self, reading: PictureReading) -> None:
        self._reading = reading
        self._integrate(reading.picture, reading.label)
        self._show()

    @Slot(object)
    def _take_exact(self, exact: ExactLikelihood | None) -> None:
        self._exact = exact
        self._show()

    def _show(self) -> None:
        model, reading, row = self._session.model_info, self._reading, self._row
        rows: list[ValueRow] = []
        bound = None if reading is None else reading.bound
        if model is not None and row is not None:
            rows = explained_rows(model, bound, self._exact, is_integrating=self._reader.is_integrating)
            rows += self._class_rows(row)
        self.values.show_rows(rows)
        self.likelihood.setText(likelihood_words(bound, self._exact))
        self.likelihood.setVisible(bool(self.likelihood.text()))
        self.changed.emit()

    def _class_rows(self, row: int) -> list[ValueRow]:
        dataset, reading = self._session.dataset, self._reading
        if reading is None or not reading.shares or dataset is None or dataset.labels is None:
            return []
        share = reading.shares[int(dataset.labels[row])]
        return [ValueRow(tr("Cross-entropy of its class"), nats(-math.log(max(share, 1e-300))), tr(_CROSS_ENTROPY))]
