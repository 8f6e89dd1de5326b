"""What is dropped on the window or pasted: a picture for the canvas, an exported view, data, or something damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.gui.canvas_driver import drop_data, drop_file, grey_at, open_canvas
from vae_explorer.export.pictures import save_png
from vae_explorer.export.provenance import Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.draw import DrawPanel

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> DrawPanel:
    """The canvas; then the inspector is brought to the front again."""
    made = open_canvas(window, qtbot)
    window.reveal("inspector")
    qtbot.waitUntil(lambda: made.visibleRegion().isEmpty())
    return made


def on_paper() -> np.ndarray:
    """A dark bar on white paper, [H, W]."""
    values = np.full((80, 80), 255, dtype=np.uint8)
    values[10:70, 30:50] = 0
    return values


@pytest.mark.parametrize("name", ["bar.png", "bar.jpg", "bar.webp", "bar.bmp", "bar.gif"])
def test_that_a_dropped_picture_lands_on_the_canvas_in_the_polarity_of_the_data(
    window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot, name: str
) -> None:
    Image.fromarray(on_paper()).save(tmp_path / name)
    assert drop_file(window, tmp_path / name)
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)
    qtbot.waitUntil(lambda: not panel.visibleRegion().isEmpty())
    assert grey_at(panel.canvas, 4.0, 4.0) > 245
    assert grey_at(panel.canvas, 0.5, 4.0) < 10
    assert panel.framed.image is not None
    assert window.session.dataset is not None
    assert window.session.dataset.name == "mnist-10k", "no data were opened"


def test_that_a_drop_is_a_step_that_can_be_taken_back(
    window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    Image.fromarray(on_paper()).save(tmp_path / "bar.png")
    drop_file(window, tmp_path / "bar.png")
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)
    panel.undo()
    assert panel.canvas.is_blank


def test_that_a_damaged_picture_is_told_in_one_sentence(
    window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    drop_file(window, tmp_path / "broken.png")
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    text = window.notices.cards[0].text.text()
    assert "broken.png" in text
    assert "can't be used as a picture" in text
    assert panel.canvas.is_blank


def test_that_an_exported_picture_is_handed_to_what_restores_its_view(
    window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    restored: list[tuple[Path, Provenance]] = []
    window.dropping.restore = lambda path, note: restored.append((path, note))
    save_png(tmp_path / "grid.png", np.zeros((8, 8), dtype=np.uint8), Provenance("grid", view={"range": 3.0}))
    drop_file(window, tmp_path / "grid.png")
    qtbot.waitUntil(lambda: len(restored) == 1)
    assert restored[0][1].view == {"range": 3.0}
    assert panel.canvas.is_blank


def test_that_a_picture_from_another_program_is_dropped_without_a_file(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    data = QMimeData()
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    image.setPixelColor(20, 20, QColor("black"))
    data.setImageData(image)
    assert drop_data(window, data)
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)


def test_that_several_files_or_other_places_are_not_welcome(window: MainWindow, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.png", "b.png")])
    assert not drop_data(window, data)
    data.setUrls([QUrl("https://example.org/a.png")])
    assert not drop_data(window, data)


def test_that_control_v_pastes_a_picture(window: MainWindow, panel: DrawPanel, qtbot: QtBot) -> None:
    image = QImage(60, 60, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    for x in range(20, 40):
        for y in range(5, 55):
            image.setPixelColor(x, y, QColor("black"))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)
    assert grey_at(panel.canvas, 4.0, 4.0) == 255, "strokes on a transparent ground lie on paper"
    assert grey_at(panel.canvas, 0.5, 0.5) == 0


def test_that_a_copied_file_is_pasted(window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot) -> None:
    Image.fromarray(on_paper()).save(tmp_path / "bar.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "bar.png"))])
    QGuiApplication.clipboard().setMimeData(data)
    window.commands["edit.paste-picture"].trigger()
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)


@pytest.mark.parametrize("words", ["words", ""])
def test_that_pasting_nothing_says_so(window: MainWindow, panel: DrawPanel, qtbot: QtBot, words: str) -> None:
    if words:
        QGuiApplication.clipboard().setText(words)
    else:
        QGuiApplication.clipboard().clear()
    window.commands["edit.paste-picture"].trigger()
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert "no picture on the clipboard" in window.notices.cards[0].text.text()
    assert panel.canvas.is_blank


def test_that_a_picture_is_opened_by_its_button(
    window: MainWindow, panel: DrawPanel, tmp_path: Path, qtbot: QtBot
) -> None:
    Image.fromarray(on_paper()).save(tmp_path / "bar.png")
    window.reveal("draw")
    QTest.mouseClick(panel.tools.buttons["file"], Qt.MouseButton.LeftButton)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "bar.png"))
    dialog.reject()
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)


def test_that_without_data_a_picture_says_what_to_do(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    Image.fromarray(on_paper()).save(tmp_path / "bar.png")
    qtbot.waitUntil(lambda: window.session.drawing.framing is not None)
    window.session.drawing._framing = None
    drop_file(window, tmp_path / "bar.png")
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert "choose a data set first" in window.notices.cards[0].text.text()
