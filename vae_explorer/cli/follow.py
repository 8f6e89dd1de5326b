"""``vae-explorer follow``: watch a run that is trained elsewhere until it ends; nothing in its folder is changed."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from vae_explorer.cli import FAILED, INTERRUPTED
from vae_explorer.cli.reporting import say, show, show_json, terms_line
from vae_explorer.cli.train import final_terms
from vae_explorer.errors import RunError, TrainingError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.following import RunFollower, RunNews

LOOK_SECONDS, LONGEST_SECONDS = 1.0, 30.0
"""Time between two looks, and the longest after looks that failed."""
_LINES = 10
_MOST_SECONDS_A_LINE = 30.0
_PRESENCE = {
    "writing": marked("Following {name}, trained"),
    "paused": marked("Following {name}: its training is paused"),
    "quiet": marked("Nothing new for {seconds:.0f} s from the training: it may have ended"),
}
_PRESENCE_OF = {
    "writing": marked("Following {name}, trained by {by}"),
    "paused": marked("Following {name}: its training by {by} is paused"),
    "quiet": marked("Nothing new for {seconds:.0f} s from the training by {by}: it may have ended"),
}


def run(chosen: argparse.Namespace) -> int:
    """Print how far the training is until it ends; return 0 when it was completed, 130 when interrupted, else 1.

    Raises
    ------
    TrainingError
        If the training's process is gone.
    """
    try:
        news = _watch(chosen.run)
    except KeyboardInterrupt:
        say(tr("Stopped following; the run goes on."))
        return INTERRUPTED
    if news.presence.is_gone:
        raise TrainingError(
            tr(
                "The training of {run} broke off, because its process is gone: go on with it by train --resume.",
                run=printable(chosen.run),
            )
        )
    _tell_result(open_run(chosen.run), news, as_json=chosen.json)
    return 0 if news.reason == "completed" else FAILED


class FollowLines:
    """Prints a line at each tenth of the epochs, and at least every half minute in which there is something new."""

    def __init__(self) -> None:
        self._next_epoch = -1.0
        self._next_time = 0.0
        self._told_presence = ""

    def tell(self, news: RunNews) -> None:
        """Print what is worth a line."""
        self._tell_presence(news)
        progress = news.progress
        if progress is None or not (news.records or self._next_epoch < 0):
            return
        if progress.epoch < self._next_epoch and time.monotonic() < self._next_time:
            return
        tenth = progress.epochs / _LINES
        self._next_epoch = tenth * (1 + progress.epoch // tenth)
        self._next_time = time.monotonic() + _MOST_SECONDS_A_LINE
        tests = [record for record in news.records if record.split == "test"]
        loss = (
            tr("test loss {loss:.2f} nats", loss=tests[-1].values["loss"])
            if tests and "loss" in tests[-1].values
            else ""
        )
        speed = tr("{images_per_second:,.0f} images/s", images_per_second=progress.images_per_second)
        say(
            tr(
                "epoch {epoch:.1f}/{epochs}  {speed}  {loss}",
                epoch=progress.epoch,
                epochs=progress.epochs,
                speed=speed,
                loss=loss,
            ).rstrip()
        )

    def _tell_presence(self, news: RunNews) -> None:
        """Say who trains it, and when that changes; while it grows, that says enough."""
        state = news.presence.value
        if state == self._told_presence:
            return
        templates = _PRESENCE if news.writer is None else _PRESENCE_OF
        if state in templates:
            by = "" if news.writer is None else news.writer.words
            say(tr(templates[state], name=printable(news.run.name), by=by, seconds=news.quiet))
        self._told_presence = state


def _watch(path: Path) -> RunNews:
    """Look until nobody trains the run any more, and return what was seen last."""
    folder = open_run(path).path
    follower, lines = RunFollower(folder, with_models=False), FollowLines()
    wait, problem = LOOK_SECONDS, ""
    while True:
        try:
            news = follower.look()
        except RunError as error:
            wait = min(LONGEST_SECONDS, 2 * wait)
            if str(error) != problem:
                problem = str(error)
                say(tr("{problem} It is tried again.", problem=problem))
        else:
            wait, problem = LOOK_SECONDS, ""
            lines.tell(news)
            if news.is_over:
                return news
        time.sleep(wait)


def _tell_result(run: Run, news: RunNews, *, as_json: bool) -> None:
    state = run.result
    terms = {split: final_terms(state.get(split)) for split in ("train", "test")}
    if as_json:
        show_json(
            {"run": str(run.path), "reason": news.reason, "step": state["step"], "epoch": state["epoch"], **terms}
        )
        return
    for split, values in terms.items():
        if values:
            show(f"{split}: {terms_line(values, run.experiment.objective_entry.terms)}")
    ended = tr("completed") if news.reason == "completed" else tr("ended before all epochs were done")
    show(f"{ended}: {run.path}")
