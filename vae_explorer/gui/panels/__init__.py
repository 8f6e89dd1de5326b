"""The list of panels: one entry makes a panel appear in the docks, the View menu and the saved layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vae_explorer.language import marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session
    from vae_explorer.gui.panels.base import Panel

Area = Literal["left", "centre", "right", "bottom"]


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """One panel of the window.

    Attributes
    ----------
    name, title
        The same as the panel's class attributes; here too, so that docks can be made before the panel is imported.
    page
        The page of the help that explains it.
    area
        Where it goes in a fresh layout; panels of the centre share a row of tabs.
    factory
        Imports and makes the panel; the import stays inside, because the window shows before its panels are loaded.
    """

    name: str
    title: str
    page: str
    area: Area
    factory: Callable[[Session, QWidget | None], Panel]


def _experiment(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.experiment import ExperimentPanel

    return ExperimentPanel(session, parent)


def _plane(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.plane import PlanePanel

    return PlanePanel(session, parent)


def _manifold(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.manifold import ManifoldPanel

    return ManifoldPanel(session, parent)


def _samples(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.samples import SamplesPanel

    return SamplesPanel(session, parent)


def _inspector(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.inspector import InspectorPanel

    return InspectorPanel(session, parent)


def _curves(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.curves import CurvesPanel

    return CurvesPanel(session, parent)


def _path(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.path import PathPanel

    return PathPanel(session, parent)


def _draw(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.draw import DrawPanel

    return DrawPanel(session, parent)


def _selection(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.selection import SelectionPanel

    return SelectionPanel(session, parent)


def _metrics(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.metrics import MetricsPanel

    return MetricsPanel(session, parent)


def _learn(session: Session, parent: QWidget | None) -> Panel:
    from vae_explorer.gui.panels.learn import LearnPanel

    return LearnPanel(session, parent)


PANELS: tuple[PanelEntry, ...] = (
    PanelEntry("experiment", marked("Experiment"), "training", "left", _experiment),
    PanelEntry("plane", marked("Latent plane"), "map", "centre", _plane),
    PanelEntry("manifold", marked("Manifold"), "map", "centre", _manifold),
    PanelEntry("inspector", marked("Inspector"), "drawing", "right", _inspector),
    PanelEntry("curves", marked("Loss curves"), "training", "bottom", _curves),
    PanelEntry("path", marked("Path"), "paths", "bottom", _path),
    PanelEntry("metrics", marked("Metrics"), "measuring", "right", _metrics),
    PanelEntry("samples", marked("Samples"), "objective", "centre", _samples),
    PanelEntry("draw", marked("Draw"), "drawing", "right", _draw),
    PanelEntry("selection", marked("Selection"), "map", "right", _selection),
    PanelEntry("learn", marked("Learn"), "start", "left", _learn),
)
"""All panels, in the order of the View menu; the first of the centre is the one in front."""
