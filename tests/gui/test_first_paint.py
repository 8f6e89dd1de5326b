"""What waits for the first paint of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from vae_explorer.gui import first_paint
from vae_explorer.gui.first_paint import FirstPaint

if TYPE_CHECKING:
    import pytest
    from PySide6.QtGui import QPaintEvent
    from pytestqt.qtbot import QtBot


class Painted(QWidget):
    def __init__(self, told: list[str]) -> None:
        super().__init__()
        self.told = told

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        self.told.append("painted")


def test_that_it_is_told_after_the_first_paint_and_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_paint, "MOST_MILLISECONDS", 600_000)
    told: list[str] = []
    window = Painted(told)
    qtbot.addWidget(window)
    window.show()
    FirstPaint(window).came.connect(lambda: told.append("told"))
    qtbot.waitUntil(lambda: "told" in told)
    assert told.index("painted") < told.index("told")
    window.update()
    qtbot.waitUntil(lambda: told[-1] == "painted")
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
    assert told.count("told") == 1


def test_that_a_paint_of_before_is_as_good(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_paint, "MOST_MILLISECONDS", 600_000)
    told: list[str] = []
    window = Painted(told)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "painted" in told)
    with qtbot.waitSignal(FirstPaint(window).came):
        pass


def test_that_a_window_that_is_not_shown_waits_for_no_paint(qtbot: QtBot) -> None:
    window = Painted([])
    qtbot.addWidget(window)
    with qtbot.waitSignal(FirstPaint(window).came):
        pass
    assert window.told == []
