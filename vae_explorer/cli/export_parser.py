"""What can be typed after ``vae-explorer export``, and the older names of the same commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from vae_explorer.cli.moments import AT_HELP
from vae_explorer.config import Config, settings_of
from vae_explorer.export.figure_options import CurvesOptions, PlaneOptions
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
from vae_explorer.language import OR, listed, tr
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.latent.metric_choice import METRICS
from vae_explorer.latent.paths import INTERPOLATIONS
from vae_explorer.values import Value

if TYPE_CHECKING:
    Function: TypeAlias = Callable[[argparse.Namespace], int]

ParserT = TypeVar("ParserT", bound=argparse.ArgumentParser)
_POINT = "z:X,Y|sample:I"
_TABLE = "FILE.csv|.npz"
_FIGURE = "FILE.svg|.pdf|.png"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One thing to take home.

    Attributes
    ----------
    name, summary
        Name of the sub-command, and what it does in a sentence.
    function
        Does it.
    add
        Adds its arguments.
    of_a_moment
        Whether it is made of the model at one moment, rather than of the whole run.
    """

    name: str
    summary: str
    function: Function
    add: Callable[[argparse.ArgumentParser], None]
    of_a_moment: bool = True


def add_export(group: argparse._SubParsersAction[ParserT]) -> None:
    """Add a sub-command for everything that can be taken home."""
    for kind in _kinds():
        _add(group, kind, kind.name)


def add_older_names(commands: argparse._SubParsersAction[ParserT]) -> None:
    """Add the commands that are there without ``export`` before them, which do the same."""
    kinds = {kind.name: kind for kind in _kinds()}
    _add(commands, kinds["picture"], "decode")
    _add(commands, kinds["grid"], "grid")
    _add(commands, _walk(), "path")
    _add(commands, kinds["latents"], "encode")


def _kinds() -> tuple[_Kind, ...]:
    from vae_explorer.cli import export, figures

    return (
        _Kind("picture", tr("Decode one point of the plane as a picture."), figures.decode, _picture),
        _Kind("grid", tr("Decode a grid of points as one picture."), figures.grid, _grid),
        _Kind("strip", tr("Walk between two points, as a film strip."), figures.strip, _strip),
        _Kind("walk", tr("Walk between two points, as a film."), figures.walk, _film),
        _Kind("path", tr("Write where a path is at each of its pictures as a table."), export.path, _path_table),
        _Kind("film", tr("Show the training as a film."), export.film, _training, of_a_moment=False),
        _Kind("plane", tr("Draw the plane as a figure for a paper."), export.plane, _plane),
        _Kind(
            "curves", tr("Draw the curves of a run as a figure for a paper."), export.curves, _curves, of_a_moment=False
        ),
        _Kind("latents", tr("Write where the images lie on the plane."), figures.encode, _latents),
        _Kind("metrics", tr("Write the curves of a run as a table."), export.metrics, _metrics, of_a_moment=False),
        _Kind("evaluation", tr("Measure a run and write the measures as a table."), export.evaluation, _evaluation),
        _Kind("onnx", tr("Write the decoder or another part of the model as an ONNX network."), export.onnx, _onnx),
    )


def _walk() -> _Kind:
    from vae_explorer.cli import figures

    return _Kind("path", tr("Walk between two points, as a strip or an animation."), figures.path, _path)


def _add(group: argparse._SubParsersAction[ParserT], kind: _Kind, name: str) -> None:
    one = group.add_parser(name, help=kind.summary, description=kind.summary, allow_abbrev=False)
    one.set_defaults(command=kind.function)
    one.add_argument("run", metavar="RUN", type=Path, help=tr("the folder of a run"))
    if kind.of_a_moment:
        add_moment(one)
    kind.add(one)


def _picture(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--z",
        metavar="X,Y",
        required=True,
        help=tr("the point, in prior standard deviations, or an autoencoder's code units"),
    )
    _add_label(one)
    _add_condition(one)
    one.add_argument(
        "--scale", metavar="N", default="1", help=tr("how many pixels each pixel becomes, along each side")
    )
    _add_out(one, "FILE.png")


def _grid(one: argparse.ArgumentParser) -> None:
    add_options(one, GridOptions)
    _add_condition(one)
    _add_out(one, "FILE.png")


def _path(one: argparse.ArgumentParser) -> None:
    _add_route(one)
    add_options(one, StripOptions, AnimationOptions)
    _add_out(one, "FILE.png|.gif|.webp|.apng|.mp4")


def _strip(one: argparse.ArgumentParser) -> None:
    _add_route(one)
    add_options(one, StripOptions)
    _add_out(one, "FILE.png")


def _film(one: argparse.ArgumentParser) -> None:
    _add_route(one)
    add_options(one, AnimationOptions)
    _add_out(one, "FILE.gif|.webp|.apng|.mp4")


