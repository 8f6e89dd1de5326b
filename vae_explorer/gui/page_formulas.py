"""Formulas in a page of the help: math blocks of its Markdown, whose room is kept until their outlines are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QMimeData, QObject, QPointF, QRect, QRectF, QSizeF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFontInfo,
    QPainter,
    QPainterPath,
    QPalette,
    QPyTextObject,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from vae_explorer.app.formulas import FormulaBook
from vae_explorer.gui.theme import LARGE_SPACING, SPACING
from vae_explorer.language import SEMICOLON, listed, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.export.formula import FormulaOutline

LANGUAGE: Final = "math"
"""What a fenced block of Markdown says that it is; each of its lines is a formula in LaTeX."""

FORMULA: Final = QTextFormat.ObjectTypes.UserObject + 1
SOURCE: Final = QTextFormat.Property.UserProperty + 1
_SIGN: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
_SIZE: Final = 1.35
"""Of the formulas' font to that of the page: its small letters are smaller than those of a font for screens."""

_TALL, _LOW = 2.85, 1.25
"""Height of a formula with and without fractions or sums, in sizes of its font: kept free until it is drawn."""
_TALL_SIGNS: Final = (r"\frac", r"\dfrac", r"\sum", r"\prod", r"\int")

_BOOK: Final = "formula book"  # untranslated: the name of a property


def set_formula_book(window: QWidget, book: FormulaBook) -> None:
    """Say who draws the formulas of the help that is opened from a window, or from another that belongs to it."""
    window.setProperty(_BOOK, book)


def formula_book(widget: QWidget | None) -> FormulaBook | None:
    """Return who draws the formulas in a widget: what was set for the nearest widget round it."""
    around = widget
    while around is not None:
        book = around.property(_BOOK)
        if isinstance(book, FormulaBook):
            return book
        around = around.parentWidget()
    return None


class FormulaBrowser(QTextBrowser):
    """A browser from which formulas are copied as their LaTeX."""

    def createMimeDataFromSelection(self) -> QMimeData:
        """Return what is selected, as text and as rich text, with the sources of its formulas."""
        document = QTextDocument()
        QTextCursor(document).insertFragment(self.textCursor().selection())
        found = document.find(_SIGN)
        while not found.isNull():
            source = str(found.charFormat().property(SOURCE) or "")
            found.insertText(source, QTextCharFormat())
            found = document.find(_SIGN, found)
        data = QMimeData()
        data.setText(document.toPlainText())
        data.setHtml(document.toHtml())
        return data


class PageFormulas(QObject):
    """Draws the formulas of whatever page a browser shows: their room stays empty until they are there.

    LaTeX is shown without a book, and for a formula that can't be drawn.

    Parameters
    ----------
    text
        The browser, and owner of this.
    book
        Who draws.
    """

    def __init__(self, text: QTextBrowser, book: FormulaBook | None) -> None:
        super().__init__(text)
        self._text, self._book = text, book
        self._painter = _FormulaPainter(text)
        text.document().documentLayout().registerHandler(FORMULA, self._painter)
        text.installEventFilter(self)
        if book is not None:
            book.drawn.connect(self.draw)

    @property
    def is_waiting(self) -> bool:
        """Whether the page still leaves room for formulas that are on their way."""
        return any(self._waits_for(block) for block in _math_blocks(self._text.document()))

    def begin(self) -> None:
        """Look for the formulas of a page that was just set, and draw them now or when their outlines are there."""
        sources = tuple(block.text() for block in _math_blocks(self._text.document()))
        told = tr("Formulas in LaTeX: {formulas}", formulas=listed(sources, SEMICOLON)) if sources else ""
        self._text.setAccessibleDescription(told)
        self._show_sources()
        if self._book is not None:
            self._book.ask(sources)
            self.draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give sources that aren't drawn the colours of another theme; drawn formulas take theirs while painting."""
        if watched is self._text and event.type() is QEvent.Type.PaletteChange:
            self._show_sources()
        return False

    def _show_sources(self) -> None:
        for block in _math_blocks(self._text.document()):
            if self._waits_for(block):
                _keep_room(block, self._size)
            else:
                _show_source(block, self._text.palette().color(QPalette.ColorRole.PlaceholderText), self._size)

    def _waits_for(self, block: QTextBlock) -> bool:
        return self._book is not None and self._book.waits_for(block.text())

    @property
    def _size(self) -> int:
        """Size of the page's letters in pixels."""
        return QFontInfo(self._text.document().defaultFont()).pixelSize()

    @Slot()
    def draw(self) -> None:
        """Put formulas whose outlines are there in place of their sources, and show those that can't be drawn."""
        for block in tuple(_math_blocks(self._text.document())):
            source = block.text()
            outline = None if self._book is None else self._book.outline(source)
            if outline is not None:
                self._painter.keep(source, outline)
                self._replace(block, source)
        self._show_sources()

    def _replace(self, block: QTextBlock, source: str) -> None:
        form = QTextCharFormat()
        form.setObjectType(FORMULA)
        form.setProperty(SOURCE, source)
        form.setToolTip(source)
        cursor = QTextCursor(block)
        cursor.setBlockFormat(_block_format())
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(_SIGN, form)


