"""The chosen sample as both models see it: its reconstructions, and its loss in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.app.decode_service import CallReply, Priority
from vae_explorer.app.picture_reading import PictureReading, read_picture
from vae_explorer.gui.panels.compare_part import ComparePart
from vae_explorer.gui.panels.compare_rows import likelihood_words, reading_rows
from vae_explorer.gui.panels.compare_words import what_is_told
from vae_explorer.gui.panels.sample_words import sample_title
from vae_explorer.gui.plotting.compare_table import ComparedTable
from vae_explorer.gui.plotting.pictures import FramedPicture
from vae_explorer.gui.theme import SMALL_SPACING, SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.models.snapshot import ModelSnapshot

_KEY = "compare.sample"
_TITLES = (marked("Original"), "A", "B")
_INVITATION = marked(
    "Double-click an encoding on either plane: here is how both models reconstruct its picture, and at what cost."
)
_LEAST_SIDE = 64


class CompareSample(ComparePart):
    """Original, reconstruction by A and by B, and the loss split of each."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.title = QLabel()
        self.hint = QLabel(tr(_INVITATION))
        self.views = tuple(
            FramedPicture(name, self) for name in (tr("Original"), tr("Reconstruction by A"), tr("Reconstruction by B"))
        )
        self.table = ComparedTable(tr("What the chosen picture costs both models"))
        self._content = QWidget(self)
        self._services = (session.decode, self.comparison.decode)
        self._readings: list[PictureReading | None] = [None, None]
        self._numbers: list[int] = [-1, -1]
        self._exact: tuple[float | None, float | None] = (None, None)
        self._row: int | None = None
        self._name = ""
        self._integral = session.latest_work(tr("integrate the likelihood of a picture"))
        self._integral.finished.connect(self._take_exact)
        self._services[0].answered.connect(self._take_first)
        self._services[1].answered.connect(self._take_second)
        self._lay_out()
        for signal in (session.pin_changed, session.model_changed, self.comparison.model_changed):
            signal.connect(self.ask)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for view in self.views:
            view.set_theme(theme)

    @Slot()
    def ask(self) -> None:
        """Ask both models what they make of the chosen sample."""
        if not self.isVisible():
            return
        pin, dataset = self.session.pinned, self.session.dataset
        row = None if pin is None or dataset is None else pin.sample
        if row != self._row:
            self._readings, self._exact = [None, None], (None, None)
        self._row = row
        self._integral.forget()
        self._content.setVisible(row is not None)
        self.hint.setVisible(row is None)
        if row is None or dataset is None:
            self._show()
            return
        picture = dataset.images[row]
        label = None if dataset.labels is None else int(dataset.labels[row])
        self._name = sample_title(dataset, row)
        self.views[0].show_pixels(picture)
        for index, model in enumerate((self.session.model, self.comparison.model)):
            self._ask_one(index, model, picture, label)
        self._show()

    def _ask_one(self, index: int, model: Model | None, picture: NDArray[np.uint8], label: int | None) -> None:
        if model is None or not model.can_encode or picture.shape != tuple(model.image_shape):
            self._services[index].cancel(_KEY)
            self._numbers[index], self._readings[index] = -1, None
            return
        self._numbers[index] = self._services[index].request_call(
            _KEY, lambda _shown: read_picture(model, picture, label), priority=Priority.PICTURES
        )

    def _lay_out(self) -> None:
        self.hint.setProperty("role", "empty")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setProperty("role", "heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        pictures = QGridLayout()
        pictures.setSpacing(SMALL_SPACING)
        for column, (name, view) in enumerate(zip(_TITLES, self.views, strict=True)):
            label = QLabel(tr(name) if column == 0 else name)
            label.setProperty("role", "muted")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            view.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)
            pictures.addWidget(label, 0, column)
            pictures.addWidget(view, 1, column)
            pictures.setColumnStretch(column, 1)
        pictures.setRowStretch(2, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addLayout(pictures, 2)
        row.addWidget(self.table, 3)
        column_of_content = QVBoxLayout(self._content)
        column_of_content.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        column_of_content.setSpacing(SMALL_SPACING)
        column_of_content.addWidget(self.title)
        column_of_content.addLayout(row, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._content, 1)
        outer.addWidget(self.hint, 1)

    @Slot(object)
    def _take_first(self, reply: CallReply) -> None:
        self._take(0, reply)

    @Slot(object)
    def _take_second(self, reply: CallReply) -> None:
        self._take(1, reply)

    def _take(self, index: int, reply: CallReply) -> None:
        if reply.key != _KEY or reply.number != self._numbers[index] or not isinstance(reply.result, PictureReading):
            return
        self._readings[index] = reply.result
        self._show()
        if all(
            number < 0 or reading is not None for number, reading in zip(self._numbers, self._readings, strict=True)
        ):
            self._integrate()

    def _integrate(self) -> None:
        """Integrate log p(x) under both models, unless A is still changing."""
        if self.session.state.is_active:
            return
        wishes = [
            None
            if reading is None or model is None or reading.bound is None
            else (model, reading.picture, reading.label)
            for model, reading in zip((self.session.model, self.comparison.model), self._readings, strict=True)
        ]
        self._integral.ask(lambda context: tuple(_integrated(context, wish) for wish in wishes))

    @Slot(object)
    def _take_exact(self, found: tuple[float | None, float | None]) -> None:
        self._exact = found
        self._show()

    def _show(self) -> None:
        for view, reading in zip(self.views[1:], self._readings, strict=True):
            view.show_pixels(None if reading is None else reading.reconstruction)
        likelihood = likelihood_words(*self._readings)
        self.title.setText(f"{self._name} \N{MIDDLE DOT} {likelihood}" if likelihood else self._name)
        self.table.show_rows(
            reading_rows(self._readings[0], self._readings[1], self._exact, what_is_told(self.session))
        )
        self.table.setVisible(bool(self.table.rows))


def _integrated(context: JobContext, wish: tuple[Model, NDArray[np.uint8], int | None] | None) -> float | None:
    from typing import cast

    from vae_explorer.latent.measures import Stopped
    from vae_explorer.latent.single import exact_likelihood

    if wish is None:
        return None
    model, picture, label = wish
    from vae_explorer.app.jobs import JobCancelled

    try:
        found = exact_likelihood(cast("ModelSnapshot", model), picture, label, cancelled=context.cancelled)
    except Stopped:
        raise JobCancelled from None
    return None if found is None else found.log_likelihood
