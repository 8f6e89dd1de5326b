"""The picture whose columns a model completes, named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.commands import call

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_that_another_picture_is_completed_on_demand(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = []
    for row in ("0", "5"):
        out = tmp_path / f"{row}.png"
        words = ("decode", runs["cvae-image"], "--z", "0,0", "--condition", f"sample:{row}", "--out", out)
        assert call(capsys, *words).status == 0
        made.append(out.read_bytes())
    assert made[0] != made[1]


def test_that_the_first_test_image_is_completed_where_none_is_named(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "grid.png"
    assert call(capsys, "grid", runs["cvae-image"], "--size", "3", "--out", out).status == 0
    assert b"sample:" in out.read_bytes()


def test_that_a_model_that_completes_nothing_refuses_a_condition(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("decode", runs["vae"], "--z", "0,0", "--condition", "sample:0", "--out", tmp_path / "a.png")
    assert "completes nothing" in call(capsys, *words).complaint


def test_that_a_condition_must_be_a_sample_that_exists(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("decode", runs["cvae-image"], "--z", "0,0", "--out", tmp_path / "a.png", "--condition")
    assert "sample:I" in call(capsys, *words, "z:0,0").complaint
    assert "no sample" in call(capsys, *words, "sample:999").complaint
