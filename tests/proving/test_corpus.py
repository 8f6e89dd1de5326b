"""Every hostile file loads or is refused exactly as is written down, and the tool notices where one doesn't."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.proving import corpus
from tests.proving._hostile import Case, Loads, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [["idx", "npy", "npz", "a "], ["picture"], ["folder", "canvas", "note"], ["run "]])
def test_that_hostile_files_load_or_are_refused_as_is_written_down(kinds: list[str], tmp_path: Path) -> None:
    verdicts = corpus.prove(kinds, tmp_path)
    assert len(verdicts) > 8
    assert {verdict.name: verdict.wrong for verdict in verdicts if verdict.wrong} == {}


def test_that_every_case_has_a_name_of_its_own_and_is_tried() -> None:
    names = [case.name for case in corpus.CASES]
    assert len(set(names)) == len(names) > 150
    words = ("idx", "npy", "npz", "a ", "picture", "folder", "canvas", "note", "run ")
    assert all(any(word in name for word in words) for name in names)


def _whole(folder: Path, _canary: Path) -> Path:
    from tests.data.writers import idx_bytes, noise

    path = folder / "a-images-idx3-ubyte"
    path.write_bytes(idx_bytes(noise(6, 8, 9)))
    return path


WHOLE = Case("whole", _whole, Loads(6))


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    (tmp_path / "canary").write_bytes(b"nobody may read this")
    return tmp_path / "canary"


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Loads(7), "6 images instead of 7"),
        (Loads(6, "bananas"), "don't say 'bananas'"),
        (Refused("anything"), "it loaded"),
    ],
)
def test_that_another_outcome_than_the_written_one_is_told(
    expected: Loads | Refused, words: str, tmp_path: Path, canary: Path
) -> None:
    assert corpus.try_case(WHOLE, tmp_path / "right", canary).wrong == ""
    assert words in corpus.try_case(replace(WHOLE, expected=expected), tmp_path / "wrong", canary).wrong


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda canary: canary.read_bytes(), "it touched"),
        (lambda canary: canary.write_bytes(b"x"), "the canary was changed"),
        (lambda _: os.system("true"), "os.system"),
        (lambda _: subprocess.run(["true"], check=True), "subprocess.Popen"),
        (lambda _: os.write(2, b"libtiff says"), "it wrote to the terminal: libtiff says"),
        (lambda _: bytearray(700_000_000), "MB of memory"),
        (lambda _: 1 // 0, "ZeroDivisionError"),
    ],
)
def test_that_what_a_file_must_not_do_is_noticed(
    act: object, words: str, tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_explorer.data import catalogue

    load = catalogue.load

    def harmed(*arguments: object, **named: object) -> ImageDataset:
        act(canary)  # type: ignore[operator]
        return load(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "load", harmed)
    assert words in corpus.try_case(WHOLE, tmp_path / "case", canary).wrong


def test_that_the_report_says_what_was_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert corpus.main(["idx whole", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [case["name"] for case in told["cases"]] == ["idx whole"]
    assert corpus.main(["idx whole"]) == 0
    assert "1 cases, 0 not as expected" in capsys.readouterr().out
