"""The latent plane: a map of decoded pictures under the encodings, to point at, to walk on and to zoom into."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from vae_explorer.app import path_walk
from vae_explorer.app.state import LatentPoint, ModelInfo, Point, PointCloud, RunState
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.plane_acts import PlaneActs
from vae_explorer.gui.panels.plane_colours import ColouredPoints, PlaneColours
from vae_explorer.gui.panels.plane_maps import PlaneMaps
from vae_explorer.gui.panels.plane_recall import PlaneRecall
from vae_explorer.gui.panels.plane_selection import PlaneSelection
from vae_explorer.gui.plotting import plane_scene
from vae_explorer.gui.plotting.drawing_marker import drawn_place
from vae_explorer.gui.plotting.legend import Legend
from vae_explorer.gui.plotting.plane_controls import PlaneControls
from vae_explorer.gui.plotting.plane_view import PlaneView
from vae_explorer.gui.plotting.point_layer import PointLayer
from vae_explorer.gui.plotting.points import PointStyle
from vae_explorer.gui.plotting.scene import Scene
from vae_explorer.gui.plotting.tile_layer import TileLayer
from vae_explorer.language import marked, tr
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from vae_explorer.app.session import Session
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.theme import Theme

_RIM_ON_MAP = (8, 10, 16)
"""Dark, so that points stand out from bright strokes and their rims vanish on the dark ground of most pictures."""


class PlanePanel(Panel):
    """The heart of the window: the plane with its layers, its legend and its switches."""

    name: ClassVar[str] = "plane"
    title: ClassVar[str] = marked("Latent plane")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tiles = TileLayer(session.decode, self)
        self.points = PointLayer(self, session.latest_work(tr("sort the points")))
        self.view = PlaneView(self.tiles, self.points, self)
        self.view.setObjectName("plane-view")
        self.legend = Legend(self)
        self.controls = PlaneControls(self)
        self.maps = PlaneMaps(session, self.view, self.controls, self)
        self.colours = PlaneColours(session, self.legend, self.controls, self)
        self.selection = PlaneSelection(session, self.view, self._shown_points, self)
        self._coloured: tuple[PointCloud, ColouredPoints, PointStyle] | None = None
        self._offers: ModelInfo | None = None
        self._lay_out()
        self._follow_session()
        self._follow_user()
        self.recall = PlaneRecall(session, self.view, self.controls, self.legend, self)
        self._take_dataset(session.dataset)
        self._take_model(session.model_info)
        self._take_state(session.state)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.view.set_theme(theme)
        self.legend.set_theme(theme)
        self.controls.tools.set_theme(theme)
        self.maps.set_theme(theme)
        self.colours.set_theme(theme)

    def refresh(self) -> None:
        """Draw points and scene anew."""
        self._take_points()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to decode and draw."""
        super().showEvent(event)
        self._activate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop decoding and drawing: nobody looks."""
        super().hideEvent(event)
        self._activate()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.view, 1)
        row.addWidget(self.legend)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.controls)
        column.addLayout(row, 1)
        self.setFocusProxy(self.view)

    def _follow_session(self) -> None:
        session = self.session
        session.dataset_changed.connect(self._take_dataset)
        session.model_changed.connect(self._take_model)
        session.state_changed.connect(self._take_state)
        session.points_changed.connect(self._take_points)
        session.selection_changed.connect(self._mark_selection)
        session.hidden_changed.connect(self._color_points)
        session.label_changed.connect(self._take_label)
        session.pin_changed.connect(self._take_pin)
        session.path_changed.connect(self._build_scene)
        session.courses.changed.connect(self._build_scene)
        session.drawing.reading_changed.connect(self._build_scene)

    def _follow_user(self) -> None:
        view, controls = self.view, self.controls
        PlaneActs(self.session, view, self)
        view.chosen.connect(self._choose_sample)
        view.fit_requested.connect(self._fit)
        controls.layer_toggled.connect(self._toggle_layer)
        controls.appearance_changed.connect(self._apply_appearance)
        controls.class_chosen.connect(self.session.set_label)
        controls.zoom_pressed.connect(view.zoom)
        controls.fit_pressed.connect(self._fit)
        controls.reset_pressed.connect(view.reset_view)
        controls.tools.chosen.connect(view.set_tool)
        view.tool_changed.connect(controls.tools.show_tool)
        self.colours.changed.connect(self._color_points)
        self.maps.availability_changed.connect(self.colours.show_legend)
        view.viewport_changed.connect(self._note_density)
        self.points.changed.connect(self._note_density)
        self.view.set_tile_opacity(controls.tile_opacity.value() / 100)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_dataset(self, dataset: ImageDataset | None) -> None:
        self.colours.set_dataset(dataset)
        self._build_scene()

    @Slot(object)
    def _take_model(self, model: ModelInfo | None) -> None:
        if model is None or not model.is_kin(self._offers):
            self._offer(model)
        self.colours.set_model(model)
        self.tiles.set_model(model, self.session.label)
        self._activate()
        self._build_scene()

    def _offer(self, model: ModelInfo | None) -> None:
        """Let layers, classes and colours be chosen that a model has."""
        self._offers = model
        needs_label = model is not None and model.needs_label
        names = [model.class_name(label) for label in range(model.classes)] if model is not None and needs_label else []
        self.controls.set_classes(names, self.session.label)
        self.maps.set_model(model)
        if model is not None:
            self.view.set_home(*plane_scene.home(model))

    @Slot(object)
    def _take_state(self, state: RunState) -> None:
        self.tiles.set_training(state is RunState.TRAINING)
        self.maps.set_state(state)
        self._build_scene()

    @Slot()
    def _take_points(self) -> None:
        self._color_points()
        self._build_scene()

    @Slot(int)
    def _take_label(self, label: int) -> None:
        model = self.session.model_info
        if model is None or not model.needs_label:
            return
        self.controls.class_box.setCurrentIndex(label)
        self.tiles.set_model(model, label)
        if len(self.legend.buttons) > label:
            self.legend.show_only(label)
        pin = self.session.pinned
        if pin is not None and pin.label != label:
            self.session.pin(pin.z, label=label)

    @Slot(object)
    def _take_pin(self, _pin: LatentPoint | None) -> None:
        self._build_scene()

    @Slot()
    def _build_scene(self) -> None:
        """Compose what lies over the map."""
        if not self.isVisible():
            self.mark_stale()
            return
        session, path, course = self.session, self.session.path, self.session.courses.course
        model, pin = session.model_info, session.pinned
        shows_posterior = self.controls.is_shown("posterior")
        self.view.set_scene(
            Scene(
                rings=plane_scene.rings(model) if self.controls.is_shown("prior") else (),
                ellipse=plane_scene.ellipse(session.points, pin) if shows_posterior else None,
                curve=plane_scene.curve(path, model, course),
                is_tentative=path_walk.awaits_course(path, course),
                chord=plane_scene.chord(path, course),
                handles=plane_scene.handles(path),
                position=plane_scene.slider_place(path, model, course),
                pin=None if pin is None else pin.z,
                drawn=drawn_place(session.drawing.reading),
                hint=plane_scene.hint(session, model),
                unit=units_of(model),
            )
        )

    @Slot()
    def _color_points(self) -> None:
        """Hand the encodings to their layer, in their colours, without the hidden classes."""
        if not self.isVisible():
            self.mark_stale()
            return
        cloud, dataset = self.session.points, self.session.dataset
        if cloud is None or dataset is None:
            self.points.clear()
            self.selection.marks.clear()
            self._coloured = None
            return
        coloured = self.colours.of(cloud, dataset)
        self.colours.explain(coloured)
        radius = self.controls.point_size.value() / 2
        opacity = self.controls.point_opacity.value() / 100
        rim = _RIM_ON_MAP
        if not self.controls.is_shown("tiles"):
            ground = self.theme.colour("plot")
            rim = (ground.red(), ground.green(), ground.blue())
        style = PointStyle(coloured.palette, radius, rim, opacity)
        if coloured.order is None:
            self.points.set_points(cloud.z, coloured.rows, style)
        else:
            self.points.set_points(cloud.z[coloured.order], coloured.rows[coloured.order], style)
        self._coloured = cloud, coloured, style
        self._mark_selection()

    @Slot()
    def _note_density(self) -> None:
        """Say in the legend whether points are drawn by their density."""
        if self.points.shows_density != self.colours.shows_density:
            self.colours.shows_density = self.points.shows_density
            if self._coloured is not None:
                self.colours.explain(self._coloured[1])

    @Slot()
    def _mark_selection(self) -> None:
        if self._coloured is not None:
            self.selection.mark(*self._coloured, dark=self.colours.has_dark_ground)

    def _shown_points(self) -> PointCloud | None:
        """Return the encodings that are shown."""
        cloud, dataset = self.session.points, self.session.dataset
        if cloud is None or dataset is None:
            return None
        kept = self.colours.of(cloud, dataset).rows >= 0
        if kept.all():
            return cloud
        labels = None if cloud.labels is None else cloud.labels[kept]
        correlation = None if cloud.correlation is None else cloud.correlation[kept]
        return PointCloud(cloud.z[kept], cloud.log_var[kept], cloud.rows[kept], labels, cloud.step, correlation)

    def zoom_to_posterior(self) -> None:
        """Show the posterior of the chosen sample with what surrounds it; nothing without one."""
        ellipse = plane_scene.ellipse(self.session.points, self.session.pinned)
        if ellipse is not None:
            self.view.fit_ellipse(ellipse)

    # -- The user acts -----------------------------------------------------------------------------------------------

    @Slot(object, float)
    def _choose_sample(self, z: Point, max_distance: float) -> None:
        """Pin the nearest encoding that is shown as the sample it belongs to."""
        cloud = self._shown_points()
        index = None if cloud is None else cloud.nearest_within(z, max_distance)
        if cloud is None or index is None:
            return
        row = int(cloud.rows[index])
        label = None if cloud.labels is None else int(cloud.labels[index])
        model = self.session.model_info
        z1, z2 = cloud.z[index].tolist()
        with self.session.one_step(tr("Pin sample")):
            if model is not None and model.needs_label and label is not None:
                self.session.set_label(label)
            self.session.pin((z1, z2), row, label)

    @Slot()
    def _fit(self) -> None:
        cloud = self._shown_points()
        if cloud is None:
            self.view.reset_view()
        else:
            self.view.fit(*plane_scene.extent(cloud, self.session.model_info))

    @Slot(str, bool)
    def _toggle_layer(self, layer: str, shown: bool) -> None:
        del shown
        if layer in {"prior", "posterior"}:
            self._build_scene()
            return
        self._activate()
        if layer == "tiles":
            self._color_points()

    @Slot()
    def _apply_appearance(self) -> None:
        self.view.set_tile_opacity(self.controls.tile_opacity.value() / 100)
        self._color_points()

    def _activate(self) -> None:
        """Let the layers work while they are seen."""
        seen = self.isVisible()
        for name, layer in (("tiles", self.tiles), ("points", self.points)):
            self.view.set_layer_shown(name, self.controls.is_shown(name))
            layer.set_active(seen and self.controls.is_shown(name))
        self.selection.set_active(seen and self.controls.is_shown("points"))
        self.maps.activate(seen)
