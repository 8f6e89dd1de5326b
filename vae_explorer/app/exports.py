"""The kinds of export that the window offers. To add one, write a plan and an entry of `EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app import path_walk
from vae_explorer.app.export_plans import AnimationPlan, ExportPlan, GridPlan, StripPlan
from vae_explorer.app.export_route import Route, Told
from vae_explorer.app.latents_plan import LatentsPlan
from vae_explorer.config import Config
from vae_explorer.errors import ExportError
from vae_explorer.export.formats import ANIMATIONS, PICTURES, TABLES
from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions

if TYPE_CHECKING:
    from vae_explorer.app.session import Session


ALL_CLASSES = "All"
"""Words for the choice of no class, where all islands of a class-mean model are shown at once."""


@dataclass(frozen=True, slots=True)
class ExportKind:
    """An entry of the export dialog.

    Attributes
    ----------
    name, title, summary
        Stable name, and words for the user.
    suffixes
        Suffixes that the file may have with what they stand for, the default first.
    options
        Its settings as they are at first, or None where there is nothing to set.
    plan
        Makes the plan from the session and the settings, in the window's thread.
    missing
        Returns what is missing in the session for this export, as a sentence, or "".
    """

    name: str
    title: str
    summary: str
    suffixes: Mapping[str, str]
    options: Config | None
    plan: Callable[[Session, Config | None], ExportPlan]
    missing: Callable[[Session], str]


def _experiment(session: Session) -> Mapping[str, object]:
    return (session.trained_experiment or session.experiment).to_dict()


def _grid(session: Session, options: Config | None) -> ExportPlan:
    chosen = options if isinstance(options, GridOptions) else GridOptions()
    return GridPlan(chosen, _experiment(session), Told.of(session))


def _strip(session: Session, options: Config | None) -> ExportPlan:
    chosen = options if isinstance(options, StripOptions) else StripOptions()
    return StripPlan(chosen, Route.of(session), _experiment(session))


def _animation(session: Session, options: Config | None) -> ExportPlan:
    chosen = options if isinstance(options, AnimationOptions) else AnimationOptions()
    return AnimationPlan(chosen, Route.of(session), _experiment(session))


def _latents(session: Session, _options: Config | None) -> ExportPlan:
    if session.dataset is None:
        raise ExportError("There are no data to encode: open data first.")
    return LatentsPlan(session.dataset, _experiment(session))


def _missing_decoder(session: Session) -> str:
    info = session.model_info
    if info is None:
        return "There is no model yet: train one or open a run first."
    return "" if info.can_decode else "This model makes no pictures: it has no decoder."


def _missing_path(session: Session) -> str:
    absent = _missing_decoder(session)
    if absent or session.path.is_complete:
        return absent
    return "There is no path yet: choose a start and an end first."


def _missing_data(session: Session) -> str:
    info, dataset = session.model_info, session.dataset
    if info is None:
        return "There is no model yet: train one or open a run first."
    if not info.can_encode:
        return "This model places no images: it has no encoder."
    if dataset is None:
        return "There are no data to encode: open data first."
    if dataset.images.shape[1:] != tuple(info.image_shape):
        return "The data have another shape than the model's pictures: open the data that it was trained on."
    return ""


EXPORTS: tuple[ExportKind, ...] = (
    ExportKind(
        "grid",
        "Picture grid (PNG)",
        "Pictures decoded all over the plane, as one picture",
        PICTURES,
        GridOptions(),
        _grid,
        _missing_decoder,
    ),
    ExportKind(
        "strip",
        "Film strip (PNG)",
        "Pictures along the path, side by side",
        PICTURES,
        StripOptions(),
        _strip,
        _missing_path,
    ),
    ExportKind(
        "animation",
        "Animation (GIF)",
        "A walk along the path",
        ANIMATIONS,
        AnimationOptions(),
        _animation,
        _missing_path,
    ),
    ExportKind(
        "latents",
        "Latents (CSV, NPZ)",
        "Where each image lies on the plane, as a table",
        TABLES,
        None,
        _latents,
        _missing_data,
    ),
)
"""All kinds of export, in the order of the dialog; the first is the default."""


def class_choices(session: Session) -> Mapping[int, str]:
    """Return the classes that a grid can be made for with their names, none for a model that knows no classes."""
    info = session.model_info
    if info is None or not info.knows_classes:
        return {}
    names = {label: info.class_name(label) for label in range(info.classes)}
    return names if info.needs_label else {-1: ALL_CLASSES} | names


def subject(session: Session, kind: ExportKind) -> str:
    """Return what else decides how an export of a conditional model looks, as a sentence, or ""."""
    info, dataset, row = session.model_info, session.dataset, session.condition
    if info is None or kind.name == "latents":
        return ""
    if info.completes and dataset is not None and row is not None:
        label = None if dataset.labels is None else int(dataset.labels[row])
        of_class = "" if label is None else f", class {info.class_name(label)}"
        return f"The model completes sample {dataset.source_rows[row]}{of_class}."
    if not info.needs_label or kind.name == "grid" or not session.path.is_complete:
        return ""
    classes = path_walk.point_classes(session.path, info, session.label) or ()
    names = dict.fromkeys(info.class_name(label) for label in classes if label is not None)
    return f"Decoded with class {', then '.join(names)}." if names else ""
