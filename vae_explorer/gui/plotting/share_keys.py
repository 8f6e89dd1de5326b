"""The keys that move a share, from 0 to 1, along a line."""

from __future__ import annotations

from PySide6.QtCore import Qt


def share_after(key: int, share: float, step: float) -> float | None:
    """Return where a key takes a share: an arrow one step left or right, Home and End to the ends; None for others."""
    targets = {
        Qt.Key.Key_Left: share - step,
        Qt.Key.Key_Right: share + step,
        Qt.Key.Key_Home: 0.0,
        Qt.Key.Key_End: 1.0,
    }
    target = targets.get(Qt.Key(key))
    return None if target is None else min(max(target, 0.0), 1.0)
