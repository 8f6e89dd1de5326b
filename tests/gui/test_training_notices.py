"""A training that breaks, in the real window: what the notice says, and its buttons by mouse and keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton

from tests.app.fake_models import as_snapshot
from tests.gui.clipping import clipped
from vae_explorer.app.state import RunState
from vae_explorer.gui.plotting.plane_scene import hint
from vae_explorer.training.events import (
    CheckpointSaved,
    Progress,
    SavingFailed,
    SavingPutOff,
    SavingResumed,
    TrainingFailed,
    TrainingSnapshot,
    TrainingStarted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.notice_card import NoticeCard
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import Fault, TrainingEvent
    from vae_explorer.training.experiment import Experiment

LEFT = Qt.MouseButton.LeftButton
FULL = "The run folder “runs/one” can't be written: No space left on device. Free some space on the disk."


class Breaking:
    """Trains in a stand-in for the backend: saves at step 4, and then breaks.

    Parameters
    ----------
    fault
        With which it breaks off; None for a disk that is full until there is room.
    """

    def __init__(self, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, fault: Fault | None) -> None:
        self._backend, self._fault = backend, fault
        self.has_room = False
        self.answers: list[str] = []
        self._real = backend.train
        monkeypatch.setattr(backend, "train", self.train)

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        fork: object = None,
    ) -> None:
        total = experiment.training.epochs * self._backend.steps_an_epoch
        progress = Progress(4, total, 0.8, experiment.training.epochs, 0.0, 0.0, None)
        on_event(TrainingStarted(progress, "cpu", "a processor", 1, 1234))
        model = replace(self._backend.model, step=4, epoch=0.8)
        on_event(TrainingSnapshot(as_snapshot(model), progress))
        on_event(CheckpointSaved(folder / "checkpoints" / "step-00000004", 4))
        if self._fault is not None:
            on_event(
                TrainingFailed("Training diverged at step 7: the term “Total” became NaN.", "why", fault=self._fault)
            )
            return
        while True:
            on_event(SavingFailed(FULL, "OSError: 28", at_the_end=False))
            answer = control.questions.wait()
            self.answers.append("nobody" if answer is None else answer.what)
            if answer is None:
                on_event(TrainingFailed(FULL, ""))
                return
            folder = answer.folder or folder
            if answer.what == "later":
                on_event(SavingPutOff())
                break
            if answer.what == "stop" or self.has_room:
                on_event(SavingResumed(folder))
                break
        self._backend._finish(experiment, folder, progress, on_event, stopped=control.stopped)


def card(window: MainWindow) -> NoticeCard:
    return window.notices.cards[-1]


def button(window: MainWindow, title: str) -> QPushButton:
    (found,) = [each for each in card(window).action_buttons if each.text().startswith(title)]
    return found


def failed(window: MainWindow, qtbot: QtBot) -> None:
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.FAILED)


def waiting(window: MainWindow, qtbot: QtBot) -> None:
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.PAUSED and bool(window.notices.cards))


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_that_the_button_of_a_divergence_goes_on_with_half_the_learning_rate(
    window: MainWindow, backend: FakeBackend, by: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Breaking(backend, monkeypatch, "diverged")
    failed(window, qtbot)
    assert card(window).text.text().endswith("The run is kept as it was saved at step 4.")
    action = button(window, "Go on from step 4 with half the learning rate")
    if by == "mouse":
        QTest.mouseClick(action, LEFT)
    else:
        action.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(action, Qt.Key.Key_Space)
    assert not window.notices.cards
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    ((experiment, folder),) = backend.resumed
    assert window.session.run is not None
    assert folder == window.session.run.path
    assert (
        experiment.training.learning_rate == window.session.experiment.training.learning_rate
    )  # it is turned as a setting of the run, so that the run says so


def test_that_every_action_can_be_reached_named_and_understood(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Breaking(backend, monkeypatch, "gpu-memory")
    failed(window, qtbot)
    buttons = card(window).action_buttons
    assert [each.text() for each in buttons] == [
        "Fork with batches of 64 images",
        "Go on from step 4 on the CPU",
    ]
    for each in buttons:
        assert each.accessibleName() == each.text()
        assert each.toolTip().endswith(each.accessibleDescription())
        assert each.toolTip()
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1000, 650)])
@pytest.mark.parametrize("fault", ["diverged", "gpu-memory", None])
def test_that_no_words_of_such_a_notice_are_cut_off(
    window: MainWindow,
    backend: FakeBackend,
    fault: Fault | None,
    width: int,
    height: int,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Breaking(backend, monkeypatch, fault)
    window.resize(width, height)
    if fault is None:
        waiting(window, qtbot)
    else:
        failed(window, qtbot)
    qtbot.waitUntil(lambda: not clipped(card(window)))
    # Buttons that don't fit beside each other go below each other; the toolbar alone asks for a little more than 1000.
    assert window.width() < width + 50
    for each in card(window).action_buttons:
        corner = each.mapTo(window, QPoint(each.width(), each.height()))
        assert corner.x() <= window.width()
        assert corner.y() <= window.height()


def test_that_a_full_disk_waits_for_room_and_tries_again(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(backend, monkeypatch, None)
    waiting(window, qtbot)
    assert card(window).text.text() == f"{FULL} The training waits."
    QTest.mouseClick(button(window, "Try again"), LEFT)
    qtbot.waitUntil(lambda: breaking.answers == ["again"] and bool(window.notices.cards))
    breaking.has_room = True
    QTest.mouseClick(button(window, "Try again"), LEFT)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert not any(shown.notice.actions for shown in window.notices.cards)


def test_that_an_empty_plane_says_that_its_training_waits_to_be_saved(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(backend, monkeypatch, None)
    waiting(window, qtbot)
    assert hint(window.session, None).startswith("Training is paused: it can't be saved.")
    breaking.has_room = True
    QTest.mouseClick(button(window, "Try again"), LEFT)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert "paused" not in hint(window.session, None)


def test_that_a_notice_that_was_dismissed_comes_back_until_it_is_answered(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(backend, monkeypatch, None)
    waiting(window, qtbot)
    QTest.mouseClick(card(window).close_button, LEFT)
    assert not window.notices.cards
    assert window.session.state is RunState.PAUSED
    QTest.mouseClick(window.run_bar.toggle_button, LEFT)  # Resume
    qtbot.waitUntil(lambda: breaking.answers == ["again"] and bool(window.notices.cards))
    QTest.mouseClick(button(window, "Go on without saving"), LEFT)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert breaking.answers == ["again", "later"]
    assert any("goes on without being saved" in shown.text.text() for shown in window.notices.cards)


def test_that_another_folder_is_chosen_in_a_dialog_and_the_run_is_kept_there(
    window: MainWindow, backend: FakeBackend, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(backend, monkeypatch, None)
    waiting(window, qtbot)
    assert window.session.run is not None
    name = window.session.run.path.name
    QTest.mouseClick(button(window, "Save elsewhere"), LEFT)
    dialog = window.findChild(QFileDialog, "save-elsewhere")
    assert isinstance(dialog, QFileDialog)
    dialog.reject()
    qtbot.waitUntil(lambda: bool(window.notices.cards))  # the question is still there
    QTest.mouseClick(button(window, "Save elsewhere"), LEFT)
    dialog = window.findChildren(QFileDialog, "save-elsewhere")[-1]
    breaking.has_room = True
    (tmp_path / "other").mkdir()
    dialog.setDirectory(str(tmp_path / "other"))
    dialog.fileSelected.emit(str(tmp_path / "other"))
    dialog.close()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert breaking.answers == ["elsewhere"]
    assert window.session.run.path == tmp_path / "other" / name
    assert window.session.run.path.is_dir()


def test_that_closing_the_window_while_it_waits_ends_in_time(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking = Breaking(backend, monkeypatch, None)
    waiting(window, qtbot)
    window.close()
    assert window.stopped_in_time
    assert breaking.answers == ["nobody"]
