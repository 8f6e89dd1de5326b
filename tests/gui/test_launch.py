"""From the start of the process to the window, and a training for real in it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from vae_explorer.app.state import RunState
from vae_explorer.gui import launch
from vae_explorer.gui.dialogs.crash import FaultDialog
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

ROOT = Path(__file__).resolve().parents[2]

SHOW_AND_LIST = """
import sys
from PySide6.QtWidgets import QApplication
from vae_explorer.gui.launch import make_window
app = QApplication([])
window = make_window()
window.show()
app.processEvents()
assert window.isVisible()
print([name for name in sys.argv[1:] if name in sys.modules])
window.close()
"""
LATER = (
    *("torch", "pyqtgraph", "numpy", "scipy", "difflib", "hashlib"),
    *("vae_explorer.gui.laboratories.window", "vae_explorer.gui.panels.base", "vae_explorer.data.dataset"),
)
"""What the first paint must not wait for."""

COUNT_SOURCES_READ = """
import inspect
from PySide6.QtWidgets import QApplication
from vae_explorer.gui.launch import make_window
app = QApplication([])
make_window().close()
read, getsource = [], inspect.getsource
inspect.getsource = lambda module: read.append(module.__name__) or getsource(module)
import colorsys, wave
print(read)
"""

TRAIN_AND_LIST = """
import sys
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from vae_explorer.app.state import RunState
from vae_explorer.gui.launch import make_window

def wait(reached):
    loop, timer = QEventLoop(), QTimer(interval=20)
    timer.timeout.connect(lambda: loop.quit() if reached() else None)
    timer.start()
    loop.exec()

app = QApplication([])
window = make_window()
session = window.session
window.show()
window.begin()
wait(lambda: session.state is RunState.READY and session.points is not None)
session.set_setting("training.epochs", "1")
session.train()
wait(lambda: session.state in {RunState.FINISHED, RunState.FAILED} and session.points is not None)
print(session.state.name, [name for name in sys.argv[1:] if name in sys.modules])
window.close()
"""

OPEN_AND_QUIT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from vae_explorer.gui import launch
app = QApplication([])
def quit_when_ready():
    window = next(widget for widget in app.topLevelWidgets() if widget.objectName() == "main-window")
    if window.session.dataset is None:
        QTimer.singleShot(20, quit_when_ready)
    else:
        print(window.session.dataset.name, len(window.session.dataset.images))
        window.close()
QTimer.singleShot(20, quit_when_ready)
sys.exit(launch.main(sys.argv[1:]))
"""


def python(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(autouse=True)
def own_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the hooks back that a window takes over."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)


def write_images(path: Path) -> Path:
    generator = np.random.default_rng(0)
    images = (generator.random((80, 8, 8)) > 0.5).astype(np.uint8) * 255
    np.savez(path, images=images, labels=np.arange(80) % 4)
    return path


def test_that_the_first_window_shows_before_torch_plots_and_much_else_are_imported() -> None:
    done = python(SHOW_AND_LIST, *LATER)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_that_importing_a_module_does_not_read_its_source() -> None:
    done = python(COUNT_SOURCES_READ)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.slow
def test_that_a_training_imports_neither_torch_s_compiler_nor_what_only_exports_need() -> None:
    done = python(TRAIN_AND_LIST, "torch._dynamo", "torch._inductor", "sympy", "scipy", "matplotlib", "onnx", "av")
    assert done.stdout.strip() == "FINISHED []", done.stderr


def test_that_a_file_named_on_the_command_line_is_loaded(tmp_path: Path) -> None:
    done = python(OPEN_AND_QUIT, str(write_images(tmp_path / "own.npz")), "--runs", str(tmp_path / "runs"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["own.npz", "80"]


def test_that_an_unknown_option_gives_status_2_and_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        launch.main(["--fast"])
    assert "--fast" in capsys.readouterr().err


def test_that_without_a_display_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert launch.main([]) == 2
    assert "no display" in capsys.readouterr().err


def test_that_an_exception_nobody_caught_is_told_in_the_window(
    tmp_path: Path, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    window = launch.make_window(tmp_path / "runs")
    qtbot.addWidget(window)
    error = ValueError("out of paint")
    sys.excepthook(ValueError, error, None)
    qtbot.waitUntil(lambda: window.findChild(FaultDialog) is not None)
    dialog = window.findChild(FaultDialog)
    assert isinstance(dialog, FaultDialog)
    assert "out of paint" in dialog.heading.text()
    assert capsys.readouterr().err == "vae-explorer: ValueError: out of paint\n"
    dialog.close()


def test_that_a_model_is_trained_for_real_and_its_run_opens_again(tmp_path: Path, qtbot: QtBot) -> None:
    window = launch.make_window(tmp_path / "runs")
    qtbot.addWidget(window)
    window.show()
    window.begin(str(write_images(tmp_path / "own.npz")))
    session = window.session
    qtbot.waitUntil(lambda: session.dataset is not None and session.state is RunState.READY)
    for path, text in (("model.hidden", "16"), ("training.epochs", "3"), ("training.batch_size", "16")):
        session.set_setting(path, text)
    QTest.mouseClick(window.run_bar.toggle_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=60_000)
    qtbot.waitUntil(lambda: session.points is not None)
    assert session.run is not None
    run = open_run(session.run.path)
    assert {record.split for record in run.metrics} == {"train", "test"}
    decoded = []
    session.decode.decoded.connect(lambda reply: decoded.append(reply) if reply.key == "test" else None)
    session.decode.request("test", np.zeros((1, 2)))
    qtbot.waitUntil(lambda: bool(decoded))
    assert decoded[0].images.shape == (1, 1, 8, 8)
    step = session.model.step if session.model is not None else 0
    session.open_source(str(run.path))
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and len(session.metrics) == len(run.metrics))
    assert session.model is not None
    assert session.model.step == step
    window.close()
    assert window.stopped_in_time
