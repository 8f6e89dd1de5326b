"""Nothing in the source can run code out of a file that someone else made."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "yaml", "joblib", "cloudpickle"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {("torch", "load"), ("torch", "save"), ("torch", "jit"), ("torch", "package"), ("os", "system")}


def dangers(source: str) -> list[str]:
    """Return the uses of what can run code out of a file that someone else made."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names if alias.name.split(".")[0] in FORBIDDEN_MODULES]
            case ast.ImportFrom(module=str(module), names=names):
                found += [module] if module.split(".")[0] in FORBIDDEN_MODULES else []
                found += [alias.name for alias in names if (module, alias.name) in FORBIDDEN_ATTRIBUTES]
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                found.append(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in FORBIDDEN_ATTRIBUTES:
                found.append(f"{owner}.{name}")
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                found.append("allow_pickle=True")
            case _:
                pass
    return found


def test_that_nothing_in_the_source_can_run_code_out_of_a_file() -> None:
    paths = sorted((ROOT / "vae_explorer").rglob("*.py"))
    assert len(paths) > 50
    assert {str(path): found for path in paths if (found := dangers(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import load",
        "import yaml.loader",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "eval('1')",
        "import numpy\nnumpy.load('x', allow_pickle=True)",
    ],
)
def test_that_the_search_for_dangers_finds_them(source: str) -> None:
    assert dangers(source)
