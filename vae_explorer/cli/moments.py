"""The moments of a run on the command line: naming one with ``--at``, and ``vae-explorer moments``."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from vae_explorer.cli.history import origin, origin_lines
from vae_explorer.cli.reporting import say, show, show_json, show_table
from vae_explorer.errors import RunError, SettingError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.pins import pin, unpin

if TYPE_CHECKING:
    from vae_explorer.runs.folder import Run
    from vae_explorer.runs.history import KeptMoment

AT_HELP = marked("a moment of the run: an epoch, or step:N; the nearest that was kept is taken; left out, the newest")
_STEP = "step:"
_NEWEST = "newest"


def moment_of(run: Run, text: str | None) -> KeptMoment | None:
    """Return the kept moment nearest to what ``--at`` says, None for the newest; another one than asked for is told.

    Raises
    ------
    SettingError
        If the text is neither an epoch nor ``step:N`` nor ``newest``.
    RunError
        If the run has no weights.
    """
    if text is None or text == _NEWEST:
        return None
    by_step = text.startswith(_STEP)
    wanted = _number(text.removeprefix(_STEP), text)
    if not run.moments:
        raise RunError(tr("The run {path} has no weights of any moment: train it again.", path=printable(run.path)))
    nearest = min(run.moments, key=lambda moment: abs((moment.step if by_step else moment.epoch) - wanted))
    found = nearest.step if by_step else nearest.epoch
    if abs(found - wanted) > 1e-6 * max(1.0, wanted):
        say(
            tr(
                "The moment {nearest} is the nearest to {text} that the run has kept.",
                nearest=words(nearest),
                text=text,
            )
        )
    for note in run.history_notes:
        say(note)
    return nearest


def words(moment: KeptMoment) -> str:
    """Return what a moment is called: its epoch and step."""
    return tr("epoch {epoch:.4g} (step {step:,})", epoch=moment.epoch, step=moment.step)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``vae-explorer moments`` takes beside a run."""
    which = tr("an epoch, step:N or newest")
    parser.add_argument(
        "--pin", metavar="MOMENT", help=tr("never take a moment away to make room: {which}", which=which)
    )
    parser.add_argument(
        "--unpin", metavar="MOMENT", help=tr("let a pinned moment make room again: {which}", which=which)
    )


def run(chosen: argparse.Namespace) -> int:
    """List the moments of a run whose weights were kept, after pinning one or letting it go."""
    opened = open_run(chosen.run)
    if chosen.pin is not None:
        pin(opened.path, _step_of(opened, chosen.pin))
    if chosen.unpin is not None:
        unpin(opened.path, _step_of(opened, chosen.unpin))
    pinned = opened.pinned
    if chosen.json:
        moments = [
            {"step": one.step, "epoch": one.epoch, "exact": one.is_exact, "pinned": one.step in pinned}
            for one in opened.moments
        ]
        told = {"run": str(opened.path), "moments": moments, "notes": list(opened.history_notes)}
        show_json({**told, **origin(opened)})
        return 0
    for note in opened.history_notes:
        say(note)
    rows = [
        (
            tr("epoch {epoch:.2f}", epoch=one.epoch),
            tr("step {step:,}", step=one.step),
            _precision(one, is_pinned=one.step in pinned),
        )
        for one in opened.moments
    ]
    if rows:
        show_table(rows)
    else:
        show(tr("no moment was kept"))
    for line in origin_lines(opened):
        show(line)
    return 0


def _step_of(opened: Run, text: str) -> int:
    moment = moment_of(opened, text)
    return opened.newest[0].step if moment is None else moment.step


def _precision(moment: KeptMoment, *, is_pinned: bool) -> str:
    if is_pinned:
        return tr("exact weights, pinned") if moment.is_exact else tr("weights in half precision, pinned")
    return tr("exact weights") if moment.is_exact else tr("weights in half precision")


def _number(text: str, given: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise SettingError(
            tr(
                "The moment {given!r} must be an epoch, such as 2.5, or a step, such as step:100, or newest.",
                given=given,
            )
        )
    return value
