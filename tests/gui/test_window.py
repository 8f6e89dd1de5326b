"""The window as a whole: training in it, its layout, its themes, what is dropped on it, and its end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMessageBox, QToolButton, QWidget

from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui import theme
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels import PANELS
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


def click(widget: QToolButton, qtbot: QtBot) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def another_window(window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    made = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))


def test_that_all_panels_are_made_and_none_failed(window: MainWindow) -> None:
    assert [name for name, host in window.hosts.items() if host.panel is None] == []
    assert list(window.hosts) == [entry.name for entry in PANELS]
    assert window.notices.cards == ()


def test_that_the_buttons_train_pause_step_resume_and_stop(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    session, bar = window.session, window.run_bar
    session.set_setting("training.epochs", "10000")
    click(bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 3)
    assert bar.toggle_button.text() == "Pause"
    click(bar.toggle_button, qtbot)
    assert bar.toggle_button.text() == "Resume"
    assert (bar.speed.text(), bar.time_left.text()) == ("", "paused")
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step == backend.paused_at)
    assert session.progress is not None
    paused_at = session.progress.step
    click(bar.step_button, qtbot)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step == paused_at + 1)
    assert bar.speed.text() == ""
    click(bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > paused_at + 2)
    qtbot.waitUntil(lambda: bar.speed.text().endswith("images/s"))
    click(bar.stop_button, qtbot)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert bar.toggle_button.text() == "Go on"
    assert not bar.stop_button.isEnabled()
    assert session.run is not None
    assert (session.run.path / "run.json").is_file()


def test_that_the_bar_shows_epoch_and_device(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "2")
    click(window.run_bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert window.run_bar.epoch.text() == "epoch 2/2"
    assert window.run_bar.progress.value() == window.run_bar.progress.maximum()
    assert window.run_bar.device_button.text() == "CPU"


def test_that_a_file_that_cannot_be_read_is_told_in_the_window(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    drop(window, tmp_path / "missing.npy")
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert window.notices.cards[0].notice.level == "error"
    assert "missing.npy" in window.notices.cards[0].text.text()
    assert window.session.dataset is not None


def test_that_dropped_data_are_loaded(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    drop(window, tmp_path / "digits.npz")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name.endswith("digits.npz"))


def stop_training(box: QMessageBox) -> None:
    """Answer the question as a hand does that means it."""
    stop = next(button for button in box.buttons() if box.buttonRole(button) is QMessageBox.ButtonRole.AcceptRole)
    QTest.mouseClick(stop, Qt.MouseButton.LeftButton)


def test_that_enter_keeps_the_training_that_was_asked_about(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "10000")
    click(window.run_bar.toggle_button, qtbot)
    drop(window, tmp_path / "other.npz")
    box = window.findChild(QMessageBox, "stop-training")
    assert box is not None
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert not box.isVisible()
    assert window.session.state is RunState.TRAINING


def test_that_opening_while_training_asks_first(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "10000")
    click(window.run_bar.toggle_button, qtbot)
    drop(window, tmp_path / "other.npz")
    box = window.findChild(QMessageBox, "stop-training")
    assert box is not None
    assert window.session.state is RunState.TRAINING
    stop_training(box)
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name.endswith("other.npz"))


def test_that_a_run_is_opened_by_the_file_dialog(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "1")
    click(window.run_bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    run = window.session.run
    assert run is not None
    window.session.load_data("shapes")
    qtbot.waitUntil(lambda: window.session.run is None and window.session.state is RunState.READY)
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_R, keys)
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(run.path))
    dialog.reject()
    qtbot.waitUntil(lambda: window.session.run == run)
    assert window.run_bar.toggle_button.isEnabled()


def test_that_closing_while_training_leaves_a_run_and_no_thread(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window.session.set_setting("training.epochs", "10000")
    click(window.run_bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: window.session.progress is not None and window.session.progress.step > 0)
    window.close()
    assert window.stopped_in_time
    assert len(list((tmp_path / "runs").glob("*/run.json"))) == 1


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_that_a_chosen_theme_is_worn_by_program_and_panels_and_remembered(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot, choice: str
) -> None:
    action = next(action for action in window.menus.themes.actions() if action.data() == choice)
    assert isinstance(action, QAction)
    action.trigger()
    chosen = theme.THEMES[choice]
    assert QApplication.palette().color(QPalette.ColorRole.Window) == QColor(chosen.window)
    for name in window.hosts:
        window.reveal(name)
    assert {host.panel.theme.name for host in window.hosts.values() if host.panel is not None} == {choice}
    window.close()
    assert another_window(window, backend, tmp_path, qtbot).theme == chosen


def test_that_docks_come_back_as_they_were_left(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    dock = window.findChild(QDockWidget, "dock.path")
    assert dock is not None
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
    assert not dock.isVisible()
    window.close()
    second = another_window(window, backend, tmp_path, qtbot)
    again = second.findChild(QDockWidget, "dock.path")
    assert again is not None
    assert not again.isVisible()
    second.commands["view.reset-layout"].trigger()
    assert again.isVisible()
    second.close()


@pytest.mark.parametrize("damage", ["docks", "version", "file"])
def test_that_a_broken_layout_gives_the_fresh_one(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot, damage: str
) -> None:
    window.close()
    path = tmp_path / "config" / "layout.ini"
    if damage == "file":
        path.write_bytes(bytes(range(256)) * 4)
    else:
        settings = QSettings(str(path), QSettings.Format.IniFormat)
        settings.setValue(f"layout/{damage}", "nonsense")
        settings.sync()
    second = another_window(window, backend, tmp_path, qtbot)
    assert all(dock.isVisible() for dock in second.docks)
    second.close()


def test_that_broken_preferences_are_set_aside_and_told_once(
    backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "preferences.json").write_text("{", encoding="utf-8")
    first = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(first)
    assert "damaged" in first.notices.cards[0].text.text()
    assert (tmp_path / "config" / "preferences.broken.json").is_file()
    second = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(second)
    assert second.notices.cards == ()


def test_that_a_panel_that_cannot_be_made_leaves_the_window_alive(
    backend: FakeBackend, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: ExperimentPanel, *_arguments: object) -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(ExperimentPanel, "__init__", fail)
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(window)
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: window.session.dataset is not None)
    assert "no room" in window.notices.cards[0].text.text()
    assert window.hosts["plane"].panel is not None
    window.close()


def test_that_status_shows_where_the_pin_is(window: MainWindow) -> None:
    window.session.pin((0.42, -1.1))
    assert window.status.position.text() == "z = (0.42, −1.10)"
    window.session.pin(None)
    assert window.status.position.text() == ""


def test_that_the_fresh_layout_fits_1280_by_800(window: MainWindow) -> None:
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800
    plane = window.hosts["plane"]
    assert plane.width() >= 500
    assert plane.height() >= 400


def test_that_the_pictures_of_the_window_are_not_empty(window: MainWindow, qtbot: QtBot) -> None:
    image = window.grab().toImage()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint32)
    assert len(np.unique(pixels)) > 50


def test_that_nothing_but_the_window_itself_ever_flashes_up(backend: FakeBackend, tmp_path: Path, qtbot: QtBot) -> None:
    class Watch(QObject):
        shown: ClassVar[list[str]] = []

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                self.shown.append(type(watched).__name__)
            return False

    watch = Watch()
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(window)
    QApplication.instance().installEventFilter(watch)  # type: ignore[union-attr]
    window.show()
    window.begin()
    qtbot.waitUntil(lambda: window.session.dataset is not None)
    window.close()
    QApplication.instance().removeEventFilter(watch)  # type: ignore[union-attr]
    assert watch.shown == ["MainWindow"]


def test_that_a_window_closed_before_it_is_filled_starts_nothing(
    backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(window)
    window.show()
    window.begin()
    window.close()
    qtbot.wait(100)
    assert not backend.warmed_up
    assert window.session.dataset is None


def test_that_train_has_the_focus_once_it_can_be_pressed(window: MainWindow, qtbot: QtBot) -> None:
    assert window.focusWidget() is window.run_bar.toggle_button
    QTest.keyClick(window.run_bar.toggle_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.state is not RunState.READY)


def recent(window: MainWindow) -> list[str]:
    window.run_bar.run_menu.fill()
    return [action.text() for action in window.run_bar.run_menu.actions() if action.isCheckable()]


def test_that_the_bar_says_that_nothing_is_trained_and_lists_no_runs(window: MainWindow) -> None:
    assert window.run_bar.time_left.text() == "not trained yet"
    assert window.run_bar.name_button.text() == "No run yet"
    assert recent(window) == []
    assert any("No runs yet" in action.text() for action in window.run_bar.run_menu.actions())


def test_that_the_run_menu_lists_runs_and_opens_the_chosen_one(window: MainWindow, qtbot: QtBot) -> None:
    session, bar = window.session, window.run_bar
    session.set_setting("training.epochs", "2")
    click(bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    first = session.run
    assert first is not None
    os.utime(first.path, (1, 1))
    click(bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.run is not None
    assert recent(window) == [session.run.name, first.name]
    assert [action.isChecked() for action in bar.run_menu.actions() if action.isCheckable()] == [True, False]
    next(action for action in bar.run_menu.actions() if action.text() == first.name).trigger()
    qtbot.waitUntil(lambda: session.run == first and session.state is RunState.FINISHED)


def test_that_an_opened_run_shows_how_far_it_came_and_its_test_loss(window: MainWindow, qtbot: QtBot) -> None:
    session, bar = window.session, window.run_bar
    session.set_setting("training.epochs", "2")
    click(bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert bar.time_left.text() == "finished"
    assert session.run is not None
    path = session.run.path
    session.load_data("shapes")
    qtbot.waitUntil(lambda: session.run is None and session.state is RunState.READY)
    assert bar.time_left.text() == "not trained yet"
    assert bar.speed.text() == ""
    session.open_run(path)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    bar._pace.due.emit()  # on a busy machine the training's last news come that late
    assert bar.epoch.text() == "epoch 0/2", "the stand-in's runs are of no epoch"
    assert bar.speed.text() == "test 150.00 nats"
    assert bar.time_left.text() == "stopped"


def test_that_train_says_that_the_run_on_show_is_kept(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "1")
    assert "new run" not in window.run_bar.toggle_button.toolTip()
    click(window.run_bar.toggle_button, qtbot)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert "new run" in window.run_bar.toggle_button.toolTip()


def test_that_a_narrow_window_gives_the_plane_more_room_and_a_wide_one_takes_it_back(
    window: MainWindow, qtbot: QtBot
) -> None:
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    right = next(dock for dock in window.docks if dock.objectName() == "dock.inspector")
    usual = right.width()
    window.resize(1000, 650)
    qtbot.waitUntil(lambda: right.width() < usual)
    view = plane.view.viewport
    assert view.width > 0.75 * plane.view.width()
    narrow = right.width()
    window.commands["view.reset-layout"].trigger()
    qtbot.wait(50)
    assert right.width() == narrow, "a fresh layout is one for this width"
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: right.width() == usual)
