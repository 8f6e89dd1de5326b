"""``vae-explorer compare``: two runs in numbers and as a figure, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import SMALL, call, write_data
from vae_explorer.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def compared(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, object]:
    answer = call(capsys, "compare", *words, "--json")
    assert answer.status == 0, answer.err
    result = json.loads(answer.out)
    assert isinstance(result, dict)
    return result


def test_that_a_run_does_not_differ_from_itself(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, run, run)
    assert found["difference"]["as_they_are"] == {"mean": 0.0, "largest": 0.0, "points": 400}  # type: ignore[index]
    assert found["difference"]["aligned"]["mean"] < 0.5  # type: ignore[index]
    assert found["alignment"]["explained"] == pytest.approx(1.0)  # type: ignore[index]
    assert found["alignment"]["degrees"] == pytest.approx(0.0, abs=1e-6)  # type: ignore[index]
    assert found["first"]["test"] == found["second"]["test"]  # type: ignore[index]


def test_that_two_runs_stand_side_by_side_in_a_table(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    answer = call(capsys, "compare", runs["vae"], runs["iwae"])
    assert answer.status == 0
    assert answer.out.startswith("A  vae: VAE")
    lines = {line.split()[0]: line.split()[1:] for line in answer.out.splitlines() if line}
    assert len(lines["reconstruction"]) == 3
    one, other, difference = map(float, lines["reconstruction"])
    assert difference == pytest.approx(one - other, abs=2e-3)
    assert len(lines["loss"]) == 2
    assert "of the variance of B's encodings" in answer.out


def test_that_a_model_without_an_encoder_is_compared_by_its_pictures_alone(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(capsys, runs["vae"], runs["gan"])
    assert "no encoder" in found["alignment"]["reason"]  # type: ignore[index]
    assert set(found["difference"]) == {"as_they_are"}  # type: ignore[call-overload]
    answer = call(capsys, "compare", runs["vae"], runs["gan"])
    assert "No alignment." in answer.out


def test_that_both_are_measured_when_asked(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--measure", "--images", "5", "--samples", "5", "--fitted", "0")
    measures = compared(capsys, runs["vae"], runs["autoencoder"], *words)["measures"]
    assert isinstance(measures, list)
    assert [item["images"] for item in measures] == [5, 5]
    answer = call(capsys, "compare", runs["vae"], runs["autoencoder"], *words)
    assert "Log-likelihood" in answer.out


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_that_a_figure_is_drawn_of_both(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    out = tmp_path / f"figure{suffix}"
    words = ("--align", "--points", "test", "--tiles", "4", "--label", "1", "--out", out)
    answer = call(capsys, "compare", runs["vae"], runs["cvae-label"], *words)
    assert answer.status == 0, answer.err
    content = out.read_bytes()
    assert b"comparison" in content
    if suffix == ".svg":
        text = out.read_text(encoding="utf-8")
        for words_of_figure in ("grey levels", "A  VAE", "aligned", "z₁"):
            assert words_of_figure in text


def test_that_a_missing_class_is_asked_for(runs: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert "class" in call(capsys, "compare", runs["vae"], runs["cvae-label"]).complaint
    assert "--label has no effect" in call(capsys, "compare", runs["vae"], runs["iwae"], "--label", "1").complaint


def test_that_pictures_of_different_shapes_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "larger"
    data = write_data(tmp_path / "tiny.npz")
    words = ["train", "--data", str(data), "--set", "data.resize=12", *SMALL, "--out", str(other)]
    assert main(words) == 0
    complaint = call(capsys, "compare", run, other).complaint
    assert "1x8x8 and 1x12x12" in complaint


def test_that_moments_of_one_run_are_compared(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, run, run, "--at", "step:0")
    assert found["first"]["step"] < found["second"]["step"]  # type: ignore[index]
    assert found["difference"]["as_they_are"]["mean"] > 0  # type: ignore[index]


def test_that_an_unwritable_figure_is_refused_before_anything_is_measured(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ".gif" in call(capsys, "compare", run, run, "--out", "figure.gif").complaint
