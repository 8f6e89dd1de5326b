"""When the environment is left alone, filled again, or made again."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from development.console import SetupError
from development.environment import UNFINISHED_NAME, Environment, Need, Stamp, missing_for_venv, need

STAMP = Stamp(base="a", wishes="b", extras=("dev",), processor="cpu")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A project with an environment whose Python is this one."""
    (tmp_path / "packaging").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "packaging" / "constraints.txt").write_text("torch==2.13.0\n")
    made = Environment(tmp_path)
    made.python.parent.mkdir(parents=True)
    (made.folder / "pyvenv.cfg").write_text("home = here\n")
    made.python.symlink_to(getattr(sys, "_base_executable", sys.executable))
    return made


def finished(environment: Environment) -> Stamp:
    stamp = environment.wanted(("dev",), "cpu")
    environment.begin()
    environment.finish(stamp)
    return stamp


def test_that_a_finished_environment_needs_nothing(environment: Environment) -> None:
    assert environment.need(finished(environment)) is Need.NOTHING


def test_that_an_environment_made_by_hand_is_filled_and_not_removed(environment: Environment) -> None:
    assert environment.need(environment.wanted((), "cpu")) is Need.PACKAGES


def test_that_a_changed_pin_asks_for_the_packages_only(environment: Environment) -> None:
    finished(environment)
    environment.constraints.write_text("torch==2.13.1\n")
    assert environment.need(environment.wanted(("dev",), "cpu")) is Need.PACKAGES


def test_that_a_changed_project_file_asks_for_the_packages_only(environment: Environment) -> None:
    finished(environment)
    (environment.project / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert environment.need(environment.wanted(("dev",), "cpu")) is Need.PACKAGES


def test_that_a_set_up_that_was_cut_off_is_made_again(environment: Environment) -> None:
    stamp = finished(environment)
    environment.begin()
    assert environment.need(stamp) is Need.ENVIRONMENT


def test_that_a_set_up_whose_installation_failed_is_tried_again_without_making_it_again(
    environment: Environment,
) -> None:
    stamp = finished(environment)
    environment.begin()
    environment.give_up()
    assert environment.need(stamp) is Need.PACKAGES


@pytest.mark.slow
def test_that_an_environment_that_was_cut_off_while_it_was_made_is_made_again(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = finished(environment)

    def interrupt(*rest: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("development.environment.run_quietly", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment.make()
    assert sorted(path.name for path in environment.folder.iterdir()) == [UNFINISHED_NAME]
    environment.make()
    assert environment.answers()
    assert environment.need(stamp) is Need.ENVIRONMENT


def test_that_a_moved_project_gets_a_new_environment(environment: Environment, tmp_path: Path) -> None:
    finished(environment)
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in (".venv", "packaging", "pyproject.toml"):
        (tmp_path / name).rename(moved / name)
    there = Environment(moved)
    assert there.need(there.wanted(("dev",), "cpu")) is Need.ENVIRONMENT


def test_that_an_environment_whose_python_has_gone_is_made_again(environment: Environment) -> None:
    stamp = finished(environment)
    environment.python.unlink()
    environment.python.symlink_to(environment.folder / "gone")
    assert environment.need(stamp) is Need.ENVIRONMENT


def test_that_an_environment_whose_python_does_not_start_is_made_again(environment: Environment) -> None:
    stamp = finished(environment)
    environment.python.unlink()
    environment.python.write_text("not a program")
    assert environment.need(stamp) is Need.ENVIRONMENT


def test_that_a_stamp_that_cannot_be_read_counts_as_none(environment: Environment) -> None:
    stamp = finished(environment)
    (environment.folder / "vae-explorer-setup.json").write_text('{"base": 1')
    assert environment.stamp() is None
    assert environment.need(stamp) is Need.PACKAGES


def test_that_a_stamp_is_read_as_it_was_written(environment: Environment) -> None:
    assert finished(environment) == environment.stamp()
    assert not (environment.folder / UNFINISHED_NAME).exists()


def test_that_another_python_asks_for_another_environment() -> None:
    assert need(STAMP, replace(STAMP, base="other")) is Need.ENVIRONMENT


def test_that_the_other_build_of_torch_asks_for_packages() -> None:
    assert need(STAMP, replace(STAMP, processor="cuda")) is Need.PACKAGES


def test_that_what_is_installed_beyond_the_wish_does_no_harm() -> None:
    assert need(STAMP, replace(STAMP, extras=())) is Need.NOTHING
    assert need(replace(STAMP, extras=()), STAMP) is Need.PACKAGES


def test_that_a_folder_of_something_else_is_never_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(SetupError, match="isn't a virtual environment: move it away"):
        Environment(tmp_path).make()
    assert (folder / "thesis.tex").read_text() == "years of work"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a privilege to make symbolic links")
def test_that_a_link_to_another_environment_is_replaced_and_what_it_points_to_kept(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyvenv.cfg").write_text("home = here\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(other)
    environment = Environment(project)
    environment.make()
    assert not (project / ".venv").is_symlink()
    assert environment.answers()
    assert [path.name for path in other.iterdir()] == ["pyvenv.cfg"]


def test_that_a_python_without_ensurepip_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_for_venv() == {}
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ensurepip" else object())
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert list(missing_for_venv().values()) == [f"python{version}-venv"]
