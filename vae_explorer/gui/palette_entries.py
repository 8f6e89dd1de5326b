"""What the palette of commands offers: every command, panel, layer, data set, objective, run and page of the help."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence

from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.fuzzy import Match, match
from vae_explorer.gui.run_words import run_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtGui import QAction

    from vae_explorer.gui.main_window import MainWindow

MOST_RUNS = 50
_PLACE_SHARE, _TIP_SHARE = 0.5, 0.25
_RECENT_BONUS = 6
_OFTEN = {"train.toggle", "explore.random-sample", "file.export"}
"""What is offered first to those who have chosen nothing yet: nothing that closes anything."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette.

    Attributes
    ----------
    name
        Stable name, by which it is remembered.
    title, place, tip
        What it is, where it is found without the palette, and one sentence.
    act
        Does it.
    key
        Its key as the platform writes it, or "".
    obstacle
        Why it can't be done now, or "".
    """

    name: str
    title: str
    place: str
    tip: str
    act: Callable[[], object]
    key: str = ""
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that matches what was typed, with the letters of its title that do."""

    entry: Entry
    places: tuple[int, ...] = ()
    is_recent: bool = False


def entries(window: MainWindow) -> tuple[Entry, ...]:
    """Return everything that can be chosen in a window now."""
    return (
        *_commands(window),
        *_panels(window),
        *_layers(window),
        *_data(window),
        *_objectives(window),
        *_methods(window),
        *_runs(window),
        *_pages(window),
    )


def search(pattern: str, offered: Sequence[Entry], recent: Sequence[str]) -> tuple[Found, ...]:
    """Return the entries that match a pattern, best first; without one all of them, those chosen lately first."""
    order = {name: place for place, name in enumerate(recent)}
    if not pattern.strip():
        offered = sorted(offered, key=lambda entry: entry.name not in _OFTEN)
        ranked = sorted(offered, key=lambda entry: order.get(entry.name, len(order)))
        return tuple(Found(entry, is_recent=entry.name in order) for entry in ranked)
    scored = []
    for place, entry in enumerate(offered):
        found = _match_entry(pattern, entry)
        if found is not None:
            bonus = _RECENT_BONUS if entry.name in order else 0
            penalty = 2 * _RECENT_BONUS if entry.obstacle else 0
            scored.append((-found.score - bonus + penalty, place, Found(entry, found.places, entry.name in order)))
    return tuple(found for _, _, found in sorted(scored, key=lambda item: item[:2]))


def _match_entry(pattern: str, entry: Entry) -> Match | None:
    """Match each word in the title, else in the place, else as it stands in the tip."""
    score, places = 0.0, set[int]()
    for word in pattern.split():
        in_title = match(word, entry.title)
        if in_title is not None:
            score += in_title.score
            places.update(in_title.places)
            continue
        in_place = match(word, entry.place)
        if in_place is not None:
            score += _PLACE_SHARE * in_place.score
        elif word.casefold() in entry.tip.casefold():
            score += _TIP_SHARE * 10 * len(word)
        else:
            return None
    return Match(round(score), tuple(sorted(places)))


def _of_action(action: QAction, name: str, place: str, title: str = "", tip: str = "") -> Entry:
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    words = tip or action.statusTip() or action.toolTip()
    can = action.isEnabled()
    obstacle = "" if can else (words if words != tip else "") or "It can't be done now."
    return Entry(name, title or _plain(action.text()), place, words, action.trigger, key, obstacle)


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _commands(window: MainWindow) -> Iterator[Entry]:
    for command in COMMANDS:
        action = window.commands[command.name]
        if command.name != "help.palette" and action.isVisible():
            yield _of_action(action, command.name, _plain(MENUS[command.menu]))


def _panels(window: MainWindow) -> Iterator[Entry]:
    for host, action in zip(window.hosts.values(), window.menus.panels, strict=True):
        entry = host.entry
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = f"Bring {entry.title} to the front"
        act = partial(window.enter, entry.name)
        yield Entry(f"panel.{entry.name}", f"Go to {entry.title}", "View · Panels", tip, act, key)
    for action in window.menus.themes.actions():
        title = f"Theme: {_plain(action.text())}"
        yield Entry(f"theme.{action.data()}", title, "View · Theme", "Change the colours of the window", action.trigger)


def _layers(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.panels.plane import PlanePanel
    from vae_explorer.gui.plotting.layer_switches import SWITCHES

    panel = window.panel("plane")
    if not isinstance(panel, PlanePanel):
        return
    for switch in SWITCHES:
        action = panel.controls.switches.action(switch.name)
        if action.isVisible():
            verb = "Hide" if action.isChecked() else "Show"
            yield _of_action(
                action, f"layer.{switch.name}", "Latent plane · Layers", f"{verb} layer: {switch.title}", switch.tip
            )


def _data(window: MainWindow) -> Iterator[Entry]:
    from pathlib import Path

    from vae_explorer.data.catalogue import SOURCES

    for source in SOURCES:
        act = partial(window.opening.open_path, Path(source.name))
        yield Entry(f"data.{source.name}", f"Data: {source.title}", "Experiment · Data", source.summary, act)


def _objectives(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.objectives import OBJECTIVES

    for entry in OBJECTIVES:
        act = partial(_choose_objective, window, entry.name)
        yield Entry(
            f"objective.{entry.name}", f"Objective: {entry.title}", "Experiment · Objective", entry.summary, act
        )


def _choose_objective(window: MainWindow, name: str) -> None:
    window.session.set_experiment(window.session.experiment.with_objective(name))
    window.enter("experiment")


def _methods(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.latent.paths import INTERPOLATIONS

    for entry in INTERPOLATIONS:
        act = partial(window.session.set_path_method, entry.name)
        yield Entry(f"method.{entry.name}", f"Path method: {entry.title}", "Path · Method", entry.summary, act)


def _runs(window: MainWindow) -> Iterator[Entry]:
    for run in window.session.recent.runs(MOST_RUNS):
        act = partial(window.opening.open_path, run.path)
        facts = run_facts(run)
        obstacle = "" if run.is_there else facts
        yield Entry(
            f"run.{run.path}", f"Run: {run.name}", "File · Recent runs", facts or str(run.path), act, "", obstacle
        )
    window.session.recent.refresh(MOST_RUNS)


def _pages(window: MainWindow) -> Iterator[Entry]:
    from vae_explorer.gui.dialogs.help import PAGES

    for page in PAGES:
        act = partial(window.window_commands.show_help, page.name)
        yield Entry(f"page.{page.name}", f"Help: {page.title}", "Help · Pages", "Open this page of the help", act)
