"""Every state of the window that is pictured: its name, the window that it needs, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import pytest

from tests.app.faults.faulty import Fault, poison
from tests.screenshots._beside import (
    about,
    bump_fit,
    command,
    compare,
    divergences,
    export,
    fault,
    help_page,
    measured,
    menu,
    palette,
    recovery,
    runs,
    stop_question,
    tour,
)
from tests.screenshots._stage import Scene, Stage, View
from vae_explorer.app.exports import EXPORTS
from vae_explorer.app.state import RunState
from vae_explorer.gui.commands import MENUS
from vae_explorer.gui.panels import PANELS
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.panels.learn import LearnPanel
from vae_explorer.gui.tour.steps import STEPS
from vae_explorer.latent.layer import Layer
from vae_explorer.latent.layers import LAYERS
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.objectives import OBJECTIVES

Setting = Literal["loading", "untrained", "troubled", "training", "trained", "classifying", "narrow"]
"""The windows: reading its data, with data and no training yet, with trainings that fail, at a training, with a
run that is done, with one that classifies, and a small one with a run that is done."""


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


def _window_at_rest(stage: Stage) -> Scene:
    yield stage.is_at_rest
    return View(stage.window, (stage.plane.view,))


def _panel(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        place = stage.place_of(name)
        yield stage.is_drawn
        return View(place, (stage.window.hosts[name],))

    return show


def _chosen_panel(name: str) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        stage.choose()
        place = stage.place_of(name)
        yield stage.is_drawn
        yield 0.4
        return View(place, (stage.window.hosts[name],))

    return show


def _explored(stage: Stage) -> Scene:
    stage.choose()
    yield stage.is_drawn
    yield 0.4
    return View(stage.window, (stage.plane.view,))


def _layer(layer: Layer) -> Callable[[Stage], Scene]:
    def show(stage: Stage) -> Scene:
        shown = [layer.name, "prior"]
        if "sample" in layer.needs:
            stage.choose()
            stage.session.clear_path()
            stage.plane.zoom_to_posterior()
            shown = [layer.name, "posterior"]
        stage.session.set_layers(shown)
        heat = stage.plane.maps.layers[layer.name]
        yield lambda: bool(heat.obstacle) or (stage.is_drawn() and not heat.picture.is_empty)
        assert not heat.obstacle, heat.obstacle
        return View(stage.window.hosts["plane"], (stage.plane.view,))

    return show


def _selected(stage: Stage) -> Scene:
    points = stage.session.points
    assert points is not None
    stage.session.select(points.rows[(points.z[:, 0] > 0) & (points.z[:, 1] > 0.5)])
    place = stage.place_of("selection")
    yield 0.5
    return View(place, (stage.window.hosts["selection"],))


def _measuring(stage: Stage) -> Scene:
    place = stage.place_of("metrics")
    service = stage.session.evaluation
    service.measure(EvaluationOptions())
    yield 1.0
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
        panel = stage.panel_of(ExperimentPanel)
        assert panel.objective.currentData() == name
        stage.scroll_to(panel.objective)
        form = panel.objective_forms[name]
        return View(place, (panel.objective, panel.objective_formula, *([form] if form.height() else ())))

    return show


def _download(stage: Stage) -> Scene:
    place = stage.place_of("experiment")
    panel = stage.panel_of(ExperimentPanel)
    stage.session.downloads.ask("fashion-mnist")
    yield 0.1
    assert panel.data.source.currentData() == "fashion-mnist"
    return View(place, (panel.data.offer,))


def _loading(stage: Stage) -> Scene:
    yield 0.1
    return View(stage.window, (stage.window.statusBar(),))


def _training(stage: Stage) -> Scene:
    yield stage.has_learned
    return View(stage.window, (stage.plane.view,))


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
    with pytest.MonkeyPatch.context() as patch:
        Fault(patch, poison)
        session.train()
        yield lambda: not session.state.is_active
    yield lambda: bool(stage.window.notices.cards)
    return View(stage.window, stage.window.notices.cards[-1].action_buttons)


def _full(stage: Stage) -> Scene:
    session = stage.session
    stage.backend.disk_is_full = True
    session.train()
    yield lambda: session.state is RunState.PAUSED and bool(stage.window.notices.cards)
    return View(stage.window, stage.window.notices.cards[-1].action_buttons)


# -- All of them -------------------------------------------------------------------------------------------------------


_PANEL_NAMES = tuple(entry.name for entry in PANELS)
_ALIKE = ("inspector", "path", "metrics", "draw", "selection", "learn")
"""Panels that show nothing of a model before something is chosen, drawn or asked for."""
_CHOOSING = ("plane", "inspector", "path")
"""Panels that show more once something is chosen on the plane."""
_CLASSIFIER_LAYERS = tuple(layer for layer in LAYERS if "classifier" in layer.needs)
_LAYERS = tuple(layer for layer in LAYERS if layer not in _CLASSIFIER_LAYERS)

STATES: Final[tuple[State, ...]] = (
    State("window-loading", "loading", _loading),
    State("window-untrained", "untrained", _window_at_rest),
    *(State(f"panel-{name}-untrained", "untrained", _panel(name)) for name in _PANEL_NAMES),
    State("panel-experiment-download", "untrained", _download),
    State("panel-learn-lesson", "untrained", _lesson),
    *(State(f"tour-{index + 1:02}", "untrained", tour(index)) for index in range(len(STEPS))),
    *(State(f"panel-experiment-{name}", "untrained", _objective(name)) for name in OBJECTIVES.names()),
    State("window-training", "training", _training),
    State("panel-curves-training", "training", _panel("curves")),
    State("panel-curves-adjusting", "training", command("train.adjust")),
    State("dialog-stop-training", "training", stop_question),
    State("window-paused", "training", _paused),
    State("window-trained", "trained", _window),
    State("window-explored", "trained", _explored),
    *(State(f"panel-{name}-trained", "trained", _panel(name)) for name in _PANEL_NAMES if name not in _ALIKE),
    *(State(f"panel-{name}-chosen", "trained", _chosen_panel(name)) for name in _CHOOSING),
    *(State(f"panel-plane-{layer.name}", "trained", _layer(layer)) for layer in _LAYERS),
    State("panel-selection-selected", "trained", _selected),
    State("panel-metrics-measuring", "trained", _measuring),
    State("panel-metrics-measured", "trained", measured),
    State("panel-draw-drawn", "trained", _drawn),
    State("notice-error", "trained", _missing),
    State("notice-details", "trained", _details),
    State("notice-diverged", "troubled", _diverged),
    State("notice-full-disk", "troubled", _full),
    *(State(f"dialog-export-{kind.name}", "trained", export(kind.name)) for kind in EXPORTS),
    State("dialog-runs", "trained", runs),
    State("dialog-limits", "trained", command("file.limits")),
    State("dialog-about", "trained", about),
    State("dialog-keys", "trained", command("help.shortcuts")),
    *(State(f"dialog-help-{page}", "trained", help_page(page)) for page in ("start", "vae", "keyboard")),
    State("dialog-open", "trained", command("file.open-data")),
    State("dialog-fault", "trained", fault),
    State("dialog-recovery", "trained", recovery),
    State("palette", "trained", palette("")),
    State("palette-searched", "trained", palette("export")),
    State("palette-nothing-found", "trained", palette("qqqq")),
    *(State(f"menu-{name}", "trained", menu(name)) for name in MENUS),
    State("compare", "trained", compare),
    State("compare-empty", "trained", command("explore.compare")),
    State("curves-enlarged", "trained", command("view.enlarge-curves", 0.8)),
    State("laboratory-divergences", "trained", divergences),
    State("laboratory-bump-fit", "trained", bump_fit),
    State("window-classifying", "classifying", _explored),
    *(State(f"panel-plane-{layer.name}", "classifying", _layer(layer)) for layer in _CLASSIFIER_LAYERS),
    State("narrow-trained", "narrow", _window),
    State("narrow-explored", "narrow", _explored),
)
"""All states."""
