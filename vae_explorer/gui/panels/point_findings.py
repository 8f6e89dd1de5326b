"""The inspector's sections: densities at the point, how well a sample is explained, classes, and what is nearest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.app.decode_service import CallReply, Priority
from vae_explorer.app.picture_reading import NEIGHBOURS
from vae_explorer.app.point_reading import Neighbourhood, PointReading
from vae_explorer.gui.pace import Pace
from vae_explorer.gui.panels.picture_values import nats
from vae_explorer.gui.panels.point_strips import ClassStrip, NeighbourStrip, PixelNeighbours, say_distance
from vae_explorer.gui.panels.prior_classes import PriorClasses
from vae_explorer.gui.panels.sample_explained import SampleExplained
from vae_explorer.gui.plotting.value_rows import ValueRow, ValueRows
from vae_explorer.gui.section import Section
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import marked, tr
from vae_explorer.latent.densities import log_prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.gui.theme import Theme

POINT = "inspector.point"
_PACE_MILLISECONDS = 80
"""Time between two points round which one looks while a pin is dragged: more often nobody could read it."""
_PRIOR = marked("Log density of the prior at this point; at its mean it is −1.84")
_AGGREGATE = marked("Log density of q(z), the mean of the posteriors of the encoded pictures, at this point")


class PointFindings(QWidget):
    """Sections on a point of the plane, each shown only where there is something to say."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._point: LatentPoint | None = None
        self._pace = Pace(_PACE_MILLISECONDS, self)
        self._pace.due.connect(self._look_around)
        self._number = -1
        self._reading: PointReading | None = None
        self._hood: Neighbourhood | None = None
        self.densities = ValueRows(tr("Densities at this point"))
        self.classes = ClassStrip(session)
        self.prior_classes = PriorClasses()
        self.explained = SampleExplained(session)
        self.neighbours = NeighbourStrip(
            session, tr("Training pictures nearest on the plane"), lambda far: say_distance(far, session.model_info)
        )
        self.lookalikes = PixelNeighbours(session)
        self.sections = self._make_sections()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for section in self.sections.values():
            section.hide()
            column.addWidget(section)
        session.decode.answered.connect(self._take)
        self.explained.changed.connect(self._show_explained)

    def _make_sections(self) -> dict[str, Section]:
        return {
            "classes": Section(tr("Every class at this point"), self.classes, tr("The same z decoded with each class")),
            "prior": Section(
                tr("Classes at this point"),
                self.prior_classes,
                tr("p(y|z) under the priors of the classes, in even shares"),
            ),
            "neighbours": Section(
                tr("Nearest on the plane"),
                self.neighbours,
                tr("Training pictures whose encodings are nearest to this point"),
            ),
            "lookalikes": Section(
                tr("Nearest in pixels"),
                self.lookalikes,
                tr("Training pictures that are most like the one decoded here"),
            ),
            "densities": Section(
                tr("Densities"), self.densities, tr("How dense prior and encodings are at this point")
            ),
            "explained": Section(
                tr("ELBO and likelihood"), self.explained, tr("How well the model explains the sample")
            ),
        }

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.prior_classes.set_theme(theme)
        for section in self.sections.values():
            section.set_theme(theme)

    def ask(self, point: LatentPoint | None) -> None:
        """Ask for everything about another point; what is known at once is shown at once."""
        self._point = point
        self.classes.ask(point)
        self.explained.ask(self._session.pinned)
        if point is None or self._hood_at_hand() is None:
            self._number, self._reading = -1, None
        else:
            self._pace.ask()
        self._describe()

    @Slot()
    def _look_around(self) -> None:
        """Ask for what is near the point."""
        point, hood = self._point, self._hood_at_hand()
        if point is not None and hood is not None:
            read = partial(hood.read, point.z, count=NEIGHBOURS, left_out=point.sample)
            decode = self._session.decode
            self._number = decode.request_call(POINT, lambda _model: read(), priority=Priority.PICTURES)

    def _hood_at_hand(self) -> Neighbourhood | None:
        """Return the encodings at hand, made ready once for all points; None without any."""
        cloud, dataset = self._session.points, self._session.dataset
        if cloud is None or dataset is None or not len(cloud.z):
            self._hood = None
        elif self._hood is None or self._hood.cloud is not cloud:
            self._hood = Neighbourhood(cloud, dataset.train_count)
        return self._hood

    def ask_lookalikes(self, picture: NDArray[np.uint8] | None) -> None:
        """Find what is like the picture [C, H, W] that is decoded at the point."""
        self.lookalikes.ask(picture)
        self.sections["lookalikes"].setVisible(picture is not None and self._session.dataset is not None)

    def _describe(self) -> None:
        point, model = self._point, self._session.model_info
        there = point is not None and model is not None
        self.classes.describe(point)
        self.prior_classes.describe(point, model)
        self.sections["classes"].setVisible(self.classes.is_wanted)
        self.sections["prior"].setVisible(there and model is not None and model.class_means is not None)
        self.sections["densities"].setVisible(there)
        self.sections["neighbours"].setVisible(there and self._reading is not None and len(self._reading.rows) > 0)
        self._show_densities()

    def _show_densities(self) -> None:
        point, model, reading = self._point, self._session.model_info, self._reading
        if point is None or model is None:
            self.densities.show_rows([])
            return
        rows = [
            ValueRow(tr("Prior, log p(z)"), nats(float(log_prior(np.array(point.z), model.class_means))), tr(_PRIOR))
        ]
        if reading is not None and reading.log_q is not None:
            rows.append(ValueRow(tr("Encodings, log q(z)"), nats(reading.log_q), tr(_AGGREGATE)))
        self.densities.show_rows(rows)

    @Slot(object)
    def _take(self, reply: CallReply) -> None:
        if reply.key != POINT or reply.number != self._number or not isinstance(reply.result, PointReading):
            return
        self._reading = reply.result
        self.neighbours.show_rows(reply.result.rows.tolist(), reply.result.distances.tolist())
        self._describe()

    @Slot()
    def _show_explained(self) -> None:
        self.sections["explained"].set_title(self.explained.title)
        self.sections["explained"].setVisible(self.explained.is_wanted)
