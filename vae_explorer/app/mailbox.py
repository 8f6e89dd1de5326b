"""A letter box between two threads: the newest item replaces the one nobody has read yet."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class Mailbox(Generic[ItemT]):
    """One slot, the latest wins: for pictures and models, of which only the newest is worth showing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._item: ItemT | None = None

    def put(self, item: ItemT) -> None:
        """Replace what is in the slot."""
        with self._lock:
            self._item = item

    def take(self) -> ItemT | None:
        """Empty the slot; None if nothing has come since the last time."""
        with self._lock:
            item, self._item = self._item, None
            return item


class Queue(Generic[ItemT]):
    """A queue that loses nothing: for events and metrics, each of which counts."""

    def __init__(self) -> None:
        self._items: deque[ItemT] = deque()

    def put(self, item: ItemT) -> None:
        """Append an item."""
        self._items.append(item)

    def take_all(self) -> tuple[ItemT, ...]:
        """Remove and return all items, oldest first."""
        items: list[ItemT] = []
        while True:
            try:
                items.append(self._items.popleft())
            except IndexError:
                return tuple(items)
