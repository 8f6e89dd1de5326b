"""The ways through the rooms that CONTRIBUTING.md draws lead through functions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"^(\S+\.py):([\w.]+)((?:, \w+)*)(?:  .*)?$", re.MULTILINE)
STEPS = STEP.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def functions(path: Path) -> set[str]:
    """Return the functions of a file, those of a class behind its name and a point."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{member.name}" for member in node.body if isinstance(member, ast.FunctionDef)}
    return found


def test_that_the_ways_are_found() -> None:
    assert len(STEPS) > 30


@pytest.mark.parametrize(("file", "first", "others"), STEPS, ids=[f"{file}:{first}" for file, first, _ in STEPS])
def test_that_each_step_of_a_way_is_a_function_of_its_file(file: str, first: str, others: str) -> None:
    holder = first.rpartition(".")[0]
    names = [first, *(f"{holder}.{name}".removeprefix(".") for name in others.split(", ")[1:])]
    missing = [name for name in names if name not in functions(ROOT / "vae_explorer" / file)]
    assert not missing, "name in CONTRIBUTING.md what the way leads through now"
