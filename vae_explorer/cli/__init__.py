"""The command line: the main job without a window, and the door to the window."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from vae_explorer.errors import DownloadError, RunError, TrainingError, VaeExplorerError, printable
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.language import tr, use
from vae_explorer.system_errors import system_reason

PROGRAM = "vae-explorer"
WRONG_INPUT = 2
FAILED = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 2 for wrong input, 1 for a failure, 130 when interrupted."""
    from vae_explorer.cli.faults import trace, without_traceback

    words, wants_traceback = without_traceback(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name or a formula may hold signs that a pipe or an old terminal doesn't know; they are shown as escapes.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        use("en" if "--json" in words else "system")  # what machines read is English
        return _run(words)
    except KeyboardInterrupt:
        print(tr("vae-explorer: interrupted"), file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if wants_traceback:
            trace(error)
        return _tell(error, words)


def _run(words: list[str]) -> int:
    from vae_explorer.cli.limiting import limited
    from vae_explorer.cli.parser import opens_window, parse

    keep_freed_memory()
    with limited(words) as others:
        if opens_window(others):
            return _open_window(others)
        chosen = parse(others)
        status: int = chosen.command(chosen)
        sys.stdout.flush()
        return status


def _tell(error: Exception, words: list[str]) -> int:
    """Print one line about what ended a command, and return the exit status."""
    from vae_explorer.cli.faults import tell_unexpected
    from vae_explorer.training.workers import speaks

    match error:
        case VaeExplorerError():
            if isinstance(error, TrainingError) or speaks(os.environ):  # else another worker says the same
                print(f"{PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)
            return FAILED if isinstance(error, (TrainingError, DownloadError)) else WRONG_INPUT
        case BrokenPipeError():
            # Whoever read the output has gone, as in `vae-explorer settings | head`; that is no fault of ours.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        case OSError():
            named = f"{printable(error.filename)}: " if isinstance(error.filename, (str, os.PathLike)) else ""
            print(f"{PROGRAM}: {named}{system_reason(error)}", file=sys.stderr)
            return WRONG_INPUT
        case _:
            tell_unexpected(error, words)
            return FAILED


def _open_window(words: list[str]) -> int:
    if sys.platform.startswith("linux") and not has_display():
        raise RunError(
            tr(
                "No display was found, because neither DISPLAY nor WAYLAND_DISPLAY is set: start "
                "this on a desktop, or do the main job without a window with: vae-explorer demo "
                "--out DIR"
            )
        )
    from vae_explorer.gui.launch import main as open_window

    return open_window(words)


def has_display() -> bool:
    """Whether a window could be shown: a display is named, or Qt was told to use another platform."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
