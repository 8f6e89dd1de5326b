"""The list of runs behind its window: read in parts, looked at again, and what is done to runs."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.runs.recorded import recorded
from vae_explorer.app.run_bin import NoBinError, bring_back, delete_for_good, move_to_bin
from vae_explorer.app.run_list import PART
from vae_explorer.app.run_list_changes import RunChange
from vae_explorer.app.run_list_pictures import SIDE, made_picture
from vae_explorer.errors import RunError, StorageError
from vae_explorer.export.palette import class_colour
from vae_explorer.runs.overview import Condition

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("runs") / "a run").path


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    for name in ("one", "two", "three"):
        shutil.copytree(trained, tmp_path / "runs" / name)
    return tmp_path / "runs"


@pytest.fixture
def own_bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "Trash"


@pytest.fixture
def no_bin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.app.run_bin.QFile.supportsMoveToTrash", lambda: False)


def look(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.run_list.looked):
        session.run_list.look()


def done(session: Session, qtbot: QtBot) -> RunChange:
    changes: list[RunChange] = []
    session.run_changes.done.connect(changes.append)
    qtbot.waitUntil(lambda: bool(changes) and not session.run_changes.is_busy)
    session.run_changes.done.disconnect(changes.append)
    return changes[0]


def test_that_runs_come_in_parts_and_only_news_come_again(
    loaded_session: Session, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for number in range(PART + 12):
        shutil.copytree(trained, tmp_path / "runs" / f"run {number}")
    parts: list[int] = []
    loaded_session.run_list.changed.connect(lambda part: parts.append(len(part)))
    look(loaded_session, qtbot)
    assert sum(parts) == PART + 12
    assert len(parts) == 3
    shutil.copytree(trained, tmp_path / "runs" / "late")
    shutil.rmtree(tmp_path / "runs" / "run 3")
    removed: list[frozenset[Path]] = []
    loaded_session.run_list.removed.connect(removed.append)
    parts.clear()
    look(loaded_session, qtbot)
    assert parts == [1]
    assert removed == [frozenset({tmp_path / "runs" / "run 3"})]


def test_that_a_folder_that_cannot_be_read_is_told_and_is_no_end(
    loaded_session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "runs").write_text("no folder")
    look(loaded_session, qtbot)
    assert "can't be read" in loaded_session.run_list.problem
    (tmp_path / "runs").unlink()
    look(loaded_session, qtbot)
    assert loaded_session.run_list.problem == ""


def test_that_a_run_opened_elsewhere_is_listed_until_it_is_forgotten(
    loaded_session: Session, runs: Path, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    elsewhere = shutil.copytree(trained, tmp_path / "elsewhere")
    loaded_session.recent.set_opened([elsewhere])
    look(loaded_session, qtbot)
    assert loaded_session.run_list.entry(elsewhere) is not None
    shutil.rmtree(elsewhere)
    look(loaded_session, qtbot)
    entry = loaded_session.run_list.entry(elsewhere)
    assert entry is not None
    assert entry.condition is Condition.GONE
    loaded_session.recent.forget_missing()
    look(loaded_session, qtbot)
    assert loaded_session.run_list.entry(elsewhere) is None


def test_that_a_run_goes_to_the_bin_and_comes_back_whole(runs: Path, own_bin: Path) -> None:
    before = sorted(path.relative_to(runs / "one") for path in (runs / "one").rglob("*"))
    binned = move_to_bin(runs / "one")
    assert binned is not None
    assert not (runs / "one").exists()
    assert list((own_bin / "info").iterdir())
    bring_back(binned, runs / "one")
    assert sorted(path.relative_to(runs / "one") for path in (runs / "one").rglob("*")) == before
    assert not list((own_bin / "info").iterdir())


def test_that_nothing_is_brought_back_over_something_else_or_from_an_empty_bin(runs: Path, own_bin: Path) -> None:
    binned = move_to_bin(runs / "one")
    assert binned is not None
    (runs / "one").mkdir()
    with pytest.raises(RunError, match="again"):
        bring_back(binned, runs / "one")
    (runs / "one").rmdir()
    delete_for_good(binned)
    with pytest.raises(RunError, match="no longer in the bin"):
        bring_back(binned, runs / "one")


@pytest.mark.usefixtures("no_bin")
def test_that_without_a_bin_nothing_is_deleted(runs: Path) -> None:
    with pytest.raises(NoBinError, match="stays where it is"):
        move_to_bin(runs / "one")
    assert (runs / "one" / "run.json").is_file()


def test_that_a_run_that_cannot_be_deleted_is_told(runs: Path) -> None:
    with pytest.raises(StorageError, match="can't be deleted"):
        delete_for_good(runs / "nowhere")


def test_that_a_deletion_of_several_is_taken_back_at_once(
    loaded_session: Session, runs: Path, own_bin: Path, qtbot: QtBot
) -> None:
    loaded_session.recent.set_opened([runs / "one", runs / "three"])
    loaded_session.run_changes.move_to_bin([runs / "one", runs / "two"])
    change = done(loaded_session, qtbot)
    assert change.words == "2 runs were moved to the bin."
    assert [path.name for path in runs.iterdir()] == ["three"]
    assert loaded_session.recent.opened == (runs / "three",)
    loaded_session.run_changes.undo()
    assert done(loaded_session, qtbot).words == "2 runs were brought back."
    assert sorted(path.name for path in runs.iterdir()) == ["one", "three", "two"]
    assert loaded_session.run_changes.next_undone is None


def test_that_a_renaming_is_remembered_and_taken_back(loaded_session: Session, runs: Path, qtbot: QtBot) -> None:
    loaded_session.recent.set_opened([runs / "one"])
    loaded_session.run_changes.rename(runs / "one", "first")
    assert done(loaded_session, qtbot).words == "one is called first now."
    assert loaded_session.recent.opened == (runs / "first",)
    loaded_session.run_changes.undo()
    assert done(loaded_session, qtbot).words == "one has its name again."
    assert loaded_session.recent.opened == (runs / "one",)


def test_that_a_second_wish_waits_for_the_first(loaded_session: Session, runs: Path, qtbot: QtBot) -> None:
    failures: list[str] = []
    loaded_session.run_changes.failed.connect(lambda message, _details: failures.append(message))
    loaded_session.run_changes.duplicate(runs / "one")
    loaded_session.run_changes.duplicate(runs / "two")
    assert failures == ["Wait until what is under way has ended, or cancel it."]
    assert done(loaded_session, qtbot).words == "one copy was made."
    assert not (runs / "two copy").exists()


def test_that_a_picture_shows_what_a_run_makes_and_a_damaged_run_has_none(runs: Path) -> None:
    picture = made_picture(runs / "one")
    assert picture is not None
    assert picture.shape[0] % SIDE == 0
    assert picture.std() > 0
    for file in (runs / "two").rglob("model.safetensors"):
        file.write_bytes(file.read_bytes()[:100])
    assert made_picture(runs / "two") is None


def test_that_a_classifier_is_pictured_by_its_decision_regions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.runs.folder.open_run", lambda _path: SimpleNamespace(load_model=Halves))
    picture = made_picture(tmp_path)
    assert picture is not None
    left, right = picture[64, 4], picture[64, -4]
    assert picture.shape == (128, 128, 3)
    assert tuple(left) != tuple(right)
    assert tuple(left) == tuple(bytes.fromhex(class_colour(0)[1:]))


class Halves:
    """A classifier that divides the plane into left and right."""

    can_decode, can_classify = False, True

    def classify(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return p(y|z), of two classes."""
        return np.stack([z[:, 0] < 0, z[:, 0] >= 0], axis=1).astype(float)
