"""``--limit NAME=VALUE``, with any command and with the window: how much files may ask for, this once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from vae_explorer.cli.reporting import say
from vae_explorer.data.allowance import VARIABLE, Allowance, kept_allowance, with_words
from vae_explorer.errors import SettingError
from vae_explorer.language import tr
from vae_explorer.resources import config_folder

_OPTION = "--limit"


@contextmanager
def limited(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words without the limits among them, which count meanwhile here and in processes that are started.

    Raises
    ------
    SettingError
        If they name no limit, or a wrong value.
    """
    others, limits = _parted(words)
    for problem in filter(None, [kept_allowance(config_folder())[1]]):
        say(problem)
    before = os.environ.get(VARIABLE)
    together = ";".join(filter(None, [before, *limits]))
    with_words(Allowance(), together)
    if not limits:
        yield others
        return
    os.environ[VARIABLE] = together
    try:
        yield others
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    others, limits = [], []
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name != _OPTION:
            others.append(word)
            continue
        assignment = value if equals else next(waiting, "")
        if "=" not in assignment:
            raise SettingError(
                tr(
                    "The option {option} {assignment} must have the form NAME=VALUE, such as pixels=100.",
                    option=_OPTION,
                    assignment=assignment,
                )
            )
        limits.append(assignment)
    return others, limits
