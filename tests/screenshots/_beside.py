"""Scenes with a window, a dialog or a menu beside the program's own window, or over it."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMessageBox

from tests.screenshots._runs import COMPARED, EXPLORED
from tests.screenshots._stage import Scene, Stage, View
from vae_explorer.app.comparison_choice import NEWEST
from vae_explorer.app.crashes import crash_of
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.faults import Fault
from vae_explorer.gui.laboratories.divergence_window import DivergenceWindow
from vae_explorer.gui.laboratories.fit_window import FitWindow
from vae_explorer.gui.palette import Palette
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.logbook import Remains

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PREVIEW_SECONDS = 8.0
_QUICK: Final = EvaluationOptions(images=200, samples=100, fitted=10)


def command(name: str, pause: float = 0.3) -> Callable[[Stage], Scene]:
    """Return what chooses a command, and pictures the dialog or window that it opens."""

    def show(stage: Stage) -> Scene:
        stage.window.commands[name].trigger()
        yield pause
        shown = beside(stage)
        return View(shown, (shown,))

    return show


def about(stage: Stage) -> Scene:
    importlib.import_module("pyqtgraph")  # versions are told of what is loaded, and some windows before load it
    return (yield from command("help.about")(stage))


def beside(stage: Stage) -> QWidget:
    others = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not stage.window]
    (shown,) = others
    return shown


def export(kind: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        if kind in {"strip", "animation", "path"}:
            stage.choose()
        if kind == "evaluation":
            yield from measured(stage)
        stage.window.window_commands.export_kind(kind)
        dialog = stage.opened(ExportDialog)
        previews: list[object] = []
        dialog.preview.shown.connect(lambda *_: previews.append(True))
        latest = time.monotonic() + _PREVIEW_SECONDS  # some kinds miss something, and say so in place of a preview
        yield lambda: bool(previews) or time.monotonic() > latest
        return View(dialog, (dialog,))

    return show


def measured(stage: Stage) -> Scene:
    """Measure the model, quickly, and picture the panel that tells of it."""
    place = stage.place_of("metrics")
    service = stage.session.evaluation
    service.measure(_QUICK)
    yield lambda: not service.is_running
    yield 0.2
    return View(place, (stage.window.hosts["metrics"],))


def help_page(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.window_commands.show_help(name)
        pages = stage.opened(HelpWindow)
        yield lambda: not pages.formulas.is_waiting
        return View(pages, (pages.text,))

    return show


def palette(text: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.commands["help.palette"].trigger()
        palette = stage.opened(Palette)
        palette.line.setText(text)
        yield 0.2
        return View(stage.window if not palette.isWindow() else palette, (palette,))

    return show


def tour(index: int) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.commands["help.tour"].trigger()
        bubble = stage.window.tour.bubble
        assert bubble is not None
        for _ in range(index):
            bubble.forward_button.click()
        yield 0.3
        return View(stage.window, (bubble,))

    return show


def fault(stage: Stage) -> Scene:
    try:
        raise ValueError("a value that nobody expected")
    except ValueError as error:
        trace = f"Traceback (most recent call last):\n  …\nValueError: {error}"
    stage.window.crash_care.show_fault(Fault("ValueError: a value that nobody expected", trace, f"{id(trace)}", 3))
    yield 0.1
    return View(beside(stage))


def recovery(stage: Stage) -> Scene:
    run = stage.session.runs_folder / EXPLORED.name
    note = {"run": str(run), "training": True, "began": "2026-03-14 09:26:53"}
    stage.window.crash_care.offer(crash_of(Remains(note, True, "Fatal Python error: Segmentation fault\n")))
    yield 0.1
    return View(beside(stage))


def compare(stage: Stage) -> Scene:
    session = stage.session
    other = session.runs_folder / COMPARED.name
    session.set_comparison(replace(session.choices.comparison, run=str(other), step=NEWEST))
    stage.window.comparing.open()
    opened = stage.window.comparing.opened
    assert opened is not None
    comparison = opened.panel.session.comparison
    yield lambda: comparison.second is not None and not comparison.is_loading and comparison.points is not None
    session.pin((0.3, 0.4))
    planes = opened.panel.planes
    yield lambda: all(layer.is_complete for layer in (*planes.tiles, *planes.points))
    yield 0.5
    return View(opened, (opened.panel,))


def runs(stage: Stage) -> Scene:
    stage.window.commands["file.runs"].trigger()
    listed = stage.opened(RunsWindow)
    folders = {path for path in stage.session.runs_folder.absolute().iterdir() if path.is_dir()}
    yield lambda: listed.list.has_looked and stage.pictured >= folders
    return View(listed, (listed.view,))


def divergences(stage: Stage) -> Scene:
    stage.window.commands["explore.divergences"].trigger()
    laboratory = stage.opened(DivergenceWindow)
    while not laboratory.sampling.finished:
        laboratory.sampling.add_batch()
    yield lambda: not laboratory.sampling.running
    return View(laboratory, (laboratory.convergence,))


def bump_fit(stage: Stage) -> Scene:
    stage.window.commands["explore.bump-fit"].trigger()
    laboratory = stage.opened(FitWindow)
    yield lambda: not laboratory.survey.busy
    return View(laboratory, (laboratory.map,))


def stop_question(stage: Stage) -> Scene:
    stage.window.opening.open_path(stage.session.runs_folder)
    yield 0.1
    box = stage.opened(QMessageBox)
    return View(box)


def menu(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        menu = stage.window.menus.menus[name]
        menu.popup(stage.window.mapToGlobal(QPoint(20, 20)))
        yield 0.1
        return View(menu)

    return show
