"""What the palette of commands offers: commands, panels, layers, settings, data, experiments, runs and help pages."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtGui import QKeySequence

from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.palette_entries import Entry
from vae_explorer.gui.palette_words import OTHER_WORDS
from vae_explorer.gui.run_words import run_facts
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

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
    found = (
        *_commands(window),
        *_panels(window),
        *_looks(window),
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
    return tuple(replace(entry, others=f"{entry.others} {_others(entry.name)}".strip()) for entry in found)


def _others(name: str) -> str:
    """Return other words by which a line is looked for, in the chosen language and in English."""
    words = OTHER_WORDS.get(name, "")
    return f"{tr(words)} {words}" if words else ""


def _both(words: str, /, **values: str) -> tuple[str, str]:
    """Return a title, marked, with marked texts filled in: in the chosen language, and in English."""
    return tr(words, **{name: tr(value) for name, value in values.items()}), words.format(**values)


def _of_action(action: QAction, name: str, place: str, title: str = "", tip: str = "", *, english: str = "") -> Entry:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    words = tip or action.statusTip() or action.toolTip()
    can = action.isEnabled()
    obstacle = "" if can else (words if words != tip else "") or tr("It can't be done now.")
    return Entry(name, title or without_mnemonic(action.text()), place, words, action.trigger, key, obstacle, english)


def _commands(window: MainWindow) -> Iterator[Entry]:
    for command in COMMANDS:
        action = window.commands[command.name]
        if command.name != "help.palette" and action.isVisible():
            place = without_mnemonic(tr(MENUS[command.menu]))
            yield _of_action(action, command.name, place, english=without_mnemonic(command.text))


def _panels(window: MainWindow) -> Iterator[Entry]:
    for host, action in zip(window.hosts.values(), window.menus.panels, strict=True):
        entry = host.entry
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        title, english = _both(marked("Go to {panel}"), panel=entry.title)
        tip = tr("Bring {panel} to the front", panel=tr(entry.title))
        act = partial(window.enter, entry.name)
        yield Entry(f"panel.{entry.name}", title, tr("View · Panels"), tip, act, key, english=english)


def _looks(window: MainWindow) -> Iterator[Entry]:
    for action in window.menus.themes.actions():
        title = tr("Theme: {theme}", theme=without_mnemonic(action.text()))
        place, tip = tr("View · Theme"), tr("Change the colours of the window")
        english = f"Theme: {action.data()}"  # untranslated: for those who look for it in English
        yield Entry(f"theme.{action.data()}", title, place, tip, action.trigger, english=english)
    for action in window.menus.languages.actions():
        title = tr("Language: {language}", language=without_mnemonic(action.text()))
        place, tip = tr("View · Language"), tr("Change the language of the window")
        code = str(action.data())
        name = code if code == "system" else QLocale.languageToString(QLocale(code).language())
        english = f"Language: {name}"  # untranslated: for those who look for it in English
        yield Entry(f"language.{code}", title, place, tip, action.trigger, english=english)


def _layers(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.panels.plane import PlanePanel
    from vae_explorer.gui.plotting.layer_switches import SWITCHES

    panel = window.panel("plane")
    if not isinstance(panel, PlanePanel):
        return
    for switch in SWITCHES:
        action = panel.controls.switches.action(switch.name)
        if action.isVisible():
            words = marked("Hide layer: {layer}") if action.isChecked() else marked("Show layer: {layer}")
            title, english = _both(words, layer=switch.title)
            place = tr("Latent plane · Layers")
            yield _of_action(action, f"layer.{switch.name}", place, title, tr(switch.tip), english=english)


def _settings(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.forms import ConfigForm

    panel = window.panel("experiment")
    for form in panel.findChildren(ConfigForm) if panel is not None else ():
        for row in form.rows:
            name, words = row.objectName(), row.setting.declaration
            act = partial(_enter_setting, window, form, row)
            place = tr("Experiment · {section}", section=tr(_SECTIONS[name.partition(".")[0]]))
            title, english = _both(marked("Setting: {label}"), label=words.label)
            yield Entry(f"setting.{name}", title, place, tr(words.help), act, english=english)


def _enter_setting(window: MainWindow, form: ConfigForm, row: FormRow) -> None:
    window.reveal("experiment")
    form.reveal(row)
    _scroll_to(row)


def _scroll_to(part: QWidget) -> None:
    """Bring a part of a panel that scrolls into view, and what stands below it: the focus alone doesn't."""
    from vae_explorer.gui.vertical_area import VerticalArea

    # Where it lies is known once what was shown or filled a moment ago has found its place.
    QCoreApplication.sendPostedEvents(None, int(QEvent.Type.LayoutRequest))
    around = part.parentWidget()
    while around is not None and not isinstance(around, VerticalArea):
        around = around.parentWidget()
    if around is not None:
        around.ensureWidgetVisible(part, 0, around.height() // 3)


def _exports(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.app.exports import EXPORTS

    for kind in EXPORTS:
        act = partial(window.window_commands.export_kind, kind.name)
        missing = kind.missing(window.session)
        title, english = _both(marked("Export: {title}"), title=kind.title)
        place = tr("File · Export")
        yield Entry(f"export.{kind.name}", title, place, tr(kind.summary), act, "", missing, english)


def _experiments(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.panels.learn import LearnPanel

    panel = window.panel("learn")
    for lesson in panel.lessons if isinstance(panel, LearnPanel) else ():
        act = partial(_begin_experiment, window, lesson.name)
        title, place = tr("Experiment: {title}", title=tr(lesson.title)), tr("Learn · Experiments")
        english = f"Experiment: {lesson.name}"  # untranslated: for those who look for it in English
        yield Entry(f"lesson.{lesson.name}", title, place, tr(lesson.summary), act, english=english)


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
        title, english = _both(marked("Data: {title}"), title=source.title)
        place = tr("Experiment · Data")
        kinds = ("data", "download") if window.session.downloads.is_missing(source.name) else ("data",)
        others = " ".join(map(_others, kinds))
        yield Entry(f"data.{source.name}", title, place, tr(source.summary), act, english=english, others=others)


def _choose_data(window: MainWindow, name: str) -> None:
    from pathlib import Path

    if window.session.downloads.is_missing(name):
        window.enter("experiment")
    window.opening.open_path(Path(name))


def _objectives(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.objectives import OBJECTIVES

    for entry in OBJECTIVES:
        act = partial(_choose_objective, window, entry.name)
        title, english = _both(marked("Objective: {title}"), title=entry.title)
        place = tr("Experiment · Objective")
        yield Entry(f"objective.{entry.name}", title, place, tr(entry.summary), act, english=english)


def _choose_objective(window: MainWindow, name: str) -> None:
    from vae_explorer.gui.panels.experiment import ExperimentPanel

    window.session.set_experiment(window.session.experiment.with_objective(name))
    window.reveal("experiment")
    panel = window.panel("experiment")
    if isinstance(panel, ExperimentPanel):
        panel.objective.setFocus(Qt.FocusReason.ShortcutFocusReason)
        _scroll_to(panel.objective)


def _methods(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.latent.paths import INTERPOLATIONS

    for entry in INTERPOLATIONS:
        act = partial(window.session.set_path_method, entry.name)
        title, english = _both(marked("Path method: {title}"), title=entry.title)
        place = tr("Path · Method")
        yield Entry(f"method.{entry.name}", title, place, tr(entry.summary), act, english=english)


def _walk(window: MainWindow) -> Iterator[Entry]:
    """Yield what a geodesic is measured by, and how the walk along the path is shown."""
    from vae_explorer.gui.panels.path import PathPanel
    from vae_explorer.latent.metric_choice import METRICS

    for name, metric in METRICS.items():
        act = partial(window.session.set_path_metric, name)
        title, english = _both(marked("Geodesics by: {title}"), title=metric.title)
        yield Entry(f"metric.{name}", title, tr("Path · Method"), tr(metric.summary), act, english=english)
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
        title, english = _both(marked("Help: {title}"), title=page.title)
        place, tip = tr("Help · Pages"), tr("Open this page of the help")
        yield Entry(f"page.{page.name}", title, place, tip, act, english=english, is_read=True)
