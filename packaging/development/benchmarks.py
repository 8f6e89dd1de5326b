"""The benchmarks of ``tests/benchmarks``: what each measures and how long it takes, read without running any."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from development.console import SetupError


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One of the files.

    Attributes
    ----------
    path
        The file.
    summary
        The first sentence of its docstring.
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


def find_benchmarks(project: Path) -> tuple[Benchmark, ...]:
    """Return all benchmarks of the project by name."""
    return tuple(_read(path) for path in sorted((project / "tests" / "benchmarks").glob("[!_]*.py")))


def find_benchmark(project: Path, name: str) -> Benchmark:
    """Return the benchmark of a name.

    Raises
    ------
    SetupError
        If there is none; the message lists those that there are.
    """
    known = {benchmark.name: benchmark for benchmark in find_benchmarks(project)}
    if name not in known:
        raise SetupError(f"There is no benchmark `{name}`; the benchmarks are {', '.join(known)}.")
    return known[name]


def listed(benchmarks: tuple[Benchmark, ...]) -> str:
    """Return the benchmarks as lines to print: name, what is measured, and how long that takes."""
    width = max((len(benchmark.name) for benchmark in benchmarks), default=0)
    lines = ["Choose what to measure with `python3 packaging/dev.py bench NAME`:", ""]
    for benchmark in benchmarks:
        lines += [f"  {benchmark.name:{width}}  {benchmark.duration}".rstrip(), f"      {benchmark.summary}"]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> Benchmark:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    summary, _, rest = text.partition("\n\n")
    found = re.search(r"(?:^|[.:] )(Takes [^.]+\.)", " ".join(rest.split()))
    return Benchmark(path, " ".join(summary.split()), found[1] if found else "")
