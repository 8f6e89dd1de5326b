"""Where bundled files are found, and what is said when they aren't."""

from __future__ import annotations

from pathlib import Path

import pytest
from development.commands import PROJECT

from vae_explorer import resources
from vae_explorer.errors import VaeExplorerError
from vae_explorer.resources import resource_path


def test_that_a_checkout_finds_the_bundled_digits() -> None:
    assert resource_path() == PROJECT / "resources"
    assert (resource_path("data", "mnist-10k") / "images-idx3-ubyte.gz").is_file()


def test_that_an_installed_package_looks_inside_itself_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inside, beside = tmp_path / "package" / "_resources", tmp_path / "resources"
    monkeypatch.setattr(resources, "_ROOTS", (inside, beside))
    beside.mkdir()
    assert resource_path() == beside
    inside.mkdir(parents=True)
    assert resource_path() == inside


def test_that_a_missing_file_is_named_with_what_to_do() -> None:
    with pytest.raises(VaeExplorerError, match=r"no-such-file\.txt is missing; install VAE Explorer again\.$"):
        resource_path("data", "no-such-file.txt")


def test_that_missing_resources_as_a_whole_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "_ROOTS", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(VaeExplorerError, match="The bundled files are missing: there is neither"):
        resource_path("data")
