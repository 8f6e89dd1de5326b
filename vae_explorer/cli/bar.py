"""A bar that shows how far something is, for as long as that lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from tqdm import tqdm


class WithBar:
    """Has a bar on a terminal, none elsewhere; it is taken away when the ``with`` block is left."""

    _bar: tqdm[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
