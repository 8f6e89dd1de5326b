"""What no language has an opinion on: ends of lines and files, marks of unfinished merges, files that are too large."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from development.environment import Environment

LARGEST: Final = 1_000_000
"""Size in bytes from which on a file is too much for the history of the sources, where it stays for good."""

ALLOWED: Final = frozenset({"packaging/pictures/walk.webp", "resources/data/mnist-10k/images-idx3-ubyte.gz"})
"""Larger files that belong there all the same."""

EXACT: Final = ("tests/data/regressions/", "tests/runs/golden/")
"""Folders of files that are kept as they were found, to the last byte."""

_TRAILING = re.compile(rb"[ \t\r]+$")
_MERGE = re.compile(rb"(<{7}|>{7}|\|{7}) ")
_BINARY_WITHIN = 8192


def tidy(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Check the files that are named, or all that git knows; print a line for each fault, and return 1 for any."""
    project = environment.project
    folders = [name for name in arguments if (project / name).is_dir()]
    paths = [Path(name) for name in arguments if name not in folders]
    if folders or not arguments:
        paths += tracked(project, *folders)
    found = [line for path in paths for line in faults(project, path)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


def tracked(project: Path, *folders: str) -> list[Path]:
    """Return the files (in these folders) that git knows, relative to the project; none in sources without git."""
    try:
        done = subprocess.run(["git", "ls-files", "-z", "--", *folders], cwd=project, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [Path(name) for name in done.stdout.decode("utf-8").split("\0") if name]


def faults(project: Path, path: Path) -> Iterator[str]:
    """Yield ``FILE:LINE: what is wrong`` for one file; links and files that are gone have no faults."""
    file = project / path
    if file.is_symlink() or not file.is_file():
        return
    content = file.read_bytes()
    if len(content) > LARGEST and path.as_posix() not in ALLOWED:
        yield f"{path}: {len(content):,} bytes; more than {LARGEST:,} don't belong into the history"
    if b"\0" not in content[:_BINARY_WITHIN] and not path.as_posix().startswith(EXACT):
        yield from (f"{path}:{line}: {problem}" for line, problem in _faults_of_text(content))


def _faults_of_text(content: bytes) -> Iterator[tuple[int, str]]:
    lines = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if _TRAILING.search(line):
            yield number, "spaces or a carriage return at the end of the line"
        if _MERGE.match(line):
            yield number, "a mark of a merge that isn't finished"
    if lines[-1]:
        yield len(lines), "the last line doesn't end"
    elif len(lines) > 1 and not lines[-2]:
        yield len(lines) - 1, "an empty line at the end of the file"
