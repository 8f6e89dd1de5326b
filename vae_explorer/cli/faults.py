"""What nobody foresaw, on the command line: one line on the terminal, and what led to it in the log."""

from __future__ import annotations

import logging
import os
import platform
import sys
import traceback
from collections.abc import Sequence

from vae_explorer import __version__
from vae_explorer.errors import printable
from vae_explorer.language import tr
from vae_explorer.logbook import LOGGER, Logbook, log_folder

OPTION = "--traceback"
VARIABLE = "VAE_EXPLORER_TRACEBACK"
"""Environment variable that, not empty, stands for the option."""


def without_traceback(words: Sequence[str]) -> tuple[list[str], bool]:
    """Return the words without the option that asks for tracebacks, and whether they are wanted."""
    others = [word for word in words if word != OPTION]
    return others, len(others) < len(words) or bool(os.environ.get(VARIABLE))


def trace(error: BaseException) -> None:
    """Print the traceback of an error on standard error."""
    traceback.print_exception(error, file=sys.stderr)


def tell_unexpected(error: Exception, words: Sequence[str]) -> None:
    """Print one line about an error that nobody foresaw, and write down what led to it.

    Parameters
    ----------
    error
        What nobody caught.
    words
        The command line.
    """
    if isinstance(error, MemoryError):
        what = tr("there is not enough memory for this: close other programs or choose something smaller")
    else:
        what = tr(
            "something went wrong that the program didn't expect: {name}: {error}",
            name=type(error).__name__,
            error=error,
        )
    where = _write_down(error, words)
    told = printable(" ".join(what.split()), 400)
    line = (
        tr("vae-explorer: {what}; what led to it is in {where}", what=told, where=where)
        if where
        else tr("vae-explorer: {what}; add {option} to see what led to it", what=told, option=OPTION)
    )
    print(line, file=sys.stderr)


def _write_down(error: Exception, words: Sequence[str]) -> str:
    """Write an error to the log of commands and return where that is; "" where it can't be written."""
    try:
        book = Logbook(log_folder(), "command")
    except OSError:
        return ""
    details = "".join(traceback.format_exception(error)).rstrip()
    python = platform.python_version()
    system = f"VAE Explorer {__version__}, Python {python}, {platform.platform()}"  # untranslated: for the log
    logging.getLogger(LOGGER).error("%s: %s\n%s", system, [printable(word) for word in words], details)
    book.close()
    return printable(book.path, 4096)
