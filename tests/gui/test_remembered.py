"""Panels and window look as they were left, and a window that can't be seen whole is brought to a screen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QWidget

from tests.app.fake_backends import FakeBackend
from tests.gui.test_reopening import opened, train
from vae_explorer.app.saved_session import SessionFile
from vae_explorer.app.session import Session
from vae_explorer.gui import layout
from vae_explorer.gui.layout import clamp
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panel_views import REMEMBERED, panel_views
from vae_explorer.gui.panels.curves import CurvesPanel
from vae_explorer.gui.section import Section

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CONTROL = Qt.KeyboardModifier.ControlModifier


def curves(window: MainWindow) -> CurvesPanel:
    panel = window.panel("curves")
    assert isinstance(panel, CurvesPanel)
    return panel


def sections(window: MainWindow, name: str) -> list[bool]:
    return [part.button.isChecked() for part in window.hosts[name].findChildren(Section)]


def control(window: MainWindow, panel: str, name: str) -> QWidget:
    found = window.hosts[panel].findChildren(QWidget)
    return next(widget for widget in found if widget.property(REMEMBERED) == name)


def test_that_folded_sections_stay_folded(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.reveal("inspector")
        assert all(sections(window, "inspector"))
        for part in window.hosts["inspector"].findChildren(Section)[1:3]:
            part.button.click()
        folded = sections(window, "inspector")
        assert folded.count(False) == 2
    with opened(tmp_path, qtbot) as (window, _):
        assert sections(window, "inspector") == folded


def test_that_curves_are_drawn_as_they_were(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        train(window, qtbot)
        panel = curves(window)
        qtbot.waitUntil(lambda: bool(panel.quantities))
        axis = control(window, "curves", "axis")
        assert isinstance(axis, QComboBox)
        axis.setCurrentIndex(1)
        QTest.mouseClick(panel.tools._log, Qt.MouseButton.LeftButton)
        next(iter(panel.table._boxes.values())).click()
        view = panel.view
        assert view.hidden
        assert view.logarithmic
    with opened(tmp_path, qtbot) as (window, _):
        panel = curves(window)
        window.reveal("curves")
        qtbot.waitUntil(lambda: panel.view == view)


def test_that_the_walk_and_advanced_settings_are_as_they_were(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        views = panel_views(window)
        pace = control(window, "path", "pace")
        pace.setProperty("value", 9.5)
        more = control(window, "experiment", "Advanced settings of training")
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        left = panel_views(window)
        changed = {name for name in left if left[name] != views[name]}
        assert changed == {"path", "experiment"}
    with opened(tmp_path, qtbot) as (window, _):
        assert panel_views(window) == left


def test_that_windows_beside_the_programs_own_are_opened_again(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
        assert window.runs.opened is not None
        window.keeper.autosave()
        qtbot.waitUntil(lambda: not window.keeper.is_writing)
        kept = SessionFile(tmp_path / "config").read()
        assert kept is not None
        assert set(kept.windows) == {"runs"}
        window.runs.opened.setGeometry(10, 20, 730, 400)
    with opened(tmp_path, qtbot) as (window, _):
        assert window.runs.opened is not None
        assert window.runs.opened.size() == QSize(730, 400)


def test_that_every_remembered_control_has_a_name_of_its_own_in_its_panel(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        for name, host in window.hosts.items():
            named = (child.property(REMEMBERED) for child in host.findChildren(QWidget))
            names = [str(own) for own in named if own]
            assert len(names) == len(set(names)), name


def test_that_docks_and_recent_runs_are_kept_while_the_window_is_open(tmp_path: Path, qtbot: QtBot) -> None:
    backend = FakeBackend()
    with opened(tmp_path, qtbot, backend=backend) as (window, _):
        train(window, qtbot)
        dock = next(dock for dock in window.docks if dock.objectName() == "dock.path")
        dock.hide()
        qtbot.waitUntil(lambda: not dock.isVisible())
        window.keeper.autosave()
        qtbot.waitUntil(lambda: not window.keeper.is_writing)
        # As it is on the disk now, where a program that is killed leaves it.
        shutil.copytree(tmp_path / "config", tmp_path / "killed" / "config")
        run = window.session.run
        assert run is not None
    with opened(tmp_path / "killed", qtbot, backend=backend) as (window, _):
        assert window.session.run == run
        assert window.session.recent.opened[0] == run.path
        dock = next(dock for dock in window.docks if dock.objectName() == "dock.path")
        assert not dock.isVisible()


@pytest.mark.parametrize("content", [b"\0" * 500, b"", b"[layout\nversion=1", b"x" * (2 << 20), b'{"not": "an ini"}'])
def test_that_a_broken_layout_is_set_aside_and_told_once(tmp_path: Path, content: bytes, qtbot: QtBot) -> None:
    path = tmp_path / "config" / "layout.ini"
    path.parent.mkdir()
    path.write_bytes(content)
    with opened(tmp_path, qtbot) as (_, notices):
        assert len([notice for notice in notices if "layout" in notice.text]) == 1
    assert path.with_suffix(".broken.ini").read_bytes() == content
    with opened(tmp_path, qtbot) as (_, notices):
        assert not [notice for notice in notices if "layout" in notice.text]


@pytest.mark.parametrize(
    "place",
    [QRect(-5000, -5000, 600, 500), QRect(9000, 20, 600, 500), QRect(10, 10, 9000, 9000), QRect(700, 700, 600, 500)],
)
def test_that_a_window_that_cannot_be_seen_whole_is_brought_to_a_screen(place: QRect, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(place)
    clamp(window)
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.contains(window.geometry())
    inside = QRect(20, 20, 300, 200)
    window.setGeometry(inside)
    clamp(window)
    assert window.geometry() == inside


@pytest.mark.parametrize("room", [QSize(1366, 728), QSize(1280, 800), QSize(1024, 740), QSize(3840, 2100)])
def test_that_a_newcomer_s_window_fits_on_the_screen_with_its_frame(
    room: QSize, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "room_for", lambda _window: room)
    window = MainWindow(Session(tmp_path / "runs", FakeBackend()), tmp_path / "config")
    qtbot.addWidget(window)
    assert window.width() == min(1280, room.width() - 2)
    assert window.height() == min(800, room.height() - 40)
    window.close()


def test_that_a_window_kept_far_off_comes_back_on_a_screen(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.setGeometry(7000, 6000, 760, 700)
    with opened(tmp_path, qtbot) as (window, _):
        middle = window.geometry().topLeft()
        assert QGuiApplication.primaryScreen().availableGeometry().contains(middle)
