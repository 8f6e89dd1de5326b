"""The manifold: an n x n grid of decoded pictures over the prior, live while the model trains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.app.choices import GridChoices
from vae_explorer.app.encoding import encoded
from vae_explorer.app.state import ModelInfo
from vae_explorer.export.options import GridOptions
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.live_pictures import LivePicturesPanel
from vae_explorer.gui.plotting.manifold_controls import ManifoldControls
from vae_explorer.gui.plotting.manifold_view import Cell, ManifoldView
from vae_explorer.gui.plotting.plane_scene import hint, no_pictures, untrained
from vae_explorer.gui.plotting.unpacking import averaged
from vae_explorer.language import marked, tr
from vae_explorer.latent.grids import SPACINGS, plane_grid
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.gui.theme import Theme

DECODING = marked("Decoding the grid …")


class ManifoldPanel(LivePicturesPanel["NDArray[np.float64]"]):
    """A grid of pictures with its size, spacing, range and class."""

    name: ClassVar[str] = "manifold"
    title: ClassVar[str] = marked("Manifold")
    rest_factor: ClassVar[float] = 3.0

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.view = ManifoldView(self)
        self.view.setObjectName("manifold-view")
        self.controls = ManifoldControls(self)
        self._grid: NDArray[np.float64] = np.empty((0, 0, 2))
        self._laying = session.latest_work(tr("lay out the grid"))
        self._lay_out()
        self._connect()
        self._take_choices(session.choices.grid)
        self._take_model(session.model_info)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.view.set_theme(theme)

    def refresh(self) -> None:
        """Ask for the whole grid, in one request."""
        model = self.session.model_info
        session = self.session
        words = no_pictures(model) or hint(
            session, model, waiting=tr("Press Train and watch this grid fill with pictures.")
        )
        # Only seen until the first grid is there.
        self.view.set_hint(words or tr(DECODING))
        self.controls.show_unit(units_of(model))
        self._ask_anew()

    def grid_options(self, options: GridOptions) -> GridOptions:
        """Return `options` with size, spacing, range and class as they are shown."""
        return replace(
            options,
            size=self.controls.size_chosen,
            spacing=self.controls.spacing,
            range=self.controls.reach,
            label=self.controls.label,
        )

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.controls)
        column.addWidget(self.view, 1)

    def _connect(self) -> None:
        session = self.session
        session.dataset_changed.connect(self._renew)
        session.points_changed.connect(self._take_points)
        session.grid_changed.connect(self._take_choices)
        self._laying.finished.connect(self._send)
        self._laying.failed.connect(self._give_up)
        session.label_changed.connect(self._take_label)
        session.pin_changed.connect(self._take_pin)
        session.condition_changed.connect(self._show_condition)
        self.controls.changed.connect(self._keep_choices)
        self.controls.class_chosen.connect(self._choose_class)
        self.view.cell_hovered.connect(self._hover)
        self.view.cell_chosen.connect(self._pin)
        self.controls.export_wanted.connect(self._export)

    def _follow(self, model: ModelInfo | None) -> None:
        knows_classes = model is not None and model.knows_classes
        names = [model.class_name(label) for label in range(model.classes)] if model is not None else []
        has_islands = model is not None and model.conditioning == "class-mean"
        self.controls.offer_classes(names if knows_classes else [], self.session.label, offers_all=has_islands)
        encodes = model is None or model.can_encode
        has_places = has_islands or (encodes and self._has_classes)
        self.controls.offer_following(classes=has_places, encodings=encodes)
        self.controls.allow(grid=model is None or model.can_decode, export=model is not None and model.can_decode)
        self._show_condition()
        if model is None or not model.can_decode:
            self.view.set_rows([])

    @property
    def _has_classes(self) -> bool:
        dataset = self.session.dataset
        return dataset is None or dataset.labels is not None

    @Slot()
    def _keep_choices(self) -> None:
        """Keep what a person chose, so that undo and the next session bring it back."""
        chosen = GridChoices(self.controls.size_chosen, self.controls.spacing, self.controls.reach)
        self.session.set_grid(None if chosen == GridChoices() else chosen)
        self._renew()

    @Slot(object)
    def _take_choices(self, chosen: GridChoices | None) -> None:
        self.controls.show_choices(chosen or GridChoices())
        self._renew()

    @Slot()
    def _take_points(self) -> None:
        if SPACINGS.get(self.controls.spacing).follows:
            self.mark_stale()

    @Slot()
    def _show_condition(self) -> None:
        """Say which picture a model completes that is told a band of one, of others whether they learned anything."""
        model, dataset, row = self.session.model_info, self.session.dataset, self.session.condition
        if model is None or not model.completes or dataset is None or row is None:
            self.controls.show_condition("" if no_pictures(model) else untrained(model))
            return
        if dataset.labels is None:
            words = tr("Completions of sample {row:,}; choose another picture in the inspector.", row=row)
        else:
            words = tr(
                "Completions of sample {row:,} ({name}); choose another picture in the inspector.",
                row=row,
                name=model.class_name(int(dataset.labels[row])),
            )
        self.controls.show_condition(words)

    @Slot(int)
    def _take_label(self, label: int) -> None:
        model = self.session.model_info
        if model is not None and model.needs_label:
            self.controls.choose_class(label)
            self._renew()

    @Slot(object)
    def _take_pin(self, pin: LatentPoint | None) -> None:
        """Mark the picture that is nearest to the pin, if the pin lies within the grid."""
        if pin is None or not len(self._grid):
            self.view.set_chosen(None)
            return
        z = np.array(pin.z)
        row, column = divmod(int(np.argmin(np.square(self._grid - z).sum(axis=2))), len(self._grid))
        beside = self._grid[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].reshape(-1, 2)
        # Beyond the outermost nodes, at most half as far as their neighbours are within.
        reach = np.abs(beside - self._grid[row, column]).max(axis=0) / 2
        is_within = np.all(np.abs(z - self._grid[row, column]) <= reach * (1 + 1e-9) + 1e-9)
        self.view.set_chosen((row, column) if is_within else None)

    def _begin(self, model: ModelInfo) -> None:
        lay = self._layout(model)
        if lay is not None and SPACINGS.get(self.controls.spacing).follows:
            self._laying.ask(lambda context: lay(context.check))
        elif lay is not None:
            self._send(lay(None))

    def _layout(self, model: ModelInfo) -> Callable[[Callable[[], None] | None], NDArray[np.float64]] | None:
        """Return what lays out the nodes; None while the encodings that they follow aren't there."""
        controls = self.controls
        means, label = model.class_means, controls.label if controls.label >= 0 else None
        images = encoded(self.session.points)
        follows = SPACINGS.get(controls.spacing).follows
        if images is None and (follows == "encodings" or (follows == "classes" and means is None)):
            return None
        size, spacing, reach = controls.size_chosen, controls.spacing, controls.reach
        return lambda check: plane_grid(spacing, size, reach, means=means, label=label, encoded=images, check=check)

    @Slot(object)
    def _send(self, nodes: NDArray[np.float64]) -> None:
        """Ask for the pictures at the nodes."""
        model = self._model_to_ask()
        if model is not None:
            self._request(nodes, nodes.reshape(-1, 2), max(0, self.controls.label) if model.needs_label else None)

    def _take_pictures(self, pictures: NDArray[np.uint8], wanted: NDArray[np.float64]) -> None:
        largest = int(2 * max(self.view.width(), self.view.height()) * self.devicePixelRatioF() / len(wanted))
        self._unpacker.start(pictures, len(wanted), lambda row: _row_image(row, largest), wanted)

    @Slot(object, object)
    def _show(self, wanted: NDArray[np.float64], images: list[QImage]) -> None:
        self._grid = wanted
        self.view.set_rows(images)
        self._take_pin(self.session.pinned)
        self._go_on()

    @Slot(str, str)
    def _give_up(self, message: str, _details: str) -> None:
        """Say why there is no such grid."""
        self.view.set_rows([])
        self.view.set_hint(message)

    @Slot(int)
    def _choose_class(self, index: int) -> None:
        model = self.session.model_info
        if model is not None and model.needs_label:
            self.session.set_label(index)
        else:
            self._renew()

    @Slot()
    def _export(self) -> None:
        """Open the export dialog with this grid."""
        from vae_explorer.gui.dialogs.export import ExportDialog

        dialog = ExportDialog(self.session, self.window(), kind="grid")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(dialog.options, GridOptions):
            dialog.set_options(self.grid_options(dialog.options))
        dialog.open()

    def _z(self, cell: Cell) -> tuple[float, float]:
        z1, z2 = self._grid[cell].tolist()
        return z1, z2

    def _is_known(self, cell: Cell) -> bool:
        return max(cell) < len(self._grid)

    @Slot(object)
    def _hover(self, cell: Cell | None) -> None:
        self.session.hover(self._z(cell) if cell is not None and self._is_known(cell) else None)

    @Slot(object)
    def _pin(self, cell: Cell) -> None:
        if self._is_known(cell):
            self.session.hover(None)
            label = self.controls.label
            self.session.pin(self._z(cell), label=label if label >= 0 else None)

    def _forget(self) -> None:
        super()._forget()
        self._laying.forget()


def _row_image(pictures: NDArray[np.uint8], largest: int) -> QImage:
    """Return the pictures [n, C, H, W] of a row side by side."""
    small = averaged(pictures, largest)
    count, channels, height, width = small.shape
    return qimage_from_chw(small.transpose(1, 2, 0, 3).reshape(channels, height, count * width))
