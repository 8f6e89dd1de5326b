"""A file that was exported is dropped on the window, and its view comes back: run, moment, grid, path and class."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.cli.commands import write_data
from tests.gui.canvas_driver import drop_file
from vae_explorer.app.choices import GridChoices, PlaneView
from vae_explorer.app.noted_choices import noted_choices
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.cli import main
from vae_explorer.errors import ExportError
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.pictures import save_png
from vae_explorer.export.provenance import Provenance
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

TRAINED = ("--epochs", "2", "--device", "cpu", "--set", "model.hidden=8", "--set", "training.threads=1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a label-conditioned model beside a run of another one."""
    folder = tmp_path_factory.mktemp("runs")
    data = write_data(folder / "tiny.npz")
    for name in ("cvae-label", "vae"):
        assert main(["train", "--data", str(data), "--objective", name, *TRAINED, "--out", str(folder / name)]) == 0
    return folder


@pytest.fixture
def window(tmp_path: Path, trained: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window with the VAE's run open, as it is used: nothing in it is a stand-in."""
    made = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.begin(str(trained / "vae"))
    wait_for_run(made, "vae", qtbot)
    yield made
    made.close()
    assert made.stopped_in_time


def wait_for_run(window: MainWindow, name: str, qtbot: QtBot) -> None:
    session = window.session
    qtbot.waitUntil(
        lambda: session.run is not None and session.run.name == name and session.state is RunState.FINISHED,
        timeout=30_000,
    )


def export(trained: Path, file: Path, *words: str) -> Path:
    assert main(["export", words[0], str(trained / words[1]), *words[2:], "--out", str(file)]) == 0
    return file


def test_that_a_grid_from_the_command_line_opens_its_run_with_its_class_and_spacing(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    words = ("--label", "2", "--spacing", "uniform", "--range", "1.5", "--size", "5")
    file = export(trained, trained / "grid.png", "grid", "cvae-label", *words)
    shutil.copy(file, trained / "cvae-label" / "renamed.png")
    file = trained / "cvae-label" / "renamed.png"
    for _already_open in (False, True):
        with qtbot.waitSignal(window.restoring.restored):
            drop_file(window, file)
        assert "Looking for" not in window.status.message.text()
    session = window.session
    assert session.run is not None
    assert session.run.name == "cvae-label"
    assert session.label == 2
    assert session.choices.grid == GridChoices(5, "uniform", 1.5)
    assert window.tab == "manifold"


def test_that_a_walk_brings_back_its_path_and_its_moment_and_can_be_taken_back(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    words = (
        "--at",
        "0",
        "--from",
        "z:-1,0",
        "--via",
        "z:0,1",
        "--to",
        "z:1,0.5",
        "--method",
        "linear",
        "--frames",
        "7",
    )
    file = export(trained, tmp_path / "walk.webp", "walk", "vae", "--at", "0", *words)
    before = window.session.choices
    with qtbot.waitSignal(window.restoring.restored):
        drop_file(window, file)
    session = window.session
    path = session.path
    assert [point.z for point in path.points] == [(-1.0, 0.0), (0.0, 1.0), (1.0, 0.5)]
    assert (path.method, path.frames) == ("linear", 7)
    note = read_provenance(file)
    assert note is not None
    assert session.moments.wanted is not None
    assert session.moments.wanted.step == note.step
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.choices == before


def test_that_a_figure_of_the_plane_brings_back_the_part_of_it(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    file = export(trained, tmp_path / "plane.pdf", "plane", "vae", "--range", "0.5", "--centre", "1,-2")
    with qtbot.waitSignal(window.restoring.restored):
        drop_file(window, file)
    assert window.session.choices.view == PlaneView((1.0, -2.0), 0.5)


def test_that_a_picture_from_the_window_brings_back_all_that_was_chosen(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    session = window.session
    session.pin((0.25, 0.5))
    session.set_start(LatentPoint((-1.0, -1.0)))
    session.set_end(LatentPoint((1.0, 1.0)))
    session.hide_classes([1])
    chosen = session.choices
    dialog = ExportDialog(session, window, kind="strip")
    dialog.open()
    dialog.target.line.setText(str(tmp_path / "strip.png"))
    dialog.target.changed.emit()
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: (tmp_path / "strip.png").is_file() and dialog._job is None)
    dialog.reject()
    session.pin(None)
    session.clear_path()
    session.show_all()
    with qtbot.waitSignal(window.restoring.restored):
        drop_file(window, tmp_path / "strip.png")
    assert session.choices == chosen


def test_that_a_file_whose_run_is_gone_says_what_to_do(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    note = Provenance("grid", {"training": {"seed": 3}}, 3, 12, "ab" * 32, {"size": 5}, run="lost run")
    save_png(tmp_path / "old.png", np.zeros((8, 8), dtype=np.uint8), note)
    drop_file(window, tmp_path / "old.png")
    qtbot.waitUntil(lambda: any("lost run" in card.text.text() for card in window.notices.cards))
    text = next(card.text.text() for card in window.notices.cards if "lost run" in card.text.text())
    assert "old.png" in text
    assert "File > Open run" in text


@pytest.mark.parametrize(("later", "told"), [(1000, "no longer kept"), (0, "rounded")])
def test_that_weights_that_are_no_longer_kept_as_they_were_are_told(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot, later: int, told: str
) -> None:
    note = read_provenance(export(trained, tmp_path / "grid.png", "grid", "vae"))
    assert note is not None
    gone = Provenance(note.kind, note.experiment, note.seed, note.step + later, "ab" * 32, note.view, run=note.run)
    save_png(tmp_path / "grid.png", np.zeros((8, 8), dtype=np.uint8), gone)
    with qtbot.waitSignal(window.restoring.restored):
        drop_file(window, tmp_path / "grid.png")
    assert any(told in card.text.text() for card in window.notices.cards)


@pytest.mark.parametrize(
    ("kind", "view"),
    [
        ("grid", {"size": "many", "spacing": "quantile", "range": 3.0}),
        ("grid", {"size": 5, "spacing": ["quantile"], "range": 3.0}),
        ("strip", {"points": [[0, 0], [1, "x"]], "method": "linear"}),
        ("strip", {"points": [[0, 0, 0], [1, 1, 1]], "method": "linear"}),
        ("plane", {"centre_z1": 1e300, "centre_z2": 0.0, "range": 3.0}),
        ("picture", {"z": {"a": 1}}),
        ("grid", {"choices": {"path": 3}}),
        ("grid", {"choices": {"hidden": "A" * 10}}),
    ],
)
def test_that_a_hostile_view_is_refused_in_words(kind: str, view: dict[str, object]) -> None:
    from vae_explorer.app.choices import PlaneChoices

    with pytest.raises(ExportError, match="can't be restored"):
        noted_choices(Provenance(kind, view=view), PlaneChoices())


def test_that_names_and_numbers_no_list_knows_fall_back_and_no_folder_is_named() -> None:
    from vae_explorer.app.choices import PlaneChoices

    view = {
        "size": 100_000,
        "spacing": "other",
        "range": -3.0,
        "choices": {"comparison": {"run": "/somewhere"}, "path": {"method": "no such", "frames": 10**6}},
    }
    choices = noted_choices(Provenance("grid", view=view), PlaneChoices())
    assert choices.grid is None
    assert choices.comparison.run == ""
    assert choices.path.method == "spherical"
    assert choices.path.frames <= 1000


def test_that_a_name_that_leads_elsewhere_is_no_run(window: MainWindow, trained: Path, tmp_path: Path) -> None:
    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.run_search import find_run

    context = JobContext(lambda value: None)
    note = Provenance("grid", {}, 3, 12, "ab" * 32, {}, run="../vae")
    assert find_run(note, tmp_path / "a.png", [], [trained / "cvae-label"], context) is None
