"""Modules that a dialog needs are imported one by one while nobody waits."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from vae_explorer.gui.warming import EXPORT_MODULES, Warming

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

REST = """
import sys
import vae_explorer.gui.main_window, vae_explorer.gui.panels.experiment
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
before = set(sys.modules)
from vae_explorer.gui.dialogs.export import ExportDialog
print(sorted(set(sys.modules) - before))
"""


def test_that_modules_are_imported_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    for name in ("warmed_first", "warmed_second"):
        (tmp_path / f"{name}.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    owner = QObject()
    warming = Warming(owner, ("warmed_first", "warmed_second"))
    warming.begin()
    assert "warmed_first" not in sys.modules
    qtbot.waitUntil(lambda: "warmed_first" in sys.modules)
    assert "warmed_second" not in sys.modules
    qtbot.waitUntil(lambda: "warmed_second" in sys.modules)
    warming.begin()


def test_that_the_window_has_the_export_dialog_at_hand_soon_after_a_model(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: set(EXPORT_MODULES) <= set(sys.modules))
    assert window.isVisible()


def test_that_nothing_is_left_to_import_for_the_export_dialog() -> None:
    done = subprocess.run([sys.executable, "-c", REST, *EXPORT_MODULES], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
