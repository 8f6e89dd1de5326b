"""Finding an image of the data on the plane: from the encodings at hand, else by encoding it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Slot

from vae_explorer.app.decode_service import Priority
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import EncodeReply
    from vae_explorer.app.session import Session

SAMPLE_KEY = "metrics.sample"


class SampleFinding(QObject):
    """Pins rows of the data where they lie.

    Parameters
    ----------
    session
        Whose plane it is.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        session.decode.encoded.connect(self._take_place)

    @Slot(int)
    def pin(self, row: int) -> None:
        """Pin a row of the data as the sample that it is; say so where it has no place on the plane."""
        session = self._session
        points, dataset, model = session.points, session.dataset, session.model_info
        place = None if points is None else points.place_of(row)
        if place is not None:
            self._pin_at(place, row)
        elif dataset is not None and model is not None and model.can_encode:
            session.decode.request_encoding(
                SAMPLE_KEY, dataset.images, dataset.labels, rows=np.array([row]), priority=Priority.PIN
            )
        else:
            session.notify("info", tr("This model has no encoder, so images have no place on its plane."))

    @Slot(object)
    def _take_place(self, reply: EncodeReply) -> None:
        if reply.key == SAMPLE_KEY:
            z1, z2 = reply.mean[0].tolist()
            self._pin_at((z1, z2), int(reply.rows[0]))

    def _pin_at(self, place: tuple[float, float], row: int) -> None:
        dataset, model = self._session.dataset, self._session.model_info
        label = None if dataset is None or dataset.labels is None else int(dataset.labels[row])
        with self._session.one_step(tr("Pin sample")):
            if model is not None and model.needs_label and label is not None:
                self._session.set_label(label)
            self._session.pin(place, row, label)
