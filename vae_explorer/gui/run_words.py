"""What a list says of a run in words: when it was begun, how it was trained, and what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from vae_explorer.errors import printable
from vae_explorer.language import language, marked, tr

if TYPE_CHECKING:
    from datetime import datetime

    from vae_explorer.app.recent_runs import RecentRun

_LONGEST_SOURCE = 32
MISSING = marked("its folder is gone")
TRAINED_NOW = marked("being trained")
BETWEEN = "  \N{EM DASH}  "
"""Stands between the name of a run and its facts."""


def run_facts(run: RecentRun) -> str:
    """Return when, objective, data and test loss in one line; "" while nothing is known."""
    found = run.summary
    if not run.is_there:
        return tr(MISSING)
    if found is None:
        return ""
    from pathlib import Path

    from vae_explorer.objectives import OBJECTIVES

    objective = tr(OBJECTIVES.get(found.objective).title) if found.objective in OBJECTIVES else found.objective
    source = printable(Path(found.source).name or found.source, _LONGEST_SOURCE)
    loss = (
        tr("not measured yet")
        if found.test_loss is None
        else tr("test {test_loss:.2f} nats", test_loss=found.test_loss)
    )
    began = "" if found.created is None else when(found.created)
    now = tr(TRAINED_NOW) if found.is_trained else ""
    return " · ".join(word for word in (now, began, objective, source, loss) if word)


def when(time: datetime) -> str:
    """Return day and time as a person writes it, without the day for today."""
    from datetime import datetime as clock

    local = time.astimezone()
    hours = f"{local:%H:%M}"
    if local.date() == clock.now().astimezone().date():
        return tr("today {hours}", hours=hours)
    month = QLocale(language()).standaloneMonthName(local.month, QLocale.FormatType.ShortFormat)
    return tr("{day} {month} {year}, {hours}", day=local.day, month=month, year=local.year, hours=hours)


def plain_tip(text: str) -> str:
    """Return a tool tip that is never read as mark-up, whatever names are in it."""
    from html import escape

    return f"<p style='white-space:pre-wrap'>{escape(text)}</p>"
