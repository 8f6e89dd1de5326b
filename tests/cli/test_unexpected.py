"""Errors that nobody foresaw: one line, a log, and a traceback only for those who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vae_explorer import cli
from vae_explorer.cli import lists

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a command fail in a way that nobody foresaw."""

    def fail(_chosen: object) -> int:
        raise KeyError("no such\nlayer")

    monkeypatch.setattr(lists, "settings", fail)


def test_that_an_unexpected_error_is_one_line_that_names_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["settings"]) == cli.FAILED
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    log = tmp_path / "logs" / "command-1.log"
    assert "KeyError" in said
    assert str(log) in said
    written = log.read_text()
    assert "Traceback (most recent call last)" in written
    assert "['settings']" in written


@pytest.mark.parametrize("words", [["--traceback", "settings"], ["settings", "--traceback"]])
def test_that_the_option_shows_what_led_to_it(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == cli.FAILED
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_that_the_variable_shows_what_led_to_an_expected_error_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAE_EXPLORER_TRACEBACK", "1")
    assert cli.main(["nosuchthing"]) == cli.WRONG_INPUT
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_that_an_expected_error_shows_none_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["nosuchthing"]) == cli.WRONG_INPUT
    assert "Traceback" not in capsys.readouterr().err


def test_that_without_a_log_the_option_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAE_EXPLORER_LOGS", str(tmp_path / "file"))
    assert cli.main(["settings"]) == cli.FAILED
    assert "add --traceback" in capsys.readouterr().err


def test_that_too_little_memory_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_chosen: object) -> int:
        raise MemoryError

    monkeypatch.setattr(lists, "settings", fail)
    assert cli.main(["settings"]) == cli.FAILED
    assert "not enough memory" in capsys.readouterr().err
