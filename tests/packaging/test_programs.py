"""Benchmarks and proofs are found, listed and run by name, and all proofs by one command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from development import commands
from development.commands import PROJECT, bench, prove
from development.console import SetupError
from development.environment import Environment
from development.programs import BENCHMARKS, PROOFS, Kind, find_programs

BOTH = pytest.mark.parametrize("kind", [BENCHMARKS, PROOFS], ids=lambda kind: kind.command)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two proofs, a test of one and what they share."""
    folder = tmp_path / "tests" / "proving"
    folder.mkdir(parents=True)
    for name in ("killing", "fuzzing"):
        (folder / f"{name}.py").write_text(f'"""Proves {name}. Takes a minute."""\n', encoding="utf-8")
    for name in ("_disk", "test_killing", "conftest"):
        (folder / f"{name}.py").write_text('"""No proof."""\n', encoding="utf-8")
    return tmp_path


@BOTH
def test_that_an_unknown_name_is_refused_with_those_that_there_are(kind: Kind) -> None:
    run = {"bench": bench, "prove": prove}[kind.command]
    known = ", ".join(program.name for program in find_programs(PROJECT, kind))
    with pytest.raises(SetupError, match=f"There is no {kind.noun} `nothing`; the {kind.noun}s are {known}."):
        run(Environment(PROJECT), ("nothing",))


def test_that_bench_runs_the_named_benchmark_with_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        started.append(command)
        assert variables["PYTHONPATH"] == str(PROJECT) == str(folder)
        return 3

    monkeypatch.setattr(commands, "call", call)
    assert bench(Environment(PROJECT), ("start", "--runs", "3")) == 3
    assert [words[1:] for words in started] == [[str(PROJECT / "tests/benchmarks/start.py"), "--runs", "3"]]


@BOTH
def test_that_a_command_alone_sets_nothing_up_and_starts_nothing_but_lists_each_program_with_its_duration(
    kind: Kind, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_ignored: object) -> int:
        raise AssertionError("nothing may be set up or started")

    for name in ("prepare", "call", "replace_process"):
        monkeypatch.setattr(commands, name, refuse)
    assert commands.main([kind.command]) == 0
    out = capsys.readouterr().out
    found = find_programs(PROJECT, kind)
    for program in found:
        assert program.summary.endswith("."), program.path
        assert program.duration, f"{program.path} doesn't say how long it takes"
        assert f"  {program.name} " in out
        assert program.summary in out
        assert program.duration in out


def test_that_tests_and_shared_files_are_no_proofs(project: Path) -> None:
    assert [program.name for program in find_programs(project, PROOFS)] == ["fuzzing", "killing"]


def test_that_prove_all_runs_every_proof_with_its_arguments_and_fails_when_one_does(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []

    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        started.append(command[1:])
        return 1 if "fuzzing" in command[1] else 0

    monkeypatch.setattr(commands, "call", call)
    assert prove(Environment(project), ("all", "--release")) == 1
    assert started == [[str(project / f"tests/proving/{name}.py"), "--release"] for name in ("fuzzing", "killing")]
    out = capsys.readouterr().out
    assert "  fuzzing      BROKEN (exit status 1), 0 s\n  killing      holds, 0 s\n" in out
