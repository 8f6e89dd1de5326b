"""A session with small pictures that saves after each step, what it says, and a disk that fills up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.patience import has_settled
from tests.training.tiny import tiny_dataset
from vae_explorer.app.session import Session
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.training import telling
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig
from tests.app.faults.faulty import EPOCHS, Fault, FullDisk


class TinyBackend(StandardBackend):
    """The program's own rooms, with forty small pictures for data."""

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        return tiny_dataset(train=64, shape=(1, 8, 8))


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session that saves after each step, with the settings of a training of sixteen steps."""
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    made = Session(tmp_path / "runs", TinyBackend())
    made.start()
    qtbot.waitUntil(lambda: has_settled(made))
    for name, text in {
        "epochs": EPOCHS,
        "batch_size": 16,
        "threads": 1,
        "device": "cpu",
        "precision": "float32",
    }.items():
        made.set_setting(f"training.{name}", str(text))
    made.set_setting("model.hidden", "12")
    # Pictures for the window come at their own pace; here each step is a snapshot.
    monkeypatch.setattr(type(made.previews), "seconds", property(lambda _self: 0.0))
    qtbot.waitUntil(lambda: has_settled(made))
    yield made
    assert made.close()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    made = FullDisk(monkeypatch)

    def fill(_loop: Loop) -> None:
        made.is_full = True

    Fault(monkeypatch, fill)
    return made
