"""Two planes side by side, or one with a divider: the same view, the same cursor, the same path, two models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from vae_explorer.app.state import LatentPoint, ModelInfo, RunState
from vae_explorer.gui.panels.compare_hands import PlaneHands
from vae_explorer.gui.panels.compare_part import ComparePart
from vae_explorer.gui.panels.compare_points import ComparePoints
from vae_explorer.gui.panels.compare_scenes import hull, scene_of
from vae_explorer.gui.panels.compare_words import caption, classes_in_colours, hint_of_second
from vae_explorer.gui.plotting import plane_scene
from vae_explorer.gui.plotting.compare_cursor import SharedCursor
from vae_explorer.gui.plotting.compare_wipe import LAYER, WipeDivider, WipeLayer
from vae_explorer.gui.plotting.plane_view import PlaneView
from vae_explorer.gui.plotting.point_layer import PointLayer
from vae_explorer.gui.plotting.tile_layer import TileLayer
from vae_explorer.gui.theme import SMALL_SPACING, SPACING, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from vae_explorer.app.session import Session

_TILES_KEY = "compare.tiles"
_TILE_OPACITY = 0.8


class ComparePlanes(ComparePart):
    """The planes of A and B."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tiles = (TileLayer(session.decode, self, _TILES_KEY), TileLayer(self.comparison.decode, self, _TILES_KEY))
        self.points = (PointLayer(self), PointLayer(self))
        self.views = (
            PlaneView(self.tiles[0], self.points[0], self),
            PlaneView(self.tiles[1], self.points[1], self),
        )
        self.captions = (QLabel(), QLabel())
        self.legend = QLabel()
        self.legend.hide()
        self.cursors = tuple(SharedCursor(view) for view in self.views)
        self.wipe = WipeLayer(self.points[0], self.tiles[1], self.points[1], self)
        self.divider = WipeDivider(self.views[0])
        self._shows = {"tiles": True, "points": True, "prior": True}
        self.drawing = ComparePoints(session, self.views, self.points, self)
        self._lay_out()
        self._follow_session()
        self.hands = PlaneHands(session, self.views, self.divider, self)
        for view in self.views:
            view.fit_requested.connect(self.fit)
        self._take_first(session.model_info)
        self._take_second(self.comparison.shown_info)
        self._take_state(session.state)
        self._take_choice()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        for view in self.views:
            view.set_theme(theme)
        self.drawing.set_theme(theme)
        self.wipe.set_theme(theme)
        self._colour()

    def set_layer(self, name: str, shown: bool) -> None:
        """Show or hide "tiles", "points" or "prior" on both planes."""
        self._shows[name] = shown
        self._activate()
        self._colour()
        self._build_scenes()

    @Slot()
    def fit(self) -> None:
        """Show all encodings of both models, or the priors where there are none."""
        clouds = ((self.session.points, self.session.model_info), (self.comparison.points, self.comparison.shown_info))
        corners = [plane_scene.extent(cloud, info) for cloud, info in clouds if cloud is not None]
        if corners:
            self.views[0].fit(*hull(corners))
        else:
            self.reset_view()

    @Slot()
    def reset_view(self) -> None:
        """Show the priors of both models."""
        self.views[0].reset_view()

    @Slot(float)
    def zoom(self, factor: float) -> None:
        """Magnify round the pin or the middle."""
        self.views[0].zoom(factor)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to decode and draw."""
        super().showEvent(event)
        self._renew_all()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop decoding and drawing: nobody looks."""
        super().hideEvent(event)
        self._activate()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the divider at its share of the width."""
        if event.type() == QEvent.Type.Resize:
            self.divider.place(self.comparison.choice.divider)
        return super().eventFilter(watched, event)

    # -- Making --------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SMALL_SPACING)
        grid.setVerticalSpacing(0)
        grid.setRowStretch(1, 1)
        for column, (name, view, label) in enumerate(zip("AB", self.views, self.captions, strict=True)):
            view.setObjectName(f"compare-plane-{name.lower()}")
            view.setAccessibleName(tr("Latent plane of model {name}", name=name))
            view.set_tile_opacity(_TILE_OPACITY)
            label.setObjectName(f"compare-caption-{name.lower()}")
            label.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", "heading")
            grid.addWidget(label, 0, column)
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
        self.legend.setObjectName("compare-legend")
        self.legend.setAccessibleName(tr("Legend of the encodings"))
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(0, 0, 0, SMALL_SPACING)  # the handle below has its dots at its very edge
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        grid.addWidget(self.legend, 2, 0, 1, 2)
        self.views[0].add_map(LAYER, self.wipe)
        self.views[0].installEventFilter(self)

    def _follow_session(self) -> None:
        session, comparison = self.session, self.comparison
        session.model_changed.connect(self._take_first)
        session.state_changed.connect(self._take_state)
        session.dataset_changed.connect(self._renew_points)
        session.points_changed.connect(self._renew_points)
        session.label_changed.connect(self._take_label)
        for signal in (session.selection_changed, session.hidden_changed, session.hidden_classes_changed):
            signal.connect(self._colour)
        session.pin_changed.connect(self._build_scenes)
        session.path_changed.connect(self._build_scenes)
        session.hover_changed.connect(self._take_hover)
        session.view_changed.connect(self._show_part)
        session.comparison_changed.connect(self._take_choice)
        comparison.model_changed.connect(self._take_second)
        comparison.points_changed.connect(self._renew_points)
        comparison.changed.connect(self._build_scenes)
        for finder in (session.courses, comparison.courses):
            finder.changed.connect(self._build_scenes)

    # -- The session tells ---------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_first(self, model: ModelInfo | None) -> None:
        self.tiles[0].set_model(model, self.session.label)
        self._renew_models()

    @Slot(object)
    def _take_second(self, model: ModelInfo | None) -> None:
        self.tiles[1].set_model(model, self.comparison.label or 0)
        self._renew_models()

    def _renew_models(self) -> None:
        homes = [plane_scene.home(model) for model in self._infos if model is not None]
        if homes:
            for view in self.views:
                view.set_home(*hull(homes))
        self._activate()
        self._build_scenes()

    @property
    def _infos(self) -> tuple[ModelInfo | None, ModelInfo | None]:
        return self.session.model_info, self.comparison.shown_info

    @Slot(object)
    def _take_state(self, state: RunState) -> None:
        self.tiles[0].set_training(state is RunState.TRAINING)
        self._build_scenes()

    @Slot()
    def _take_label(self) -> None:
        first, second = self._infos
        if first is not None and first.needs_label:
            self.tiles[0].set_model(first, self.session.label)
        if second is not None and second.needs_label:
            self.tiles[1].set_model(second, self.comparison.label or 0)
        self._renew_points()

    @Slot(object)
    def _take_hover(self, point: LatentPoint | None) -> None:
        for cursor in self.cursors:
            cursor.show_at(None if point is None else point.z)

    @Slot()
    def _take_choice(self) -> None:
        choice = self.comparison.choice
        wipes = choice.wipes and self.comparison.second is not None
        self._spread(1 + wipes)
        self.divider.setVisible(wipes)
        share = min(max(choice.divider, 0.0), 1.0)
        self.divider.place(share)
        self.wipe.set_divider(share)
        self.views[0].set_layer_shown(LAYER, wipes)
        self.wipe.set_shown(wipes)
        if not wipes:
            view = self.views[1]
            ratio = view.devicePixelRatioF()
            self.tiles[1].set_viewport(view.viewport, ratio)
            self.points[1].set_viewport(view.viewport, ratio)
        self._activate()
        self._take_label()

    def _spread(self, columns: int) -> None:
        """Let the plane of A take one column or both; in the other case B has none of its own."""
        right = Qt.AlignmentFlag.AlignRight if columns > 1 else Qt.AlignmentFlag.AlignLeft
        self.captions[1].setAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        self.views[1].setVisible(columns == 1)
        self._grid.addWidget(self.views[0], 1, 0, 1, columns)

    @Slot()
    def _show_part(self) -> None:
        part = self.session.choices.view
        for view in self.views:
            if part != view.shown_part:
                view.show_part(part)

    @Slot()
    def _renew_points(self) -> None:
        self._colour()
        self._build_scenes()

    def _renew_all(self) -> None:
        self._show_part()
        self._take_choice()
        self._colour()

    # -- Drawing -------------------------------------------------------------------------------------------------------

    def _activate(self) -> None:
        """Let the layers work while they are seen."""
        seen, wipes = self.isVisible(), self.divider.isVisibleTo(self)
        self.wipe.shows_tiles, self.wipe.shows_points = self._shows["tiles"], self._shows["points"]
        for index, view in enumerate(self.views):
            view.set_layer_shown("tiles", self._shows["tiles"])
            view.set_layer_shown("points", self._shows["points"] and not wipes)
            self.tiles[index].set_active(seen and self._shows["tiles"])
        self.drawing.set_active(seen and self._shows["points"])

    @Slot()
    def _colour(self) -> None:
        if self.isVisible():
            on_map = (
                self._shows["tiles"] and self.tiles[0].has_model,
                self._shows["tiles"] and self.tiles[1].has_model,
            )
            classes = classes_in_colours(self.session) if self._shows["points"] else ""
            if classes != self.legend.text():
                self.legend.setText(classes)
                self.legend.setVisible(bool(classes))
            marks = self._shows["points"] and not self.divider.isVisibleTo(self)
            self.drawing.draw(on_map, marks=marks)

    @Slot()
    def _build_scenes(self) -> None:
        """Compose what lies over the maps, and what is said over them."""
        if not self.isVisible():
            return
        session = self.session
        hints = (
            plane_scene.hint(session, session.model_info),
            hint_of_second(self.comparison),
        )
        courses = (session.courses.course, self.comparison.courses.course)
        for index, (info, cloud) in enumerate(zip(self._infos, self.drawing.clouds, strict=True)):
            model = (info, cloud, courses[index])
            scene = scene_of(session, model, shows_prior=self._shows["prior"], hint=hints[index])
            self.views[index].set_scene(scene)
            text = caption(session, "AB"[index])
            self.captions[index].setText(text)
            self.captions[index].setToolTip(text)
