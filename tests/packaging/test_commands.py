"""How the command line of dev.py is read, and what a command does before and after the set-up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from development import checks, commands
from development.commands import PROJECT, Request, parse
from development.console import Console, SetupError
from development.environment import Environment
from development.packages import TrialError

DEV = PROJECT / "packaging" / "dev.py"


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["run"], Request("run", (), None)),
        (["run", "--cuda"], Request("run", (), "cuda")),
        (["run", "digits.npz", "--cpu"], Request("run", ("digits.npz",), "cpu")),
        (["test", "-k", "latent"], Request("test", ("-k", "latent"), None)),
        (["test", "--", "-k", "latent"], Request("test", ("-k", "latent"), None)),
        (["test", "--cuda", "--", "--cpu"], Request("test", ("--cpu",), "cuda")),
    ],
)
def test_that_arguments_are_passed_on_except_its_own(words: list[str], request_: Request) -> None:
    assert parse(words) == request_


def test_that_an_unknown_command_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["strat"]) == 2
    assert capsys.readouterr().err == (
        "There is no command `strat`; the commands are run, test, lint, tidy, types, bench, prove, check, hooks, "
        "screenshots, bundle, package, pins, words, setup.\n"
    )


def test_that_help_is_printed_by_the_script_itself() -> None:
    done = subprocess.run([sys.executable, DEV, "--help"], capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in commands.COMMANDS)


def test_that_the_script_needs_nothing_but_the_standard_library() -> None:
    done = subprocess.run(
        [sys.executable, "-E", "-s", "-S", DEV, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_that_an_older_python_is_told_which_one_is_needed() -> None:
    # Runs the script as Python 3.10 would see itself: nothing else may be imported before that check.
    program = f"import runpy, sys; sys.version_info = (3, 10, 4); runpy.run_path({str(DEV)!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        "VAE Explorer needs Python 3.11 or newer, and this is Python 3.10.4: start dev.py with a newer one.\n"
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The programs that a command became, instead of becoming them."""
    programs: list[list[str]] = []

    def become(command: list[str], variables: dict[str, str]) -> int:
        programs.append(command)
        return 0

    monkeypatch.setattr(commands, "replace_process", become)
    return programs


