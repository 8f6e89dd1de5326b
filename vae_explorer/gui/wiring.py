"""Who does what in a window: the handler of each command, and what panels ask of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.gui.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """Return what each command does, by its name."""
    return {
        "file.open-data": window.opening.ask_for_file,
        "file.open-folder": window.opening.ask_for_folder,
        "file.open-run": window.opening.ask_for_run,
        "train.toggle": window.session.toggle,
        "train.go-on": window.session.go_on,
        "train.anew": window.session.train,
        "train.step": window.session.step,
        "train.stop": window.session.stop,
        "train.follow": window.session.follow,
        **window.window_commands.handlers(),
        "edit.paste-picture": window.dropping.paste,
        **window.explore.handlers(),
        **window.panel_commands.handlers(),
        **window.selection_commands.handlers(),
        **window.laboratories.handlers(),
        **window.tour.handlers(),
        **window.comparing.handlers(),
        **window.enlarging.handlers(),
        **window.runs.handlers(),
        **window.undo_commands.handlers(),
        **window.time_commands.handlers(),
        **window.crash_care.handlers(),
    }


def connect_panels(window: MainWindow) -> None:
    """Let panels that are made ask the window for what lies outside them."""
    from vae_explorer.gui.panels.curves import CurvesPanel
    from vae_explorer.gui.panels.draw import DrawPanel
    from vae_explorer.gui.panels.experiment import ExperimentPanel
    from vae_explorer.gui.panels.learn import LearnPanel
    from vae_explorer.gui.panels.plane import PlanePanel

    plane = window.panel("plane")
    if isinstance(plane, PlanePanel):
        plane.selection.begun.connect(window.selection_commands.show_panel)
    learn = window.panel("learn")
    if isinstance(learn, LearnPanel):
        learn.panel_requested.connect(window.reveal)
        learn.comparison_requested.connect(window.comparing.open)
    curves = window.panel("curves")
    if isinstance(curves, CurvesPanel):
        curves.enlarge.setDefaultAction(window.commands["view.enlarge-curves"])
    draw = window.panel("draw")
    if isinstance(draw, DrawPanel):
        draw.paste_wanted.connect(window.dropping.paste)
        draw.file_wanted.connect(window.dropping.ask_for_picture)
    panel = window.panel("experiment")
    if isinstance(panel, ExperimentPanel):
        panel.open_file_requested.connect(window.opening.ask_for_file)
        panel.open_folder_requested.connect(window.opening.ask_for_folder)
