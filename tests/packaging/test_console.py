"""What is said while the set-up works, and when a step fails."""

from __future__ import annotations

import io
import sys

import pytest
from development.console import Console, StepError, advice, run_quietly, useful_lines


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_that_a_step_is_one_line_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    with Console().step("Installing PyTorch"):
        assert capsys.readouterr().err == "Installing PyTorch ... "
    words = capsys.readouterr().err
    assert words.endswith(" s\n")
    assert float(words.removesuffix(" s\n")) >= 0.0


def test_that_a_failed_step_says_so_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StepError), Console().step("Installing"):
        raise StepError("no")
    assert capsys.readouterr().err.startswith("Installing ... failed after ")


def test_that_a_terminal_sees_the_line_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Console().step("Installing"):
        pass
    assert terminal.getvalue().startswith("Installing ... \rInstalling ... ")


def test_that_a_quiet_command_returns_what_it_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_quietly([sys.executable, "-c", "print('a report')"]).strip() == "a report"
    assert capfd.readouterr() == ("", "")


def test_that_a_failing_command_shows_its_last_lines_and_what_to_do() -> None:
    program = "import sys; print('no matter\\n' * 50); print('ERROR: No space left on device'); sys.exit(3)"
    with pytest.raises(StepError) as error:
        run_quietly([sys.executable, "-c", program])
    message = str(error.value)
    assert "failed (exit status 3):" in message
    assert "    ERROR: No space left on device" in message
    assert message.endswith("Free some disk space (about 2 GB are needed), then start again.")
    assert message.count("no matter") < 20


def test_that_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(StepError, match="`no-such-program` can't be started"):
        run_quietly(["no-such-program"])


def test_that_errors_far_above_the_end_are_shown_instead_of_the_end() -> None:
    output = "\n".join(["ERROR: the cause", *[f"noise {number}" for number in range(40)]])
    assert useful_lines(output) == ["ERROR: the cause"]


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("Temporary failure in name resolution", "network"),
        ("NewConnectionError\nERROR: No matching distribution found for torch==2.13.0", "network connection"),
        ("ERROR: No matching distribution found for torch==2.13.0", "Python"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "wait"),
        ("something never seen", "remove the folder .venv"),
    ],
)
def test_that_every_failure_comes_with_a_way_on(output: str, word: str) -> None:
    assert word in advice(output)
