"""Each command does what it says and prints what scripts rely on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.commands import SMALL, call
from tests.cli.printed import Capture, as_list, mapping, one_object, pixels
from vae_explorer import __version__
from vae_explorer.cli import demo, main
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run
from vae_explorer.training.experiment import Experiment


def test_that_data_show_prints_the_promised_keys(data: Path, capsys: Capture) -> None:
    result = one_object(call(capsys, "data", "show", data, "--json").out)
    assert {name: result[name] for name in ("name", "images", "height", "width", "channels", "classes")} == {
        "name": "tiny.npz",
        "images": 60,
        "height": 8,
        "width": 8,
        "channels": 1,
        "classes": 3,
    }
    assert len(bytes.fromhex(str(result["sha256"]))) == 32


def test_that_the_bundled_digits_are_ten_thousand_of_which_a_thousand_are_for_testing(capsys: Capture) -> None:
    result = one_object(call(capsys, "data", "show", "mnist-10k", "--json").out)
    assert (result["images"], result["train"], result["test"]) == (10_000, 9_000, 1_000)
    assert (result["height"], result["width"], result["channels"], result["classes"]) == (28, 28, 1, 10)


def test_that_the_lists_name_everything_that_can_be_named(capsys: Capture) -> None:
    assert "mnist-10k" in call(capsys, "data", "list").out
    names = [mapping(item)["name"] for item in as_list(one_object(call(capsys, "data", "list", "--json").out)["data"])]
    assert "mnist-10k" in names
    objectives = one_object(call(capsys, "objectives", "--json").out)["objectives"]
    assert [mapping(item)["name"] for item in as_list(objectives)] == list(OBJECTIVES.names())
    for name in OBJECTIVES.names():
        assert name in call(capsys, "objectives").out


def test_that_every_setting_listed_can_be_set_to_its_default(capsys: Capture) -> None:
    for objective in OBJECTIVES.names():
        listed = one_object(call(capsys, "settings", "--objective", objective, "--json").out)["settings"]
        shown = call(capsys, "settings", "--objective", objective).out
        experiment = Experiment().with_objective(objective)
        for item in map(mapping, as_list(listed)):
            default = item["default"]
            text = ",".join(map(str, default)) if isinstance(default, list) else str(default)
            assert experiment.with_setting(str(item["name"]), text) == experiment
            assert f"{item['name']} = " in shown


def test_that_the_version_and_the_help_are_printed(capsys: Capture) -> None:
    for words in (["--version"], ["--help"], ["train", "--help"], ["grid", "--help"], ["data", "show", "--help"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
        assert capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"VAE Explorer {__version__}\n"


def test_that_a_run_of_any_name_is_used(data: Path, tmp_path: Path, capsys: Capture) -> None:
    for name in ("with space", "ümläut 数字 😀", "line\nbreak", "bad\udcff"):
        out = tmp_path / name
        answer = call(capsys, "train", "--data", data, "--out", out, *SMALL, "--json")
        assert one_object(answer.out)["run"] == str(out)
        assert call(capsys, "evaluate", out, "--json").status == 0
        assert call(capsys, "decode", out, "--z", "0,0", "--out", out / "a.png").status == 0
        assert call(capsys, "train", "--data", data, "--out", out, *SMALL).complaint.isprintable()


def test_that_demo_does_the_whole_main_job(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """On tiny data, and with the window drawn by a stand-in: its own tests draw the real one."""
    drawn: list[tuple[Path, Path, str]] = []

    def draw(run: Path, picture: Path, theme: str) -> None:
        drawn.append((run, picture, theme))
        Image.new("L", (3, 2)).save(picture)

    tiny = Experiment().with_setting("data.source", str(data)).with_setting("model.hidden", "8")
    monkeypatch.setattr(demo, "_draw_window", draw)
    monkeypatch.setattr(demo, "Experiment", lambda: tiny)
    out = tmp_path / "demo"
    answer = call(capsys, "demo", "--out", out, "--epochs", "1", "--theme", "dark", "--json")
    assert answer.status == 0
    result = one_object(answer.out)
    assert {"run", "grid", "path", "window", "train", "test"} <= set(result)
    assert sorted(path.name for path in out.iterdir()) == ["grid.png", "path.gif", "run", "window.png"]
    assert pixels(out / "grid.png") == (160, 160)
    assert drawn == [(out / "run", out / "window.png", "dark")]
    assert open_run(out / "run").load_model().step == 1
    again = call(capsys, "demo", "--out", out, "--epochs", "1")
    assert "isn't empty" in again.complaint


def test_that_demo_chooses_a_free_folder(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    tiny = Experiment().with_setting("data.source", str(data)).with_setting("model.hidden", "8")
    monkeypatch.setattr(demo, "_draw_window", lambda run, picture, theme: picture.write_bytes(b""))
    monkeypatch.setattr(demo, "Experiment", lambda: tiny)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vae-explorer-demo").mkdir()
    answer = call(capsys, "demo", "--epochs", "1")
    assert answer.status == 0
    assert (tmp_path / "vae-explorer-demo-2" / "path.gif").is_file()
    assert [line.split(":")[0].strip() for line in answer.out.splitlines()] == ["run", "grid", "path", "window"]


def test_that_a_window_that_can_not_be_drawn_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_explorer.errors import ExportError

    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ExportError, match=r"The window couldn't be drawn to .*: no reason was given"):
        demo._draw_window(tmp_path / "run", tmp_path / "window.png", "light")
