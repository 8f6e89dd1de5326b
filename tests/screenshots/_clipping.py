"""What of a window a person can't read: words without room, widgets that are cut off, tabs that are shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractScrollArea, QLabel, QTabBar, QToolButton, QWidget

from tests.gui.clipping import clipped

if TYPE_CHECKING:
    from collections.abc import Iterator

_SLACK = 1
"""Pixels that rounding at a fractional scale may take."""


def unreadable(root: QWidget) -> list[str]:
    """Return what is clipped in a window or a part of one, each in a sentence."""
    return [*clipped(root), *_cut_lines(root), *_short_tabs(root)]


def _cut_lines(root: QWidget) -> Iterator[str]:
    """Find labels that lack the height for their lines, or of which a part is below the rim of what they lie in."""
    for label in root.findChildren(QLabel):
        if not label.isVisibleTo(root) or label.visibleRegion().isEmpty() or not label.text():
            continue
        needed, room = label.heightForWidth(label.width()), _seen_height(label, root)
        if needed > room + _SLACK:
            yield f"QLabel {label.text()[:60]!r} needs {needed} pixels of height and has {room}"


def _seen_height(widget: QWidget, root: QWidget) -> int:
    """Return how much of a widget's height its ancestors leave; what can be scrolled to counts as seen."""
    here, above, place = widget, widget.parentWidget(), widget.rect()
    while here is not root and above is not None and not isinstance(above.parentWidget(), QAbstractScrollArea):
        place = place.translated(here.pos()).intersected(above.rect())
        here, above = above, above.parentWidget()
    return place.height()


def _short_tabs(root: QWidget) -> Iterator[str]:
    """Find tabs whose titles are shortened, or that wait behind the arrows of their row."""
    for bar in root.findChildren(QTabBar):
        if not bar.isVisibleTo(root) or bar.visibleRegion().isEmpty():
            continue
        if any(button.isVisible() for button in bar.findChildren(QToolButton)):
            yield f"QTabBar with {bar.tabText(0)!r} has no room for all of its {bar.count()} tabs"
        for index in range(bar.count()):
            needed, room = bar.fontMetrics().horizontalAdvance(bar.tabText(index)), bar.tabRect(index).width()
            if needed > room:
                yield f"QTabBar tab {bar.tabText(index)!r} needs {needed} pixels and has {room}"
