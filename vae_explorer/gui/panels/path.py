"""The path: from one point of the plane to another, with a slider, a walk that plays by itself, and a film strip."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage, QKeySequence

from vae_explorer.app import path_walk
from vae_explorer.app.path_profiler import PathProfiler
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.commands import COMMANDS
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.path_layout import PathLayout
from vae_explorer.gui.panels.path_pictures import PathPictures, is_image
from vae_explorer.gui.panels.path_player import PathPlayer
from vae_explorer.gui.plotting.plane_scene import no_pictures
from vae_explorer.language import marked, tr
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPath, ModelInfo, PointCloud
    from vae_explorer.gui.theme import Theme

NO_MODEL = marked("Train a model or open a run; then choose two points of the plane and walk from one to the other.")
_TRIES = 16
_NATIVE = QKeySequence.SequenceFormat.NativeText


def how_to_choose(path: LatentPath) -> str:
    """Return what to do about a path that isn't complete: only what is missing of it."""
    keys = {command.name: command.keys[0] for command in COMMANDS if command.keys}
    start, end = (QKeySequence(keys[f"explore.set-{name}"]).toString(_NATIVE) for name in ("start", "end"))
    if path.start is not None:
        return tr("Now choose an end: right-click the plane, or pin a point and press {end}.", end=end)
    if path.end is not None:
        return tr("Now choose a start: right-click the plane, or pin a point and press {start}.", start=start)
    return tr(
        "Choose a start and an end: right-click the plane, or pin a point and press {start} for the start, "
        "{end} for the end.",
        start=start,
        end=end,
    )