def _path_table(one: argparse.ArgumentParser) -> None:
    add_data(one)
    _add_ends(one, required=True)
    one.add_argument("--equal-speed", action="store_true", help=tr("equal numbers of pictures cover equal lengths"))
    _add_label(one)
    add_options(one, StripOptions, without=("gap", "scale", "background"))
    _add_out(one, _TABLE)


def _training(one: argparse.ArgumentParser) -> None:
    add_data(one)
    _add_condition(one)
    add_options(one, TrainingFilmOptions)
    _add_out(one, "FILE.gif|.webp|.apng|.mp4")


def _plane(one: argparse.ArgumentParser) -> None:
    add_data(one)
    one.add_argument("--centre", metavar="X,Y", help=tr("the middle of the figure; left out, the middle of the prior"))
    _add_ends(one, required=False)
    _add_condition(one)
    add_options(one, PlaneOptions, without=("path", "centre_z1", "centre_z2"))
    _add_out(one, _FIGURE)


def _curves(one: argparse.ArgumentParser) -> None:
    add_options(one, CurvesOptions)
    _add_out(one, _FIGURE)


def _latents(one: argparse.ArgumentParser) -> None:
    add_data(one)
    _add_out(one, _TABLE)


def _metrics(one: argparse.ArgumentParser) -> None:
    _add_out(one, _TABLE)


def _evaluation(one: argparse.ArgumentParser) -> None:
    add_data(one)
    text = tr("write ELBO, log p(x), gap and loss of each image instead of the measures of all")
    one.add_argument("--per-image", action="store_true", help=text)
    add_options(one, EvaluationOptions)
    _add_out(one, _TABLE)


def _onnx(one: argparse.ArgumentParser) -> None:
    text = tr("which part of the model; default: decoder")
    one.add_argument("--part", choices=("decoder", "encoder", "classifier"), default="decoder", help=text)
    _add_out(one, "FILE.onnx")


def _add_route(one: argparse.ArgumentParser) -> None:
    add_data(one)
    _add_ends(one, required=True)
    one.add_argument("--equal-speed", action="store_true", help=tr("equal numbers of frames cover equal lengths"))
    _add_label(one)
    _add_condition(one)


def _add_ends(one: argparse.ArgumentParser, *, required: bool) -> None:
    one.add_argument("--from", dest="start", metavar=_POINT, required=required, help=tr("where the path starts"))
    one.add_argument("--via", metavar=_POINT, action="append", default=[], help=tr("a waypoint; may be given again"))
    one.add_argument("--to", dest="end", metavar=_POINT, required=required, help=tr("where the path ends"))
    names = listed(INTERPOLATIONS.names())
    one.add_argument("--method", metavar="NAME", default="spherical", help=tr("one of {names}", names=names))
    text = tr(
        "what a geodesic is measured by: {names}; left out, {first}",
        names=listed(METRICS, OR),
        first=next(iter(METRICS)),
    )
    one.add_argument("--metric", metavar="NAME", help=text)


def add_moment(one: argparse.ArgumentParser) -> None:
    """Add the option that names a moment of the run."""
    one.add_argument("--at", metavar="EPOCH|step:N", help=tr(AT_HELP))


def add_data(one: argparse.ArgumentParser) -> None:
    """Add the option that names a data set."""
    one.add_argument("--data", metavar="NAME|PATH", help=tr("data set; left out, the one of the run"))


def add_options(one: argparse.ArgumentParser, *types: type[Config], without: tuple[str, ...] = ()) -> None:
    """Add a flag for each setting of the option types; those that share a name share the flag."""
    seen = set(without)
    for config_type in types:
        for item in settings_of(config_type):
            if item.name not in seen:
                seen.add(item.name)
                metavar = "|".join(item.declaration.choices) or item.type.__name__.upper()
                default = item.word(item.default) or _as_typed(item.default)
                text = tr("{help} Default: {default}.", help=tr(item.declaration.help), default=default).replace(
                    "%", "%%"
                )
                one.add_argument(f"--{item.name.replace('_', '-')}", metavar=metavar, help=text)


def _as_typed(value: Value) -> str:
    """Return a value as it would be typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _add_label(one: argparse.ArgumentParser) -> None:
    one.add_argument("--label", metavar="K", help=tr("class, for conditional models: its number or its name"))


def _add_condition(one: argparse.ArgumentParser) -> None:
    text = tr("for models that complete pictures: whose columns they are given; left out, the first test image")
    one.add_argument("--condition", metavar="sample:I", help=text)


def _add_out(one: argparse.ArgumentParser, metavar: str) -> None:
    one.add_argument("--out", metavar=metavar, type=Path, required=True, help=tr("the file to write"))
