"""Keeping what libraries in C print of damaged files out of the terminal: the program names such files itself."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ERRORS: Final = 2
"""Descriptor of standard error, which libraries write to directly."""
_TURN: Final = threading.Lock()


@contextmanager
def silent_library() -> Iterator[None]:
    """Send what is written to standard error nowhere, in all of the process, for the moment of one call.

    Where there is no standard error, as in a window without a terminal, nothing is done.
    """
    with _TURN:
        try:
            kept = os.dup(_ERRORS)
        except OSError:
            yield
            return
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _ERRORS)
            os.close(nowhere)
            yield
        finally:
            os.dup2(kept, _ERRORS)
            os.close(kept)
