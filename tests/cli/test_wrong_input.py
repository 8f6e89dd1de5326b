"""Wrong input gives one line that names it, exit status 2, and leaves everything as it was."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from tests.cli.commands import SMALL, call, write_data
from vae_explorer import cli
from vae_explorer.cli import lists

Capture = pytest.CaptureFixture[str]

WRONG: list[tuple[str, str]] = [
    # commands and options
    ("trian", "no command, run or data set 'trian': did you mean 'train'"),
    ("/no/such/run", "no file or folder “/no/such/run”: check the path."),
    ("~nobody-of-this-name/run", "no file or folder “~nobody-of-this-name/run”"),
    ("--no-such-option", "no option '--no-such-option'"),
    ("--jsn train", "no option '--jsn'"),
    ("train --epoch 3", "--epoch"),
    ("train extra", "extra"),
    ("train --epochs", "--epochs: expected one argument"),
    ("data", "list|show"),
    ("data delete x", "delete"),
    ("decode RUN --out a.png", "--z"),
    ("decode RUN --z 0,0", "--out"),
    ("demo --theme pink --out OUT", "--theme"),
    # settings
    ("train --objective diffusion", "no objective 'diffusion'"),
    ("settings --objective vea", "did you mean 'vae'"),
    ("train --epochs 0", "training.epochs is 0"),
    ("train --epochs -3", "training.epochs is -3"),
    ("train --epochs many", "training.epochs is 'many'"),
    ("train --seed -1", "training.seed is -1"),
    ("train --seed 1.5", "training.seed"),
    ("train --device gpu", "no choice for training.device 'gpu'"),
    ("train --set training.epoch=3", "did you mean 'training.epochs'"),
    ("train --set epochs=3", "no setting 'epochs'"),
    ("train --set training.epochs", "must have the form section.field=value"),
    ("train --set training.learning_rate=nan", "training.learning_rate"),
    ("train --set model.hidden=0", "model.hidden"),
    ("train --objective beta-vae --set objective.beta=-1", "objective.beta"),
    ("train --set objective.beta=2", "There is no setting 'objective.beta': what was chosen here has none"),
    ("train --data DATA --set model.hidden= --out OUT", "model.hidden names 0 layers"),
    ("train --data DATA --set model.network=conv --set model.channels=2,2,2,2 --out OUT", "halves the picture 4 times"),
    ("demo --epochs none --out OUT", "training.epochs is 'none'"),
    # data
    ("train --data mnist-10", "mnist-10k"),
    ("train --data /no/such/file.npz", "/no/such/file.npz"),
    ("data show /no/such/folder", "/no/such/folder"),
    ("data show BAD", "bad.npz"),
    ("train --data UNLABELLED --objective cvae-label --out OUT", "has no labels"),
    # places for runs
    ("train --data DATA --out RUN", "isn't empty"),
    ("train --data DATA --out FILE", "isn't empty"),
    ("train --data DATA --out FILE/run", "can't be written"),
    ("demo --out RUN", "isn't empty"),
    # runs
    ("evaluate /no/such/run", "There is no run folder /no/such/run"),
    ("evaluate EMPTY", "it has no file run.json"),
    ("evaluate FILE", "There is no run folder"),
    ("evaluate BROKEN", "isn't valid JSON"),
    ("decode EMPTY --z 0,0 --out a.png", "it has no file run.json"),
    ("evaluate RUN --data LARGER", "16x16"),
    ("evaluate RUN --data COLOUR", "3 channels"),
    ("encode RUN --data LARGER --out OUT.csv", "16x16"),
    ("evaluate LABEL --data UNLABELLED", "no classes"),
    # points, labels and figures
    ("decode RUN --z 1 --out a.png", "The point '1' must be two numbers"),
    ("decode RUN --z 1,2,3 --out a.png", "The point '1,2,3'"),
    ("decode RUN --z a,b --out a.png", "The point 'a,b'"),
    ("decode RUN --z nan,0 --out a.png", "The point 'nan,0'"),
    ("decode RUN --z 1e39,0 --out a.png", "too far out"),
    ("decode RUN --z 0,0 --label 1 --out a.png", "--label has no effect on the run vae"),
    ("decode LABEL --z 0,0 --label 3 --out a.png", "no class '3'"),
    ("decode LABEL --z 0,0 --label -1 --out a.png", "no class '-1'"),
    ("decode LABEL --z 0,0 --label seven --out a.png", "no class 'seven'"),
    (f"decode LABEL --z 0,0 --label {'9' * 5000} --out a.png", "no class '999"),
    ("decode LABEL --z 0,0 --out a.png", "label-conditioned: name a class from 0 to 2"),
    ("decode RUN --z 0,0 --scale 0 --out a.png", "scale is 0"),
    ("decode RUN --z 0,0 --out a.jpg", ".jpg"),
    ("decode RUN --z 0,0 --out a", "no suffix"),
    ("decode RUN --z 0,0 --out /no/such/folder/a.png", "folder doesn't exist"),
    ("grid RUN --size 1 --out a.png", "grid.size is 1"),
    ("grid RUN --size 61 --out a.png", "grid.size is 61"),
    ("grid RUN --size 5 --spacing random --out a.png", "no choice for grid.spacing 'random'"),
    ("grid RUN --range 0 --spacing uniform --out a.png", "grid.range is 0"),
    ("grid RUN --range 2 --out a.png", "--range has no effect with --spacing quantile: leave it out"),
    ("grid RUN --spacing quantile --range 2 --out a.png", "--range has no effect with --spacing quantile"),
    ("grid RUN --background black --out a.png", "--background has no effect with --gap 0"),
    ("grid RUN --label 2 --out a.png", "--label has no effect"),
    ("decode ISLANDS --z 0,0 --label 1 --out a.png", "--label has no effect on one point of the run cvae-class-mean"),
    ("grid LABEL --out a.png", "choose one from 0 to 2 (on the command line with --label)"),
    ("path RUN --from z:0,0 --out a.png", "--to"),
    ("path RUN --from 0,0 --to z:1,1 --out a.png", "must be z:X,Y"),
    ("path RUN --from z: --to z:1,1 --out a.png", "must be z:X,Y"),
    ("path RUN --from z:x,0 --to z:1,1 --out a.png", "The point 'x,0'"),
    ("path RUN --from sample:60 --to z:1,1 --out a.png", "no sample '60': tiny.npz has the rows 0 to 59"),
    ("path RUN --from sample:-1 --to z:1,1 --out a.png", "no sample '-1'"),
    (f"path RUN --from sample:{'9' * 5000} --to z:1,1 --out a.png", "no sample '999"),
    ("path RUN --from z:0,0 --to z:1,1 --method geodesik --out a.png", "geodesik"),
    ("path RUN --from z:0,0 --to z:1,1 --frames 1 --out a.png", "frames is 1"),
    ("path RUN --from z:0,0 --to z:1,1 --fps 10 --out a.png", "--fps has no effect on a file a.png"),
    ("path RUN --from z:0,0 --to z:1,1 --gap 3 --out a.gif", "--gap has no effect on a file a.gif"),
    ("path RUN --from z:0,0 --to z:1,1 --out a.avi", ".mp4"),
    ("path LABEL --from z:0,0 --to z:1,1 --out a.png", "choose one from 0 to 2"),
    ("encode RUN --out a.txt", ".txt"),
    ("encode RUN --out /no/such/folder/a.csv", "folder doesn't exist"),
]


@pytest.fixture
def places(runs: dict[str, Path], data: Path, tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("a file")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 no archive")
    return {
        "RUN": runs["vae"],
        "LABEL": runs["cvae-label"],
        "ISLANDS": runs["cvae-class-mean"],
        "DATA": data,
        "OUT": tmp_path / "out",
        "EMPTY": tmp_path / "empty",
        "FILE": tmp_path / "file",
        "BROKEN": tmp_path / "broken",
        "BAD": tmp_path / "bad.npz",
        "UNLABELLED": write_data(tmp_path / "unlabelled.npz", classes=0),
        "LARGER": write_data(tmp_path / "larger.npz", shape=(1, 16, 16)),
        "COLOUR": write_data(tmp_path / "colour.npz", shape=(3, 8, 8)),
    }


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[words[:60] for words, _ in WRONG])
def test_that_wrong_input_is_named_in_one_line(
    words: str, said: str, places: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    line = words
    for name, path in places.items():
        line = re.sub(rf"\b{name}\b", str(path), line)
    answer = call(capsys, *line.split(" "))
    assert said in answer.complaint
    assert answer.complaint.isprintable()
    assert list(here.iterdir()) == []


def test_that_wrong_words_are_refused_before_anything_slow(
    monkeypatch: pytest.MonkeyPatch, places: dict[str, Path], capsys: Capture
) -> None:
    def slow(*_: object, **__: object) -> None:
        raise AssertionError("the run was opened")

    monkeypatch.setattr("vae_explorer.cli.figures.opened", slow)
    for words in ("decode RUN --z x --out a.png", "grid RUN --out a.jpg", "encode RUN --out a.txt"):
        call(capsys, *words.replace("RUN", str(places["RUN"])).split()).complaint  # noqa: B018 - it asserts


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_that_a_display_is_known_by_any_of_three_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(other, raising=False)
    assert not cli.has_display()
    monkeypatch.setenv(name, "x")
    assert cli.has_display()


@pytest.mark.parametrize("words", [[], ["RUN"], ["mnist-10k"], ["--runs=x"]])
def test_that_without_a_display_the_window_is_refused_with_what_to_do_instead(
    words: list[str], run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    answer = call(capsys, *(str(run) if word == "RUN" else word for word in words))
    assert "No display was found" in answer.complaint
    assert "vae-explorer demo --out DIR" in answer.complaint


def test_that_no_words_and_paths_open_the_window(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[list[str]] = []

    def open_window(words: list[str]) -> int:
        opened.append(words)
        return 0

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("vae_explorer.gui.launch.main", open_window)
    for words in ([], [str(run)], ["mnist-10k"], ["--runs", "x"], ["--new"]):
        assert cli.main(words) == 0
    assert opened == [[], [str(run)], ["mnist-10k"], ["--runs", "x"], ["--new"]]


def test_that_an_error_of_the_system_is_one_line_too(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def fail(_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/a\nb")

    monkeypatch.setattr(lists, "objectives", fail)
    assert call(capsys, "objectives").complaint == "/a\\nb: Permission denied"


def test_that_a_training_that_breaks_is_no_wrong_input(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    from vae_explorer.training.loop import Loop

    def fail(*_: object) -> None:
        raise RuntimeError("the processor melted")

    monkeypatch.setattr(Loop, "take_step", fail)
    answer = call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    assert (answer.status, answer.out) == (1, "")
    last = "vae-explorer: Training stopped at an unexpected RuntimeError: the processor melted."
    assert answer.err.splitlines()[-1] == last
    assert "Traceback" not in answer.err


def test_that_a_device_that_is_not_there_is_wrong_input(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    words = ("train", "--data", data, "--out", tmp_path / "run", "--device", "cuda", "--epochs", "1")
    assert call(capsys, *words).complaint.startswith("The device cuda can't be used, because")
    assert not (tmp_path / "run").exists(), "a folder without weights would stand in the way of the next try"
