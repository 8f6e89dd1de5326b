"""The legend of the loss curves, which also holds their values: last of training, last and best of testing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from vae_explorer.gui.plotting.curve_symbols import paint_symbol
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import tr
from vae_explorer.objectives.terms import SHARE
from vae_explorer.training.curve_history import latest_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QColor

    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.training.curve_history import CurveHistory, Moment

MISSING = "\N{EN DASH}"
_KEY_SIZE = QSize(22, 12)


class CurveTable(QWidget):
    """A row for each quantity: a check box to show it, its key, and its values, in nats per image unless they say so.

    What a person has switched on or off stays so while quantities come and go.
    """

    hidden_changed = Signal(object)
    """``frozenset[str]``: the keys that aren't to be drawn."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quantities: tuple[Quantity, ...] = ()
        self._theme = LIGHT
        self._columns = 3
        self._chosen: dict[str, bool] = {}
        self._boxes: dict[str, QCheckBox] = {}
        self._values: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        self._heads = _heading(tr("Train")), _heading(tr("Test")), _heading(tr("Best"))
        self._best = _heading("", Qt.AlignmentFlag.AlignLeft)
        self._unit = _heading(tr("nats per image"), Qt.AlignmentFlag.AlignLeft)
        self._grid = QGridLayout()
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, SMALL_SPACING, 0)  # digits don't touch the scroll bar that may stand there
        outer.setSpacing(SMALL_SPACING // 2)
        grid = self._grid
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(SMALL_SPACING // 2)
        grid.addWidget(self._unit, 0, 0)
        for column, head in enumerate(self._heads, start=1):
            grid.addWidget(head, 0, column)
        self._heads[0].setToolTip(tr("Mean over the latest training batches: drawn thin."))
        self._heads[1].setToolTip(tr("The latest value on the held-out images: drawn strong, with markers."))
        grid.setColumnStretch(0, 1)
        outer.addLayout(grid)
        outer.addWidget(self._best)
        outer.addStretch(1)

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Have one row for each of these."""
        if quantities == self._quantities:
            return
        self._quantities = quantities
        for widget in (*self._boxes.values(), *(label for labels in self._values.values() for label in labels)):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._boxes, self._values = {}, {}
        has_shares = any(quantity.term.unit == SHARE for quantity in quantities)
        self._unit.setText(tr("nats per image, or %") if has_shares else tr("nats per image"))
        for row, quantity in enumerate(quantities, start=1):
            self._add_row(row, quantity)
        self.set_theme(self._theme)
        self._even_rows()
        self.set_columns(self._columns)

    def _even_rows(self) -> None:
        """Make all rows as high as the highest: a title with Chinese letters is higher than one without."""
        highest = max((box.sizeHint().height() for box in self._boxes.values()), default=0)
        for row in range(1, self._grid.rowCount()):
            self._grid.setRowMinimumHeight(row, highest if row <= len(self._boxes) else 0)

    def _add_row(self, row: int, quantity: Quantity) -> None:
        box = QCheckBox(quantity.title, self)
        box.setObjectName(f"show-{quantity.key}")
        box.setChecked(self._chosen.get(quantity.key, quantity.term.shown))
        box.setIconSize(_KEY_SIZE)
        box.setToolTip(tr(quantity.term.summary))
        box.setAccessibleName(tr("Show {title}", title=quantity.title))
        box.toggled.connect(self._tell_hidden)
        self._boxes[quantity.key] = box
        self._grid.addWidget(box, row, 0)
        labels = _value_label(self), _value_label(self), _value_label(self)
        for column, label in enumerate(labels, start=1):
            self._grid.addWidget(label, row, column)
        self._values[quantity.key] = labels

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for quantity in self._quantities:
            self._boxes[quantity.key].setIcon(QIcon(self._key(quantity.colour(theme), quantity.symbol)))

    @property
    def _has_best(self) -> bool:
        """Whether a moment can be best: the losses of two players don't say which one was."""
        return "discriminator" not in self._values

    def show_values(self, history: CurveHistory, window: float) -> None:
        """Show the latest values, those of training as the curve that is averaged over so many epochs, and the best."""
        best = history.lowest("test", "loss") if self._has_best else None
        self._best.setToolTip("" if best is None else tr("Step {step:,}", step=best.step))
        words = "" if best is None else tr("Best test total at epoch {epoch:.4g}", epoch=best.epoch)
        self._best.setText(words)
        explained = tr("The values where the total on the held-out images was lowest.")
        self._heads[2].setToolTip("\n".join(filter(None, (explained, words))))
        for quantity in self._quantities:
            key, (train, test, lowest) = quantity.key, self._values[quantity.key]
            train.setText(format_moment(latest_mean(history.curve("train", key), window), quantity))
            test.setText(format_moment(history.last("test", key), quantity))
            at_best = None if best is None else history.nearest("test", key, "step", best.step)
            lowest.setText(format_moment(at_best, quantity))

    def set_columns(self, count: int) -> None:
        """Show three columns, or two without those of training, which the curve shows, or the latest test alone.

        With less than three, which is where height is short too, the tip of the best values tells of their epoch.
        """
        self._columns = count
        self._best.setVisible(count == 3)
        kept = {1, *((0,) if count == 3 else ()), *((2,) if count > 1 and self._has_best else ())}
        for labels in (self._heads, *self._values.values()):
            for column, label in enumerate(labels):
                label.setVisible(column in kept)

    @property
    def hidden(self) -> frozenset[str]:
        """Keys of the quantities that are switched off."""
        return frozenset(key for key, box in self._boxes.items() if not box.isChecked())

    @property
    def chosen(self) -> Mapping[str, bool]:
        """Which quantities a person has switched on or off, by key."""
        return dict(self._chosen)

    def choose(self, chosen: Mapping[str, bool]) -> None:
        """Switch quantities on or off, those too that come later."""
        self._chosen.update(chosen)
        for key, shown in chosen.items():
            if key in self._boxes:
                self._boxes[key].setChecked(shown)

    def text(self, key: str) -> tuple[str, ...]:
        """Return the texts shown for a quantity: train, test, best test."""
        return tuple(label.text() for label in self._values[key])

    @Slot()
    def _tell_hidden(self) -> None:
        box = self.sender()
        if isinstance(box, QCheckBox):
            self._chosen[box.objectName().removeprefix("show-")] = box.isChecked()
        self.hidden_changed.emit(self.hidden)

    def _key(self, colour: QColor, symbol: str) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(_KEY_SIZE * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            middle = _KEY_SIZE.height() / 2
            painter.setPen(QPen(colour, 2.2))
            painter.drawLine(0, int(middle), _KEY_SIZE.width(), int(middle))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            paint_symbol(painter, symbol, QRectF(_KEY_SIZE.width() / 2 - 4, middle - 4, 8, 8))
        return pixmap


def format_moment(moment: Moment | None, quantity: Quantity) -> str:
    """Return a value as its quantity is read, or a dash where there is none."""
    return MISSING if moment is None else quantity.term.text(moment.value)


def _heading(text: str, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
    return label


def _value_label(parent: QWidget) -> QLabel:
    label = QLabel(MISSING, parent)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance("0000.00"))
    return label
