"""The inspector's part for models that complete pictures: the band, the completion, the original, the regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.app.decode_service import DecodeReply, Priority
from vae_explorer.gui.plotting.pictures import FramedPicture
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.gui.theme import Theme

COMPLETED, REGRESSED = "inspector.completed", "inspector.regressed"
_SIDE = 56
_PARTS = (
    ("band", marked("Given"), marked("The columns that the model is given; the rest is hidden from it")),
    ("completed", marked("Completed"), marked("What the model makes of the given columns at this point of the plane")),
    ("original", marked("Original"), marked("The whole picture from which the columns are taken")),
    (
        "regressed",
        marked("Regressor"),
        marked("What a plain regressor makes of the columns: the blurred mean of all completions"),
    ),
)


class Completion(QWidget):
    """Four pictures side by side, hidden for models that complete nothing."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._numbers = {COMPLETED: -1, REGRESSED: -1}
        self._point: LatentPoint | None = None
        self.pictures = {name: FramedPicture(tr(tip)) for name, _, tip in _PARTS}
        self.button = QPushButton(tr("Complete this picture"))
        self.button.setObjectName("complete-picture")
        self.button.setToolTip(tr("Give the model the columns of this sample: the whole plane shows its completions"))
        self.button.clicked.connect(self.complete)
        grid = QGridLayout()
        grid.setSpacing(SMALL_SPACING)
        for column, (name, title, tip) in enumerate(_PARTS):
            caption = QLabel(tr(title))
            caption.setProperty("role", "muted")
            self.pictures[name].setMinimumSize(_SIDE, _SIDE)
            self.pictures[name].setToolTip(tr(tip))
            grid.addWidget(caption, 0, column, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(self.pictures[name], 1, column)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACING)
        layout.addLayout(grid)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        session.decode.decoded.connect(self._take)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for picture in self.pictures.values():
            picture.set_theme(theme)

    def ask(self, point: LatentPoint | None) -> None:
        """Show what lies at another point, for the picture that is being completed."""
        session, model = self._session, self._session.model_info
        self._point = point
        row = session.condition
        self._numbers = {COMPLETED: -1, REGRESSED: -1}
        self.setVisible(model is not None and model.completes and row is not None)
        if model is None or row is None or model.band is None:
            return
        pin = session.pinned
        self.button.setEnabled(pin is not None and pin.sample is not None and pin.sample != row)
        picture = session.sample_image(row)
        self.pictures["original"].show_pixels(picture)
        self.pictures["band"].show_pixels(_only_band(picture, model.band))
        if point is None:
            self.pictures["completed"].show_pixels(None)
        else:
            number = session.decode.request(COMPLETED, np.array([point.z]), priority=Priority.PICTURES)
            self._numbers[COMPLETED] = number
        if model.can_regress:
            self._numbers[REGRESSED] = session.decode.request_regression(REGRESSED, picture[None])

    @Slot()
    def complete(self) -> None:
        """Let the model complete the pinned sample."""
        pin = self._session.pinned
        if pin is not None and pin.sample is not None:
            self._session.set_condition(pin.sample)

    @Slot(object)
    def _take(self, reply: DecodeReply) -> None:
        if reply.number == self._numbers.get(reply.key):
            self.pictures["completed" if reply.key == COMPLETED else "regressed"].show_pixels(reply.images[0])


def _only_band(picture: NDArray[np.uint8], band: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture [C, H, W] with a mid grey where the model sees nothing."""
    shown = np.full_like(picture, 96)
    columns = slice(band[0], band[0] + band[1])
    shown[..., columns] = picture[..., columns]
    return shown
