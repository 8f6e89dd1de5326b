"""What the shown layers are at a point: one place where layers offer their values and others read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from vae_explorer.app.state import Point


@dataclass(frozen=True, slots=True)
class LayerReading:
    """A layer at a point.

    Attributes
    ----------
    title
        What is read, in few words: the name of the layer, or that it is a class.
    text
        Its value as a person writes it: ``31.6``.
    unit
        Of the value, or "".
    """

    title: str
    text: str
    unit: str = ""

    @property
    def words(self) -> str:
        """All of it in one line."""
        return " ".join(part for part in (self.title, self.text, self.unit) if part)


Reader = Callable[["Point"], LayerReading | None]


class LayerReadings(QObject):
    """Reads the layers that are shown."""

    changed = Signal()
    """Some layer has other values than before, or there are other layers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers: dict[str, Reader] = {}

    def offer(self, key: str, reader: Reader | None) -> None:
        """Let a layer be read under a key, or no longer."""
        if reader is None:
            self._readers.pop(key, None)
        else:
            self._readers[key] = reader
        self.changed.emit()

    def at(self, z: Point) -> tuple[LayerReading, ...]:
        """Return what the shown layers are at z, those that are known there; the finest computed cell counts."""
        found = (reader(z) for reader in self._readers.values())
        return tuple(reading for reading in found if reading is not None)
