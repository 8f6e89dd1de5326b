"""Everything that the window exports can be scripted, and the examples of the README run as they stand there."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from tests.cli.commands import ROOT, call
from tests.export.papers import words_of
from vae_explorer.cli import main
from vae_explorer.export.notes import read_provenance
from vae_explorer.runs.folder import open_run

Capture = pytest.CaptureFixture[str]
EXAMPLES = re.findall(r"^vae-explorer (export .*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
NOTED = {".png", ".gif", ".webp", ".svg", ".pdf"}


def test_that_the_readme_shows_every_kind(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    listed = capsys.readouterr().out
    kinds = set(re.findall(r"^    ([a-z]+)\b", listed, re.MULTILINE))
    assert kinds == {example.split()[1] for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.split()[1] for example in EXAMPLES])
def test_that_an_example_of_the_readme_runs(
    example: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [str(run) if word == "run" else word for word in shlex.split(example)]
    answer = call(capsys, *words)
    assert answer.status == 0, answer.err
    written = Path(answer.out.strip())
    assert written.stat().st_size > 100
    if written.suffix in NOTED:
        note = read_provenance(written)
        assert note is not None
        assert note.run == run.name


def test_that_a_figure_is_of_the_moment_that_is_named(run: Path, tmp_path: Path, capsys: Capture) -> None:
    moments = open_run(run).moments
    for moment in (moments[0], moments[-1]):
        words = ("--at", f"step:{moment.step}", "--out", str(tmp_path / "plane.svg"))
        assert call(capsys, "export", "plane", run, *words).status == 0
        note = read_provenance(tmp_path / "plane.svg")
        assert note is not None
        assert note.step == moment.step


def test_that_a_class_is_named_in_the_figure_s_legend(run: Path, tmp_path: Path) -> None:
    assert main(["export", "plane", str(run), "--points", "all", "--out", str(tmp_path / "plane.pdf")]) == 0
    words = words_of((tmp_path / "plane.pdf").read_bytes())
    assert all(name in words for name in open_run(run).data.class_names)


def test_that_a_path_is_drawn_and_tabled_with_its_class(runs: dict[str, Path], tmp_path: Path, capsys: Capture) -> None:
    route = ("--from", "sample:0", "--to", "z:-1,2", "--label", "1")
    answer = call(capsys, "export", "path", runs["cvae-label"], *route, "--frames", "5", "--out", tmp_path / "a.csv")
    assert answer.status == 0, answer.err
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["1"] * 5
    assert (float(rows[-1]["z1"]), float(rows[-1]["z2"])) == (-1.0, 2.0)
    lengths = [float(row["length"]) for row in rows]
    assert lengths[0] == 0
    assert np.all(np.diff(lengths) > 0)


@pytest.mark.parametrize(
    ("objective", "words"), [("cvae-image", ("--condition", "sample:3")), ("cvae-label", ("--label", "2")), ("gan", ())]
)
def test_that_a_training_of_any_family_is_shown_as_a_film(
    objective: str, words: tuple[str, ...], runs: dict[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    answer = call(capsys, "export", "film", runs[objective], *words, "--size", "2", "--out", tmp_path / "film.gif")
    assert answer.status == 0, answer.err
    note = read_provenance(tmp_path / "film.gif")
    assert note is not None
    assert note.view["condition"] == (words[1] if objective == "cvae-image" else None)


def test_that_metrics_hold_every_record(run: Path, tmp_path: Path, capsys: Capture) -> None:
    assert call(capsys, "export", "metrics", run, "--out", tmp_path / "a.npz").status == 0
    records = open_run(run).metrics
    with np.load(tmp_path / "a.npz", allow_pickle=False) as table:
        assert table["step"].tolist() == [record.step for record in records]
        assert table["loss"].tolist() == [record.values["loss"] for record in records]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("plane", "vae", "--from", "z:0,0", "--out", "a.svg"), "needs both its ends"),
        (("plane", "vae", "--opacity", "0.2", "--out", "a.svg"), "--opacity has no effect with --tiles 0"),
        (("plane", "gan", "--points", "all", "--out", "a.svg"), "has no encoder"),
        (("plane", "vae", "--out", "a.jpg"), ".svg (SVG drawing)"),
        (("plane", "vae", "--centre", "1", "--out", "a.svg"), "two numbers"),
        (("strip", "vae", "--from", "z:0,0", "--to", "z:1,1", "--out", "a.gif"), ".png (PNG picture)"),
        (("walk", "vae", "--from", "z:0,0", "--to", "z:1,1", "--out", "a.png"), ".mp4 (MP4 film)"),
        (("curves", "vae", "--font-size", "99", "--out", "a.pdf"), "between 4 and 24"),
        (("onnx", "gan", "--part", "encoder", "--out", "a.onnx"), "no encoder"),
        (("onnx", "vae", "--out", "a.pb"), ".onnx"),
        (("latents", "vae", "--out", "a.txt"), ".csv (CSV table)"),
    ],
)
def test_that_wrong_input_is_named_in_one_line(
    words: tuple[str, ...], complaint: str, runs: dict[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    kind, name, *rest = words
    rest[-1] = str(tmp_path / rest[-1])
    assert complaint in call(capsys, "export", kind, runs[name], *rest).complaint
    assert list(tmp_path.iterdir()) == []
