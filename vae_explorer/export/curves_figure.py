"""The curves of a run as a figure: an axis for each term, training and test, in the term's unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.errors import ExportError
from vae_explorer.export.vector import MM_PER_INCH, POINTS_PER_INCH, Sheet
from vae_explorer.language import tr
from vae_explorer.objectives.terms import PARTS, SHARE, Term, terms_of
from vae_explorer.training.curve_history import Curve, CurveHistory, decimated, robust_range, smoothed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from vae_explorer.export.figure_options import CurvesOptions
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.events import MetricRecord

    Floats = npt.NDArray[np.float64]

_TRAIN, _TEST, _TURNED = "#3355c8", "#c65a11", "#946200"
_POINTS_DRAWN = 600
"""Columns into which a curve is thinned, its peaks kept: more than a page can print."""
_AXIS_MM = 55.0
"""Width that an axis needs to stand beside others."""
_SMALLEST = 1e-6
"""Values below this are drawn there on a logarithmic axis: the KL of a dead dimension is 0."""
_LABELS, _LEGEND = 4.2, 2.0
"""Heights of a letter that the names and numbers of an axis take, and the legend."""
_FAINT = 0.25
_DECADES = 50.0
"""Ratio of the ends of a logarithmic axis from which there is room for powers of ten alone."""


def curves_sheet(
    records: Iterable[MetricRecord],
    options: CurvesOptions,
    own: Sequence[Term] = (),
    changes: Sequence[tuple[SettingChange, str]] = (),
) -> Sheet:
    """Return the figure of a run's curves.

    Parameters
    ----------
    records
        What the run recorded, in order.
    own
        Terms that the run's objective describes itself.
    changes
        Settings that were turned while it trained, each with its words: a line across every axis marks it.

    Raises
    ------
    ExportError
        If nothing was recorded yet, or none of the terms that are asked for.
    """
    history = CurveHistory()
    history.extend(records)
    terms = _chosen(history, options, own)
    rows = -(-len(terms) // max(1, int(options.millimetres / _AXIS_MM)))
    columns = -(-len(terms) // rows)
    letter = options.font_size * MM_PER_INCH / POINTS_PER_INCH
    each = options.millimetres / columns * options.height
    height = rows * (each + _LABELS * letter / (1 if columns > 1 else rows)) + _LEGEND * letter

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("constrained")
        grid = figure.subplots(rows, columns, sharex=True, squeeze=False)
        for number, axes in enumerate(grid.flat):
            if number < len(terms):
                _draw_term(axes, history, terms[number], options)
                _draw_changes(axes, changes, options, worded=number == 0)
            else:
                axes.remove()
        for number in range(max(0, len(terms) - columns), len(terms)):
            axes = grid.flat[number]
            axes.set_xlabel("Epoch" if options.axis == "epoch" else "Step")
            axes.tick_params(labelbottom=True)
        figure.align_ylabels()
        _draw_names(figure, history)

    return Sheet(draw, (options.millimetres, height), options)


def _chosen(history: CurveHistory, options: CurvesOptions, own: Sequence[Term]) -> tuple[Term, ...]:
    known = terms_of(history.names, own)
    chosen = {
        "all": known,
        "main": tuple(term for term in known if term.shown and term.name not in PARTS),
        "total": tuple(term for term in known if term.name == "loss"),
    }[options.terms]
    if not chosen:
        raise ExportError(tr("There are no curves yet: train for a moment first, or open a run that was trained."))
    return chosen


def _draw_term(axes: Axes, history: CurveHistory, term: Term, options: CurvesOptions) -> None:
    factor = 100.0 if term.unit == SHARE else 1.0
    train, test = history.curve("train", term.name), history.curve("test", term.name)
    drawn = [factor * test.values] if test.values.size else []
    if train.values.size:
        drawn.append(factor * _draw_training(axes, train, factor, options))
    if test.values.size:
        marks = "o" if test.values.size <= 2 * _POINTS_DRAWN // 10 else ""
        x, y = test.along(options.axis), _sound(factor * test.values, options)
        axes.plot(x, y, color=_TEST, linewidth=1.2, marker=marks, markersize=2.2, zorder=4)
    ends = robust_range(drawn)
    if options.logarithmic:
        _draw_logarithms(axes)
    elif ends is not None:
        axes.set_ylim(*ends)
    axes.set_ylabel(f"{term.title}\n({'%' if term.unit == SHARE else term.unit_words})")
    axes.margins(x=0.01)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_changes(
    axes: Axes, changes: Sequence[tuple[SettingChange, str]], options: CurvesOptions, *, worded: bool
) -> None:
    """Draw a line where a setting was turned, with its words in one of the axes."""
    for change, words in changes:
        place = change.epoch if options.axis == "epoch" else change.step
        axes.axvline(place, color=_TURNED, linewidth=0.6, linestyle="--", zorder=1)
        if worded:
            axes.text(
                place,
                0.98,
                words,
                transform=axes.get_xaxis_transform(),
                rotation=90,
                verticalalignment="top",
                horizontalalignment="left",
                color=_TURNED,
                fontsize="small",
                zorder=5,
            )


def _draw_logarithms(axes: Axes) -> None:
    """Let equal ratios be equal distances, with numbers rather than formulas for powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < _DECADES * low else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _draw_training(axes: Axes, curve: Curve, factor: float, options: CurvesOptions) -> Floats:
    """Draw the training curve, faint under its moving mean, and return the values that its range is made for."""
    x = curve.along(options.axis)
    first, last = float(x[0]), float(x[-1])
    raw = decimated(x, curve.values, first=first, last=last, columns=_POINTS_DRAWN)
    smooths = options.smoothing > 0 and len(x) > 1
    width = 0.4 if smooths else 0.8
    alpha = _FAINT if smooths else 1.0
    axes.plot(raw[0], _sound(factor * raw[1], options), color=_TRAIN, linewidth=width, alpha=alpha, zorder=2)
    if not smooths:
        return raw[1]
    mean = smoothed(curve, options.axis, options.smoothing, first=first, last=last, columns=_POINTS_DRAWN)
    axes.plot(mean[0], _sound(factor * mean[1], options), color=_TRAIN, linewidth=1.0, zorder=3)
    return mean[1]


def _sound(values: Floats, options: CurvesOptions) -> Floats:
    return np.maximum(values, _SMALLEST) if options.logarithmic else values


def _draw_names(figure: Figure, history: CurveHistory) -> None:
    from matplotlib.lines import Line2D

    known = {"train": ("Training", _TRAIN), "test": ("Test", _TEST)}
    splits = [split for split in known if any(history.curve(split, name).values.size for name in history.names)]
    handles = [Line2D([], [], color=known[split][1], linewidth=1.2) for split in splits]
    figure.legend(
        handles,
        [known[split][0] for split in splits],
        loc="outside upper center",  # untranslated: matplotlib's
        ncols=2,
        handlelength=1.6,
    )
