"""The pins: complete, exact, and the ones that this test run uses."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest
from development.commands import PROJECT
from development.console import SetupError
from development.packages import BUILDING, find_pin
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

CONSTRAINTS = PROJECT / "packaging" / "constraints.txt"


def pins() -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines if line)}


def declared() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [Requirement(text) for text in [*project["dependencies"], *(text for group in extras for text in group)]]
    return [item for item in asked if item.name != project["name"]]  # one extra may take in others


def needed() -> set[str]:
    """Names of all that is installed because the project asks for it, directly or not."""
    found: set[str] = set()
    waiting = declared()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found or (requirement.marker and not applies(requirement)):
            continue
        found.add(name)
        waiting += [Requirement(text) for text in metadata.requires(name) or []]
    return found


def applies(requirement: Requirement) -> bool:
    environment = {**default_environment(), "extra": ""}
    return requirement.marker is None or requirement.marker.evaluate({str(k): str(v) for k, v in environment.items()})


def test_that_every_line_pins_one_exact_version() -> None:
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in pins().values())


def test_that_all_that_gets_installed_is_pinned() -> None:
    assert sorted(needed() - set(pins())) == []


def test_that_the_pins_lie_in_the_declared_ranges() -> None:
    versions = pins()
    outside = [str(item) for item in declared() if versions[canonicalize_name(item.name)] not in item.specifier]
    assert outside == []


def test_that_this_run_uses_the_pinned_versions() -> None:
    differing = {
        name: metadata.version(name)
        for name in needed()
        if metadata.version(name) not in SpecifierSet(f"=={pins()[name]}")
    }
    assert differing == {}


def test_that_what_is_published_as_sources_alone_can_be_built_by_what_is_installed_first() -> None:
    # Python's own venv brings a setuptools without this command, and pip is told to build with what is there.
    assert "setuptools" in BUILDING
    assert metadata.entry_points(group="distutils.commands", name="bdist_wheel")


def test_that_a_pin_is_found_by_any_spelling_of_its_name() -> None:
    assert find_pin(CONSTRAINTS, "pyside6_essentials") == "PySide6-Essentials==6.10.3"


def test_that_a_missing_pin_is_named() -> None:
    with pytest.raises(SetupError, match=r"constraints\.txt doesn't pin leftpad"):
        find_pin(CONSTRAINTS, "leftpad")
