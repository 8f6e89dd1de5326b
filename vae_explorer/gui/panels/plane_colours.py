"""The colours of the plane's points: what was chosen, the legend that explains it, and the colour of each point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.gui.panels.plane_columns import FileColumns
from vae_explorer.gui.plotting.point_colours import (
    ONE_COLOUR,
    Colouring,
    Computed,
    class_colours,
    class_names,
    colourings,
    lifted,
)
from vae_explorer.gui.plotting.point_values import ValueSources, point_values, value_range
from vae_explorer.gui.plotting.value_scale import NEUTRAL, ValueRange, value_palette
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr
from vae_explorer.latent.layers import LAYERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo, PointCloud
    from vae_explorer.data.columns import Column
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.plotting.legend import Legend
    from vae_explorer.gui.plotting.plane_controls import PlaneControls
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.measures import PerImage


_COLOURED = ("points", *(layer.name for layer in LAYERS if layer.kind == "class"))
"""Layers in the colours of the legend."""


@dataclass(frozen=True, slots=True, eq=False)
class ColouredPoints:
    """How the points of a cloud are drawn.

    Attributes
    ----------
    rows
        Row of the palette of each point, int64 [N]; -1 for one that isn't shown.
    palette
        uint8 [K, 3].
    order
        Permutation in which they are drawn, the uppermost last, intp [N]; None for the order in which they came.
    valued
        How many of the points that are shown have the value that gives the colours.
    """

    rows: NDArray[np.int64]
    palette: NDArray[np.uint8]
    order: NDArray[np.intp] | None
    valued: int

    @property
    def shown(self) -> int:
        """How many points are shown."""
        return int(np.count_nonzero(self.rows >= 0))


class PlaneColours(QObject):
    """Keeps legend and choice up to date with the session, and colours points.

    Parameters
    ----------
    session
        Whose data, model and measured values give the colours.
    legend, controls
        The legend with the choice, and the switches of the plane.
    parent
        Owner.
    """

    changed = Signal()
    """The points have other colours than before."""

    def __init__(self, session: Session, legend: Legend, controls: PlaneControls, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._legend, self._controls = session, legend, controls
        self._theme: Theme = LIGHT
        self._dataset: ImageDataset | None = None
        self._model: ModelInfo | None = None
        self._entries: tuple[Colouring, ...] = ()
        self._shows_one_class = False
        self.shows_density = False
        self.columns = FileColumns(session, legend)
        legend.choice.chosen.connect(self._choose)
        legend.choice.file_wanted.connect(self.columns.ask)
        self.columns.changed.connect(self._renew)
        session.colour_changed.connect(self._renew)
        controls.layer_toggled.connect(self.show_legend)
        legend.shown_changed.connect(self.changed)
        session.evaluation.changed.connect(self._renew)
        session.run_changed.connect(self._renew)

    @property
    def colouring(self) -> Colouring:
        """What the points are coloured by; the best choice where the wanted one is absent."""
        found = (entry for entry in self._entries if entry.name == self._session.choices.colour and not entry.absent)
        return next(found, self._entries[0] if self._entries else ONE_COLOUR)

    @property
    def _has_places(self) -> bool:
        """Whether images have places on the plane, as far as is known: a generator alone gives them none."""
        return self._model is None or self._model.can_encode

    @property
    def has_dark_ground(self) -> bool:
        """Whether points lie on dark ground: on the map of pictures they do in every theme."""
        return self._theme.dark or self._controls.is_shown("tiles")

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.changed.emit()

    def set_dataset(self, dataset: ImageDataset | None) -> None:
        """Offer what these data can be coloured by."""
        if self._shows_one_class:
            self._shows_one_class = False
            self._show_classes(None)
        self._dataset = dataset
        self._renew()

    def set_model(self, model: ModelInfo | None) -> None:
        """Show the points of one class alone where each class has its own plane."""
        needs_label = model is not None and model.needs_label
        if model is not None and needs_label != self._shows_one_class:
            self._shows_one_class = needs_label
            self._show_classes(self._session.label if needs_label else None)
        had_places, self._model = self._has_places, model
        if self._has_places != had_places or self._offered(model) != self._entries:
            self._renew()

    def of(self, cloud: PointCloud, dataset: ImageDataset) -> ColouredPoints:
        """Return the colours of a cloud's points, without those of hidden classes and of the other part of the data."""
        shown = self._controls.part.members(cloud, dataset) & ~self._hidden(cloud)
        values = self._values(cloud)
        span = self._span(values)
        by_class, palette = class_colours(self._labels(cloud), len(cloud.z), self._legend.shown())
        if values is None or span is None:
            rows = np.where(shown, by_class, -1)
            return ColouredPoints(rows, self._on_ground(palette), None, 0)
        if self._shows_one_class:
            shown &= by_class >= 0
        scale = value_palette(dark=self.has_dark_ground)
        neutral = np.array([NEUTRAL[self.has_dark_ground]], dtype=np.uint8)
        shades = span.shades(values)
        rows = np.where(shown, np.where(shades >= 0, shades, len(scale)), -1)
        # Points without a value go below those that have one.
        is_valued = shades >= 0
        order = None if is_valued.all() else np.argsort(is_valued, kind="stable")
        return ColouredPoints(
            rows, np.concatenate([scale, neutral]), order, int(np.count_nonzero(shown & (shades >= 0)))
        )

    def _hidden(self, cloud: PointCloud) -> NDArray[np.bool_]:
        """Return which points a person has hidden one by one, bool [N]."""
        rows = self._session.choices.hidden.array()
        if not len(rows) or not len(cloud.rows):
            return np.zeros(len(cloud.rows), dtype=np.bool_)
        hidden = np.zeros(max(int(rows[-1]), int(cloud.rows.max())) + 1, dtype=np.bool_)
        hidden[rows] = True
        return np.asarray(hidden[cloud.rows])

    def explain(self, points: ColouredPoints) -> None:
        """Say in the legend how many points have a measured value, and of which moment of the training it is."""
        service, dark = self._session.evaluation, self.has_dark_ground
        self._legend.bar.set_dark_ground(dark)
        how: tuple[str, ...] = (tr("the stronger, the more points"),) if self.shows_density else ()
        if self._dataset is not None and self._dataset.is_on_disk:  # of millions of images, these stand for all
            how = (*how, tr("{count:,} images", count=len(points.rows)), tr("of {count:,}", count=len(self._dataset)))
        if self.colouring.column:
            absent = points.shown - points.valued if self._word_column() is None else 0
            self._legend.set_note(how, tr("{absent:,} without a value", absent=absent) if absent else "", dark=dark)
            return
        measured = self.colouring.measured is not None or self.colouring.computed is Computed.RECONSTRUCTION
        if not measured or service.result is None:
            self._legend.set_note(how)
            return
        lines = [*how, tr("{valued:,} images", valued=points.valued)]
        if not service.is_current:
            lines.append(tr("measured at step {step:,}", step=service.result.step))
        absent = points.shown - points.valued
        self._legend.set_note(tuple(lines), tr("{absent:,} not measured", absent=absent) if absent else "", dark=dark)

    def _on_ground(self, palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return lifted(palette) if self._controls.is_shown("tiles") else palette

    def _measured(self) -> PerImage | None:
        """Return what is known of each image of the run that is shown."""
        service = self._session.evaluation
        return service.result.per_image if service.result is not None and service.is_of_this_run else None

    def _offered(self, model: ModelInfo | None) -> tuple[Colouring, ...]:
        return colourings(self._dataset, model, self._measured(), self.columns.table)

    def _labels(self, cloud: PointCloud) -> NDArray[np.int64] | None:
        """Return the class of each point [N] by which it is coloured, -1 for none; None without classes."""
        column = self._word_column()
        return cloud.labels if column is None or column.codes is None else column.codes[cloud.rows]

    def _word_column(self) -> Column | None:
        """Return the column of words that gives the colours."""
        column = self._sources.column(self.colouring)
        return None if column is None or column.codes is None else column

    @property
    def _sources(self) -> ValueSources:
        return ValueSources(self._dataset, self._model, self._measured(), self.columns.table)

    def _values(self, cloud: PointCloud) -> NDArray[np.float64] | None:
        """Return the value of each point [N]; None where classes give the colours."""
        return point_values(self.colouring, cloud, self._sources)

    def _span(self, values: NDArray[np.float64] | None) -> ValueRange | None:
        """Return the range over all images that have the value, so that it stays while other points are shown."""
        return value_range(self.colouring, values, self._sources)

    @Slot()
    def _renew(self) -> None:
        """Offer the choices anew and show the legend of the one that holds."""
        entries = self._offered(self._model)
        self._entries = entries
        colouring, dataset, cloud = self.colouring, self._dataset, self._session.points
        known = None if cloud is None else self._values(cloud)
        span, column = self._span(known), self._word_column()
        self._legend.choice.offer(entries, colouring.name)
        if span is not None:
            self._legend.set_values(span, colouring.title, tr(colouring.unit))
        elif column is not None:
            self._legend.set_classes(column.words)
        else:
            self._legend.set_classes(() if dataset is None else class_names(dataset))
        self._legend.show_without(self._session.choices.hidden_classes)
        self.show_legend()
        self.changed.emit()

    @Slot()
    def show_legend(self) -> None:
        """Show what the colours stand for while something on the plane has them; its place is kept meanwhile."""
        speaks = self._has_places and (len(self._entries) > 1 or bool(self._legend.buttons))
        policy = self._legend.sizePolicy()
        policy.setRetainSizeWhenHidden(speaks)
        self._legend.setSizePolicy(policy)
        self._legend.setVisible(speaks and any(self._controls.is_shown(name) for name in _COLOURED))

    @Slot(str)
    def _choose(self, name: str) -> None:
        """Colour by something else; classes of one kind that are hidden mean nothing to another kind."""
        with self._session.one_step(tr("Colour points")):
            before = self._word_column()
            self._session.set_colour(name)
            if self._word_column() is not before:
                self._session.hide_classes(())

    def _show_classes(self, label: int | None) -> None:
        """Show one class alone, or all of them: a model asks for it, no person."""
        with self._session.unrecorded():
            self._legend.show_all() if label is None else self._legend.show_only(label)
