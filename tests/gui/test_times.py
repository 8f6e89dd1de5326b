"""The readout of frame and decoding times, and labels that change without moving anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QWidget

from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.preferences import load_preferences
from vae_explorer.gui.readout import Readout
from vae_explorer.gui.status_bar import StatusBar

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


def test_that_the_readout_shows_the_frames_and_decoding_times_that_were_measured(
    window: MainWindow, qtbot: QtBot
) -> None:
    session, times = window.session, window.status.times
    session.set_setting("training.epochs", "100000")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING and session.frames.is_measured)
    replies: list[float] = []
    session.decode.decoded.connect(lambda reply: replies.append(reply.milliseconds) if len(reply.z) == 1 else None)
    session.pin((0.4, -1.1))
    qtbot.waitUntil(lambda: bool(replies) and "fps" in times.text())
    window.status._show_times()
    found = re.fullmatch(r"(\d+) fps · decode ([\d.]+) ms", times.text())
    assert found is not None
    assert 0 < int(found[1]) <= 60
    assert found[2] in {f"{milliseconds:.1f}" for milliseconds in replies}
    assert "99 of 100 frames are at most" in times.toolTip()
    assert "% of a processor core" in times.toolTip()
    session.stop()
    qtbot.waitUntil(lambda: not session.state.is_active)
    assert "fps" not in times.text()
    assert times.accessibleName()


def test_that_the_readout_can_be_left_out_which_is_remembered(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    command = window.commands["view.times"]
    assert command.isChecked()
    assert window.status.times.isVisible()
    command.trigger()
    assert not window.status.times.isVisible()
    assert not window.preferences.times
    qtbot.waitUntil(lambda: not load_preferences(window.config_folder)[0].times)
    command.trigger()
    assert window.status.times.isVisible()


class Listener(QObject):
    """Counts the layouts that a widget is asked for."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.requests = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.requests += event.type() == QEvent.Type.LayoutRequest
        return super().eventFilter(watched, event)


@pytest.fixture
def row(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    QHBoxLayout(made).addWidget(Readout("speed", "00,000 images/s", made))
    made.show()
    qtbot.waitExposed(made)
    return made


def test_that_other_words_lay_nothing_out_anew(row: QWidget, qtbot: QtBot) -> None:
    (readout,) = row.findChildren(Readout)
    qtbot.wait(20)
    listener = Listener(row)
    for speed in range(30):
        readout.setText(f"{speed:,} images/s")
    qtbot.wait(20)
    assert readout.text() == "29 images/s"
    assert listener.requests == 0


def test_that_a_text_that_does_not_fit_gets_its_room(row: QWidget, qtbot: QtBot) -> None:
    (readout,) = row.findChildren(Readout)
    long = "1,234,567,890 images/s"
    readout.setText(long)
    assert readout.width() >= readout.fontMetrics().horizontalAdvance(long)


def test_that_words_of_another_font_are_not_cut_off(qtbot: QtBot) -> None:
    readout = Readout("速度", "每秒 00,000 张图片")
    qtbot.addWidget(readout)
    assert readout.height() >= readout.fontMetrics().size(0, "每秒 00,000 张图片").height()


def test_that_the_status_bar_is_as_high_without_words_as_with_them(
    loaded_session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    chinese = "帧率与解码时间"
    monkeypatch.setattr("vae_explorer.gui.status_bar.tr", lambda text, **_: chinese if "decode" in text else text)
    bar = StatusBar(loaded_session)
    qtbot.addWidget(bar)
    bar.show_times(False)
    bar.show()
    heights = set()
    for words in ("", "按下训练", "Train"):
        bar.message.setText(words)
        heights.add(bar.sizeHint().height())
    assert len(heights) == 1
