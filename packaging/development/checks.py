"""The commands that check the sources: tests, style, types, words, and the hooks that git calls before a commit."""

from __future__ import annotations

from typing import Final

from development.console import call
from development.environment import Environment
from development.packages import clean_environment
from development.tidiness import tidy

_IN_PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
"""Words for pytest-xdist; a process of its own takes up to a gigabyte of memory."""

_SELECTIONS: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    (): ("-m", "not slow"),
    ("--slow",): ("-m", "slow"),
    ("--all",): (),
}
"""What ``test`` can be told without words for pytest, and how pytest is told."""


def test(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Run the tests; windows are drawn offscreen except in the tests that start a virtual screen themselves.

    The quick ones, the slow ones or all run in several processes; those chosen by other arguments in one, so that they
    can be debugged.
    """
    variables = clean_environment()
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Else each process compiles the tests and the program anew, which takes seconds: git ignores what is kept.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments in _SELECTIONS:
        arguments = (*_IN_PARALLEL, *_SELECTIONS[arguments])
        # One thread each: the processes already take all processors.
        variables.setdefault("OMP_NUM_THREADS", "1")
    return call([str(environment.python), "-m", "pytest", *arguments], variables, environment.project)


def lint(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Check the style, then the formatting, then what ruff doesn't look at."""
    ruff = [str(environment.python), "-m", "ruff"]
    results = [
        call([*ruff, *words, *arguments], clean_environment(), environment.project)
        for words in (["check"], ["format", "--check"])
    ]
    return max(*results, tidy(environment, arguments))


def types(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Check the types."""
    return call([str(environment.python), "-m", "mypy", *arguments], clean_environment(), environment.project)


def check(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Run all checks, also those after a failed one."""
    return max(test(environment, ("--all",)), lint(environment, ()), types(environment, ()))


def hooks(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Have git check every commit from now on, or pass other words on to pre-commit."""
    command = [str(environment.python), "-m", "pre_commit", *(arguments or ("install",))]
    return call(command, clean_environment(), environment.project)


def translations(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Bring the catalogues of translated texts up to date."""
    program = environment.project / "packaging" / "development" / "catalogues.py"
    return call([str(environment.python), str(program), *arguments], clean_environment(), environment.project)
