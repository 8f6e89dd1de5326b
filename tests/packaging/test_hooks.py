"""What git checks before a commit: the hooks as pre-commit really runs them, and ends of lines and files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from development import checks, tidiness
from development.commands import PROJECT
from development.environment import Environment

STAND_IN = """
import pathlib, sys
with open("called.log", "a", encoding="utf-8") as log:
    print(*sys.argv[1:], file=log)
sys.exit(any("# " + "FAULT" in pathlib.Path(name).read_text() for name in sys.argv[2:] if name.endswith(".py")))
"""
"""Stands for dev.py: it remembers the words it was called with, and finds fault with files that say so."""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the project's hooks, installed by the command that installs them."""
    folder = tmp_path / "clone"
    (folder / "packaging").mkdir(parents=True)
    (folder / "packaging" / "dev.py").write_text(STAND_IN, encoding="utf-8")
    (folder / ".gitignore").write_text("called.log\n", encoding="utf-8")
    shutil.copy(PROJECT / ".pre-commit-config.yaml", folder)
    settings = tmp_path / "gitconfig"
    settings.write_text("[user]\nname = Somebody\nemail = somebody@example.org\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setattr(Environment, "python", property(lambda self: Path(sys.executable)))
    git(folder, "init", "--quiet")
    assert checks.hooks(Environment(folder), ()) == 0
    return folder


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)


def test_that_a_commit_runs_every_hook_on_what_it_changes_and_is_refused_where_one_fails(clone: Path) -> None:
    (clone / "vae_explorer").mkdir()
    (clone / "vae_explorer" / "good.py").write_text("x = 1\n", encoding="utf-8")
    git(clone, "add", "vae_explorer")
    done = git(clone, "commit", "-m", "Good")
    assert done.returncode == 0, done.stderr
    assert (clone / "called.log").read_text(encoding="utf-8").splitlines() == [
        "tidy -- vae_explorer/good.py",
        "lint -- vae_explorer/good.py",
        "types",
        "words --check",
    ]
    (clone / "bad.py").write_text("x = 1  # FAULT\n", encoding="utf-8")
    git(clone, "add", "bad.py")
    done = git(clone, "commit", "-m", "Bad")
    assert done.returncode == 1
    assert "style and formatting (ruff)" in done.stderr
    assert git(clone, "log", "--format=%s").stdout == "Good\n"


def test_that_the_hooks_can_be_run_on_all_files(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (clone / "vae_explorer").mkdir()
    (clone / "vae_explorer" / "good.py").write_text("x = 1\n", encoding="utf-8")
    git(clone, "add", ".")
    assert checks.hooks(Environment(clone), ("run", "--all-files")) == 0
    said = capfd.readouterr()
    assert said.out.count("Passed") == 4
    assert "deprecated" not in said.out + said.err


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.py", b"x = 1 \n", "a.py:1: spaces or a carriage return at the end of the line"),
        ("a.py", b"x = 1\r\n", "a.py:1: spaces or a carriage return at the end of the line"),
        ("a.md", b"one\n\ntwo", "a.md:3: the last line doesn't end"),
        ("a.md", b"one\n\n", "a.md:2: an empty line at the end of the file"),
        ("a.md", b"one\n<<<<<<< HEAD\n", "a.md:2: a mark of a merge that isn't finished"),
        ("a.bin", b"\0" * 1_000_001, "a.bin: 1,000,001 bytes; more than 1,000,000 don't belong into the history"),
    ],
)
def test_that_an_untidy_file_is_named_with_its_line(
    name: str, content: bytes, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert tidiness.tidy(Environment(tmp_path), (name,)) == 1
    assert capsys.readouterr().out == f"{fault}\n"


@pytest.mark.parametrize("content", [b"", b"one\n", b"one\n\ntwo\n", b"=======\n", b"\0 \n\n", b"\0" * 1_000_000])
def test_that_tidy_files_and_pictures_are_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert tidiness.tidy(Environment(tmp_path), ("file", "gone")) == 0


def test_that_without_names_or_with_folders_files_are_checked_that_git_knows(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "inside").mkdir()
    for name in ("known.txt", "unknown.txt", "inside/known.txt"):
        (clone / name).write_text("no end", encoding="utf-8")
    git(clone, "add", "known.txt", "inside")
    assert tidiness.tidy(Environment(clone), ()) == 1
    inside, outside = (f"{name}:1: the last line doesn't end\n" for name in ("inside/known.txt", "known.txt"))
    assert capsys.readouterr().out == inside + outside
    assert tidiness.tidy(Environment(clone), ("inside",)) == 1
    assert capsys.readouterr().out == inside


def test_that_sources_without_git_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no end", encoding="utf-8")
    assert tidiness.tracked(tmp_path) == []
