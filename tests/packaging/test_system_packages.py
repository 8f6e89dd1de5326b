"""What the system must bring, how it is found out, and what is said about it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from development import system
from development.console import Console, SetupError, StepError

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
MINT = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n'
FEDORA = "NAME=Fedora Linux\nID=fedora\n"
ARCH = "NAME='Arch Linux'\nID=arch\n\n# nothing to do with debian\n"


@pytest.mark.parametrize(
    ("text", "expected"), [(DEBIAN, True), (MINT, True), (FEDORA, False), (ARCH, False), ("", False)]
)
def test_that_debian_and_what_is_made_of_it_are_recognised(text: str, expected: bool) -> None:
    assert system.is_debian_like(text) is expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux may have no screen")
@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"DISPLAY": ""}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True)],
)
def test_that_a_display_is_found_in_the_environment(environment: dict[str, str], expected: bool) -> None:
    assert system.has_display(environment) is expected


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that has nothing."""
    monkeypatch.setattr(system, "can_load", lambda library: False)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    monkeypatch.setattr(system, "TEST_DATA", {"/nowhere/fashion-mnist": "dataset-fashion-mnist"})
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.usefixtures("bare")
def test_that_running_without_a_display_needs_no_window_libraries() -> None:
    packages = set(system.missing_packages({}, tests=False).values())
    assert {"libgl1", "libegl1", "libxkbcommon0", "libglib2.0-0", "libfontconfig1", "libdbus-1-3"} <= packages
    assert not packages & {"libxcb-cursor0", "xvfb", "libwayland-client0"}


@pytest.mark.usefixtures("bare")
def test_that_a_window_needs_the_libraries_of_its_kind_of_screen() -> None:
    assert "libxcb-cursor0" in system.missing_packages({"DISPLAY": ":0"}, tests=False).values()
    assert "libwayland-client0" in system.missing_packages({"WAYLAND_DISPLAY": "wayland-0"}, tests=False).values()


@pytest.mark.usefixtures("bare")
def test_that_the_tests_need_a_virtual_screen_and_a_data_set() -> None:
    packages = set(system.missing_packages({}, tests=True).values())
    assert {"xvfb", "xauth", "xdotool", "libxcb-icccm4", "dataset-fashion-mnist"} <= packages
    assert {"librsvg2-bin", "poppler-utils"} <= packages


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.usefixtures("bare")
def test_that_macos_and_windows_are_asked_for_nothing(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert system.missing_packages({}, tests=True) == {}


def test_that_a_library_that_is_not_there_cannot_be_loaded() -> None:
    assert not system.can_load("libno-such-library.so.7")


def test_that_without_root_the_exact_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "on_debian", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SetupError) as error:
        system.require({"libGL.so.1": "libgl1", "libEGL.so.1": "libegl1"}, Console())
    assert "    sudo apt-get update && sudo apt-get install --no-install-recommends libegl1 libgl1\n" in str(
        error.value
    )


def test_that_another_linux_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "on_debian", lambda: False)
    with pytest.raises(SetupError, match=r"lacks libGL\.so\.1: .*package manager.*libgl1"):
        system.require({"libGL.so.1": "libgl1"}, Console())


def test_that_nothing_is_done_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "on_debian", lambda: pytest.fail("nothing had to be asked"))
    system.require({}, Console())


def test_that_root_on_debian_gets_the_packages_after_an_update(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = as_root(monkeypatch, failing="nothing")
    system.require({"libGL.so.1": "libgl1"}, Console())
    assert [command[5] for command in commands] == ["update", "install"]
    assert commands[1][-2:] == ["--no-install-recommends", "libgl1"]


def test_that_a_source_that_cannot_be_reached_does_not_stop_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = as_root(monkeypatch, failing="update")
    system.require({"libGL.so.1": "libgl1"}, Console())
    assert commands[-1][-1] == "libgl1"


def test_that_a_failed_installation_gives_the_line_to_try_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    as_root(monkeypatch, failing="install")
    with pytest.raises(StepError, match="apt-get update && apt-get install --no-install-recommends libgl1"):
        system.require({"libGL.so.1": "libgl1"}, Console())


def as_root(monkeypatch: pytest.MonkeyPatch, *, failing: str) -> list[list[str]]:
    commands: list[list[str]] = []

    def run(command: list[str], *, env: dict[str, str]) -> str:
        assert env["DEBIAN_FRONTEND"] == "noninteractive"
        commands.append(command)
        if failing in command:
            raise StepError("`apt-get` failed", "E: nothing")
        return ""

    monkeypatch.setattr(system, "on_debian", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(system, "run_quietly", run)
    return commands


def test_that_the_running_system_is_recognised_from_its_own_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "os-release"
    file.write_text(DEBIAN)
    monkeypatch.setattr(system, "OS_RELEASE", file)
    assert system.on_debian()
    file.unlink()
    assert not system.on_debian()
