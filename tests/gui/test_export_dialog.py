"""The export dialog as a user drives it: from the preview to the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QToolButton, QWidget

from tests.app.fake_models import FakeModel, as_snapshot
from vae_explorer.app.state import LatentPoint
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.options import GridOptions
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.dialogs.export_preview import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


@pytest.fixture
def trained(loaded_session: Session) -> Session:
    """A session with a model and a path."""
    loaded_session._set_model(as_snapshot(FakeModel(step=12)))
    loaded_session.set_path_method("linear")
    loaded_session.set_start(LatentPoint((-2.0, 0.0)))
    loaded_session.set_end(LatentPoint((2.0, 0.0)))
    return loaded_session


@pytest.fixture
def dialog(trained: Session, qtbot: QtBot) -> Iterator[ExportDialog]:
    made = ExportDialog(trained)
    made.open()
    yield made
    made.reject()
    made.reject()
    qtbot.waitUntil(lambda: not trained._jobs)
    made.deleteLater()


def choose(dialog: ExportDialog, kind: str) -> None:
    dialog.kinds.setCurrentIndex(dialog.kinds.findData(kind))


def type_path(dialog: ExportDialog, path: Path | str) -> None:
    dialog.target.line.setFocus()
    dialog.target.line.selectAll()
    QTest.keyClicks(dialog.target.line, str(path))


def press_save(dialog: ExportDialog, qtbot: QtBot) -> None:
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._job is None)


def test_that_without_a_model_the_dialog_says_what_is_missing(modelless_session: Session, qtbot: QtBot) -> None:
    dialog = ExportDialog(modelless_session)
    qtbot.addWidget(dialog)
    dialog.open()
    assert "no model yet" in dialog.message.text()
    assert not dialog.save.isEnabled()
    dialog.reject()


def test_that_a_grid_is_previewed_with_its_size(dialog: ExportDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "pixels" in dialog.preview.words.text())
    assert dialog.preview.words.text().startswith("160 × 160 pixels, about ")
    assert dialog.preview.picture.image.width() == 160


def test_that_advanced_settings_wear_the_arrow_that_opens_them(dialog: ExportDialog) -> None:
    choose(dialog, "plane")
    form = dialog.forms.form
    assert form is not None
    buttons = [button for button in form.findChildren(QToolButton) if button.text() == "Advanced"]
    assert [button.icon().isNull() for button in buttons] == [False]


def test_that_the_preview_follows_the_settings(dialog: ExportDialog, qtbot: QtBot) -> None:
    editor = dialog.findChild(QWidget, "grid.size.editor")
    assert editor is not None
    field = editor.findChild(QLineEdit) or editor
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "5")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: dialog.preview.words.text().startswith("40 × 40 pixels"))


def test_that_saving_writes_the_grid_and_what_made_it(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    target = tmp_path / "grid.png"
    type_path(dialog, target)
    press_save(dialog, qtbot)
    pixels = np.asarray(Image.open(target))
    assert pixels.shape == (160, 160)
    assert pixels[0, 0] < pixels[0, -1]
    note = read_provenance(target)
    assert note is not None
    assert (note.kind, note.step) == ("grid", 12)
    assert dialog.success.isVisible()
    assert dialog.success.words.text().startswith("Saved grid.png, ")
    QTest.mouseClick(dialog.success.copy_path, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == str(target)


def test_that_a_name_without_a_suffix_gets_one(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    type_path(dialog, tmp_path / "plane")
    press_save(dialog, qtbot)
    assert (tmp_path / "plane.png").is_file()


def test_that_a_wrong_suffix_is_refused_before_writing(dialog: ExportDialog, tmp_path: Path) -> None:
    type_path(dialog, tmp_path / "grid.bmp")
    assert ".bmp" in dialog.message.text()
    assert ".png" in dialog.message.text()
    assert not dialog.save.isEnabled()


def test_that_a_folder_is_no_file(dialog: ExportDialog, tmp_path: Path) -> None:
    type_path(dialog, tmp_path)
    assert "add a file name" in dialog.message.text()
    type_path(dialog, " ")
    assert dialog.message.text() == "Choose a file to write."


def test_that_another_kind_stays_in_the_folder_that_was_typed(dialog: ExportDialog, tmp_path: Path) -> None:
    type_path(dialog, tmp_path / "mine.png")
    choose(dialog, "animation")
    assert dialog.target.path == tmp_path / "vae-animation.gif"


def test_that_the_button_says_when_a_file_is_replaced(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    target = tmp_path / "old.png"
    target.write_bytes(b"old")
    type_path(dialog, target)
    assert dialog.save.text() == "&Replace"
    press_save(dialog, qtbot)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_that_an_unwritable_place_gives_one_clear_sentence(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    type_path(dialog, tmp_path / "missing" / "grid.png")
    press_save(dialog, qtbot)
    assert "folder doesn't exist" in dialog.message.text()
    assert dialog.message.isVisible()
    assert not dialog.success.isVisible()
    assert dialog.save.isEnabled()


def test_that_the_strip_runs_from_start_to_end(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    choose(dialog, "strip")
    type_path(dialog, tmp_path / "strip.png")
    press_save(dialog, qtbot)
    pixels = np.asarray(Image.open(tmp_path / "strip.png"))
    assert pixels.shape == (16, 11 * 16 + 10 * 2)
    assert (pixels[0, 0], pixels[0, -1]) == (64, 192)


def test_that_the_animation_is_written_and_previewed_as_a_film(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "animation")
    qtbot.waitUntil(lambda: "118 frames" in dialog.preview.words.text())
    assert "5.9 s" in dialog.preview.words.text()
    first = dialog.preview.picture.image
    qtbot.waitUntil(lambda: dialog.preview.picture.image is not first)
    type_path(dialog, tmp_path / "walk.gif")
    press_save(dialog, qtbot)
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames > 30  # type: ignore[attr-defined]


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_that_latents_are_written_as_a_table(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path, suffix: str) -> None:
    choose(dialog, "latents")
    qtbot.waitUntil(lambda: "60 rows" in dialog.preview.words.text())
    assert dialog.preview.text.toPlainText().startswith("row,split,label,class,z1,z2")
    target = tmp_path / f"latents{suffix}"
    type_path(dialog, target)
    press_save(dialog, qtbot)
    if suffix == ".npz":
        with np.load(target) as arrays:
            assert len(arrays["z1"]) == 60
    else:
        assert len(target.read_text(encoding="utf-8").splitlines()) == 61


def test_that_a_strip_without_a_path_says_so(dialog: ExportDialog) -> None:
    dialog.session.clear_path()
    choose(dialog, "strip")
    assert "no path yet" in dialog.message.text()
    assert not dialog.save.isEnabled()


def test_that_an_export_is_cancelled_and_leaves_no_file(dialog: ExportDialog, qtbot: QtBot, tmp_path: Path) -> None:
    dialog.session._set_model(as_snapshot(FakeModel(seconds_a_point=0.002)))
    choose(dialog, "animation")
    editor = dialog.findChild(QWidget, "animation.frames.editor")
    assert editor is not None
    type_path(dialog, tmp_path / "walk.gif")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    assert dialog.progress.isVisible()
    assert dialog.close_button.text() == "Cancel"
    QTest.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert dialog.close_button.text() == "Cancelling …"
    qtbot.waitUntil(lambda: dialog._job is None)
    assert dialog.isVisible()
    assert dialog.close_button.text() == "Close"
    assert list(tmp_path.glob("*.gif")) == []
    assert not dialog.success.isVisible()


def test_that_the_picture_is_copied_whole(dialog: ExportDialog, qtbot: QtBot) -> None:
    QTest.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._job is None)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (160, 160)


def test_that_a_label_conditioned_grid_starts_with_the_chosen_class(loaded_session: Session, qtbot: QtBot) -> None:
    loaded_session._set_model(as_snapshot(FakeModel(conditioning="label")))
    loaded_session.set_label(2)
    dialog = ExportDialog(loaded_session)
    qtbot.addWidget(dialog)
    dialog.open()
    assert isinstance(dialog.options, GridOptions)
    assert dialog.options.label == 2
    dialog.reject()
    qtbot.waitUntil(lambda: not loaded_session._jobs)


@pytest.mark.parametrize(
    ("size", "words"),
    [(12, "12 bytes"), (1234, "1.2 KiB"), (56_000, "55 KiB"), (7_800_000, "7.4 MiB"), (2e9, "1.9 GiB")],
)
def test_that_sizes_are_said_in_words(size: float, words: str) -> None:
    assert format_bytes(int(size)) == words


def offered(session: Session, qtbot: QtBot, model: FakeModel) -> ExportDialog:
    session._set_model(as_snapshot(model))
    session.set_path_method("linear")
    session.set_start(LatentPoint((-2.0, 0.0), label=0))
    session.set_end(LatentPoint((2.0, 0.0), label=2))
    made = ExportDialog(session)
    qtbot.addWidget(made)
    made.open()
    return made


def close(dialog: ExportDialog, qtbot: QtBot) -> None:
    dialog.reject()
    qtbot.waitUntil(lambda: not dialog.session._jobs)


def saved_view(dialog: ExportDialog, qtbot: QtBot, kind: str, target: Path) -> Mapping[str, object]:
    choose(dialog, kind)
    type_path(dialog, target)
    press_save(dialog, qtbot)
    note = read_provenance(target)
    assert note is not None
    return note.view


def test_that_the_class_of_a_grid_is_chosen_by_its_name(loaded_session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    means = np.zeros((3, 2), dtype=np.float32)
    names = ["class 0", "class 1", "class 2"]
    for model, titles in (
        (FakeModel(conditioning="label"), names),
        (FakeModel(conditioning="class-mean", class_means=means), ["All", *names]),
    ):
        dialog = offered(loaded_session, qtbot, model)
        box = dialog.findChild(QComboBox, "grid.label.editor")
        assert box is not None
        assert [box.itemText(index) for index in range(box.count())] == titles
        box.setCurrentIndex(box.findText("class 1"))
        box.activated.emit(box.currentIndex())
        view = saved_view(dialog, qtbot, "grid", tmp_path / f"{model.conditioning}.png")
        assert (view["label"], view["classes"]) == (1, ["class 1"])
        close(dialog, qtbot)


def test_that_a_model_without_classes_is_asked_for_none(dialog: ExportDialog) -> None:
    assert dialog.findChild(QWidget, "grid.label.editor") is None


@pytest.mark.parametrize("kind", ["grid", "strip", "animation"])
def test_that_exports_of_a_completing_model_name_the_picture(
    kind: str, loaded_session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = offered(loaded_session, qtbot, FakeModel(conditioning="image", band=(5, 3), classes=0))
    suffix = "gif" if kind == "animation" else "png"
    for row in (45, 47):
        loaded_session.set_condition(row)
        view = saved_view(dialog, qtbot, kind, tmp_path / f"{row}.{suffix}")
        assert view["condition"] == f"sample:{row}"
        assert f"completes sample {row}" in dialog.summary.text()
    close(dialog, qtbot)


def test_that_a_walk_of_a_label_conditioned_model_names_its_classes(
    loaded_session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = offered(loaded_session, qtbot, FakeModel(conditioning="label"))
    view = saved_view(dialog, qtbot, "strip", tmp_path / "walk.png")
    assert (view["labels"], view["classes"]) == ([0, 2], ["class 0", "class 2"])
    assert dialog.summary.text().endswith("Decoded with class class 0, then class 2.")
    close(dialog, qtbot)


def test_that_a_plain_model_leaves_classes_and_picture_out_of_the_note(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    for kind in ("grid", "strip"):
        view = saved_view(dialog, qtbot, kind, tmp_path / f"{kind}.png")
        assert not {"classes", "condition"} & set(view)