class _FormulaPainter(QPyTextObject):
    """Fills outlines in the colour of the browser's text, never wider than the page, sharp at every scale."""

    def __init__(self, text: QTextBrowser) -> None:
        super().__init__(text)
        self._text = text
        self._shapes: dict[str, tuple[QPainterPath, FormulaOutline]] = {}

    def keep(self, source: str, outline: FormulaOutline) -> None:
        """Remember how a formula looks."""
        if source not in self._shapes:
            self._shapes[source] = (_path(outline), outline)

    def intrinsicSize(self, document: QTextDocument, position: int, form: QTextFormat) -> QSizeF:  # noqa: ARG002  (Qt's)
        """Return the size of a formula on the page, in device-independent pixels."""
        _, outline = self._shapes[str(form.property(SOURCE))]
        scale = self._scale(document, outline)
        return QSizeF(outline.width * scale, (outline.ascent + outline.depth) * scale)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        position: int,  # noqa: ARG002  (Qt's)
        form: QTextFormat,
    ) -> None:
        """Fill a formula into its place."""
        path, outline = self._shapes[str(form.property(SOURCE))]
        scale = self._scale(document, outline)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.left(), rect.top() + outline.ascent * scale)
        painter.scale(scale, -scale)
        painter.fillPath(path, self._text.palette().color(QPalette.ColorRole.Text))
        painter.restore()

    def _scale(self, document: QTextDocument, outline: FormulaOutline) -> float:
        """Return how many pixels the size of the formula's font is."""
        size = _SIZE * QFontInfo(document.defaultFont()).pixelSize()
        room = document.textWidth() - 2 * document.documentMargin() - 2 * LARGE_SPACING
        return min(size, room / outline.width) if room > 0 else size


def _math_blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        if block.blockFormat().property(QTextFormat.Property.BlockCodeLanguage) == LANGUAGE and block.text():
            yield block
        block = block.next()


def _show_source(block: QTextBlock, colour: QColor, size: int) -> None:
    """Show a source, set apart as the formula would be."""
    form = _block_format()
    form.setLineHeight(0, QTextBlockFormat.LineHeightTypes.SingleHeight.value)
    _dress(block, form, colour, size)


def _keep_room(block: QTextBlock, size: int) -> None:
    """Leave as much room as the formula will take; letters of one pixel never break the line."""
    form = _block_format()
    height = _TALL if any(sign in block.text() for sign in _TALL_SIGNS) else _LOW
    form.setLineHeight(height * _SIZE * size, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    _dress(block, form, QColor(Qt.GlobalColor.transparent), 1)


def _dress(block: QTextBlock, form: QTextBlockFormat, colour: QColor, size: int) -> None:
    whole = block.blockFormat()
    whole.merge(form)
    whole.setNonBreakableLines(False)
    letters = QTextCharFormat()
    letters.setForeground(colour)
    letters.setProperty(QTextFormat.Property.FontPixelSize, size)
    cursor = QTextCursor(block)
    cursor.setBlockFormat(whole)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.mergeCharFormat(letters)


def _block_format() -> QTextBlockFormat:
    form = QTextBlockFormat()
    form.setLeftMargin(LARGE_SPACING)
    form.setTopMargin(SPACING)
    form.setBottomMargin(SPACING)
    return form


def _path(outline: FormulaOutline) -> QPainterPath:
    """Return an outline as a path of Qt's, still in units of the size of its font and with y upwards."""
    from vae_explorer.export.formula import CUBIC, LINE, MOVE, QUADRATIC

    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    points = [QPointF(*place) for place in outline.vertices.tolist()]
    codes = outline.codes.tolist()
    index = 0
    while index < len(codes):
        code = codes[index]
        if code == MOVE:
            path.moveTo(points[index])
        elif code == LINE:
            path.lineTo(points[index])
        elif code == QUADRATIC:
            path.quadTo(points[index], points[index + 1])
            index += 1
        elif code == CUBIC:
            path.cubicTo(points[index], points[index + 1], points[index + 2])
            index += 2
        else:
            path.closeSubpath()
        index += 1
    return path
