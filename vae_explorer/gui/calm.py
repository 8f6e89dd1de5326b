"""Boxes for columns that scroll: the wheel turns them only once a person has chosen them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QValidator, QWheelEvent

_MINUS = "−"


class CalmComboBox(QComboBox):
    """A choice that scrolling past doesn't change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the scroll area unless the box has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()


def signed(text: str) -> str:
    """Return a number as it is shown: ``-0.5`` is −0.5, and ``-0.000`` is no negative number."""
    if text.startswith("-"):
        return text[1:] if not text.strip("-0.,") else _MINUS + text[1:]
    return text


def typed(text: str) -> str:
    """Return a number as it is computed with: −0.5 and -0.5 are both ``-0.5``."""
    return text.replace(_MINUS, "-")


class CalmDoubleSpinBox(QDoubleSpinBox):
    """A number that scrolling past doesn't change, with the minus sign that all other numbers have."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the scroll area unless the box has the focus."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    def textFromValue(self, value: float) -> str:
        """Return the number as it is shown."""
        return signed(super().textFromValue(value))

    def valueFromText(self, text: str) -> float:
        """Return the number of what was typed, with a hyphen or with a minus sign."""
        return float(super().valueFromText(typed(text)))

    def validate(self, text: str, position: int) -> object:
        """Let a minus sign be where a hyphen may be."""
        checked = cast("tuple[QValidator.State, str, int]", super().validate(typed(text), position))
        return checked[0], text, checked[2]
