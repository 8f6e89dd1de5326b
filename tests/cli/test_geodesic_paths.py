"""Paths that follow the model's pictures, on the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import call
from vae_explorer.export.courses import length_words
from vae_explorer.latent.geodesics import find_course
from vae_explorer.latent.paths import frame_times, interpolate
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.late_moments import late_moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    Capture = pytest.CaptureFixture[str]

ENDS = ("--from", "z:-1,2", "--via", "z:1,1.5", "--to", "z:0.5,-1")
POINTS = [(-1.0, 2.0), (1.0, 1.5), (0.5, -1.0)]
PLAIN = ("--frames", "6", "--gap", "0", "--scale", "1")


@pytest.mark.parametrize("speed", [(), ("--equal-speed",)])
@pytest.mark.parametrize("metric", ["pixel", "fisher"])
def test_that_a_geodesic_is_written_and_its_length_beside_straight_lines_is_said(
    metric: str, speed: tuple[str, ...], run: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.png"
    answer = call(capsys, "path", run, *ENDS, "--method", "geodesic", "--metric", metric, *speed, *PLAIN, "--out", out)
    assert answer.status == 0, answer
    said = re.search(r"is (0\.\d+|1\.000) of the straight line", answer.err)
    assert said is not None, answer.err
    model = open_run(run).load_model()
    course = find_course(model, POINTS, metric=metric)
    assert length_words(course) in answer.err
    places = interpolate(POINTS, "geodesic", frame_times(6), equal_speed=bool(speed), course=course)
    with Image.open(out) as picture:
        written = np.asarray(picture.convert("L"))
        assert f'"metric": "{metric}"' in str(picture.info) or metric in str(picture.info)
    expected = np.concatenate(list(model.decode(places.astype(np.float32))[:, 0]), axis=1)
    assert np.array_equal(written, expected)


def test_that_each_objective_has_a_geodesic_or_says_why_not(
    runs: Mapping[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    for objective, run in runs.items():
        model = open_run(run).load_model()
        label = ("--label", "1") if model.conditioning == "label" else ()
        words = (*ENDS, "--method", "geodesic", "--metric", "fisher", *label, "--out", tmp_path / f"{objective}.gif")
        answer = call(capsys, "path", run, *words)
        if model.can_decode and model.has_likelihood:
            assert answer.status == 0, answer
            assert "of the straight line" in answer.err
        elif model.can_decode:
            assert "choose the metric pixel" in answer.complaint
        else:
            assert "no decoder" in answer.complaint


def test_that_a_metric_that_does_nothing_or_is_none_is_refused(run: Path, tmp_path: Path, capsys: Capture) -> None:
    out = ("--out", tmp_path / "a.png")
    answer = call(capsys, "path", run, *ENDS, "--method", "linear", "--metric", "pixel", *out)
    assert "--metric has no effect" in answer.complaint
    answer = call(capsys, "path", run, *ENDS, "--method", "geodesic", "--metric", "pixl", *out)
    assert "did you mean 'pixel'" in answer.complaint


def test_that_a_metric_over_late_moments_says_how_many_there_are(run: Path, tmp_path: Path, capsys: Capture) -> None:
    opened = open_run(run)
    model = opened.load_model()
    moments = late_moments(opened, model)
    answer = call(
        capsys, "path", run, *ENDS, "--method", "geodesic", "--metric", "pixel-late", "--out", tmp_path / "a.png"
    )
    assert answer.status == 0, answer
    course = find_course(model, POINTS, metric="pixel-late", moments=moments[:-1])
    assert course.decoders == len(moments)
    assert length_words(course) in answer.err
    assert "no earlier weights" in answer.err or f"{len(moments)} moments" in answer.err


def test_that_whites_path_says_that_it_flies_off(run: Path, tmp_path: Path, capsys: Capture) -> None:
    ends = ("--from", "z:1,0", "--to", "z:-2,0.02")
    answer = call(capsys, "path", run, *ends, "--method", "spherical-white", *PLAIN, "--out", tmp_path / "a.png")
    assert answer.status == 0
    assert "flies off" in answer.err
