"""Finding literals that a person would read and that nobody marked to be translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Final

MARKS: Final = frozenset({"tr", "marked"})
EXEMPTION: Final = "# untranslated:"
"""Comment, with the reason, in a statement whose literals stay as they are."""

_NOT_SHOWN: Final = frozenset(
    {
        "setObjectName",
        "setStyle",
        "setStyleSheet",
        "findChild",
        "findChildren",
        "getattr",
        "hasattr",
        "setattr",
        "setProperty",
        "property",
        "invokeMethod",
        "compile",
        "match",
        "fullmatch",
        "search",
        "sub",
        "startswith",
        "endswith",
        "rsplit",
        "strip",
        "lstrip",
        "rstrip",
        "removeprefix",
        "removesuffix",
        "replace",
        "encode",
        "partition",
        "rpartition",
        "count",
        "index",
        "find",
        "debug",
        "info",
        "warning",
        "error",
        "log",
        "exception",
        "TypeVar",
        "NewType",
        "cast",
        "Struct",
        "pack",
        "unpack",
        "import_module",
        "fromString",
        "QUrl",
        "dtype",
        "einsum",
        "strftime",
        "strptime",
        "namedtuple",
        "filterwarnings",
        "TypeError",
        "ValueError",
        "AssertionError",
        "NotImplementedError",
        "KeyError",
        "AttributeError",
        "IndexError",
        "RuntimeError",
        "remember",
        "add_field",
        "get",
        "pop",
        "split",
    }
)
"""Calls whose words are names, formats or for programmers: what they raise is no message for a user."""
_SENTENCE = re.compile(r"[A-Za-z]{2,}[,.:;…]?\)?\s+\S*[A-Za-z{(]|[})] +[A-Za-z]{2,}|[A-Za-z]{2,}:? +\{")
_MARK_UP = re.compile(r"<[^>]*>|&nbsp;|log [pq]\([^)]*\)")
"""What is no words: tags, and formulas that look the same everywhere."""
_WORD_OF_THE_WINDOW = re.compile(r"&?[A-Z]&?[a-z&]+[.…:]?")


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal that looks like words for a person."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text[:90]!r}"


def unmarked(path: Path, *, window: bool) -> Iterator[Literal]:
    """Yield the literals of a file that look like words and aren't marked.

    Parameters
    ----------
    path
        A Python file.
    window
        Whether single words with a capital letter count: in a window they are titles and buttons.
    """
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node, text in _literals(tree):
        bare = _MARK_UP.sub("", text)
        looks_like_words = _SENTENCE.search(bare) or (window and _WORD_OF_THE_WINDOW.fullmatch(text))
        exempt = any(EXEMPTION in line for line in lines[slice(*_statement(node, parents))])
        if looks_like_words and not exempt and not _is_hidden(node, parents):
            yield Literal(path, node.lineno, text)


def _literals(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Yield the literals that aren't docstrings, f-strings as a whole."""
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
    elsewhere = documentation.union(*(set(ast.walk(string)) - {string} for string in strings))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values]
            if re.search(r"[A-Za-z]{2,}", "".join(parts).replace("{x}", "")):
                yield node, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in elsewhere:
            yield node, node.value


def _statement(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> tuple[int, int]:
    """Return the lines, from 0 on, of the statement that a literal is in; of one with a body those before it."""
    around: ast.AST = node
    while not isinstance(around, ast.stmt):
        around = parents[around]
    body = getattr(around, "body", None)
    return around.lineno - 1, body[0].lineno - 1 if body else around.end_lineno or around.lineno


def _is_hidden(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether what is round a literal says that it is marked, or that no person reads it."""
    while node in parents:
        if _hides(parents[node], node):
            return True
        node = parents[node]
    return False


def _hides(parent: ast.AST, node: ast.AST) -> bool:
    match parent:
        case ast.Call(func=function, args=[*arguments]) if node is not function:
            name = _called(parent)
            return name in _NOT_SHOWN or (name in MARKS and node is arguments[0])
        case ast.Compare() | ast.MatchValue() | ast.arg():
            return True
        case ast.Subscript(slice=part) | ast.AnnAssign(annotation=part):
            return node is part
        case ast.FunctionDef(returns=part) | ast.AsyncFunctionDef(returns=part):
            return node is part
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.Dict(keys=keys):
            return any(node is key for key in keys)
        case _:
            return False


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def ill_filled(path: Path) -> Iterator[str]:
    """Yield a line for each marked text in a file that is given other values than it has places for."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(args=[ast.Constant(value=str(text))], keywords=[*given]) if given and _called(node) in MARKS:
                names = {word.arg for word in given if word.arg is not None}
                if names != _places(text) and all(word.arg is not None for word in given):
                    yield f"{path}:{node.lineno}: {text[:60]!r} has {sorted(_places(text))}, given {sorted(names)}"


def _places(text: str) -> set[str]:
    """Return the names of what is filled into a text, also into the formats of others."""
    found: set[str] = set()
    for _before, name, form, _conversion in Formatter().parse(text):
        found |= ({name} if name else set()) | (_places(form) if form else set())
    return found
