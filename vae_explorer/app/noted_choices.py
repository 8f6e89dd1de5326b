"""What the note in a file says was shown, as choices on the plane; notes come from anyone and are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.export_source import CHOICES
from vae_explorer.app.frozen_json import from_json
from vae_explorer.app.saved_session import sound_choices
from vae_explorer.errors import ExportError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.export.provenance import Provenance

_PATHS = frozenset({"strip", "animation", "path"})
_LARGEST_GRID = 60


def noted_choices(note: Provenance, current: PlaneChoices) -> PlaneChoices:
    """Return the choices on the plane as they were when a file was made.

    What the note says nothing of stays as it is in `current`; a second model that was compared is not brought back,
    because a file from anyone mustn't name folders to open.

    Raises
    ------
    ExportError
        If the note holds something else than choices.
    """
    from vae_explorer.latent.grids import SPACINGS

    noted = note.view.get(CHOICES)
    told: dict[str, object] = dict(noted) if isinstance(noted, dict) else {}
    told |= _of_kind(note.kind, note.view)
    told.pop("comparison", None)
    try:
        read = sound_choices(from_json(PlaneChoices, told))
    except (ValueError, RecursionError) as error:
        raise ExportError(tr("What the file shows can't be restored: {error}.", error=error)) from error
    grid = read.grid
    if grid is not None and (grid.spacing not in SPACINGS or not 2 <= grid.size <= _LARGEST_GRID or grid.reach <= 0):
        read = replace(read, grid=current.grid)
    names = {item.name for item in fields(PlaneChoices)} & set(told)
    return replace(current, **{name: getattr(read, name) for name in names})


def noted_sample(note: Provenance) -> int | None:
    """Return the row of the source of the picture that a model completed, None where there was none."""
    kind, _, row = str(note.view.get("condition", "")).partition(":")
    return int(row) if kind == "sample" and row.isdecimal() and len(row) <= 12 else None


def _of_kind(kind: str, view: Mapping[str, object]) -> dict[str, object]:
    """Return what the settings of the export itself say, which is nearer to the file than what the window showed."""
    label = view.get("label")
    told: dict[str, object] = {"label": label} if isinstance(label, int) and label >= 0 else {}
    if kind == "grid" or (kind == "film" and view.get("shows") == "grid"):
        return told | {"grid": _renamed(view, size="size", spacing="spacing", range="reach")}
    if kind == "picture" and "z" in view:
        return told | {"pin": {"z": view["z"], "label": label}}
    if kind == "plane":
        shown = {"centre": [view.get("centre_z1"), view.get("centre_z2")], "reach": view.get("range")}
        return told | {"view": shown} | _path(view, "way")
    return told | (_path(view, "points") if kind in _PATHS else {})


def _path(view: Mapping[str, object], name: str) -> dict[str, object]:
    points, labels = view.get(name), view.get("labels")
    if not isinstance(points, list) or len(points) < 2:
        return {}
    classes = labels if isinstance(labels, list) and len(labels) == len(points) else [None] * len(points)
    route = [{"z": z, "label": label} for z, label in zip(points, classes, strict=True)]
    ends: dict[str, object] = {"start": route[0], "way_points": route[1:-1], "end": route[-1]}
    return {"path": ends | _renamed(view, method="method", metric="metric", equal_speed="equal_speed", frames="frames")}


def _renamed(view: Mapping[str, object], **names: str) -> dict[str, object]:
    return {new: view[old] for old, new in names.items() if old in view}
