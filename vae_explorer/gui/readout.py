"""A label whose words change many times a second without moving anything else."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QWidget


class Readout(QLabel):
    """Has the size of the widest text it was made for: other words make no part of the window lay itself out anew.

    A layout asks every widget above a label for its size whenever the label's own may have changed. Ten times a second
    that takes more than all the painting, so the size is fixed, and grows only for a text that doesn't fit.

    Parameters
    ----------
    name
        What it shows, for those who can't see where it stands.
    widest
        The widest text that is expected.
    parent
        Owner.
    """

    _widest = ""  # Qt may tell of a change of style while the label is made, or after Python has let it go

    def __init__(self, name: str, widest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widest = widest
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._fit()

    def setText(self, text: str) -> None:
        """Show other words."""
        if text == self.text():
            return
        if len(text) > len(self._widest) and self._width(text) > self._width(self._widest):
            self._widest = text
            self._fit()
        super().setText(text)

    def setToolTip(self, tip: str) -> None:
        """Say more; nothing is sent around for words that are there already."""
        if tip != self.toolTip():
            super().setToolTip(tip)

    def changeEvent(self, event: QEvent) -> None:
        """Take the room that another font or style needs."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._fit()

    def _width(self, text: str) -> int:
        return self.fontMetrics().size(0, text).width()  # rounded up, as the label itself measures

    def _fit(self) -> None:
        margins = self.contentsMargins()
        size = self.fontMetrics().size(0, self._widest)  # of another font where this one has no such letters
        across = size.width() + margins.left() + margins.right() + 2 * self.margin()
        down = max(size.height(), self.fontMetrics().height()) + margins.top() + margins.bottom() + 2 * self.margin()
        self.setFixedSize(across, down)
