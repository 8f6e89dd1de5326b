"""Each command does what it says and prints what scripts rely on."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import SMALL, call, small_pictures, write_data
from vae_explorer import __version__
from vae_explorer.cli import demo, main
from vae_explorer.export.notes import read_provenance
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run
from vae_explorer.training.experiment import Experiment

Capture = pytest.CaptureFixture[str]
Number = (int, float)


def one_object(text: str) -> dict[str, object]:
    """Return the JSON object that is all of the output."""
    value, end = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text)
    assert text[end:].strip() == ""
    assert isinstance(value, dict)
    return value


def _no_constant(name: str) -> float:
    raise AssertionError(f"{name} isn't JSON")


def mapping(value: object) -> Mapping[str, object]:
    assert isinstance(value, dict)
    return value


def number(value: object) -> float:
    assert isinstance(value, Number)
    assert not isinstance(value, bool)
    return float(value)


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_train_prints_one_object_with_the_promised_keys(
    objective: str, data: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "run"
    chosen = ("--objective", objective, *small_pictures(objective), "--seed", "7", *SMALL)
    answer = call(capsys, "train", "--data", data, *chosen, "--out", out, "--json")
    assert answer.status == 0
    result = one_object(answer.out)
    figures = {"run", "seed", "device", "epochs", "seconds", "images_per_second", "train", "test"}
    assert set(result) == figures | {"parent", "changes"}
    assert (result["parent"], result["changes"]) == (None, [])
    assert (result["run"], result["seed"], result["device"], result["epochs"]) == (str(out), 7, "cpu", 1)
    assert isinstance(result["epochs"], int)
    assert number(result["seconds"]) > 0
    assert number(result["images_per_second"]) > 0
    for split in ("train", "test"):
        terms = mapping(result[split])
        recorded = mapping(open_run(out).result[split])
        assert terms == {name: recorded[name] for name in terms}
        assert {"loss", "reconstruction", "kl"} & set(recorded) <= set(terms)
    run = open_run(out)
    assert run.experiment.objective.name == objective
    assert run.experiment.model.hidden == (8,)


def test_that_the_vae_s_loss_is_the_sum_of_its_two_parts(run: Path) -> None:
    for split in ("train", "test"):
        terms = {name: number(value) for name, value in mapping(open_run(run).result[split]).items()}
        assert {"loss", "reconstruction", "kl"} <= set(terms)
        assert all(value > 0 for value in terms.values())
        assert terms["loss"] == pytest.approx(terms["reconstruction"] + terms["kl"], rel=1e-5)


def test_that_training_twice_from_the_command_line_gives_the_same_figures(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    results = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        words = ("train", "--data", data, "--seed", seed, "--out", tmp_path / name, *SMALL, "--json")
        results.append(one_object(call(capsys, *words).out)["test"])
    assert results[0] == results[1] != results[2]


def test_that_train_without_json_says_where_the_run_is(data: Path, tmp_path: Path, capsys: Capture) -> None:
    answer = call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    lines = answer.out.splitlines()
    assert lines[-1] == f"run: {tmp_path / 'run'}"
    assert "nats per image" in lines[0]
    assert "Training" in answer.err
    assert "steps" in answer.err


def test_that_notes_about_the_data_are_shown_once_training_starts(tmp_path: Path, capsys: Capture) -> None:
    data = write_data(tmp_path / "unlabelled.npz", classes=0)
    answer = call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    assert answer.status == 0
    assert answer.err.startswith("There are no labels, so there are no classes.\nTraining ")


def test_that_train_makes_a_folder_of_its_own_where_none_is_named(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("vae_explorer.cli.train.default_runs_folder", lambda: tmp_path / "all runs")
    result = one_object(call(capsys, "train", "--data", data, *SMALL, "--json").out)
    assert Path(str(result["run"])).parent == tmp_path / "all runs"
    assert "tiny vae" in Path(str(result["run"])).name


def test_that_later_settings_win_over_flags_before_them(data: Path, tmp_path: Path, capsys: Capture) -> None:
    settings = (
        "--objective",
        "beta-vae",
        "--set",
        "objective.beta=2",
        "--set",
        "training.batch_size = 7",
        "--set",
        "training.epochs=2",
    )
    call(capsys, "train", "--data", data, "--out", tmp_path, *SMALL, *settings)
    experiment = open_run(tmp_path).experiment
    assert (experiment.training.batch_size, experiment.training.epochs) == (7, 2)
    assert experiment.to_dict()["objective"]["beta"] == 2.0


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_evaluate_prints_the_terms_and_a_negative_elbo(
    objective: str, runs: Mapping[str, Path], capsys: Capture
) -> None:
    result = one_object(call(capsys, "evaluate", runs[objective], "--json").out)
    test = {name: number(value) for name, value in mapping(result["test"]).items()}
    recorded = mapping(open_run(runs[objective]).result["test"])
    if "loss" in recorded:
        assert test["loss"] == recorded["loss"]
    assert ("elbo" in test) == ({"reconstruction", "kl"} <= set(recorded))
    if "elbo" in test:
        assert test["elbo"] == pytest.approx(-test["reconstruction"] - test["kl"])
        assert test["elbo"] < 0
    assert (result["run"], result["objective"], result["seed"]) == (str(runs[objective]), objective, 0)
    explains = result["log_likelihood"] is not None
    assert result["likelihood"] == ("Bernoulli, grey-level cross-entropy" if explains else "")
    if explains or "error_1" in result:
        assert result["images"] == len_test(runs[objective])


def len_test(run: Path) -> int:
    identity = open_run(run).data
    return identity.images - identity.train_images


def test_that_evaluate_on_other_data_measures_that_data(run: Path, tmp_path: Path, capsys: Capture) -> None:
    other = write_data(tmp_path / "other.npz", seed=5, count=100)
    own = one_object(call(capsys, "evaluate", run, "--json").out)
    result = one_object(call(capsys, "evaluate", run, "--data", other, "--json").out)
    assert result["data"] == "other.npz"
    assert result["images"] == 10
    assert result["test"] != own["test"]


def test_that_evaluate_says_in_words_what_was_measured(run: Path, capsys: Capture) -> None:
    answer = call(capsys, "evaluate", run)
    assert "Bernoulli, grey-level cross-entropy" in answer.out
    assert "elbo" in answer.out
    assert answer.err == ""


def test_that_data_that_changed_since_training_is_told(tmp_path: Path, capsys: Capture) -> None:
    data = write_data(tmp_path / "tiny.npz")
    call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    assert call(capsys, "evaluate", tmp_path / "run").err == ""
    write_data(data, seed=9)
    assert "has changed since the run was trained" in call(capsys, "evaluate", tmp_path / "run").err


def test_that_a_damaged_checkpoint_is_told_and_the_older_one_is_used(
    data: Path, tmp_path: Path, capsys: Capture
) -> None:
    call(capsys, "train", "--data", data, "--out", tmp_path / "run", *SMALL)
    (whole,) = (tmp_path / "run" / "checkpoints").iterdir()
    (whole.parent / "step-99999999").mkdir()
    answer = call(capsys, "decode", tmp_path / "run", "--z", "0,0", "--out", tmp_path / "a.png")
    assert answer.status == 0
    assert "step-99999999" in answer.err
    assert "An older checkpoint was opened instead." in answer.err


def pixels(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


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


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_that_every_setting_listed_can_be_set_to_its_default(capsys: Capture) -> None:
    for objective in OBJECTIVES.names():
        listed = one_object(call(capsys, "settings", "--objective", objective, "--json").out)["settings"]
        experiment = Experiment().with_objective(objective)
        for item in map(mapping, as_list(listed)):
            default = item["default"]
            text = ",".join(map(str, default)) if isinstance(default, list) else str(default)
            assert experiment.with_setting(str(item["name"]), text) == experiment
            assert f"{item['name']} = " in call(capsys, "settings", "--objective", objective).out


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

    monkeypatch.setattr(demo.sys, "executable", "/bin/false")  # type: ignore[attr-defined]
    with pytest.raises(ExportError, match=r"The window couldn't be drawn to .*: no reason was given"):
        demo._draw_window(tmp_path / "run", tmp_path / "window.png", "light")


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
