"""Where a person is in a window: how far its panels are scrolled, what has the focus, and what is being typed.

Another window that takes over, in another language, goes to the same place. Words of another language are higher or
lower, so that a panel is scrolled by what is seen in it, not by pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from vae_explorer.gui.form_row import FormRow
from vae_explorer.gui.vertical_area import VerticalArea

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow

_SETTLING_MILLISECONDS = 400
"""In which a panel that was just shown takes its height."""


@dataclass(frozen=True, slots=True)
class _Key:
    """Finds a widget again in another window: its panel, and which of those of its kind that are shown."""

    panel: str
    kind: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class _Typing:
    """A line that is being typed in: its text, where the cursor is, and what is selected."""

    text: str
    cursor: int
    selection: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a person is in a window.

    Attributes
    ----------
    scrolled
        The column of each panel that is scrolled, the uppermost widget that is seen in it, and how far that is below
        the upper rim, in pixels.
    wrong
        Editors of settings with texts that are no value, and these texts.
    focus
        What has the focus.
    typing
        What is being typed there.
    """

    scrolled: tuple[tuple[_Key, _Key, int], ...]
    wrong: tuple[tuple[_Key, _Typing], ...]
    focus: _Key | None
    typing: _Typing | None


def whereabouts(window: MainWindow) -> Whereabouts:
    """Return where a person is in a window; what is being typed counts from now on for the next window only."""
    scrolled = []
    wrong = []
    for name, host in window.hosts.items():
        for area in host.findChildren(VerticalArea):
            first = _uppermost(area)
            if area.verticalScrollBar().value() > 0 and first is not None:
                scrolled.append((_key(name, host, area), _key(name, host, first), _below_rim(area, first)))
        for row in host.findChildren(FormRow):
            line = _line_of(row.editor)
            if row.has_error and row.isVisibleTo(host) and line is not None:
                wrong.append((_key(name, host, row.editor), _typing(line)))
    focus = window.focusWidget()
    line = _line_of(focus)
    if focus is not None and line is not None:
        focus.blockSignals(True)  # else a half of a number would be taken as the window goes
    place = None if focus is None else _key_in(window, focus)
    return Whereabouts(tuple(scrolled), tuple(wrong), place, None if line is None else _typing(line))


def go_to(window: MainWindow, place: Whereabouts) -> None:
    """Bring a window, which is shown already, to where a person was in another one."""
    for area, first, below in place.scrolled:
        column, widget = _found(window, area), _found(window, first)
        if isinstance(column, VerticalArea) and widget is not None:
            _ScrolledTo(column, widget, below)
    for editor, typed in place.wrong:
        _type(_found(window, editor), typed)
    focus = None if place.focus is None else _found(window, place.focus)
    if focus is not None:
        focus.setFocus(Qt.FocusReason.OtherFocusReason)
        if place.typing is not None:
            _type(focus, place.typing)


class _ScrolledTo(QObject):
    """Keeps a widget of a column where it was until the column has taken its height."""

    def __init__(self, area: VerticalArea, widget: QWidget, below: int) -> None:
        super().__init__(area)
        self._area, self._widget, self._below = area, widget, below
        area.verticalScrollBar().rangeChanged.connect(self._scroll)
        if area.isVisible():
            self._begin()
        else:
            area.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin as the column is shown: one of a panel behind others is when the panel is looked at."""
        if event.type() == QEvent.Type.Show:
            self._begin()
        return super().eventFilter(watched, event)

    def _begin(self) -> None:
        QTimer.singleShot(0, self, self._scroll)
        QTimer.singleShot(_SETTLING_MILLISECONDS, self, self.deleteLater)

    @Slot()
    def _scroll(self) -> None:
        if self._area.isVisible():
            bar = self._area.verticalScrollBar()
            bar.setValue(bar.value() + _below_rim(self._area, self._widget) - self._below)


def _uppermost(area: VerticalArea) -> QWidget | None:
    """Return the first widget that is seen whole at the upper rim."""
    column = area.widget()
    if column is None:
        return None
    seen = (child for child in column.findChildren(QWidget) if child.isVisibleTo(column))
    below = [(_below_rim(area, child), child) for child in seen]
    return min((each for each in below if each[0] >= 0), key=itemgetter(0), default=(0, None))[1]


def _below_rim(area: VerticalArea, widget: QWidget) -> int:
    return widget.mapTo(area.viewport(), QPoint(0, 0)).y()


def _key_in(window: MainWindow, widget: QWidget) -> _Key:
    name = next((name for name, host in window.hosts.items() if host.isAncestorOf(widget)), "")
    return _key(name, window.hosts.get(name, window), widget)


def _key(panel: str, host: QWidget, widget: QWidget) -> _Key:
    kind, name = type(widget).__name__, widget.objectName()
    return _Key(panel, kind, name, _alike(host, kind, name).index(widget))


def _found(window: MainWindow, key: _Key) -> QWidget | None:
    alike = _alike(window.hosts.get(key.panel, window), key.kind, key.name)
    return alike[key.number] if key.number < len(alike) else None


def _alike(host: QWidget, kind: str, name: str) -> list[QWidget]:
    """Return the widgets of a kind and name; of those that aren't shown, as of other objectives, there may be more."""
    found = host.findChildren(QWidget, name) if name else host.findChildren(QWidget)
    return [
        each for each in found if type(each).__name__ == kind and each.objectName() == name and each.isVisibleTo(host)
    ]


def _line_of(widget: QWidget | None) -> QLineEdit | None:
    line = widget.lineEdit() if isinstance(widget, QAbstractSpinBox) else widget
    return line if isinstance(line, QLineEdit) and not line.isReadOnly() else None


def _typing(line: QLineEdit) -> _Typing:
    return _Typing(line.text(), line.cursorPosition(), (line.selectionStart(), line.selectionLength()))


def _type(widget: QWidget | None, typed: _Typing) -> None:
    line = _line_of(widget)
    if line is None:
        return
    if line.text() != typed.text:
        line.setText(typed.text)
        line.textEdited.emit(typed.text)
    line.setCursorPosition(typed.cursor)
    if typed.selection[0] >= 0:
        line.setSelection(*typed.selection)
