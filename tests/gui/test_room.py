"""Whether everything has its room: no words cut off, what matters in sight, in both themes and with large letters."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QToolButton, QWidget

from tests.gui.clipping import clipped
from tests.gui.plane_driver import train
from tests.patience import has_settled
from vae_explorer import language as spoken
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, Notice
from vae_explorer.gui.editors import ChoiceEdit
from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.legend import Legend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


@pytest.fixture
def letters() -> Iterator[QApplication]:
    """The application, whose font a test may change."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    font = app.font()
    yield app
    app.setFont(font)


@pytest.fixture
def language() -> str:
    """What the window speaks, unless a test says otherwise."""
    return "en"


@pytest.fixture
def explored(
    tmp_path: Path,
    backend: FakeBackend,
    qtbot: QtBot,
    letters: QApplication,
    scale: float,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MainWindow]:
    """A window of 1280 x 800 with a trained model, a pin and a path in it."""
    monkeypatch.setenv("VAE_EXPLORER_LANGUAGE", language)
    font = letters.font()
    font.setPointSizeF(font.pointSizeF() * scale)
    letters.setFont(font)
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.begin()
    session = window.session
    qtbot.waitUntil(lambda: has_settled(session))
    train(session, qtbot)
    session.pin((0.5, -0.5))
    session.set_start(LatentPoint((-1.6, -0.9)))
    session.set_end(LatentPoint((1.3, 1.2)))
    yield window
    window.close()
    assert window.stopped_in_time
    spoken.use("en")


def clipped_at_rest(window: MainWindow, qtbot: QtBot) -> list[str]:
    """Return what is clipped once the window has laid itself out, which takes a busy machine a while."""
    qtbot.wait(20)
    with suppress(qtbot.TimeoutError):
        qtbot.waitUntil(lambda: not clipped(window), timeout=2_000)
    return clipped(window)


@pytest.mark.parametrize("scale", [1.0, 1.25])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_nothing_is_cut_off_in_a_window_of_1280_by_800(explored: MainWindow, qtbot: QtBot, theme: str) -> None:
    explored.set_theme(theme)
    for tab in range(explored.tabs.count()):
        explored.tabs.setCurrentIndex(tab)
        assert clipped_at_rest(explored, qtbot) == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("scale", [1.0])
def test_that_the_buttons_over_the_plane_stand_in_one_row(explored: MainWindow, qtbot: QtBot) -> None:
    panel = explored.panel("plane")
    assert isinstance(panel, PlanePanel)
    shown = [button for button in panel.controls.findChildren(QToolButton) if button.isVisible()]
    middles = {button.mapTo(panel, button.rect().center()).y() for button in shown}
    assert len(shown) >= 13
    assert max(middles) - min(middles) <= 1
    assert all(button.accessibleName() and button.toolTip() for button in shown)
    assert all(button.text() or not button.icon().isNull() for button in shown)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("scale", [1.0])
def test_that_a_window_of_800_by_600_holds_everything(explored: MainWindow, qtbot: QtBot) -> None:
    explored.resize(800, 600)
    qtbot.wait(20)
    assert (explored.width(), explored.height()) == (800, 600)
    for panel in explored.hosts:
        explored.reveal(panel)
        assert clipped_at_rest(explored, qtbot) == []


@pytest.mark.parametrize("scale", [1.0, 1.25])
def test_that_no_choice_ends_in_an_ellipsis_in_a_window_of_1280_by_800(explored: MainWindow) -> None:
    choices = [each for each in explored.hosts["experiment"].findChildren(ChoiceEdit) if each.isVisible()]
    assert len(choices) >= 5
    for choice in choices:
        assert choice.width() >= QComboBox.sizeHint(choice).width(), choice.currentText()


@pytest.mark.parametrize("scale", [1.0])
def test_that_a_long_choice_ends_in_an_ellipsis_and_is_listed_in_full(explored: MainWindow, qtbot: QtBot) -> None:
    explored.resize(800, 600)
    qtbot.wait(20)
    choice = explored.hosts["experiment"].findChild(ChoiceEdit, "training.schedule.editor")
    assert choice is not None
    assert choice.width() < QComboBox.sizeHint(choice).width()
    cut = choice.grab().toImage()
    choice.setItemText(choice.currentIndex(), choice.currentText() + " and more")
    assert choice.grab().toImage() == cut, "what stands behind the ellipsis isn't drawn"
    choice.showPopup()
    assert choice.view().width() > choice.fontMetrics().horizontalAdvance(choice.currentText())
    choice.hidePopup()


