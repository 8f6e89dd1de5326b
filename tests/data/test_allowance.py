"""Limits that a person sets count everywhere, are told in refusals, and survive broken files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.data.writers import load_path, noise
from vae_explorer.config import settings_of
from vae_explorer.data.allowance import (
    FILE,
    VARIABLE,
    Allowance,
    keep_allowance,
    kept_allowance,
    limits_in_force,
    with_words,
)
from vae_explorer.data.limits import Limits
from vae_explorer.errors import DataError, SettingError
from vae_explorer.resources import config_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_that_what_is_declared_is_what_readers_use_by_default() -> None:
    usual = Allowance().limits
    for name in ("images", "picture_pixels", "picture_bytes", "files", "depth", "header_bytes", "members"):
        assert getattr(usual, name) == getattr(Limits(), name)
    for name in ("label", "expanded", "table", "document", "metrics", "weights", "session"):
        assert getattr(usual, f"{name}_bytes") == getattr(Limits(), f"{name}_bytes")
    assert usual.memory_bytes > 1 << 28


def test_that_every_limit_changes_exactly_one_bound() -> None:
    usual = Allowance().limits
    for item in settings_of(Allowance):
        changed = with_words(Allowance(), f"{item.name}=7").limits
        fields = [name for name in type(usual).__dataclass_fields__ if getattr(usual, name) != getattr(changed, name)]
        assert len(fields) == 1, item.name


def test_that_a_limit_counts_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=noise(8, 8, 8), a=noise(2), b=noise(2))
    assert len(load_path(tmp_path / "a.npz")) == 8
    keep_allowance(config_folder(), Allowance(arrays=2))
    with pytest.raises(DataError, match=r"3 arrays, more than the 2 allowed \(limits\.arrays\)"):
        load_path(tmp_path / "a.npz")
    keep_allowance(config_folder(), Allowance())
    assert len(load_path(tmp_path / "a.npz")) == 8


def test_that_words_in_the_environment_count_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_allowance(config_folder(), Allowance(images=100, files=10))
    monkeypatch.setenv(VARIABLE, "images=5; limits.depth=3")
    limits = limits_in_force()
    assert (limits.images, limits.files, limits.depth) == (5, 10, 3)
    monkeypatch.setenv(VARIABLE, "nonsense")
    assert limits_in_force().images == 100


def test_that_only_what_differs_is_kept_and_comes_back(tmp_path: Path) -> None:
    wanted = Allowance(pixels=100, memory=512)
    keep_allowance(tmp_path / "new", wanted)
    assert json.loads((tmp_path / "new" / FILE).read_bytes())["limits"] == {"pixels": 100, "memory": 512}
    assert kept_allowance(tmp_path / "new") == (wanted, "")
    assert kept_allowance(tmp_path / "none") == (Allowance(), "")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b'{"limits": 3}', b'{"limits": {"pixels": "many"}}', b'{"limits": {"pixels": -1}}', b"[" * 9999,
     b'{"limits": {"pixels": 1e400}}', b" " * (1 << 17), b"\xff\xfe"],
)  # fmt: skip
def test_that_a_broken_file_leaves_the_defaults_and_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    found, problem = kept_allowance(tmp_path)
    assert found == Allowance()
    assert FILE in problem
    assert problem.isprintable()


def test_that_limits_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": 9, "limits": {"pixels": 9, "colours": 3}}')
    assert kept_allowance(tmp_path) == (Allowance(pixels=9), "")


@pytest.mark.parametrize("words", ["pixels", "pixels=", "pixels=x", "pixels=0", "nothing=3", "=3"])
def test_that_words_that_are_no_limit_are_refused(words: str) -> None:
    with pytest.raises(SettingError) as refusal:
        with_words(Allowance(), words)
    assert "\n" not in str(refusal.value)


def test_that_an_experiment_never_gets_more_memory_than_the_user_allows(tmp_path: Path) -> None:
    keep_allowance(config_folder(), Allowance(memory=1))
    with pytest.raises(DataError, match=r"more than the 1\.0 MiB allowed \(limits\.memory\)"):
        load_path(make_large(tmp_path), memory=4096)
    keep_allowance(config_folder(), Allowance(memory=2))
    with pytest.raises(DataError, match=r"more than the 1\.0 MiB allowed \(data\.memory\)"):
        load_path(make_large(tmp_path), memory=1)


def make_large(folder: Path) -> Path:
    """Compressed images of 3.1 MiB."""
    path = folder / "large.npz"
    np.savez_compressed(path, x=noise(200, 128, 128))
    return path


def test_that_a_machine_that_does_not_say_how_much_memory_it_has_gets_a_usual_amount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_name: str) -> int:
        raise ValueError

    monkeypatch.setattr("os.sysconf", fail)
    assert Allowance().limits.memory_bytes == 6 << 30
