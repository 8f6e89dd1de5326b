"""The kinds of export beside pictures: figures, films, tables, and what the dialog says when something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.gui.test_export_dialog import choose, dialog, press_save, trained, type_path
from vae_explorer.app.choices import GridChoices, PlaneView
from vae_explorer.app.export_starts import starting_options
from vae_explorer.export.figure_options import PlaneOptions
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.options import GridOptions

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.gui.dialogs.export import ExportDialog

__all__ = ["dialog", "trained"]


def write_to(dialog: ExportDialog, qtbot: QtBot, path: Path) -> None:
    type_path(dialog, path)
    press_save(dialog, qtbot)
    assert path.is_file(), dialog.message.text()


def test_that_the_format_that_is_chosen_becomes_the_ending_of_the_name(dialog: ExportDialog, tmp_path: Path) -> None:
    choose(dialog, "plane")
    type_path(dialog, tmp_path / "my.plane.svg")
    QTest.keyClick(dialog.target.format, Qt.Key.Key_Down)
    assert dialog.target.path == tmp_path / "my.plane.pdf"
    type_path(dialog, tmp_path / "other.png")
    assert dialog.target.format.currentData() == ".png"


def test_that_a_table_of_the_path_is_previewed_and_written(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    choose(dialog, "path")
    qtbot.waitUntil(lambda: dialog.preview.text.toPlainText().startswith("picture,t,z1,z2"))
    write_to(dialog, qtbot, tmp_path / "path.npz")
    with np.load(tmp_path / "path.npz", allow_pickle=False) as table:
        assert table["z1"][[0, -1]].tolist() == [-2.0, 2.0]
        assert len(table["t"]) == 101


@pytest.mark.parametrize("suffix", [".webp", ".apng", ".mp4"])
def test_that_a_walk_is_written_in_the_format_of_its_name(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    choose(dialog, "animation")
    write_to(dialog, qtbot, tmp_path / f"walk{suffix}")
    note = read_provenance(tmp_path / f"walk{suffix}")
    assert note is not None
    assert note.view["points"] == [[-2.0, 0.0], [2.0, 0.0]]


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_that_the_plane_is_written_as_a_figure_with_what_was_chosen_on_it(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path, suffix: str
) -> None:
    choose(dialog, "plane")
    qtbot.waitUntil(lambda: dialog.preview.words.text().startswith("84 ×"))
    write_to(dialog, qtbot, tmp_path / f"plane{suffix}")
    note = read_provenance(tmp_path / f"plane{suffix}")
    assert note is not None
    assert note.kind == "plane"
    assert note.view["way"] == [[-2.0, 0.0], [2.0, 0.0]]
    chosen = note.view["choices"]
    assert isinstance(chosen, dict)
    assert chosen["path"]["start"]["z"] == [-2.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("film", "No earlier moments"),
        ("curves", "no curves"),
        ("metrics", "no curves"),
        ("evaluation", "press Measure"),
    ],
)
def test_that_what_is_missing_for_an_export_is_said(dialog: ExportDialog, kind: str, problem: str) -> None:
    choose(dialog, kind)
    assert problem in dialog.message.text()
    assert not dialog.save.isEnabled()


def test_that_each_kind_keeps_its_settings_while_others_are_looked_at(dialog: ExportDialog) -> None:
    form = dialog.forms.form
    assert form is not None
    form.set_config(GridOptions(size=7))
    choose(dialog, "plane")
    choose(dialog, "grid")
    assert dialog.options == GridOptions(size=7)


def test_that_the_plane_starts_with_the_part_that_is_shown(trained: Session) -> None:
    trained.set_view(PlaneView((1.25, -0.5), 0.75))
    start = starting_options(trained, PlaneOptions())
    assert isinstance(start, PlaneOptions)
    assert (start.centre_z1, start.centre_z2, start.range) == (1.25, -0.5, 0.75)


def test_that_a_grid_starts_as_the_window_shows_it(trained: Session) -> None:
    trained.set_grid(GridChoices(9, "uniform", 2.5))
    start = starting_options(trained, GridOptions())
    assert isinstance(start, GridOptions)
    assert (start.size, start.spacing, start.range) == (9, "uniform", 2.5)


def test_that_a_figure_is_copied_as_sharp_as_it_is_printed(dialog: ExportDialog, qtbot: QtBot) -> None:
    choose(dialog, "plane")
    qtbot.waitUntil(lambda: dialog.copy.isEnabled() and "mm" in dialog.preview.words.text())
    QTest.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._job is None)
    assert QGuiApplication.clipboard().image().width() == round(84 / 25.4 * 300)
