"""The calls of the operating system by which a run is written, each passed through a hook that may note or fail it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

CHANGING = ("write", "fsync", "ftruncate", "rename", "replace", "mkdir", "unlink", "rmdir", "chmod")
CALLS = ("open", *CHANGING, "close")
"""Functions of the module `os`; those of pathlib and shutil come down to them."""

Call = Callable[..., Any]
Hook = Callable[[str, Call, tuple[Any, ...], dict[str, Any]], Any]
"""Gets the name of a call, the real function, and its arguments; returns what the caller is to get."""


@contextmanager
def hooked(hook: Hook) -> Iterator[None]:
    """Let every such call, of any thread, go through a hook; the calls of the hook itself don't."""
    inside = threading.local()

    def through(name: str, real: Call) -> Call:
        def call(*arguments: Any, **named: Any) -> Any:
            if getattr(inside, "busy", False):
                return real(*arguments, **named)
            inside.busy = True
            try:
                return hook(name, real, arguments, named)
            finally:
                inside.busy = False

        return call

    with ExitStack() as stack:
        for name in CALLS:
            stack.enter_context(patch.object(os, name, through(name, getattr(os, name))))
        yield