def test_that_run_without_a_display_says_so_and_makes_the_demo(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(commands, "has_display", lambda environment: False)
    commands.run(Environment(tmp_path), ())
    assert started[0][1:] == ["-m", "vae_explorer", "demo", "--out", str(tmp_path / "demo")]
    assert "There is no display" in capsys.readouterr().err


def test_that_an_earlier_demo_is_never_written_over(tmp_path: Path) -> None:
    wanted = tmp_path / "demo"
    assert commands.free_folder(wanted) == wanted
    wanted.mkdir()
    assert commands.free_folder(wanted) == wanted
    (wanted / "grid.png").touch()
    assert commands.free_folder(wanted) == tmp_path / "demo-2"
    (tmp_path / "demo-2").mkdir()
    (tmp_path / "demo-2" / "grid.png").touch()
    assert commands.free_folder(wanted) == tmp_path / "demo-3"


def test_that_run_with_a_display_opens_the_window_with_the_arguments(
    monkeypatch: pytest.MonkeyPatch, started: list[list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(commands, "has_display", lambda environment: True)
    commands.run(Environment(tmp_path), ("digits.npz",))
    assert started[0][1:] == ["-m", "vae_explorer", "digits.npz"]
    assert capsys.readouterr().err == ""


class Recorder:
    """Stands for the steps of the set-up and remembers them."""

    def __init__(self, *failures: SetupError) -> None:
        self.steps: list[str] = []
        self.failures = list(failures)

    def make(self, environment: Environment, console: Console) -> None:
        self.steps.append("make")
        environment.python.parent.mkdir(parents=True, exist_ok=True)

    def install(self, environment: Environment, *rest: object) -> None:
        self.steps.append("install")
        if self.failures:
            raise self.failures.pop(0)


def prepared(monkeypatch: pytest.MonkeyPatch, recorder: Recorder, project: Path) -> Environment:
    (project / "packaging").mkdir()
    (project / "pyproject.toml").touch()
    (project / "packaging" / "constraints.txt").touch()
    monkeypatch.setattr(commands, "make_environment", recorder.make)
    monkeypatch.setattr(commands, "install_all", recorder.install)
    monkeypatch.setattr(commands, "missing_packages", lambda environment, tests: {})
    environment = Environment(project)
    commands.prepare(environment, commands.COMMANDS["test"], None, Console())
    return environment


def test_that_a_first_start_makes_fills_and_stamps_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorder = Recorder()
    environment = prepared(monkeypatch, recorder, tmp_path)
    assert recorder.steps == ["make", "install"]
    assert environment.stamp() == environment.wanted(("dev",), "cpu")


def test_that_a_failed_installation_leaves_no_stamp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no network"):
        prepared(monkeypatch, Recorder(SetupError("no network")), tmp_path)
    assert Environment(tmp_path).stamp() is None


def test_that_a_damaged_environment_is_made_again_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    monkeypatch.setattr(Environment, "answers", lambda self: True)
    recorder = Recorder(TrialError("numpy can't be imported"))
    environment = prepared(monkeypatch, recorder, tmp_path)
    assert recorder.steps == ["install", "make", "install"]
    assert environment.stamp() is not None


def test_that_a_python_without_venv_gets_its_package_together_with_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    required: list[str] = []
    monkeypatch.setattr(commands, "missing_for_venv", lambda: {"Python's venv module": "python3.11-venv"})
    monkeypatch.setattr(commands, "require", lambda missing, console: required.extend(missing.values()))
    prepared(monkeypatch, Recorder(), tmp_path)
    assert required == ["python3.11-venv"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), (*checks._IN_PARALLEL, "-m", "not slow")),
        (("--slow",), (*checks._IN_PARALLEL, "-m", "slow")),
        (("--all",), checks._IN_PARALLEL),
        (("-k", "latent"), ("-k", "latent")),
    ],
)
def test_that_quick_slow_and_all_tests_run_in_several_processes_and_chosen_ones_in_one(
    arguments: tuple[str, ...], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        started.append(command)
        assert variables["QT_QPA_PLATFORM"]
        return 0

    monkeypatch.setattr(checks, "call", call)
    assert checks.test(Environment(PROJECT), arguments) == 0
    assert [tuple(command[1:]) for command in started] == [("-m", "pytest", *words)]


def test_that_tests_keep_what_python_compiled_for_the_next_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        assert "PYTHONDONTWRITEBYTECODE" not in variables
        return 0

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(checks, "call", call)
    assert checks.test(Environment(PROJECT), ()) == 0


def test_that_check_runs_all_tests_and_everything_else_also_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        started.append(command[2:])
        return 1

    monkeypatch.setattr(checks, "call", call)
    monkeypatch.setattr(checks, "tidy", lambda environment, arguments: 0)
    assert checks.check(Environment(PROJECT), ()) == 1
    assert started == [["pytest", *checks._IN_PARALLEL], ["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]]


def test_that_tidying_needs_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "prepare", lambda *arguments: pytest.fail("nothing is to be set up"))
    assert commands.main(["tidy", "--", "pyproject.toml"]) == 0


def test_that_the_catalogues_are_brought_up_to_date_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def call(command: list[str], variables: Mapping[str, str], folder: Path) -> int:
        started.append(command)
        return 0

    monkeypatch.setattr(checks, "call", call)
    environment = Environment(PROJECT)
    assert commands.COMMANDS["words"].start(environment, ("--check",)) == 0
    program = str(PROJECT / "packaging" / "development" / "catalogues.py")
    assert started == [[str(environment.python), program, "--check"]]