class PathPanel(Panel):
    """Everything about the session's path but its drawing on the plane."""

    name: ClassVar[str] = "path"
    title: ClassVar[str] = marked("Path")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._shown = replace(session.path, frames=0)
        self.parts = PathLayout(self)
        self.player = PathPlayer(self)
        self.pictures = PathPictures(session, self)
        self.profiler = PathProfiler(session, self)
        self._random = np.random.default_rng()
        self._offers: ModelInfo | None = None
        self._connect_session()
        self._connect_parts()
        self._show_path(session.path)
        self.set_theme(self.theme)

    def _connect_session(self) -> None:
        session = self.session
        session.path_changed.connect(self._show_path)
        session.courses.changed.connect(self._follow_course)
        session.model_changed.connect(self._renew)
        session.label_changed.connect(self._ask_again)
        session.pin_changed.connect(self._follow_pin)
        session.drawing.reading_changed.connect(self._show_drawing)
        session.dataset_changed.connect(self._show_choices)
        session.points_changed.connect(self._follow_points)
        self.pictures.position_ready.connect(self._show_position)
        self.pictures.strip_ready.connect(self.parts.strip.set_frames)
        self.pictures.end_ready.connect(self._show_end)
        self.pictures.sample_placed.connect(self._take_sample)
        self.profiler.measured.connect(self.parts.plot.show_profile)

    def _connect_parts(self) -> None:
        parts, session = self.parts, self.session
        parts.start.pin_wanted.connect(self._start_from_pin)
        parts.end.pin_wanted.connect(self._end_from_pin)
        parts.start.drawing_wanted.connect(self._start_from_drawing)
        parts.end.drawing_wanted.connect(self._end_from_drawing)
        parts.start.sample_wanted.connect(self._choose_start)
        parts.end.sample_wanted.connect(self._choose_end)
        parts.start.clear_wanted.connect(self._clear_start)
        parts.end.clear_wanted.connect(self._clear_end)
        parts.swap.clicked.connect(session.reverse_path)
        parts.clear.clicked.connect(session.clear_path)
        parts.suggest.clicked.connect(self.suggest)
        parts.way.method_chosen.connect(session.set_path_method)
        parts.way.metric_chosen.connect(session.set_path_metric)
        parts.options.equal_speed_chosen.connect(session.set_path_equal_speed)
        parts.profile_chosen.connect(self._show_profile)
        parts.frames_chosen.connect(session.set_path_frames)
        parts.position_chosen.connect(self._go_to)
        parts.play.clicked.connect(self.toggle)
        parts.pace_chosen.connect(self._set_pace)
        parts.export_wanted.connect(self._export)
        self.player.moved.connect(session.play_path_position)
        self.player.playing_changed.connect(parts.show_playing)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.parts.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the picture grow with the panel."""
        super().resizeEvent(event)
        self.parts.fit_preview(event.size().width(), event.size().height())

    def refresh(self) -> None:
        """Ask for everything that is shown."""
        self._show_choices()
        self.pictures.ask_position()
        self.pictures.ask_ends()
        self.pictures.ask_strip()
        self._ask_profile()

    @Slot()
    def toggle(self) -> None:
        """Play or pause the walk."""
        if self.player.is_playing:
            self.player.pause()
        elif self.session.path.is_complete:
            self.player.set_position(self.session.path.position)
            self.player.play()

    @Slot()
    def suggest(self) -> None:
        """Choose two encoded samples, of different classes where there are classes."""
        points = self.session.points
        if points is None or len(points.rows) < 2:
            return
        first, second = self._pair(points)
        with self.session.one_step(tr("Suggest a path")):
            self.session.set_start(_sample_point(points, first))
            self.session.set_end(_sample_point(points, second))

    # ------------------------------------------------------------------ the session's news

    @Slot(object)
    def _show_path(self, path: LatentPath) -> None:
        before, self._shown = self._shown, path
        self.parts.show_position(path.position)
        if replace(before, position=path.position) != path:
            self.parts.show_path(path)
            self._show_ends(path)
            self._show_choices()
            if not path.is_complete:
                self.player.pause()
            if self.isVisible():
                self.pictures.ask_ends()
                self.pictures.ask_strip()
                self._ask_profile()
        if self.isVisible():
            self.pictures.ask_position()
        else:
            self.mark_stale()

    @Slot()
    def _renew(self) -> None:
        model = self.session.model_info
        if model is None or not model.is_kin(self._offers):
            self._show_ends(self._shown)
            self._show_choices()
        self._offers = model
        if self.isVisible():
            self.pictures.ask_position()
            self.pictures.ask_ends()
            self.pictures.renew_strip()
            self._ask_profile()
        else:
            self.mark_stale()

    @Slot()
    def _follow_course(self) -> None:
        """Show pictures along a way that was found, and what is known of it."""
        self._show_choices()
        if self.isVisible():
            self.pictures.ask_position()
            self.pictures.ask_strip()
            self._ask_profile()
        else:
            self.mark_stale()

    @Slot()
    def _follow_points(self) -> None:
        self._show_choices()
        if self.isVisible() and not self.session.state.is_active:
            self._ask_profile()

    @Slot(bool)
    def _show_profile(self, shown: bool) -> None:
        if shown:
            self._ask_profile()

    def _ask_profile(self) -> None:
        if self.parts.plot.isVisibleTo(self):
            self.profiler.ask()

    @Slot()
    def _ask_again(self) -> None:
        self.mark_stale()

    @Slot(object)
    def _follow_pin(self, pin: LatentPoint | None) -> None:
        """Offer the pin as an end where there is one now, or no longer; where it is makes no difference here."""
        if self.parts.start.from_pin.isEnabled() != (pin is not None):
            self._show_choices()

    @Slot()
    def _show_choices(self) -> None:
        """Enable what can be done now, and say what is missing."""
        session, parts = self.session, self.parts
        info, path = session.model_info, session.path
        decodes = info is not None and info.can_decode
        for end in (parts.start, parts.end):
            end.from_pin.setEnabled(session.pinned is not None)
            end.from_drawing.setEnabled(session.drawing.point is not None)
            end.from_sample.setEnabled(session.dataset is not None and info is not None and info.can_encode)
        can_suggest = decodes and session.points is not None and len(session.points.rows) > 1
        parts.suggest.setVisible(can_suggest and not path.points)
        missing = no_pictures(info) or tr(NO_MODEL)
        parts.show_content(path.is_complete and decodes, how_to_choose(path) if decodes else missing)
        parts.way.offer_models(info is None or info.can_decode)
        length = path_walk.length(path, info, session.courses.course) if path.is_complete and info is not None else None
        parts.way.show_length(length, session.courses, tr(units_of(session.model_info)))
        if path.is_complete:
            problem = session.courses.problem
            parts.show_remarks((problem,) if problem else path_walk.remarks(path, info))

    @Slot(object, object)
    def _show_position(self, image: NDArray[np.uint8], z: NDArray[np.float32]) -> None:
        self.parts.preview.set_image(qimage_from_chw(image))
        self.parts.show_place((float(z[0]), float(z[1])))

    @Slot(str, object)
    def _show_end(self, end: str, image: NDArray[np.uint8]) -> None:
        path, parts = self.session.path, self.parts
        button, point = (parts.start, path.start) if end == "start" else (parts.end, path.end)
        if point is not None:  # taken away while its picture was decoded
            button.set_thumbnail(qimage_from_chw(image))

    def _show_ends(self, path: LatentPath) -> None:
        dataset, info = self.session.dataset, self.session.model_info
        for button, point in ((self.parts.start, path.start), (self.parts.end, path.end)):
            button.expect_pictures(info is None or info.can_decode)
            if point is None:
                button.show_point(None)
                continue
            number = None
            if not (info is None or info.can_decode):
                button.set_thumbnail(QImage())
            if point.sample is not None and dataset is not None and is_image(point, info):
                number = int(dataset.source_rows[point.sample])
                button.set_thumbnail(qimage_from_chw(self.session.sample_image(point.sample)))
            name = "" if point.label is None or info is None else info.class_name(point.label)
            button.show_point(point, number, name)

    # ------------------------------------------------------------------ the user's wishes

    @Slot(float)
    def _go_to(self, position: float) -> None:
        self.player.set_position(position)
        self.session.set_path_position(position)

    @Slot()
    def _set_pace(self) -> None:
        options = self.parts.options
        self.player.mode, self.player.easing = options.mode, options.easing
        self.player.seconds = self.parts.seconds

    @Slot()
    def _start_from_pin(self) -> None:
        self.session.set_start(self.session.pinned)

    @Slot()
    def _end_from_pin(self) -> None:
        self.session.set_end(self.session.pinned)

    @Slot()
    def _start_from_drawing(self) -> None:
        self.session.set_start(self.session.drawing.point)

    @Slot()
    def _end_from_drawing(self) -> None:
        self.session.set_end(self.session.drawing.point)

    @Slot()
    def _show_drawing(self) -> None:
        there = self.session.drawing.point is not None
        for end in (self.parts.start, self.parts.end):
            end.from_drawing.setEnabled(there)

    @Slot()
    def _clear_start(self) -> None:
        self.session.set_start(None)

    @Slot()
    def _clear_end(self) -> None:
        self.session.set_end(None)

    @Slot()
    def _choose_start(self) -> None:
        self._choose_sample("start")

    @Slot()
    def _choose_end(self) -> None:
        self._choose_sample("end")

    @Slot(str)
    def _export(self, kind: str) -> None:
        from vae_explorer.gui.dialogs.export import ExportDialog

        dialog = ExportDialog(self.session, self.window(), kind=kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _choose_sample(self, end: str) -> None:
        from vae_explorer.gui.dialogs.sample import SampleDialog

        if self.session.dataset is None:
            return
        title = tr("Choose the start of the path") if end == "start" else tr("Choose the end of the path")
        dialog = SampleDialog(self.session.dataset, title, self)
        dialog.setObjectName(f"sample-{end}")
        dialog.chosen.connect(self._place_start if end == "start" else self._place_end)
        dialog.open()

    @Slot(int)
    def _place_start(self, row: int) -> None:
        self.pictures.place_sample("start", row)

    @Slot(int)
    def _place_end(self, row: int) -> None:
        self.pictures.place_sample("end", row)

    @Slot(str, int, object)
    def _take_sample(self, end: str, row: int, z: tuple[float, float]) -> None:
        dataset = self.session.dataset
        label = None if dataset is None or dataset.labels is None else int(dataset.labels[row])
        point = LatentPoint(z, row, label)
        if end == "start":
            self.session.set_start(point)
        else:
            self.session.set_end(point)

    def _pair(self, points: PointCloud) -> tuple[int, int]:
        """Return the most telling of some random pairs: of different classes, then far apart."""
        pairs = [self._random.choice(len(points.rows), 2, replace=False) for _ in range(_TRIES)]
        return max(((int(first), int(second)) for first, second in pairs), key=lambda pair: _contrast(points, *pair))


def _contrast(points: PointCloud, first: int, second: int) -> tuple[bool, float]:
    differ = points.labels is not None and bool(points.labels[first] != points.labels[second])
    distance = float(np.square(points.z[first] - points.z[second]).sum())
    return differ, distance if math.isfinite(distance) else 0.0


def _sample_point(points: PointCloud, index: int) -> LatentPoint:
    label = None if points.labels is None else int(points.labels[index])
    z = points.z[index]
    return LatentPoint((float(z[0]), float(z[1])), int(points.rows[index]), label)
