"""A disk that loses what wasn't brought to it: every state in which a power loss may leave a folder.

A disk promises little: of a file only what was there at its last fsync, of a folder only the names at its last fsync.
Everything else may be there, or not, or in part, in any order. A `Disk` notes what a program does, and tells the states
that may be found afterwards: nothing that wasn't synced, all of it, each beginning of it, all names but one; each with
the content of files that weren't synced lost, zeroed, torn, or whole.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.proving._calls import Call, hooked

Tree = dict[str, bytes | None]
"""Content of files by path, None for folders."""

CONTENTS = ("lost", "zeroed", "torn", "whole")
"""What may be found of bytes that were written and not synced."""

_LATEST = 12
"""How many of the names that weren't synced may be lost one by one."""


@dataclass(slots=True, eq=False)
class Node:
    """A file or a folder: what a program sees, and what the disk has for certain."""

    is_folder: bool
    content: bytearray = field(default_factory=bytearray)
    safe: bytes = b""
    names: dict[str, Node] = field(default_factory=dict)
    pending: list[tuple[int, dict[str, Node | None]]] = field(default_factory=list)
    safe_names: dict[str, Node] = field(default_factory=dict)

    def found(self, how: str) -> bytes:
        """Return the content after a crash."""
        if how == "whole" or bytes(self.content) == self.safe:
            return bytes(self.content)
        size = len(self.content)
        if how == "lost":
            return self.safe
        if how == "zeroed":
            return self.safe[:size] + bytes(max(0, size - len(self.safe)))
        return bytes(self.content[: (len(self.safe) + size) // 2])


@dataclass(frozen=True, slots=True)
class Crash:
    """A moment at which the power may go.

    Attributes
    ----------
    call
        The call before it.
    marks
        What the program had told by then.
    states
        What may be found, each once.
    """

    call: str
    marks: tuple[Any, ...]
    states: tuple[Tree, ...]


class Disk:
    """Notes what is done below a folder.

    Parameters
    ----------
    root
        A folder whose content is on the disk.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._top = self._node_of(self._root)
        self._descriptors: dict[int, Node] = {}
        self._lock = threading.RLock()
        self._count = 0
        self._marks: list[Any] = []
        self._seen: set[int] = set()
        self.calls = 0
        self.crashes: list[Crash] = []

    def mark(self, told: object) -> None:
        """Note that the program has told something, such as that a save is done."""
        with self._lock:
            self._marks.append(told)
            self._note_crash(f"told {told}")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note the calls of this process."""
        with hooked(self._hear):
            yield

    # -- What is done --------------------------------------------------------------------------------------------------

    def _hear(self, name: str, real: Call, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        with self._lock:
            node = self._descriptors.get(arguments[0]) if name in {"write", "fsync", "ftruncate", "close"} else None
            place = None if node is not None else self._place(arguments[0], named.get("dir_fd"))
            result = real(*arguments, **named)
            if node is None and place is None:
                return result
            before = self._count
            self._do(name, node, place, arguments, named, result)
            if self._count != before:
                self.calls += 1
                self._note_crash(f"{name} {'' if place is None else '/'.join(place)}".rstrip())
            return result

    def _do(
        self,
        name: str,
        node: Node | None,
        place: tuple[str, ...] | None,
        arguments: tuple[Any, ...],
        named: dict[str, Any],
        result: Any,
    ) -> None:
        if node is not None:
            self._do_to_open(name, node, arguments, result)
        elif place is not None and name == "open":
            self._open(place, arguments[1], result)
        elif place is not None and name in {"rename", "replace"}:
            target = self._place(arguments[1], None)
            if target is None or target[:-1] != place[:-1]:
                raise AssertionError(f"{name} {place} from one folder to another: {target}")
            folder, moved = self._find(place[:-1]), self._find(place)
            self._set(folder, {place[-1]: None, target[-1]: moved})
        elif place is not None and name == "mkdir":
            self._set(self._find(place[:-1]), {place[-1]: Node(is_folder=True)})
        elif place is not None and name in {"unlink", "rmdir"}:
            self._set(self._find(place[:-1]), {place[-1]: None})

    def _do_to_open(self, name: str, node: Node, arguments: tuple[Any, ...], result: Any) -> None:
        if name == "write":
            node.content += bytes(arguments[1][:result])  # all files of a run are written from their end on
        elif name == "ftruncate":
            del node.content[arguments[1] :]
        elif name == "fsync" and node.is_folder:
            node.safe_names, node.pending = dict(node.names), []
        elif name == "fsync":
            node.safe = bytes(node.content)
        elif name == "close":
            del self._descriptors[arguments[0]]
            return
        self._count += 1

    def _open(self, place: tuple[str, ...], flags: int, descriptor: int) -> None:
        folder = self._find(place[:-1]) if place else None
        if folder is not None and flags & os.O_CREAT and place[-1] not in folder.names:
            self._set(folder, {place[-1]: Node(is_folder=False)})
        self._descriptors[descriptor] = self._find(place)
        if flags & os.O_TRUNC:
            self._descriptors[descriptor].content.clear()
            self._count += 1

    def _set(self, folder: Node, names: dict[str, Node | None]) -> None:
        """Change names of a folder in one step."""
        _apply(folder.names, names)
        folder.pending.append((self._count, names))
        self._count += 1

    # -- What may be found ---------------------------------------------------------------------------------------------

    def _note_crash(self, call: str) -> None:
        orders = sorted(order for order, _ in _pending(self._top, set()))
        # Shorter beginnings and earlier names were the last ones at an earlier crash.
        shortest = max(1, len(orders) - _LATEST)
        chosen = [frozenset(orders[:length]) for length in (0, *range(shortest, len(orders) + 1))]
        chosen += [frozenset(orders) - {order} for order in orders[-_LATEST:]]
        fresh: list[Tree] = []
        for applied in dict.fromkeys(chosen):
            for how in CONTENTS:
                tree: Tree = {}
                _collect(self._top, "", applied, how, tree)
                known = hash((tuple(sorted(tree.items())), len(self._marks)))
                if known not in self._seen:
                    self._seen.add(known)
                    fresh.append(tree)
        if fresh:
            self.crashes.append(Crash(call, tuple(self._marks), tuple(fresh)))

    def _node_of(self, path: Path) -> Node:
        if not path.is_dir():
            content = path.read_bytes()
            return Node(is_folder=False, content=bytearray(content), safe=content)
        names = {inner.name: self._node_of(inner) for inner in path.iterdir()}
        return Node(is_folder=True, names=names, safe_names=dict(names))

    def _place(self, path: Any, folder: int | None) -> tuple[str, ...] | None:
        """Return the parts of a path below the root, None for one elsewhere."""
        if isinstance(path, int):
            return None
        whole = Path(os.fsdecode(path))
        if folder is not None:
            node = self._descriptors.get(folder)
            return None if node is None else (*self._parts_of(node), whole.name)
        absolute = whole.parent.resolve() / whole.name
        return absolute.relative_to(self._root).parts if absolute.is_relative_to(self._root) else None

    def _parts_of(self, wanted: Node) -> tuple[str, ...]:
        open_nodes: list[tuple[tuple[str, ...], Node]] = [((), self._top)]
        for parts, node in open_nodes:
            if node is wanted:
                return parts
            open_nodes += [((*parts, name), inner) for name, inner in node.names.items() if inner.is_folder]
        raise AssertionError("a folder that was taken away is still written to")

    def _find(self, parts: tuple[str, ...]) -> Node:
        node = self._top
        for part in parts:
            node = node.names[part]
        return node


def _apply(names: dict[str, Node], changes: dict[str, Node | None]) -> None:
    for name, node in changes.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _pending(node: Node, seen: set[int]) -> Iterator[tuple[int, Node]]:
    """Yield the changes of names that may be lost, in folders that are or may be found."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield from ((order, node) for order, _ in node.pending)
    inner = [*node.names.values(), *node.safe_names.values()]
    inner += [other for _, changes in node.pending for other in changes.values() if other is not None]
    for other in inner:
        if other.is_folder:
            yield from _pending(other, seen)


def _collect(node: Node, path: str, applied: frozenset[int], how: str, tree: Tree) -> None:
    names = dict(node.safe_names)
    for order, changes in node.pending:
        if order in applied:
            _apply(names, changes)
    for name, inner in names.items():
        where = f"{path}/{name}" if path else name
        if inner.is_folder:
            tree[where] = None
            _collect(inner, where, applied, how, tree)
        else:
            tree[where] = inner.found(how)


def write_tree(tree: Tree, folder: Path) -> None:
    """Make the files and folders of a state in an empty folder."""
    for name, content in sorted(tree.items()):
        path = folder / name
        if content is None:
            path.mkdir()
        else:
            path.write_bytes(content)
