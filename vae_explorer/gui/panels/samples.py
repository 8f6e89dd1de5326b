"""Samples: what the model makes of points drawn from its prior, as pictures and, where they are points, as points."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from vae_explorer.app.state import ModelInfo
from vae_explorer.data.mixtures import REACH, mixture_of
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.live_pictures import LivePicturesPanel
from vae_explorer.gui.plotting.class_choice import ALL_CLASSES
from vae_explorer.gui.plotting.picture_wall import PictureWall
from vae_explorer.gui.plotting.plane_scene import hint, untrained
from vae_explorer.gui.plotting.sample_controls import SampleControls
from vae_explorer.gui.plotting.sample_plot import SamplePlot
from vae_explorer.gui.plotting.sample_words import RULES, facts, rings
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import listed, marked, tr
from vae_explorer.latent.modes import FoundPoints, ModeCoverage, count_modes, find_points
from vae_explorer.latent.sampling import PriorSamples, class_shares, sample_prior

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage, QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.mixtures import Mixture
    from vae_explorer.gui.theme import Theme

_COLUMN = 150
_ROWS = 70
"""Pixels that words take beside the points, and under them."""
_AXES = (90, 50)
_UNLIMITED = 16_777_215
_NO_DECODER = marked("This model makes no pictures: it has no decoder.")


class SamplesPanel(LivePicturesPanel[PriorSamples]):
    """Samples of the model with their number, seed and class; data of known modes are counted."""

    name: ClassVar[str] = "samples"
    title: ClassVar[str] = marked("Samples")
    rest_factor: ClassVar[float] = 4.0
    least_rest_milliseconds: ClassVar[int] = 400

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.controls = SampleControls(self)
        self.wall = PictureWall(self)
        self.plot = SamplePlot(REACH, self)
        self.views = QStackedWidget(self)
        self.news = QLabel(self)
        self.key = QLabel(self)
        self.summary = QLabel(self)
        self._words = QWidget(self)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.coverage: ModeCoverage | None = None
        self._facts: tuple[str, ...] = ()
        self._mixture: Mixture | None = None
        self._samples = PriorSamples(np.empty((0, 2), dtype=np.float32), None)
        self._lay_out()
        self._connect()
        self._take_dataset(session.dataset)
        self._take_model(session.model_info)

    @property
    def samples(self) -> PriorSamples:
        """The points whose pictures are shown."""
        return self._samples

    @property
    def is_complete(self) -> bool:
        """Whether the newest samples of the newest model are shown, as far as the session has told."""
        return self._requested is None and not self._has_news

    @property
    def shows_points(self) -> bool:
        """Whether the point view is in front."""
        return self.views.currentWidget() is self.plot

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.wall.set_theme(theme)
        self.plot.set_theme(theme)
        self._arrange()

    def refresh(self) -> None:
        """Ask for all samples, in one request."""
        session, model = self.session, self.session.model_info
        waiting = tr("Press Train and watch samples take shape here.")
        words = hint(session, model, waiting=waiting)
        self.wall.set_hint(words)
        if model is not None and not model.can_decode:
            self.wall.set_hint(tr(_NO_DECODER))
            self.plot.set_hint(tr(_NO_DECODER))
        else:
            self.plot.set_hint("" if model is not None else words)
        self._ask_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words where they leave the points the most room."""
        super().resizeEvent(event)
        self._arrange()

    def _lay_out(self) -> None:
        self.summary.setObjectName("samples-summary")
        self.summary.setProperty("role", "muted")
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.news.setProperty("role", "muted")
        self.news.setWordWrap(True)
        self.news.setContentsMargins(SPACING, 0, SPACING, SMALL_SPACING)
        self.key.setTextFormat(Qt.TextFormat.RichText)
        words = QVBoxLayout(self._words)
        words.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        words.setSpacing(SMALL_SPACING)
        for label in (self.key, self.summary):
            label.setWordWrap(True)
            words.addWidget(label)
        words.addStretch(1)
        for view in (self.wall, self.plot):
            self.views.addWidget(view)
        self._body.setSpacing(0)
        self._body.addWidget(self.views, 1)
        self._body.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.controls)
        column.addWidget(self.news)
        column.addLayout(self._body, 1)
        self._arrange()

    def _arrange(self) -> None:
        beside = self.shows_points and self._is_wide()
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._words.setMinimumWidth(_COLUMN if beside else 0)
        self._words.setMaximumWidth(_COLUMN if beside else _UNLIMITED)
        self.key.setText(self.plot.key(is_column=beside))
        self.key.setVisible(self.shows_points)
        words = "\n".join(self._facts) if beside else listed(self._facts)
        self.summary.setText(words)
        news = untrained(self.session.model_info) if words else ""
        self.news.setText(news)
        self.news.setVisible(bool(news))

    def _is_wide(self) -> bool:
        """Whether the plot, which wants to be square, is larger with the words beside it than under it."""
        width, height = self.width() - _AXES[0], self.height() - self.controls.height() - _AXES[1]
        return min(width - _COLUMN, height) > min(width, height - _ROWS)

    def _connect(self) -> None:
        session = self.session
        session.dataset_changed.connect(self._take_dataset)
        session.pin_changed.connect(self._take_pin)
        self.controls.changed.connect(self._renew)
        self.controls.points_chosen.connect(self._choose_view)
        self.wall.picture_hovered.connect(self._hover)
        self.wall.picture_chosen.connect(self._pin)
        self.plot.sample_chosen.connect(self._pin)

    @Slot(object)
    def _take_dataset(self, dataset: ImageDataset | None) -> None:
        self._mixture = mixture_of(dataset)
        self.controls.offer_points(self._mixture is not None)
        points = np.empty((0, 2)) if dataset is None or self._mixture is None else dataset.factors
        self.plot.set_data(np.empty((0, 2)) if points is None else points)
        self._clear()
        self._choose_view(self._mixture is not None)

    def _follow(self, model: ModelInfo | None) -> None:
        knows_classes = model is not None and model.knows_classes
        names = [model.class_name(label) for label in range(model.classes)] if model is not None else []
        self.controls.offer_classes([tr(ALL_CLASSES), *names] if knows_classes else [])
        if model is None or not model.can_decode:
            self._clear()
        self.controls.setEnabled(model is not None and model.can_decode)

    @Slot(bool)
    def _choose_view(self, points: bool) -> None:
        self.views.setCurrentWidget(self.plot if points and self._mixture is not None else self.wall)
        self.controls.show_points(self.shows_points)
        self._arrange()
        self._renew()

    def _begin(self, model: ModelInfo) -> None:
        drawn = self._draw(model)
        self._request(drawn, drawn.z, drawn.labels)

    def _draw(self, model: ModelInfo) -> PriorSamples:
        count, seed, chosen = self.controls.count, self.controls.seed, self.controls.label
        if not model.knows_classes:
            return sample_prior(count, seed)
        dataset = self.session.dataset
        fits = dataset is not None and dataset.classes == model.classes
        shares = class_shares(dataset.train.labels if dataset is not None and fits else None, model.classes)
        if chosen is not None:
            shares = np.eye(model.classes)[chosen]
        return sample_prior(count, seed, class_shares=shares, class_means=model.class_means)

    def _take_pictures(self, pictures: NDArray[np.uint8], wanted: PriorSamples) -> None:
        if self.shows_points and self._mixture is not None and pictures.shape[1] == 1:
            self._show_points(pictures, wanted, self._mixture)
        else:
            self._unpacker.start(pictures, len(pictures), _image, wanted)

    @Slot(object, object)
    def _show(self, wanted: PriorSamples, images: list[QImage]) -> None:
        self.wall.set_pictures(images)
        self._conclude(wanted)
        self._facts = (self._origin(),)
        self.summary.setToolTip("")
        self._arrange()

    def _show_points(self, pictures: NDArray[np.uint8], wanted: PriorSamples, mixture: Mixture) -> None:
        found = find_points(pictures)
        coverage = self.coverage = count_modes(found, mixture)
        self.plot.set_samples(_seen(found), rings(coverage, mixture))
        self._conclude(wanted)
        self._facts = facts(coverage)
        self.summary.setToolTip(f"{self._origin()}\n{tr(RULES)}")
        self._arrange()

    def _conclude(self, shown: PriorSamples) -> None:
        self._samples = shown
        self._take_pin(self.session.pinned)
        self._go_on()

    def _origin(self) -> str:
        count, model, label = len(self._samples.z), self.session.model_info, self.controls.label
        seed = self.controls.seed
        if model is None or label is None:
            if count == 1:
                return tr("{count:,} sample of the prior, seed {seed}", count=count, seed=seed)
            return tr("{count:,} samples of the prior, seed {seed}", count=count, seed=seed)
        name = model.class_name(label)
        if count == 1:
            return tr("{count:,} sample of the prior of class {name}, seed {seed}", count=count, name=name, seed=seed)
        return tr("{count:,} samples of the prior of class {name}, seed {seed}", count=count, name=name, seed=seed)

    @Slot(object)
    def _take_pin(self, pin: LatentPoint | None) -> None:
        """Mark the sample that is pinned, if it is one of those shown."""
        chosen = None
        if pin is not None and len(self._samples.z):
            same = np.flatnonzero((self._samples.z == np.array(pin.z, dtype=np.float32)).all(axis=1))
            chosen = int(same[0]) if len(same) else None
        self.wall.set_chosen(chosen)
        self.plot.set_chosen(chosen)

    @Slot(object)
    def _hover(self, index: int | None) -> None:
        self.session.hover(self._z(index) if index is not None and index < len(self._samples.z) else None)

    @Slot(int)
    def _pin(self, index: int) -> None:
        if index < len(self._samples.z):
            labels = self._samples.labels
            self.session.hover(None)
            self.session.pin(self._z(index), label=None if labels is None else int(labels[index]))

    def _z(self, index: int) -> tuple[float, float]:
        z1, z2 = self._samples.z[index].tolist()
        return z1, z2

    def _clear(self) -> None:
        self.coverage = None
        self._samples = PriorSamples(np.empty((0, 2), dtype=np.float32), None)
        self.wall.set_pictures([])
        self.plot.clear()
        self._facts = ()
        self.summary.setToolTip("")
        self._arrange()


def _image(group: NDArray[np.uint8]) -> QImage:
    return qimage_from_chw(group[0])


def _seen(found: FoundPoints) -> NDArray[np.float64]:
    """Return the points [N, 2], NaN where a picture shows none."""
    return np.where(found.is_point[:, None], found.xy, np.nan)
