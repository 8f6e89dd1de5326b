"""Calls of the operating system that fail on purpose, having done what a failing one would."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.proving._calls import Call, hooked

CODES = (errno.ENOSPC, errno.EIO, errno.EACCES)
SHORT, NOTHING, INTERRUPTED = "short write", "write of nothing", "cancelled"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong.

    Attributes
    ----------
    number
        Of the call, from 1.
    kind
        An error's number, or one of the words above.
    lasts
        Whether all later calls that could fail so fail too.
    """

    number: int
    kind: int | str
    lasts: bool = False

    def __str__(self) -> str:
        name = errno.errorcode.get(self.kind, "") if isinstance(self.kind, int) else self.kind
        return f"{name} {'from' if self.lasts else 'at'} call {self.number}{' on' if self.lasts else ''}"


class Faults:
    """Counts the calls that concern a folder, and lets one of them fail, or all from one on.

    Parameters
    ----------
    root
        The folder.
    fault
        What goes wrong; None only counts.
    """

    def __init__(self, root: Path, fault: Fault | None = None) -> None:
        self._root, self._fault = root.resolve(), fault
        self._descriptors: set[int] = set()
        self._lock = threading.RLock()
        self.names: list[str] = []
        self.has_struck = False

    @contextmanager
    def injected(self) -> Iterator[None]:
        """Let the calls of this process pass through it."""
        with hooked(self._hear):
            yield

    def _hear(self, name: str, real: Call, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        with self._lock:
            if not self._concerns(arguments[0], named.get("dir_fd")):
                return real(*arguments, **named)
            self.names.append(name)
            if self._fault is not None and self._is_due(name):
                return self._fail(name, real, arguments, named)
            result = real(*arguments, **named)
            if name == "open":
                self._descriptors.add(result)
            elif name == "close":
                self._descriptors.discard(arguments[0])
            return result

    def _concerns(self, what: Any, folder: int | None) -> bool:
        if isinstance(what, int):
            return what in self._descriptors
        if folder is not None:
            return folder in self._descriptors
        return Path(os.fsdecode(what)).parent.resolve().is_relative_to(self._root)

    def _is_due(self, name: str) -> bool:
        fault = self._fault
        assert fault is not None
        if fault.kind in {SHORT, NOTHING} and name != "write":
            return False
        return len(self.names) == fault.number or (fault.lasts and len(self.names) > fault.number)

    def _fail(self, name: str, real: Call, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        fault = self._fault
        assert fault is not None
        self.has_struck = True
        if fault.kind == SHORT:
            return real(arguments[0], bytes(arguments[1])[: max(1, len(arguments[1]) // 2)])
        if fault.kind == NOTHING:
            return 0
        if name == "close":
            self._descriptors.discard(arguments[0])
            real(*arguments)
        if name == "write":
            real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        if fault.kind == INTERRUPTED:
            raise KeyboardInterrupt
        assert isinstance(fault.kind, int)
        raise OSError(fault.kind, os.strerror(fault.kind))
