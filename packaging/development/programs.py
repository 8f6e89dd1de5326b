"""The programs in folders of ``tests``: what each does and how long it takes, read without running any.

Benchmarks measure (``tests/benchmarks``); proofs try to break a promise (``tests/proving``).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from development.console import SetupError


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of program.

    Attributes
    ----------
    command
        The command of dev.py that runs one.
    noun
        What one is called.
    folder
        Where they are.
    invitation
        What a person chooses.
    """

    command: str
    noun: str
    folder: tuple[str, ...]
    invitation: str


BENCHMARKS: Final = Kind("bench", "benchmark", ("tests", "benchmarks"), "what to measure")
PROOFS: Final = Kind("prove", "proof", ("tests", "proving"), "what to prove")
SCREENSHOTS: Final = Kind("screenshots", "picture", ("tests", "screenshots"), "what to picture")


@dataclass(frozen=True, slots=True)
class Program:
    """One of the files.

    Attributes
    ----------
    path
        The file.
    summary
        The first paragraph of its docstring.
    duration
        The sentence of its docstring that begins with "Takes", or "" where it doesn't say.
    """

    path: Path
    summary: str
    duration: str

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.path.stem


def find_programs(project: Path, kind: Kind) -> tuple[Program, ...]:
    """Return all programs of a kind by name; tests and what several of them share (``_NAME.py``) are none."""
    paths = sorted(project.joinpath(*kind.folder).glob("[!_]*.py"))
    return tuple(_read(path) for path in paths if path.stem != "conftest" and not path.stem.startswith("test_"))


def find_program(project: Path, kind: Kind, name: str) -> Program:
    """Return the program of a name.

    Raises
    ------
    SetupError
        If there is none; the message lists those that there are.
    """
    known = {program.name: program for program in find_programs(project, kind)}
    if name not in known:
        raise SetupError(f"There is no {kind.noun} `{name}`; the {kind.noun}s are {', '.join(known)}.")
    return known[name]


def listed(programs: tuple[Program, ...], kind: Kind) -> str:
    """Return the programs as lines to print: name, how long it takes, and what it does."""
    width = max((len(program.name) for program in programs), default=0)
    lines = [f"Choose {kind.invitation} with `python3 packaging/dev.py {kind.command} NAME`:", ""]
    for program in programs:
        lines += [f"  {program.name:{width}}  {program.duration}".rstrip(), f"      {program.summary}"]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> Program:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    summary, _, rest = text.partition("\n\n")
    found = re.search(r"(?:^|[.:] )(Takes [^.]+\.)", " ".join(rest.split()))
    return Program(path, " ".join(summary.split()), found[1] if found else "")
