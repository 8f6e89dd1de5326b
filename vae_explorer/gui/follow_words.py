"""What the window says of a run that is trained elsewhere: whether it is followed, how far it is, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import tr
from vae_explorer.runs.presence import Presence

if TYPE_CHECKING:
    from vae_explorer.app.following import Following
    from vae_explorer.runs.following import RunNews

_MINUTE, _HOUR = 60, 3600
_JUST_NOW = 1.5
_PATIENCE = 10.0
"""Seconds that a look at a folder may take before that is said."""
_SEPARATOR = " \N{MIDDLE DOT} "


def follow_words(following: Following, why_not_on: str) -> str:
    """Return the state of following in one line; "" where there is nothing to say.

    Parameters
    ----------
    following
        What is followed.
    why_not_on
        Why the run can't be gone on with here; "" where it can.
    """
    news = following.news
    if following.problem:
        return tr("{problem} It is tried again.", problem=following.problem)
    if following.is_on and following.seconds_looking > _PATIENCE:
        return tr(
            "The folder of the run hasn't answered for {time}: it is waited for.",
            time=ago_words(following.seconds_looking),
        )
    if news is None:
        return tr("Following: looking at the run …") if following.is_on else ""
    if following.is_on:
        return _followed(news, following.seconds_since, can_take_over=not why_not_on)
    return _unfollowed(news) if news.presence.is_at_work else ""


def _followed(news: RunNews, seconds: float, *, can_take_over: bool) -> str:
    ago, is_new = ago_words(seconds), seconds < _JUST_NOW
    step = tr("step {step:,}", step=news.progress.step) if news.progress is not None else tr("no step yet")
    by = "" if news.writer is None else tr("by {writer}", writer=news.writer.words)
    states = {
        Presence.WRITING: (tr("last written just now") if is_new else tr("last written {ago} ago", ago=ago), by),
        Presence.PAUSED: (tr("paused"), by),
        Presence.QUIET: (by, _quiet(ago, can_take_over=can_take_over)),
        Presence.GONE: (_gone(ago, can_take_over=can_take_over),),
        Presence.NOBODY: (tr("nobody trains it now"), tr("what is added will be shown")),
    }
    return _joined(tr("Following"), step, *states[news.presence])


def _quiet(ago: str, *, can_take_over: bool) -> str:
    if can_take_over:
        return tr("nothing new for {ago}: it may have ended. Go on takes over.", ago=ago)
    return tr("nothing new for {ago}: it may have ended.", ago=ago)


def _gone(ago: str, *, can_take_over: bool) -> str:
    if can_take_over:
        return tr("nothing new for {ago}: its process is gone, perhaps killed. Go on takes over.", ago=ago)
    return tr("nothing new for {ago}: its process is gone, perhaps killed.", ago=ago)


def ago_words(seconds: float) -> str:
    """Return a time in one rounded number: ``2 s``, ``5 min``, ``3 h``."""
    if seconds < _MINUTE:
        return tr("{seconds:.0f} s", seconds=seconds)
    if seconds < _HOUR:
        return tr("{minutes:.0f} min", minutes=seconds / _MINUTE)
    return tr("{hours:.0f} h", hours=seconds / _HOUR)


def _unfollowed(news: RunNews) -> str:
    step = None if news.progress is None else news.progress.step
    if news.writer is None:
        if step is None:
            return tr("Not followed: this run is trained elsewhere")
        return tr("Not followed: this run is trained elsewhere; shown as it was at step {step:,}", step=step)
    writer = news.writer.words
    if step is None:
        return tr("Not followed: this run is trained elsewhere by {writer}", writer=writer)
    return tr(
        "Not followed: this run is trained elsewhere by {writer}; shown as it was at step {step:,}",
        writer=writer,
        step=step,
    )


def _joined(*parts: str) -> str:
    return _SEPARATOR.join(part for part in parts if part)
