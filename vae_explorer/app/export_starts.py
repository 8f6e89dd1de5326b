"""What the settings of an export are at first: what the window shows now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from vae_explorer.app.exports import class_choices
from vae_explorer.export.figure_options import PlaneOptions
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.options import GridOptions, StripOptions
from vae_explorer.latent.grids import SPACINGS

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.config import Config

_FIGURES = 4


def starting_options(session: Session, options: Config) -> Config:
    """Return settings as the window shows the same thing: its grid, its view, its class and its film strip."""
    label = session.label if session.model_info is not None and session.model_info.needs_label else -1
    match options:
        case GridOptions():
            return _grid(session, replace(options, label=label))
        case TrainingFilmOptions():
            return replace(options, label=label)
        case StripOptions():
            return replace(options, frames=session.path.frames)
        case PlaneOptions():
            return _plane(session, replace(options, label=label))
        case _:
            return options


def hidden_settings(session: Session, options: Config) -> tuple[str, ...]:
    """Return the names of settings that make no difference for the model and the path at hand."""
    info = session.model_info
    hidden: list[str] = []
    if not class_choices(session) or (isinstance(options, PlaneOptions) and (info is None or not info.needs_label)):
        hidden.append("label")
    if isinstance(options, PlaneOptions) and not session.path.is_complete:
        hidden.append("path")
    if isinstance(options, PlaneOptions) and (info is None or not info.can_encode):
        hidden += ["points", "point_size", "vector_points", "density", "smoothing", "legend"]
    return tuple(hidden)


def setting_choices(session: Session) -> Mapping[str, Mapping[int, str]]:
    """Return the values of settings that have words of their own with this model: its classes."""
    return {"label": class_choices(session)}


def _grid(session: Session, options: GridOptions) -> GridOptions:
    shown = session.choices.grid
    if shown is None or shown.spacing not in SPACINGS:
        return options
    size = min(60, max(2, shown.size))
    return replace(options, size=size, spacing=shown.spacing, range=min(100.0, max(0.01, shown.reach)))


def _plane(session: Session, options: PlaneOptions) -> PlaneOptions:
    options = replace(options, layer=_shown_layer(session))
    view = session.choices.view
    if view is None:
        return options
    z1, z2 = (_rounded(value, view.reach) for value in view.centre)
    return replace(options, range=_rounded(view.reach, view.reach), centre_z1=z1, centre_z2=z2)


def _shown_layer(session: Session) -> str:
    """Return the layer that is shown and that a figure can show, "none" without one."""
    from vae_explorer.latent.layers import OF_THE_MODEL

    info, shown = session.model_info, session.choices.layers or frozenset()
    drawable = (
        layer.name for layer in OF_THE_MODEL if layer.name in shown and info is not None and not layer.why_not(info)
    )
    return next(drawable, "none")


def _rounded(value: float, scale: float) -> float:
    """Return a number with as many figures as can be seen at a scale."""
    return round(value, _FIGURES - 1 - math.floor(math.log10(scale)))
