"""Uses of what can run code out of a file that someone else made, found in the source without running it.

The linter forbids most of them by name as they are typed (``banned-api`` in pyproject.toml); this walk also sees what
it doesn't look for: arguments, and names that are reached in another way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

MODULES = {"pickle", "cPickle", "_pickle", "pickletools", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml"}
"""Modules that build objects from bytes, whatever the bytes say."""
CALLS = {"eval", "exec", "compile", "__import__"}
FUNCTIONS = {
    ("torch", "load"),
    ("torch", "save"),
    ("torch", "jit"),
    ("torch", "package"),
    ("torch", "hub"),
    ("torch.jit", "load"),
    ("torch.serialization", "load"),
    ("os", "system"),
    ("os", "popen"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
    ("pandas", "read_pickle"),
    ("runpy", "run_path"),
    ("code", "interact"),
}
ARRAY_LOADERS = {("numpy", "load"), ("np", "load")}
"""Safe as they are, and one argument away from not being so: the readers have their own."""
ARCHIVE_METHODS = {"extractall"}
"""Write files under names that the archive chooses."""
FLAGS = {"allow_pickle": True, "shell": True, "weights_only": False}
"""Arguments with the values that make a safe call unsafe."""
_PICTURES = {("Image", "open"), ("PIL.Image", "open")}
_WORDS = MODULES | CALLS | {name for _, name in FUNCTIONS | ARRAY_LOADERS | _PICTURES} | ARCHIVE_METHODS | set(FLAGS)
_ANY = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS))})\b")
"""Without one of these words there is nothing to look for, and most files have none."""


def dangers(source: str, *, is_test: bool = False) -> list[str]:
    """Return what is dangerous in a source text.

    Parameters
    ----------
    source
        Python.
    is_test
        Whether it is that of a test, which reads back the arrays and pictures that it wrote itself.
    """
    if _ANY.search(source) is None:
        return []
    nodes = list(ast.walk(ast.parse(source)))
    aliases = _aliases(nodes)
    return [danger for node in nodes for danger in _of_node(node, aliases, is_test)]


def _of_node(node: ast.AST, aliases: dict[str, str], is_test: bool) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names if alias.name.split(".")[0] in MODULES)
        case ast.ImportFrom(module=str(module), names=names):
            if module.split(".")[0] in MODULES:
                yield module
            yield from (alias.name for alias in names if (module, alias.name) in FUNCTIONS | ARRAY_LOADERS)
        case ast.Attribute(value=value, attr=name):
            owner = _dotted(value, aliases)
            if (owner, name) in FUNCTIONS or (not is_test and (owner, name) in ARRAY_LOADERS):
                yield f"{owner}.{name}"
        case ast.Call():
            yield from _of_call(node, aliases, is_test)
        case _:
            pass


def _of_call(node: ast.Call, aliases: dict[str, str], is_test: bool) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else _dotted(node.func, aliases)
    if isinstance(node.func, ast.Name) and name in CALLS:
        yield name
    if name in ARCHIVE_METHODS:
        yield name
    if name in {"import_module", "__import__"} and any(
        isinstance(word, ast.Constant) and str(word.value).split(".")[0] in MODULES for word in node.args
    ):
        yield "import_module"
    for flag in node.keywords:
        if flag.arg in FLAGS and not (isinstance(flag.value, ast.Constant) and flag.value.value is not FLAGS[flag.arg]):
            yield f"{flag.arg}={ast.unparse(flag.value)}"
    is_picture = isinstance(node.func, ast.Attribute) and (_dotted(node.func.value, aliases), name) in _PICTURES
    if is_picture and not is_test and not any(flag.arg == "formats" for flag in node.keywords):
        yield "Image.open without formats"


def _aliases(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Return what the names of modules stand for: ``np`` for ``numpy``."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return found


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    return f"{_dotted(node.value, aliases)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
