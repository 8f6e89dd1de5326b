"""Read from the source, without running it, which module imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "vae_explorer"

# From the top of the house to its foundation: a room may import rooms of lower floors only, and none of its own floor.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"__main__"}),
    frozenset({"cli"}),
    frozenset({"gui"}),
    frozenset({"app"}),
    frozenset({"export", "runs"}),
    frozenset({"training", "latent"}),
    frozenset({"objectives"}),
    frozenset({"models", "data"}),
    frozenset(
        {
            "config",
            "sections",
            "values",
            "registry",
            "errors",
            "resources",
            "storage",
            "logbook",
            "language",
            "system_errors",
            "freed_memory",
        }
    ),
)
FOUNDATION = FLOORS[-1]


@dataclass(frozen=True, slots=True)
class Import:
    """One import: in which module and line, and the full name of what is imported."""

    module: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def module_name(path: Path, root: Path) -> str:
    """Return the dotted name of a source file below the folder ``root``."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(root: Path) -> list[str]:
    """Return the names of all modules of the package, which lies in the folder ``root``."""
    return sorted(module_name(path, root) for path in (root / PACKAGE).rglob("*.py"))


def imports(root: Path) -> list[Import]:
    """Return every import of the package: at the top, in functions, for type checking only, and by name."""
    found: list[Import] = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        module = module_name(path, root)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        found.extend(
            Import(module, line, target) for node in ast.walk(tree) for line, target in _targets(node, package)
        )
    return found


def _targets(node: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Import(names=names):
            yield from ((node.lineno, alias.name) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = _absolute(module or "", package, level)
            # `from package import room` names a module, `from package.room import Class` doesn't: both are looked at.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in names)
        case ast.Call(func=function, args=[ast.Constant(value=str(target)), *_]) if _name(function) in {
            "import_module",
            "__import__",
        }:
            yield node.lineno, target


def _absolute(module: str, package: str, level: int) -> str:
    if level == 0:
        return module
    parents = package.split(".")[: len(package.split(".")) - (level - 1)]
    return ".".join([*parents, module] if module else parents)


def _name(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def room(module: str) -> str:
    """Return the room a module of the package is in; empty for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def floor(name: str) -> int | None:
    """Return how far below the top a room is; None for a room without a place."""
    return next((number for number, names in enumerate(FLOORS) if name in names), None)


def wrong_arrows(found: list[Import]) -> list[str]:
    """Return the imports inside the package that go up, or across to another room of the same floor."""
    wrong = []
    for item in found:
        if item.target.split(".")[0] != PACKAGE:
            continue
        source, target = room(item.module), room(item.target)
        if source == target or floor(target) is None:
            continue  # `from vae_explorer import __version__`
        inside_foundation = source in FOUNDATION and target in FOUNDATION
        start, end = floor(source), floor(target)
        if not inside_foundation and (start is None or end is None or start >= end):
            wrong.append(str(item))
    return wrong


def users(found: list[Import], library: str) -> dict[str, list[str]]:
    """Return the rooms that import a library, each with the imports."""
    result: dict[str, list[str]] = {}
    for item in found:
        if item.target.split(".")[0] == library:
            result.setdefault(room(item.module), []).append(str(item))
    return result
