"""What the palette of commands offers: commands, panels, layers, settings, data, experiments, runs and help pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.palette_entries import Entry
from vae_explorer.gui.run_words import run_facts
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QAction

    from vae_explorer.gui.form_row import FormRow
    from vae_explorer.gui.forms import ConfigForm
    from vae_explorer.gui.main_window import MainWindow

MOST_RUNS = 50
_SECTIONS = {
    "data": marked("Data"),
    "model": marked("Model"),
    "training": marked("Training"),
    "objective": marked("Objective"),
}


def entries(window: MainWindow) -> tuple[Entry, ...]:
    """Return everything that can be chosen in a window now."""
    return (
        *_commands(window),
        *_panels(window),
        *_layers(window),
        *_settings(window),
        *_data(window),
        *_objectives(window),
        *_methods(window),
        *_walk(window),
        *_exports(window),
        *_experiments(window),
        *_runs(window),
        *_pages(window),
    )


def _of_action(action: QAction, name: str, place: str, title: str = "", tip: str = "") -> Entry:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    words = tip or action.statusTip() or action.toolTip()
    can = action.isEnabled()
    obstacle = "" if can else (words if words != tip else "") or tr("It can't be done now.")
    return Entry(name, title or without_mnemonic(action.text()), place, words, action.trigger, key, obstacle)


def _commands(window: MainWindow) -> Iterator[Entry]:
    for command in COMMANDS:
        action = window.commands[command.name]
        if command.name != "help.palette" and action.isVisible():
            yield _of_action(action, command.name, without_mnemonic(tr(MENUS[command.menu])))


def _panels(window: MainWindow) -> Iterator[Entry]:
    for host, action in zip(window.hosts.values(), window.menus.panels, strict=True):
        entry = host.entry
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title = tr(entry.title)
        tip = tr("Bring {panel} to the front", panel=title)
        act = partial(window.enter, entry.name)
        yield Entry(f"panel.{entry.name}", tr("Go to {panel}", panel=title), tr("View · Panels"), tip, act, key)
    for action in window.menus.themes.actions():
        title = tr("Theme: {theme}", theme=without_mnemonic(action.text()))
        yield Entry(
            f"theme.{action.data()}", title, tr("View · Theme"), tr("Change the colours of the window"), action.trigger
        )


def _layers(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.panels.plane import PlanePanel
    from vae_explorer.gui.plotting.layer_switches import SWITCHES

    panel = window.panel("plane")
    if not isinstance(panel, PlanePanel):
        return
    for switch in SWITCHES:
        action = panel.controls.switches.action(switch.name)
        if action.isVisible():
            layer = tr(switch.title)
            hide, show = tr("Hide layer: {layer}", layer=layer), tr("Show layer: {layer}", layer=layer)
            yield _of_action(
                action,
                f"layer.{switch.name}",
                tr("Latent plane · Layers"),
                hide if action.isChecked() else show,
                tr(switch.tip),
            )


def _settings(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.forms import ConfigForm

    panel = window.panel("experiment")
    for form in panel.findChildren(ConfigForm) if panel is not None else ():
        for row in form.rows:
            name, words = row.objectName(), row.setting.declaration
            act = partial(_enter_setting, window, form, row)
            place = tr("Experiment · {section}", section=tr(_SECTIONS[name.partition(".")[0]]))
            yield Entry(f"setting.{name}", tr("Setting: {label}", label=tr(words.label)), place, tr(words.help), act)


def _enter_setting(window: MainWindow, form: ConfigForm, row: FormRow) -> None:
    window.reveal("experiment")
    form.reveal(row)


def _exports(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.app.exports import EXPORTS

    for kind in EXPORTS:
        act = partial(window.window_commands.export_kind, kind.name)
        missing = kind.missing(window.session)
        yield Entry(
            f"export.{kind.name}",
            tr("Export: {title}", title=tr(kind.title)),
            tr("File · Export"),
            tr(kind.summary),
            act,
            "",
            missing,
        )


def _experiments(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.panels.learn import LearnPanel

    panel = window.panel("learn")
    for lesson in panel.lessons if isinstance(panel, LearnPanel) else ():
        act = partial(_begin_experiment, window, lesson.name)
        yield Entry(
            f"lesson.{lesson.name}",
            tr("Experiment: {title}", title=tr(lesson.title)),
            tr("Learn · Experiments"),
            tr(lesson.summary),
            act,
        )


def _begin_experiment(window: MainWindow, name: str) -> None:
    from vae_explorer.gui.panels.learn import LearnPanel

    panel = window.panel("learn")
    if isinstance(panel, LearnPanel):
        window.enter("learn")
        panel.player.begin(next(lesson for lesson in panel.lessons if lesson.name == name))


def _data(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.data.catalogue import SOURCES

    for source in SOURCES:
        act = partial(_choose_data, window, source.name)
        yield Entry(
            f"data.{source.name}",
            tr("Data: {title}", title=tr(source.title)),
            tr("Experiment · Data"),
            tr(source.summary),
            act,
        )


def _choose_data(window: MainWindow, name: str) -> None:
    from pathlib import Path

    if window.session.downloads.is_missing(name):
        window.enter("experiment")
    window.opening.open_path(Path(name))


def _objectives(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.objectives import OBJECTIVES

    for entry in OBJECTIVES:
        act = partial(_choose_objective, window, entry.name)
        yield Entry(
            f"objective.{entry.name}",
            tr("Objective: {title}", title=tr(entry.title)),
            tr("Experiment · Objective"),
            tr(entry.summary),
            act,
        )


def _choose_objective(window: MainWindow, name: str) -> None:
    window.session.set_experiment(window.session.experiment.with_objective(name))
    window.enter("experiment")


def _methods(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.latent.paths import INTERPOLATIONS

    for entry in INTERPOLATIONS:
        act = partial(window.session.set_path_method, entry.name)
        yield Entry(
            f"method.{entry.name}",
            tr("Path method: {title}", title=tr(entry.title)),
            tr("Path · Method"),
            tr(entry.summary),
            act,
        )


def _walk(window: MainWindow) -> Iterator[Entry]:
    """Yield what a geodesic is measured by, and how the walk along the path is shown."""
    from vae_explorer.gui.panels.path import PathPanel
    from vae_explorer.latent.metric_choice import METRICS

    for name, metric in METRICS.items():
        act = partial(window.session.set_path_metric, name)
        yield Entry(
            f"metric.{name}",
            tr("Geodesics by: {title}", title=tr(metric.title)),
            tr("Path · Method"),
            tr(metric.summary),
            act,
        )
    panel = window.panel("path")
    for action in panel.parts.options.choices() if isinstance(panel, PathPanel) else ():
        title = tr("Walk: {choice}", choice=without_mnemonic(action.text()))
        yield _of_action(action, f"walk.{action.objectName()}", tr("Path · Walk"), title, action.toolTip())


def _runs(window: MainWindow) -> Iterator[Entry]:
    for run in window.session.recent.runs(MOST_RUNS):
        act = partial(window.opening.open_path, run.path)
        facts = run_facts(run)
        obstacle = "" if run.is_there else facts
        yield Entry(
            f"run.{run.path}",
            tr("Run: {name}", name=run.name),
            tr("File · Recent runs"),
            facts or str(run.path),
            act,
            "",
            obstacle,
        )
    window.session.recent.refresh(MOST_RUNS)


def _pages(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.dialogs.help import PAGES

    for page in PAGES:
        act = partial(window.window_commands.show_help, page.name)
        yield Entry(
            f"page.{page.name}",
            tr("Help: {title}", title=tr(page.title)),
            tr("Help · Pages"),
            tr("Open this page of the help"),
            act,
        )
