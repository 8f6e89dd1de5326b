"""Every state of the window that is pictured: its name, the window that it needs, and how it comes about."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMessageBox

from tests.screenshots._stage import Scene, Stage, View
from vae_explorer.app.comparison_choice import NEWEST
from vae_explorer.app.crashes import crash_of
from vae_explorer.app.exports import EXPORTS
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.gui.commands import MENUS
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.faults import Fault
from vae_explorer.gui.palette import Palette
from vae_explorer.gui.panels import PANELS
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.panels.learn import LearnPanel
from vae_explorer.gui.tour.steps import STEPS
from vae_explorer.latent.layers import LAYERS
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.logbook import Remains
from vae_explorer.objectives import OBJECTIVES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PREVIEW_SECONDS = 8.0

Setting = Literal["loading", "untrained", "troubled", "training", "trained", "narrow"]
"""The windows: reading its data, with data and no training yet, with trainings that fail, at a training, with a
run that is done, and a small one with that."""


@dataclass(frozen=True, slots=True)
class State:
    """One state.

    Attributes
    ----------
    name
        What its pictures are called.
    setting
        The window that it needs.
    show
        Brings that about.
    """

    name: str
    setting: Setting
    show: Callable[[Stage], Scene]


# -- The window and its panels -----------------------------------------------------------------------------------------


def _window(stage: Stage) -> Scene:
    yield stage.is_drawn
    return View(stage.window, (stage.plane.view,))


def _panel(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        place = stage.place_of(name)
        yield stage.is_drawn
        return View(place, (stage.window.hosts[name],))

    return show


def _chosen(stage: Stage) -> None:
    """Pin a sample, and lay a path."""
    session = stage.session
    points = session.points
    assert points is not None
    session.set_start(LatentPoint((-1.4, 0.6)))
    session.set_end(LatentPoint((1.2, -0.8)))
    session.set_path_position(0.4)
    place = points.index_of(int(points.rows[7]))
    assert place is not None
    session.pin((float(points.z[place, 0]), float(points.z[place, 1])), int(points.rows[7]))


def _chosen_panel(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        _chosen(stage)
        place = stage.place_of(name)
        yield stage.is_drawn
        yield 0.4
        return View(place, (stage.window.hosts[name],))

    return show


def _explored(stage: Stage) -> Scene:
    _chosen(stage)
    yield stage.is_drawn
    yield 0.4
    return View(stage.window, (stage.plane.view,))


def _layer(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.session.set_layers([name])
        yield stage.is_drawn
        yield 1.5
        return View(stage.window.hosts["plane"], (stage.plane.view,))

    return show


def _selected(stage: Stage) -> Scene:
    points = stage.session.points
    assert points is not None
    stage.session.select(points.rows[(points.z[:, 0] > 0) & (points.z[:, 1] > 0.5)])
    place = stage.place_of("selection")
    yield 0.5
    return View(place, (stage.window.hosts["selection"],))


def _measured(stage: Stage) -> Scene:
    place = stage.place_of("metrics")
    service = stage.session.evaluation
    if service.result is None:
        service.measure(EvaluationOptions())
        yield lambda: not service.is_running
    yield 0.2
    return View(place, (stage.window.hosts["metrics"],))


def _measuring(stage: Stage) -> Scene:
    place = stage.place_of("metrics")
    service = stage.session.evaluation
    service.measure(EvaluationOptions())
    yield 0.1
    return View(place, (stage.window.hosts["metrics"],))


def _drawn(stage: Stage) -> Scene:
    place = stage.place_of("draw")
    canvas = stage.panel_of(DrawPanel).canvas
    dataset = stage.session.dataset
    assert dataset is not None
    canvas.put(dataset.images[3])
    yield 0.6
    return View(place, (canvas,))


def _lesson(stage: Stage) -> Scene:
    place = stage.place_of("learn")
    panel = stage.panel_of(LearnPanel)
    panel.begin_button.click()
    yield 0.1
    return View(place, (panel.heading,))


def _objective(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        before = stage.session.experiment
        stage.session.set_experiment(before.with_objective(name))
        place = stage.place_of("experiment")
        yield 0.2
        yield stage.is_at_rest
        return View(place, (stage.window.hosts["experiment"],))

    return show


def _download(stage: Stage) -> Scene:
    place = stage.place_of("experiment")
    panel = stage.panel_of(ExperimentPanel)
    stage.session.downloads.ask("fashion-mnist")
    yield 0.1
    return View(place, (panel.data.offer,))


def _loading(stage: Stage) -> Scene:
    yield 0.1
    return View(stage.window, (stage.window.statusBar(),))


def _paused(stage: Stage) -> Scene:
    session = stage.session
    session.pause()
    yield lambda: session.state is RunState.PAUSED
    session.step()
    yield 0.3
    return View(stage.window, (stage.plane.view,))


# -- Notices -----------------------------------------------------------------------------------------------------------


def _missing(stage: Stage) -> Scene:
    stage.session.open_source(str(stage.folder / "there is no such file.npz"))
    yield lambda: bool(stage.window.notices.cards)
    return View(stage.window, (stage.window.notices.cards[-1],))


def _details(stage: Stage) -> Scene:
    yield from _missing(stage)
    stage.session.notify("warning", stage.window.notices.cards[0].notice.text, "Traceback …\nValueError: …")
    stage.session.notify("info", stage.window.notices.cards[0].notice.text)
    card = stage.window.notices.cards[1]
    card.details_button.click()
    yield 0.05
    return View(stage.window, (card.details,))


def _diverged(stage: Stage) -> Scene:
    session = stage.session
    before = session.experiment
    session.set_setting("training.learning_rate", "1")
    session.set_setting("training.schedule", "constant")
    session.set_setting("model.likelihood", "gaussian-pixel")
    yield stage.is_at_rest
    session.train()
    yield lambda: not session.state.is_active
    yield lambda: bool(stage.window.notices.cards)
    session.set_experiment(before)
    return View(stage.window, stage.window.notices.cards[-1].action_buttons)


def _full(stage: Stage) -> Scene:
    session = stage.session
    stage.backend.disk_is_full = True
    session.train()
    yield lambda: session.state is RunState.PAUSED and bool(stage.window.notices.cards)
    return View(stage.window, stage.window.notices.cards[-1].action_buttons)


# -- Windows and dialogs beside it -------------------------------------------------------------------------------------


def _command(name: str, pause: float = 0.3) -> Callable[[Stage], Scene]:
    """Return what chooses a command, and pictures the dialog or window that it opens."""

    def show(stage: Stage) -> Scene:
        stage.window.commands[name].trigger()
        yield pause
        shown = _beside(stage)
        return View(shown, (shown,))

    return show


def _beside(stage: Stage) -> QWidget:
    others = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not stage.window]
    (shown,) = others
    return shown


def _export(kind: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        if kind in {"strip", "animation", "path"}:
            _chosen(stage)
        stage.window.window_commands.export_kind(kind)
        dialog = stage.opened(ExportDialog)
        previews: list[object] = []
        dialog.preview.shown.connect(lambda *_: previews.append(True))
        latest = time.monotonic() + _PREVIEW_SECONDS  # some kinds miss something, and say so in place of a preview
        yield lambda: bool(previews) or time.monotonic() > latest
        return View(dialog, (dialog,))

    return show


def _help_page(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.window_commands.show_help(name)
        yield 0.2
        return View(_beside(stage))

    return show


def _palette(text: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.commands["help.palette"].trigger()
        palette = stage.opened(Palette)
        palette.line.setText(text)
        yield 0.2
        return View(stage.window if not palette.isWindow() else palette, (palette,))

    return show


def _tour(index: int) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.window.commands["help.tour"].trigger()
        bubble = stage.window.tour.bubble
        assert bubble is not None
        for _ in range(index):
            bubble.forward_button.click()
        yield 0.3
        return View(stage.window, (bubble,))

    return show


def _fault(stage: Stage) -> Scene:
    try:
        raise ValueError("a value that nobody expected")
    except ValueError as error:
        trace = f"Traceback (most recent call last):\n  …\nValueError: {error}"
    stage.window.crash_care.show_fault(Fault("ValueError: a value that nobody expected", trace, f"{id(trace)}", 3))
    yield 0.1
    return View(_beside(stage))


def _recovery(stage: Stage) -> Scene:
    run = next(path for path in sorted(stage.session.runs_folder.iterdir()) if path.is_dir())
    note = {"run": str(run), "training": True, "began": "2026-03-14 09:26:53"}
    stage.window.crash_care.offer(crash_of(Remains(note, True, "Fatal Python error: Segmentation fault\n")))
    yield 0.1
    return View(_beside(stage))


def _compare(stage: Stage) -> Scene:
    session = stage.session
    shown = session.run
    assert shown is not None
    other = next(path for path in sorted(session.runs_folder.iterdir()) if path.is_dir() and path != shown.path)
    session.set_comparison(replace(session.choices.comparison, run=str(other), step=NEWEST))
    stage.window.comparing.open()
    opened = stage.window.comparing.opened
    assert opened is not None
    comparison = opened.panel.session.comparison
    yield lambda: comparison.second is not None and not comparison.is_loading and comparison.points is not None
    session.pin((0.3, 0.4))
    yield 1.0
    return View(opened, (opened.panel,))


def _stop_question(stage: Stage) -> Scene:
    stage.window.opening.open_path(stage.session.runs_folder)
    yield 0.1
    box = stage.opened(QMessageBox)
    return View(box)


def _menu(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        menu = stage.window.menus.menus[name]
        menu.popup(stage.window.mapToGlobal(QPoint(20, 20)))
        yield 0.1
        return View(menu)

    return show


def _adjust(stage: Stage) -> Scene:
    stage.window.commands["train.adjust"].trigger()
    yield 0.2
    shown = _beside(stage)
    return View(shown)


# -- All of them -------------------------------------------------------------------------------------------------------


_PANEL_NAMES = tuple(entry.name for entry in PANELS)
_CHOOSING = ("plane", "inspector", "path")
"""Panels that show more once something is chosen on the plane."""

STATES: Final[tuple[State, ...]] = (
    State("window-loading", "loading", _loading),
    State("window-untrained", "untrained", _window),
    *(State(f"panel-{name}-untrained", "untrained", _panel(name)) for name in _PANEL_NAMES),
    State("panel-experiment-download", "untrained", _download),
    State("panel-learn-lesson", "untrained", _lesson),
    *(State(f"tour-{index + 1:02}", "untrained", _tour(index)) for index in range(len(STEPS))),
    *(State(f"panel-experiment-{name}", "untrained", _objective(name)) for name in OBJECTIVES.names()),
    State("window-training", "training", _window),
    State("panel-curves-training", "training", _panel("curves")),
    State("panel-curves-adjusting", "training", _adjust),
    State("dialog-stop-training", "training", _stop_question),
    State("window-paused", "training", _paused),
    State("window-trained", "trained", _window),
    State("window-explored", "trained", _explored),
    *(State(f"panel-{name}-trained", "trained", _panel(name)) for name in _PANEL_NAMES),
    *(State(f"panel-{name}-chosen", "trained", _chosen_panel(name)) for name in _CHOOSING),
    *(State(f"panel-plane-{layer.name}", "trained", _layer(layer.name)) for layer in LAYERS),
    State("panel-selection-selected", "trained", _selected),
    State("panel-metrics-measuring", "trained", _measuring),
    State("panel-metrics-measured", "trained", _measured),
    State("panel-draw-drawn", "trained", _drawn),
    State("notice-error", "trained", _missing),
    State("notice-details", "trained", _details),
    State("notice-diverged", "troubled", _diverged),
    State("notice-full-disk", "troubled", _full),
    *(State(f"dialog-export-{kind.name}", "trained", _export(kind.name)) for kind in EXPORTS),
    State("dialog-runs", "trained", _command("file.runs")),
    State("dialog-limits", "trained", _command("file.limits")),
    State("dialog-about", "trained", _command("help.about")),
    State("dialog-keys", "trained", _command("help.shortcuts")),
    *(State(f"dialog-help-{page}", "trained", _help_page(page)) for page in ("start", "vae", "keyboard")),
    State("dialog-open", "trained", _command("file.open-data")),
    State("dialog-fault", "trained", _fault),
    State("dialog-recovery", "trained", _recovery),
    State("palette", "trained", _palette("")),
    State("palette-searched", "trained", _palette("export")),
    State("palette-nothing-found", "trained", _palette("qqqq")),
    *(State(f"menu-{name}", "trained", _menu(name)) for name in MENUS),
    State("compare", "trained", _compare),
    State("compare-empty", "trained", _command("explore.compare")),
    State("curves-enlarged", "trained", _command("view.enlarge-curves", 0.8)),
    State("laboratory-divergences", "trained", _command("explore.divergences", 0.8)),
    State("laboratory-bump-fit", "trained", _command("explore.bump-fit", 0.8)),
    State("narrow-trained", "narrow", _window),
    State("narrow-explored", "narrow", _explored),
)
"""All states."""
