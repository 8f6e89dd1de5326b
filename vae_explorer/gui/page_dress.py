"""How pages of Markdown look beyond what Qt makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QTextCursor, QTextFrameFormat, QTextTable
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTextBrowser

_HEADING_MARGIN = 18.0


class PageDress(QObject):
    """Gives the page of a browser room above its headings and tables of one colour, also in another theme.

    Parameters
    ----------
    text
        Where the page is shown; `dress` is called after each new one.
    window
        Whose palette it follows.
    """

    def __init__(self, text: QTextBrowser, window: QWidget) -> None:
        super().__init__(window)
        self._text = text  # and its parent is asked for: a window that is held here would outlive its closing
        window.installEventFilter(self)

    def dress(self) -> None:
        """Set headings apart, and line tables."""
        self._set_headings_apart()
        self._line_tables()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draw the lines of tables in the colours of another theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._line_tables()
        return super().eventFilter(watched, event)

    def _set_headings_apart(self) -> None:
        """Give headings the room above them that Qt's Markdown leaves out."""
        block = self._text.document().begin()
        while block.isValid():
            form = block.blockFormat()
            if form.headingLevel() > 1:
                form.setTopMargin(_HEADING_MARGIN)
                form.setBottomMargin(_HEADING_MARGIN / 3)
                QTextCursor(block).setBlockFormat(form)
            block = block.next()

    def _line_tables(self) -> None:
        """Draw all lines of tables alike: Qt's own at the right has another colour."""
        window = self.parent()
        assert isinstance(window, QWidget)
        for frame in self._text.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                form = frame.format()
                form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                form.setBorderBrush(window.palette().mid())
                frame.setFormat(form)