@pytest.mark.parametrize("scale", [1.0])
def test_that_the_bar_leaves_out_words_where_room_is_short_and_brings_them_back(
    explored: MainWindow, qtbot: QtBot
) -> None:
    buttons = explored.run_bar.step_button, explored.run_bar.stop_button
    wide = [button.width() for button in buttons]
    explored.resize(800, 600)
    qtbot.waitUntil(lambda: all(button.width() < before for button, before in zip(buttons, wide, strict=True)))
    assert [button.text() for button in buttons] == ["Step", "Stop"], "for those who can't see the icons"
    assert all(button.toolTip() for button in buttons)
    explored.resize(1280, 800)
    qtbot.waitUntil(lambda: [button.width() for button in buttons] == wide)


@pytest.mark.parametrize("scale", [1.0])
def test_that_the_legend_is_whole_below_three_notices(explored: MainWindow, qtbot: QtBot) -> None:
    for number in range(3):
        explored.notices.add(Notice("error", f"Notice {number} {'that is rather long ' * 8}", "why"))
    qtbot.wait(20)
    legend = explored.findChild(Legend)
    assert legend is not None
    legend.set_classes(tuple("0123456789"))
    qtbot.wait(20)
    assert legend.isVisible()
    assert not legend.verticalScrollBar().isVisible()
    assert len([card for card in explored.notices.cards if card.isVisible()]) >= 2


@pytest.mark.parametrize("scale", [1.0])
def test_that_buttons_and_neighbours_of_the_inspector_are_in_sight(explored: MainWindow, qtbot: QtBot) -> None:
    inspector = explored.panel("inspector")
    assert isinstance(inspector, InspectorPanel)
    qtbot.waitUntil(lambda: len(inspector.findings.neighbours.pictures.buttons) > 0)
    qtbot.wait(20)
    for widget in (*inspector.buttons.values(), *inspector.findings.neighbours.pictures.buttons):
        place = QRect(widget.mapTo(inspector, QPoint(0, 0)), widget.size())
        assert inspector.rect().contains(place), widget.toolTip()


def test_that_words_that_are_cut_off_are_found(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    button = QPushButton("Quite a long name", holder)
    holder.resize(300, 50)
    button.resize(button.sizeHint())
    holder.show()
    assert clipped(holder) == []
    button.resize(30, 20)
    assert len(clipped(holder)) == 1
    button.resize(button.sizeHint())
    button.move(250, 0)
    assert len(clipped(holder)) == 1


@pytest.mark.parametrize(("width", "lines"), [(400, 1), (210, 2), (105, 3)])
def test_that_a_row_that_is_too_wide_becomes_several(qtbot: QtBot, width: int, lines: int) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = FlowLayout(holder, 4)
    flow.setContentsMargins(0, 0, 0, 0)
    parts = [QWidget() for _ in range(3)]
    for part in parts:
        part.setFixedSize(100, 20)
        (flow.add_at_end if part is parts[-1] else flow.addWidget)(part)
    holder.resize(width, 200)
    holder.show()
    assert len({part.y() for part in parts}) == lines
    assert holder.heightForWidth(width) == lines * 20 + (lines - 1) * 4
    assert parts[-1].geometry().right() == width - 1, "the last keeps to the right edge"


def test_that_a_legend_that_is_made_lower_has_room_for_its_scroll_bar(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(legend.width(), 600)
    legend.set_classes(tuple("abcdefgh"))
    legend.show()
    qtbot.waitUntil(lambda: not legend.verticalScrollBar().isVisible())
    wide = legend.width()
    legend.resize(wide, 120)
    qtbot.waitUntil(legend.verticalScrollBar().isVisible)
    assert legend.width() > wide
    assert clipped(legend) == []
    legend.resize(legend.width(), 600)
    qtbot.waitUntil(lambda: legend.width() == wide)


@pytest.mark.parametrize("scale", [1.0])
def test_that_the_bar_stays_whole_in_a_small_window(explored: MainWindow, qtbot: QtBot) -> None:
    explored.resize(explored.minimumSizeHint())
    qtbot.wait(20)
    bar = explored.run_bar
    shown = [widget for widget in bar.findChildren(QWidget) if widget.parentWidget() is bar and widget.isVisible()]
    places = sorted((widget.geometry() for widget in shown if widget.width() > 0), key=QRect.left)
    assert all(left.right() < right.left() for left, right in pairwise(places))
    assert places[-1].right() < bar.width()
