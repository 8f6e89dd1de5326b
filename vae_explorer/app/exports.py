"""The kinds of export that the window offers. To add one, write a plan and an entry of `EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from vae_explorer.app import export_lacks, path_walk
from vae_explorer.app.encoding import encoded
from vae_explorer.app.export_plans import AnimationPlan, ExportPlan, GridPlan, StripPlan
from vae_explorer.app.export_route import Route, Told
from vae_explorer.app.export_source import Source
from vae_explorer.app.figure_plans import CurvesPlan, PlanePlan
from vae_explorer.app.film_plan import TrainingFilmPlan
from vae_explorer.app.latents_plan import LatentsPlan
from vae_explorer.app.network_plan import NetworkPlan
from vae_explorer.app.table_plans import EvaluationPlan, MetricsPlan, PathPlan
from vae_explorer.config import Config
from vae_explorer.errors import ExportError
from vae_explorer.export.figure_options import CurvesOptions, PlaneOptions
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.formats import ANIMATIONS, FIGURES, NETWORKS, PICTURES, TABLES
from vae_explorer.export.options import (
    AnimationOptions,
    EvaluationTableOptions,
    GridOptions,
    NetworkOptions,
    PathTableOptions,
    StripOptions,
)
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.runs.history import KeptMoment

ALL_CLASSES = "All"
"""Words for the choice of no class, where all islands of a class-mean model are shown at once."""

_WALKED = frozenset({"strip", "animation", "path"})
_DECODED = _WALKED | {"grid", "film"}

OptionsT = TypeVar("OptionsT", bound=Config)


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


def _as(wanted: type[OptionsT], options: Config | None) -> OptionsT:
    return options if isinstance(options, wanted) else wanted()


def _grid(session: Session, options: Config | None) -> ExportPlan:
    return GridPlan(_as(GridOptions, options), Source.of(session), Told.of(session), encoded(session.points))


def _strip(session: Session, options: Config | None) -> ExportPlan:
    return StripPlan(_as(StripOptions, options), Route.of(session), Source.of(session))


def _animation(session: Session, options: Config | None) -> ExportPlan:
    return AnimationPlan(_as(AnimationOptions, options), Route.of(session), Source.of(session))


def _film(session: Session, options: Config | None) -> ExportPlan:
    run, row, dataset = session.run, session.condition, session.dataset
    if run is None:
        raise ExportError(export_lacks.no_history(session))
    folder = run.path

    def load(moment: KeptMoment) -> Model:
        from vae_explorer.runs.folder import open_run

        return open_run(folder).load_moment(moment)

    condition = None if row is None or dataset is None else dataset.images[row]
    chosen, told = _as(TrainingFilmOptions, options), Told.of(session)
    images = None if export_lacks.no_images(session) else dataset
    return TrainingFilmPlan(chosen, Source.of(session), told, session.moments.kept, load, images, condition)


def _plane(session: Session, options: Config | None) -> ExportPlan:
    route = Route.of(session) if session.path.is_complete else None
    dataset = None if export_lacks.no_images(session) else session.dataset
    folder = None if session.run is None else session.run.path
    return PlanePlan(_as(PlaneOptions, options), Source.of(session), Told.of(session), route, dataset, folder)


def _curves(session: Session, options: Config | None) -> ExportPlan:
    terms = (session.trained_experiment or session.experiment).objective_entry.terms
    changes = tuple((change, session.steering.words(change)) for change in session.steering.changes)
    return CurvesPlan(_as(CurvesOptions, options), Source.of(session), session.metrics, tuple(terms), changes)


def _latents(session: Session, _options: Config | None) -> ExportPlan:
    if session.dataset is None:
        raise ExportError(export_lacks.no_images(session))
    return LatentsPlan(session.dataset, Source.of(session))


def _metrics(session: Session, _options: Config | None) -> ExportPlan:
    return MetricsPlan(Source.of(session), session.metrics)


def _path(session: Session, options: Config | None) -> ExportPlan:
    return PathPlan(Route.of(session), _as(PathTableOptions, options).frames, Source.of(session))


def _evaluation(session: Session, options: Config | None) -> ExportPlan:
    result, dataset = session.evaluation.result, session.dataset
    if result is None:
        raise ExportError(export_lacks.no_measures(session))
    rows = None if dataset is None else dataset.source_rows
    per_image = _as(EvaluationTableOptions, options).rows == "images"
    return EvaluationPlan(result, per_image, rows, Source.of(session))


def _network(session: Session, options: Config | None) -> ExportPlan:
    info = session.model_info
    names = () if info is None else info.class_names
    return NetworkPlan(_as(NetworkOptions, options), Source.of(session), names)


EXPORTS: tuple[ExportKind, ...] = (
    ExportKind(
        "grid",
        marked("Picture grid"),
        marked("Pictures decoded all over the plane, as one picture"),
        PICTURES,
        GridOptions(),
        _grid,
        export_lacks.no_decoder,
    ),
    ExportKind(
        "strip",
        marked("Film strip"),
        marked("Pictures along the path, side by side"),
        PICTURES,
        StripOptions(),
        _strip,
        export_lacks.no_path,
    ),
    ExportKind(
        "animation",
        marked("Walk (film)"),
        marked("A walk along the path, as a film"),
        ANIMATIONS,
        AnimationOptions(),
        _animation,
        export_lacks.no_path,
    ),
    ExportKind(
        "film",
        marked("Training (film)"),
        marked("The grid or the plane at each kept moment of the training, as a film"),
        ANIMATIONS,
        TrainingFilmOptions(),
        _film,
        export_lacks.no_history,
    ),
    ExportKind(
        "plane",
        marked("Plane (figure)"),
        marked("Encodings, prior and path as a figure for a paper"),
        FIGURES,
        PlaneOptions(),
        _plane,
        export_lacks.no_model,
    ),
    ExportKind(
        "curves",
        marked("Loss curves (figure)"),
        marked("Training and test curves as a figure for a paper"),
        FIGURES,
        CurvesOptions(),
        _curves,
        export_lacks.no_curves,
    ),
    ExportKind(
        "latents",
        marked("Latents (table)"),
        marked("Where each image lies on the plane"),
        TABLES,
        None,
        _latents,
        export_lacks.no_images,
    ),
    ExportKind(
        "path",
        marked("Path (table)"),
        marked("Where the path is at each of its pictures"),
        TABLES,
        PathTableOptions(),
        _path,
        export_lacks.no_path,
    ),
    ExportKind(
        "metrics",
        marked("Loss curves (table)"),
        marked("All that was recorded while training"),
        TABLES,
        None,
        _metrics,
        export_lacks.no_curves,
    ),
    ExportKind(
        "evaluation",
        marked("Measures (table)"),
        marked("What was measured of the model on test images"),
        TABLES,
        EvaluationTableOptions(),
        _evaluation,
        export_lacks.no_measures,
    ),
    ExportKind(
        "onnx",
        marked("Network (ONNX)"),
        marked("A part of the model, to be run by other programs"),
        NETWORKS,
        NetworkOptions(),
        _network,
        export_lacks.no_model,
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
    if info is None or kind.name not in _DECODED:
        return ""
    if info.completes and dataset is not None and row is not None:
        label = None if dataset.labels is None else int(dataset.labels[row])
        sample = dataset.source_rows[row]
        if label is None:
            return tr("The model completes sample {sample}.", sample=sample)
        return tr("The model completes sample {sample}, class {name}.", sample=sample, name=info.class_name(label))
    if not info.needs_label or kind.name not in _WALKED or not session.path.is_complete:
        return ""
    classes = path_walk.point_classes(session.path, info, session.label) or ()
    names = dict.fromkeys(info.class_name(label) for label in classes if label is not None)
    return tr("Decoded with class {names}.", names=tr(", then ").join(names)) if names else ""
