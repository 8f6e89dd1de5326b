"""Pictures and tables of a run from the command line: decode, grid, path, encode."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import call
from tests.cli.printed import Capture, pixels
from vae_explorer.export.notes import read_provenance
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run
from vae_explorer.training.experiment import Experiment


@pytest.mark.parametrize("z", ["0.5,-1", "-1,2", "-.5,-.25", "-1e0,2", "0,0", " 1 , 2 "])
def test_that_decode_writes_the_picture_of_the_point(z: str, run: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.png"
    answer = call(capsys, "decode", run, "--z", z, "--scale", "3", "--out", out)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.strip() == str(out)
    assert pixels(out) == (24, 24)
    point = [float(part) for part in z.split(",")]
    expected = open_run(run).load_model().decode(point)[0, 0]
    with Image.open(out) as picture:
        assert np.array_equal(np.asarray(picture.convert("L"))[::3, ::3], expected)
    note = read_provenance(out)
    assert note is not None


def test_that_the_label_chooses_the_picture_by_number_and_by_name(
    runs: Mapping[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    pictures = {}
    for label in ("0", "1", "2"):
        out = tmp_path / f"{label}.png"
        assert call(capsys, "decode", runs["cvae-label"], "--z", "0,0", "--label", label, "--out", out).status == 0
        with Image.open(out) as picture:
            pictures[label] = np.asarray(picture)
    assert not np.array_equal(pictures["0"], pictures["1"])


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_grid_writes_as_many_tiles_as_asked_for(
    objective: str, runs: Mapping[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    model = open_run(runs[objective]).load_model()
    label = ("--label", "1") if model.conditioning in {"label", "class-mean"} else ()
    quantile, uniform = tmp_path / "q.png", tmp_path / "u.png"
    first = call(capsys, "grid", runs[objective], "--size", "5", "--spacing", "quantile", *label, "--out", quantile)
    wide = ("--spacing", "uniform", "--range", "8", "--gap", "1")
    second = call(capsys, "grid", runs[objective], "--size", "4", *wide, *label, "--out", uniform)
    if not model.can_decode:
        assert "no decoder" in first.complaint
        assert "no decoder" in second.complaint
        return
    assert (first.status, second.status) == (0, 0)
    assert pixels(quantile) == (40, 40)
    assert pixels(uniform) == (4 * 8 + 3, 4 * 8 + 3)
    assert first.out.strip() == str(quantile)


@pytest.mark.parametrize("method", ["linear", "spherical", "cos-sin"])
def test_that_path_writes_a_strip(method: str, run: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "a.png"
    ends = ("--from", "z:-1,2", "--to", "z:0.5,-1")
    answer = call(
        capsys, "path", run, *ends, "--method", method, "--frames", "6", "--gap", "0", "--scale", "1", "--out", out
    )
    assert answer.status == 0, answer
    assert pixels(out) == (48, 8)


def test_that_path_writes_an_animation_between_samples_and_way_points(
    runs: Mapping[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    for objective in OBJECTIVES.names():
        out = tmp_path / f"{objective}.gif"
        ends = ("--from", "sample:3", "--via", "z:1,1", "--to", "sample:40")
        frames = ("--frames", "5", "--fps", "10", "--there-and-back", "no")
        answer = call(capsys, "path", runs[objective], *ends, *frames, "--out", out)
        model = open_run(runs[objective]).load_model()
        if not (model.can_encode and model.can_decode):
            assert answer.complaint.startswith("This model has no")
            continue
        assert answer.status == 0, answer
        with Image.open(out) as picture:
            assert getattr(picture, "n_frames", 1) <= 5
            assert picture.size == (32, 32)


def test_that_a_path_from_a_sample_starts_at_its_encoding(
    run: Path, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    from vae_explorer.data.catalogue import load

    dataset = load(Experiment().with_setting("data.source", str(data)).data)
    model = open_run(run).load_model()
    image = dataset.images[dataset.source_rows == 17]
    out = tmp_path / "a.png"
    plain = ("--frames", "2", "--gap", "0", "--scale", "1")
    call(capsys, "path", run, "--from", "sample:17", "--to", "z:0,0", *plain, "--out", out)
    with Image.open(out) as picture:
        first = np.asarray(picture.convert("L"))[:, :8]
    assert np.array_equal(first, model.decode(model.encode(image).mean)[0, 0])


@pytest.mark.parametrize("suffix", [".csv", ".npz", ".CSV"])
def test_that_encode_writes_a_row_for_each_image(suffix: str, run: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / f"latents{suffix}"
    assert call(capsys, "encode", run, "--out", out).status == 0
    if suffix == ".npz":
        with np.load(out) as arrays:
            assert arrays["z1"].shape == (60,)
            assert sorted(arrays["row"]) == list(range(60))
        return
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {"row", "split", "label", "z1", "z2"} <= set(rows[0])
    assert {row["split"] for row in rows} == {"train", "test"}


@pytest.mark.parametrize("spacing", ["class-mean", "aggregate"])
def test_that_a_grid_follows_the_encodings_of_the_images_of_a_run(
    runs: Mapping[str, Path], tmp_path: Path, capsys: Capture, spacing: str
) -> None:
    out, prior = tmp_path / "grid.png", tmp_path / "prior.png"
    assert call(capsys, "grid", runs["vae"], "--size", "5", "--spacing", spacing, "--out", out).status == 0
    assert call(capsys, "grid", runs["vae"], "--size", "5", "--out", prior).status == 0
    with Image.open(out) as followed, Image.open(prior) as usual:
        assert not np.array_equal(np.asarray(followed), np.asarray(usual))
    refused = call(capsys, "grid", runs["gan"], "--size", "5", "--spacing", spacing, "--out", tmp_path / "no.png")
    assert "no encoder" in refused.complaint
