"""A drawing that is kept with the session: it is on the canvas again when the window is reopened."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.gui.canvas_driver import grey_at, open_canvas, stroke
from tests.gui.test_reopening import opened
from vae_explorer.data import framing
from vae_explorer.data.framing import measure_framing
from vae_explorer.gui import canvas_keeper

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.data.framing import Framing
    from vae_explorer.data.images import Images


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep drawings at once."""
    monkeypatch.setattr(canvas_keeper, "KEPT_MILLISECONDS", 10)


def test_that_a_drawing_is_there_again_as_it_was_left(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
        sheet = panel.canvas.sheet
    with opened(tmp_path, qtbot) as (window, notices):
        panel = open_canvas(window, qtbot)
        qtbot.waitUntil(lambda: not panel.canvas.is_blank)
        assert panel.canvas.sheet == sheet
        assert not panel.canvas.steps.can_undo
        qtbot.waitUntil(lambda: window.session.drawing.reading is not None)
        assert notices == []


def test_that_a_drawing_waits_for_the_paper_of_data_that_take_long(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        qtbot.waitUntil(lambda: window.session.drawing.framing is not None)
        stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
    may_measure = threading.Event()

    def measured(images: Images) -> Framing:
        may_measure.wait(30)
        return measure_framing(images)

    monkeypatch.setattr(framing, "measure_framing", measured)
    with opened(tmp_path, qtbot) as (window, _):  # the session is reopened by now
        assert window.session.drawing.framing is None
        may_measure.set()
        panel = open_canvas(window, qtbot)
        qtbot.waitUntil(lambda: not panel.canvas.is_blank)


def test_that_framing_switched_off_stays_off(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        panel.framing.setEnabled(True)
        panel.framing.setChecked(False)
        stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        qtbot.waitUntil(lambda: not panel.canvas.is_blank)
        assert not panel.framing.isChecked()
        assert not window.session.drawing.is_centred


def test_that_a_drawing_is_kept_a_while_after_a_stroke_in_case_the_program_dies(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
        qtbot.waitUntil(window.canvas_keeper.path.is_file)
        panel.canvas.clear()
        qtbot.waitUntil(lambda: not window.canvas_keeper.path.exists())


def test_that_a_wiped_canvas_stays_blank(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        stroke(open_canvas(window, qtbot).canvas, (1.0, 2.0), (7.0, 2.0))
    with opened(tmp_path, qtbot) as (window, _):
        panel = open_canvas(window, qtbot)
        qtbot.waitUntil(lambda: not panel.canvas.is_blank)
        panel.canvas.clear()
    with opened(tmp_path, qtbot) as (window, _):
        assert open_canvas(window, qtbot).canvas.is_blank


def test_that_a_window_that_is_opened_anew_has_a_blank_canvas(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        stroke(open_canvas(window, qtbot).canvas, (1.0, 2.0), (7.0, 2.0))
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        assert open_canvas(window, qtbot).canvas.is_blank


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n cut off"])
def test_that_a_damaged_drawing_is_no_obstacle(tmp_path: Path, qtbot: QtBot, content: bytes) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        stroke(open_canvas(window, qtbot).canvas, (1.0, 2.0), (7.0, 2.0))
    window.canvas_keeper.path.write_bytes(content)
    with opened(tmp_path, qtbot) as (window, notices):
        panel = open_canvas(window, qtbot)
        assert panel.canvas.is_blank
        stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
        assert grey_at(panel.canvas, 4.0, 2.0) == 255
        assert notices == []
