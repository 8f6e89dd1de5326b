"""The pins in ``packaging/constraints.txt``, brought to the newest versions that ``pyproject.toml`` allows.

pip resolves everything at once, as for an empty environment; nothing is installed. What is pinned for other systems
only is resolved with it. PyTorch is asked for by itself, from where the set-up takes the build for the CPU, so that the
libraries that its other builds need are no part of the pins.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from development.console import Console, SetupError, run_quietly
from development.environment import Environment
from development.packages import BUILDING, clean_environment, ensure_pip, offered
from development.torch_build import choose

_NEW = "# new: to be moved to its group"


@dataclass(frozen=True, slots=True)
class Package:
    """What pip would install: a name, a version without its local part, and its requirements."""

    name: str
    version: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One pin that differs; ``old`` is "" for a package that wasn't pinned."""

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.name} {self.old or '(not pinned)'} -> {self.new}"


def pins(environment: Environment, arguments: tuple[str, ...]) -> int:
    """Refresh the pins, or with ``--check`` only show what would change.

    Raises
    ------
    SetupError
        If there are other arguments, or pip can't resolve the ranges.
    """
    if arguments not in {(), ("--check",)}:
        raise SetupError(f"`pins` takes no word but --check, and this is {' '.join(arguments)}.")
    text = environment.constraints.read_text(encoding="utf-8")
    newest = resolve(environment, text, Console())
    refreshed, changes = refresh(text, newest)
    sys.stdout.write("".join(f"{change}\n" for change in changes))
    if arguments or not changes:
        sys.stdout.write(f"{len(changes)} of {len(newest)} versions can be newer\n")
        return 0
    environment.constraints.write_text(refreshed, encoding="utf-8")
    sys.stdout.write(f"{len(changes)} of {len(newest)} pins changed; the next command installs them: run `check`\n")
    return 0


def resolve(environment: Environment, constraints: str, console: Console) -> dict[str, str]:
    """Return the newest versions that fit together, by name.

    Raises
    ------
    SetupError
        If pip finds none.
    """
    asked = declared(environment.project / "pyproject.toml")
    ensure_pip(environment)
    torch = next((requirement for requirement in asked if _name(requirement) == "torch"), None)
    found: dict[str, str] = {}
    if torch is not None:
        asked.remove(torch)
        index = choose("cpu", offered(environment, torch, console)).index
        with console.step("Asking for the newest PyTorch"):
            packages = _report(environment, "--no-deps", *(["--index-url", index] if index else []), torch)
        found |= {package.name: package.version for package in packages}
        asked += [requirement for package in packages for requirement in package.needs]
    declared_names = {_name(requirement) for requirement in asked} | {"torch"}
    # Names without a range: what others need, here or on other systems.
    asked += [name for name in pinned(constraints) if name not in declared_names]
    with console.step("Asking for the newest of all that fit together"):
        found |= {package.name: package.version for package in _report(environment, *asked)}
    return found


def declared(pyproject: Path) -> list[str]:
    """Return the requirements of the project, its extras and the set-up."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    asked = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    # One extra may take in others, by the project's own name.
    asked = [requirement for requirement in asked if _name(requirement) != _name(project["name"])]
    return asked + [name for name in BUILDING if name not in {_name(requirement) for requirement in asked}]


def packages_in(report: str) -> list[Package]:
    """Read from pip's installation report what it would install, without what only extras of it need.

    Raises
    ------
    SetupError
        If it isn't such a report.
    """
    try:
        return [_package(entry["metadata"]) for entry in json.loads(report)["install"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError("pip didn't say what it would install: start again, or look at its settings.") from error


def _package(metadata: Mapping[str, str] | Mapping[str, list[str]]) -> Package:
    needs = (str(requirement) for requirement in metadata.get("requires_dist", ()))
    return Package(
        _name(str(metadata["name"])),
        str(metadata["version"]).partition("+")[0],
        tuple(requirement for requirement in needs if not re.search(r"\bextra\s*==", requirement)),
    )


def pinned(constraints: str) -> dict[str, str]:
    """Return the versions that a file of constraints pins, by name."""
    found = (re.match(r"([\w.-]+)==([^\s#;]+)", line) for line in constraints.splitlines())
    return {_name(pin[1]): pin[2] for pin in found if pin}


def refresh(constraints: str, newest: Mapping[str, str]) -> tuple[str, list[Change]]:
    """Put other versions into a file of constraints, and leave its order, groups and comments as they are.

    Packages that aren't pinned yet come to the end of it, under a comment that says so.
    """
    changes: list[Change] = []

    def replaced(pin: re.Match[str]) -> str:
        version = newest.get(_name(pin[1]), pin[2])
        if version != pin[2]:
            changes.append(Change(pin[1], pin[2], version))
        return f"{pin[1]}=={version}"

    text = re.sub(r"^([\w.-]+)==([^\s#;]+)", replaced, constraints, flags=re.MULTILINE)
    added = sorted(newest.keys() - pinned(constraints).keys())
    changes += [Change(name, "", newest[name]) for name in added]
    if added:
        text += "\n".join(["", _NEW, *(f"{name}=={newest[name]}" for name in added), ""])
    return text, changes


def _report(environment: Environment, *words: str) -> list[Package]:
    asking = ("-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-")
    return packages_in(run_quietly([environment.python, *asking, *words], env=clean_environment()))


def _name(requirement: str) -> str:
    """Return the name in a requirement, spelt as package indexes compare it."""
    found = re.match(r"\s*([A-Za-z0-9][\w.-]*)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else ""
