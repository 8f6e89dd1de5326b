"""Refreshing the pins: what pip is asked, and what becomes of the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from development import pins as pins_module
from development.commands import PROJECT
from development.console import SetupError
from development.environment import Environment
from development.packages import BUILDING
from development.pins import Change, declared, packages_in, pinned, pins, refresh
from development.torch_build import CPU_INDEX

PYPROJECT = """
[project]
name = "walker"
dependencies = ["torch>=2.6,<2.14", "NumPy>=2.0", "filelock>=3"]

[project.optional-dependencies]
dev = ["walker[films]", "pytest>=9"]
films = ["av>=14"]
"""

CONSTRAINTS = """# Exact versions.

# the program
filelock==4.0.0
numpy==2.4.0  # the last with matrices
torch==2.12.0

# what those need
colorama==0.4.5
Jinja2==3.1.5

# testing
av==18.0.0
pip==26.2
pytest==9.1.0
hatchling==1.32.0
"""

NEWEST = {
    "filelock": "4.1.0",
    "numpy": "2.4.6",
    "colorama": "0.4.6",
    "jinja2": "3.1.6",
    "av": "18.0.0",
    "pip": "26.3",
    "pytest": "9.2.0",
    "hatchling": "1.32.0",
    "pluggy": "1.7.0",
}


def report(packages: dict[str, str], *needs: str) -> str:
    install = [
        {"metadata": {"name": name, "version": version, "requires_dist": needs}} for name, version in packages.items()
    ]
    return json.dumps({"version": "1", "install": install})


class Pip:
    """Answers as pip does, and remembers what it was asked to install from where."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, command: Sequence[str | Path], **_settings: object) -> str:
        words = [str(word) for word in command]
        if "install" not in words:
            return ""
        assert "--dry-run" in words
        self.asked.append(words[words.index("-") + 1 :])
        if "torch>=2.6,<2.14" in words:
            return report({"torch": "2.13.0+cpu"}, "filelock", "jinja2", 'optree>=0.13; extra == "optree"')
        return report(NEWEST)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    answering = Pip()
    monkeypatch.setattr(pins_module, "run_quietly", answering)
    monkeypatch.setattr(pins_module, "ensure_pip", lambda environment: None)
    monkeypatch.setattr(pins_module, "offered", lambda *arguments: "cuda")
    return answering


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (tmp_path / "packaging" / "constraints.txt").write_text(CONSTRAINTS, encoding="utf-8")
    return Environment(tmp_path)


def test_that_pins_become_the_newest_and_groups_and_comments_stay(
    pip: Pip, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pins(environment, ()) == 0
    expected = CONSTRAINTS
    for old, new in [
        ("filelock==4.0.0", "filelock==4.1.0"),
        ("numpy==2.4.0", "numpy==2.4.6"),
        ("torch==2.12.0", "torch==2.13.0"),
        ("colorama==0.4.5", "colorama==0.4.6"),
        ("Jinja2==3.1.5", "Jinja2==3.1.6"),
        ("pip==26.2", "pip==26.3"),
        ("pytest==9.1.0", "pytest==9.2.0"),
    ]:
        expected = expected.replace(old, new)
    expected += "\n# new: to be moved to its group\npluggy==1.7.0\n"
    assert environment.constraints.read_text(encoding="utf-8") == expected
    said = capsys.readouterr().out
    assert "torch 2.12.0 -> 2.13.0\n" in said
    assert "pluggy (not pinned) -> 1.7.0\n" in said
    assert "8 of 10 pins changed" in said


def test_that_looking_changes_nothing(pip: Pip, environment: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    assert pins(environment, ("--check",)) == 0
    assert environment.constraints.read_text(encoding="utf-8") == CONSTRAINTS
    assert "numpy 2.4.0 -> 2.4.6\n" in capsys.readouterr().out


def test_that_pytorch_is_asked_for_alone_from_where_its_build_for_the_cpu_is(
    pip: Pip, environment: Environment
) -> None:
    pins(environment, ("--check",))
    first, second = pip.asked
    assert first == ["--no-deps", "--index-url", CPU_INDEX, "torch>=2.6,<2.14"]
    # Ranges of the project, what its build of PyTorch needs, and the names of all that only others ask for.
    assert sorted(second) == sorted(
        ["NumPy>=2.0", "filelock>=3", "pytest>=9", "av>=14", *BUILDING, "filelock", "jinja2", "colorama"]
    )


def test_that_refreshing_twice_changes_nothing_more() -> None:
    once, changes = refresh(CONSTRAINTS, NEWEST)
    assert changes[0] == Change("filelock", "4.0.0", "4.1.0")
    assert refresh(once, NEWEST) == (once, [])


def test_that_every_pin_of_the_project_and_every_range_is_read() -> None:
    names = pinned((PROJECT / "packaging" / "constraints.txt").read_text(encoding="utf-8")).keys()
    ranges = declared(PROJECT / "pyproject.toml")
    assert {"torch", "pyside6-essentials", "pre-commit", "typing-extensions"} <= names
    assert not [requirement for requirement in ranges if requirement.startswith("vae-explorer")]
    assert {pins_module._name(requirement) for requirement in ranges} <= names


@pytest.mark.parametrize("text", ["", "{}", '{"install": [{}]}', '{"install": [{"metadata": null}]}'])
def test_that_a_report_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(SetupError, match="pip didn't say what it would install"):
        packages_in(text)


def test_that_other_words_are_refused(environment: Environment) -> None:
    with pytest.raises(SetupError, match="no word but --check, and this is --upgrade"):
        pins(environment, ("--upgrade",))
