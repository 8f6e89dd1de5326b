"""Finding widgets that are cut off or too narrow for their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLabel,
    QMainWindow,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from vae_explorer.gui.editors import ChoiceEdit

if TYPE_CHECKING:
    from collections.abc import Iterator


def clipped(root: QWidget) -> list[str]:
    """Return what a person can't read: widgets cut off at the side of an ancestor, and words wider than their place."""
    found = []
    for widget in _seen(root):
        if _is_cut_off(widget, root):
            found.append(f"{_name(widget)} is cut off at the side")
        needed, room = _words(widget)
        if needed > room:
            found.append(f"{_name(widget)} needs {needed} pixels and has {room}")
    return found


def _seen(root: QWidget) -> Iterator[QWidget]:
    for widget in root.findChildren(QWidget):
        if widget.isVisibleTo(root) and widget.window() is root.window() and not _is_behind_a_tab(widget):
            yield widget


def _is_behind_a_tab(widget: QWidget) -> bool:
    """Whether the dock around a widget waits behind another one: Qt keeps it shown, but outside the window."""
    dock: QWidget | None = widget
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    window = None if dock is None else dock.parentWidget()
    if not isinstance(dock, QDockWidget) or not isinstance(window, QMainWindow):
        return False
    return bool(window.tabifiedDockWidgets(dock)) and dock.visibleRegion().isEmpty()


def _is_cut_off(widget: QWidget, root: QWidget) -> bool:
    if not isinstance(widget, QAbstractButton | QAbstractSpinBox | QComboBox | QLabel):
        return False
    ancestor = widget.parentWidget()
    place = QRect(QPoint(0, 0), widget.size())
    while ancestor is not None:
        here = QRect(widget.mapTo(ancestor, QPoint(0, 0)), place.size())
        if here.left() < 0 or here.right() >= ancestor.width():
            return True
        if ancestor is root:
            return False
        ancestor = ancestor.parentWidget()
    return False


def _words(widget: QWidget) -> tuple[int, int]:
    """Return how wide the words of a widget are and how much room it has for them."""
    metrics = widget.fontMetrics()
    match widget:
        case ChoiceEdit():
            return 0, 0  # ends in an ellipsis, and lists its choices in full
        case QComboBox():
            option = QStyleOptionComboBox()
            widget.initStyleOption(option)
            complex_control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
            room = widget.style().subControlRect(complex_control, option, field, widget).width()
            return metrics.horizontalAdvance(widget.currentText()), room
        case QLabel() if not widget.wordWrap() and widget.text():
            # An ampersand is a mnemonic, and not seen, where there is a buddy.
            flags = Qt.TextFlag.TextShowMnemonic.value if widget.buddy() is not None else 0
            # What Qt needs itself is less where a part of the text is mark-up.
            return min(metrics.size(flags, widget.text()).width(), widget.sizeHint().width()), widget.width()
        case QAbstractSpinBox():
            return metrics.horizontalAdvance(widget.lineEdit().text()), widget.lineEdit().width()
        case QToolButton() if widget.icon().isNull() or widget.text() == "":
            return widget.minimumSizeHint().width(), widget.width()
        case QAbstractButton() if not isinstance(widget, QToolButton):
            return widget.minimumSizeHint().width(), widget.width()
        case _:
            return 0, 0


def _name(widget: QWidget) -> str:
    words = widget.currentText() if isinstance(widget, QComboBox) else str(widget.property("text") or "")
    parent = widget.parentWidget()
    name = widget.objectName() or widget.accessibleName()
    return f"{type(widget).__name__} {name!r} {words!r} in {type(parent).__name__}"
