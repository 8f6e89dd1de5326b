"""Slots that hear others than their own widget aren't overridden.

PySide connects an overridden one, where a base class does it, so that it is called even when its object is gone: a
panel whose window was replaced by one in another language would go on to be told of every model.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[2] / "vae_explorer"


@dataclass(frozen=True)
class Declared:
    """A class: its bases, its methods, and those of them that it connects to signals of others."""

    bases: tuple[str, ...]
    methods: frozenset[str]
    hearing: frozenset[str]


def declared(sources: Iterable[str]) -> dict[str, Declared]:
    """Return the classes of these sources by name."""
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    return {
        node.name: Declared(
            tuple(map(_name, node.bases)),
            frozenset(member.name for member in node.body if isinstance(member, ast.FunctionDef)),
            frozenset(_hearing(node)),
        )
        for node in nodes
    }


def overridden(classes: dict[str, Declared]) -> list[str]:
    """Return what is connected in a class and overridden in one derived from it, as ``Derived.method``."""
    return sorted(
        f"{name}.{method}"
        for name, made in classes.items()
        for base in _ancestors(name, classes)
        for method in classes[base].hearing & made.methods
    )


def _hearing(node: ast.ClassDef) -> Iterator[str]:
    for call in ast.walk(node):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "connect"):
            continue
        target = call.args[0] if call.args else None
        signal = ast.unparse(call.func.value)
        is_own = signal.startswith("self.") and not signal.startswith(("self.session.", "self._session."))
        if not is_own and isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
            yield target.attr


def _name(base: ast.expr) -> str:
    return ast.unparse(base.value if isinstance(base, ast.Subscript) else base)


def _ancestors(name: str, classes: dict[str, Declared]) -> set[str]:
    bases = {base for base in classes[name].bases if base in classes and base != name}
    return bases.union(*(_ancestors(base, classes) for base in bases))


def test_that_what_hears_others_is_not_overridden() -> None:
    classes = declared(path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py"))
    assert any(made.hearing for made in classes.values())
    assert overridden(classes) == []


def test_that_an_overridden_one_is_found() -> None:
    source = """
class Base(Panel):
    def __init__(self, session):
        session.model_changed.connect(self._take)
        self._timer.timeout.connect(self._tick)
class Derived(Base["int"]):
    def _take(self): ...
    def _tick(self): ...
"""
    assert overridden(declared([source])) == ["Derived._take"]
