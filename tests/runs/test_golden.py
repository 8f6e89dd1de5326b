"""A run of each format that was ever released opens as it was, goes on, and is left as it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.damage import one_sentence
from tests.runs.recorded import tree
from tests.training.tiny import Listener
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.cli import main
from vae_explorer.data.catalogue import load
from vae_explorer.errors import RunError, StorageError
from vae_explorer.runs import formats
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.formats import Header, migrated
from vae_explorer.runs.header import is_as_written, read_header
from vae_explorer.runs.recording import resume
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed, TrainingStarted

FOLDER = Path(__file__).parent / "golden"
GOLDEN = {
    "schema-1": ("5213fa4d9f103b1e5b8eb1e4ae9f06b47feacbc454787f68e5962404ddccee79", 11.91226053237915),
    "schema-1-sealed": ("669d586ec0330ff091f702a08cd680000fba9fc534e3dde0e9f113d5d7d91b87", 11.889321327209473),
}
"""Hash of the newest weights, and the last loss on the test images."""


@pytest.fixture(params=sorted(GOLDEN))
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a golden run."""
    copy: Path = tmp_path / str(request.param)
    shutil.copytree(FOLDER / str(request.param), copy)
    return copy


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> Callable[[Header], Header]:
    """Let this program write format 2, in which the data are called pictures."""

    def upgrade(header: Header) -> Header:
        data = header["data"]
        assert isinstance(data, dict)
        return {**header, "data": {**data, "name": f"the {data['name']}"}}

    monkeypatch.setattr(formats, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(formats, "UPGRADES", {1: upgrade})
    return upgrade


def gone_on(run: Run, epochs: int) -> tuple[Run | None, Listener]:
    heard = Listener()
    data = load(run.experiment.data)
    return resume(run, data, epochs=epochs, on_event=heard, control=Control()), heard


def test_that_every_golden_run_is_tested() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(GOLDEN)


def test_that_a_golden_run_shows_what_it_showed_when_it_was_made(golden: Path) -> None:
    weights, loss = GOLDEN[golden.name]
    before = tree(golden)
    opened = StandardBackend().open_run(golden)
    assert opened.model is not None
    assert (opened.model.weight_hash, opened.model.step) == (weights, 36)
    assert [record.values["loss"] for record in opened.metrics if record.split == "test"][-1] == loss
    assert [moment.step for moment in opened.moments] == [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 36]
    assert opened.notes == ()
    assert tree(golden) == before
    run = open_run(golden)
    assert all(run.load_moment(moment).step == moment.step for moment in run.moments)


def test_that_a_golden_run_goes_on(golden: Path) -> None:
    run, heard = gone_on(open_run(golden), 3)
    assert run is not None, heard.events[-1]
    assert run.newest[0].step == 54
    assert run.notes == ()
    assert len(heard.of(TrainingStarted)) == 1


def test_that_unknown_keys_of_a_header_are_kept(golden: Path) -> None:
    header = json.loads((golden / "run.json").read_text())
    header.pop("sha256", None)
    (golden / "run.json").write_text(json.dumps({**header, "of_tomorrow": {"a": [1]}}))
    run, heard = gone_on(open_run(golden), 3)
    assert run is not None, heard.events[-1]
    assert read_header(golden)["of_tomorrow"] == {"a": [1]}


def test_that_an_older_format_is_opened_as_a_copy_and_stays_as_it_is(
    golden: Path, newer_program: Callable[[Header], Header]
) -> None:
    before = tree(golden)
    opened = StandardBackend().open_run(golden)
    assert opened.path.name == f"{golden.name} (format 2)"
    assert opened.model is not None
    assert opened.model.weight_hash == GOLDEN[golden.name][0]
    assert "stays as it is" in one_sentence(RunError(opened.notes[0]))
    header = read_header(opened.path)
    assert (header["schema_version"], header["migrated_from"]) == (2, {"run": golden.name, "schema_version": 1})
    assert is_as_written(header)
    assert StandardBackend().open_run(golden).path == opened.path
    assert open_run(golden).data.name == open_run(opened.path).data.name == "the ring"
    run, heard = gone_on(open_run(opened.path), 3)
    assert run is not None, heard.events[-1]
    assert tree(golden) == before


def test_that_the_command_line_goes_on_with_a_copy(
    golden: Path, newer_program: Callable[[Header], Header], capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(golden)
    assert main(["train", "--resume", str(golden), "--epochs", "3"]) == 0
    assert "is of an older format and stays as it is" in capsys.readouterr().err
    assert open_run(golden.with_name(f"{golden.name} (format 2)")).newest[0].step == 54
    assert tree(golden) == before


def test_that_an_older_run_is_never_written(golden: Path, newer_program: Callable[[Header], Header]) -> None:
    before = tree(golden)
    run, heard = gone_on(open_run(golden), 3)
    assert run is None
    (failed,) = heard.events
    assert isinstance(failed, TrainingFailed)
    assert "is of an older format and stays as it is" in failed.message
    assert tree(golden) == before


def test_that_a_copy_that_cannot_be_written_is_none(
    golden: Path, newer_program: Callable[[Header], Header], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(StorageError, match="can't be written: No space left on device") as caught:
        migrated(golden)
    one_sentence(caught.value)
    assert [path.name for path in golden.parent.iterdir()] == [golden.name]


def test_that_another_folder_of_the_copy_s_name_is_left_alone(
    golden: Path, newer_program: Callable[[Header], Header]
) -> None:
    taken = golden.with_name(f"{golden.name} (format 2)")
    taken.mkdir()
    assert migrated(golden)[0].name == f"{golden.name} (format 2 1)"
    assert list(taken.iterdir()) == []


def test_that_a_newer_format_is_refused_by_its_number_and_left_as_it_is(golden: Path) -> None:
    header = json.loads((golden / "run.json").read_text())
    (golden / "run.json").write_text(json.dumps({**header, "schema_version": 7}))
    before = tree(golden)
    for look in (open_run, StandardBackend().open_run):
        with pytest.raises(RunError, match=r"newer version of VAE Explorer \(format 7; this one knows 1\)"):
            look(golden)
    assert tree(golden) == before
