"""The pictures of both models at the cursor, and their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from vae_explorer.app.decode_service import Priority
from vae_explorer.export.difference import REACHES, difference_picture, mean_absolute_difference
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.compare_pair import PicturePair
from vae_explorer.gui.panels.compare_part import ComparePart
from vae_explorer.gui.plotting.compare_difference import DifferenceLegend
from vae_explorer.gui.plotting.picture_view import PictureView
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session

_LEAST_SIDE = 84
_INVITATION = marked("Point at a plane to see what both make of a place; click to pin it.")
_TITLES = ("A", "B", "A \N{MINUS SIGN} B")


class ComparePictures(ComparePart):
    """What A and B decode at the cursor, else at the pin."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.pair = PicturePair(session, "cursor", Priority.HOVER, self)
        self.views = tuple(
            PictureView(tr("Picture of {name}", name=name), self)
            for name in (tr("model A"), tr("model B"), tr("difference"))
        )
        self.legend = DifferenceLegend(self)
        self.reach_box = QComboBox(self)
        self.place = QLabel(tr(_INVITATION))
        self.amount = QLabel()
        self._theme = LIGHT
        self._lay_out()
        self.pair.arrived.connect(self._show)
        for signal in (
            session.hover_changed,
            session.pin_changed,
            session.model_changed,
            session.label_changed,
            session.comparison_changed,
            self.comparison.model_changed,
        ):
            signal.connect(self.ask)
        self.reach_box.currentIndexChanged.connect(self._change_reach)

    @property
    def reach(self) -> int:
        """Grey levels at which the colours of a difference end."""
        return REACHES[max(0, self.reach_box.currentIndex())]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.legend.set_theme(theme)
        for view in self.views:
            view.set_theme(theme)
        self._show()

    @Slot()
    def ask(self) -> None:
        """Ask both models for their pictures at the cursor."""
        if not self.isVisible():
            return
        point = self.session.hovered or self.session.pinned
        if point is None:
            self.pair.ask(None, None)
            self.place.setText(tr(_INVITATION))
            return
        z = np.array([point.z])
        own = point.label if point.label is not None else self.session.label
        self.pair.ask(z, z, (own, self.comparison.label))
        self.place.setText(self._place_words(point.z))

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        grid.setSpacing(SMALL_SPACING)
        for column, (title, view) in enumerate(zip(_TITLES, self.views, strict=True)):
            label = QLabel(title)
            label.setProperty("role", "heading")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            view.setMinimumSize(_LEAST_SIDE, _LEAST_SIDE)
            grid.addWidget(label, 0, column)
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 1)
        for reach in REACHES:
            self.reach_box.addItem(f"\N{PLUS-MINUS SIGN}{reach}")
        tip = tr("At how many grey levels of 255 the colours of the difference end; smaller shows finer differences")
        self.reach_box.setToolTip(tip)
        self.reach_box.setAccessibleName(tip)
        grid.addWidget(self.legend, 2, 0, 1, 2)
        grid.addWidget(self.reach_box, 2, 2)
        for row, label in enumerate((self.amount, self.place), start=3):
            label.setProperty("role", "muted")
            label.setTextFormat(Qt.TextFormat.PlainText)
            # Without wrapping: words that change under a moving pointer must not lay out the window anew.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(label, row, 0, 1, 3)

    def _place_words(self, z: tuple[float, float]) -> str:
        words = f"z = ({format_number(z[0], 2)}, {format_number(z[1], 2)})"
        alignment = self.comparison.alignment
        if alignment is None or alignment.is_identity:
            return words
        z1, z2 = alignment.apply(z).tolist()
        return tr(
            "{place}, on B's own plane ({z1}, {z2})", place=words, z1=format_number(z1, 2), z2=format_number(z2, 2)
        )

    @Slot()
    def _change_reach(self) -> None:
        self.legend.set_reach(self.reach)
        self._show()

    @Slot()
    def _show(self) -> None:
        pair, both = self.pair, self.pair.both
        for view, pictures in zip(self.views[:2], (pair.first, pair.second), strict=True):
            view.set_image(None if pictures is None else qimage_from_chw(pictures[0]))
        if both is not None:
            difference = difference_picture(both[0][0], both[1][0], reach=self.reach, dark=self._theme.dark)
            self.views[2].set_image(qimage_from_chw(difference))
            mean = mean_absolute_difference(*both)
            self.amount.setText(tr("Mean absolute difference {mean} grey levels of 255", mean=format_number(mean, 1)))
        elif pair.first is None or pair.second is None or pair.first.shape != pair.second.shape:
            self.views[2].set_image(None)
            self.amount.setText("")
