"""Moments that a person wants to keep: never taken away to make room, be it a checkpoint or a part of the history."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.language import tr
from vae_explorer.runs.checkpoint import checkpoint_folders, read_state, step_of
from vae_explorer.runs.history import KeptMoment, moment_file
from vae_explorer.storage import make_folder, sync_folder, write_new
from vae_explorer.system_errors import system_reason

PINNED = "pinned"
"""Folder of a run with an empty file for each pinned moment: nothing of it can be damaged but its being there."""

_NAME = re.compile(r"step-(\d{8,15})")
_MOST = 10_000
_LARGEST = 1e15


def pinned_steps(run: Path) -> frozenset[int]:
    """Return the steps of the moments of a run that a person pinned.

    Raises
    ------
    OSError
        If that can't be told.
    """
    try:
        names = os.listdir(run / PINNED)  # noqa: PTH208 - names only
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    return frozenset(int(match[1]) for name in names[:_MOST] if (match := _NAME.fullmatch(name)))


def known_pins(run: Path) -> frozenset[int]:
    """Return the pinned steps for whoever only shows them; none where they can't be told."""
    try:
        return pinned_steps(run)
    except OSError:
        return frozenset()


def pinned_checkpoints(folder: Path, steps: frozenset[int]) -> list[KeptMoment]:
    """Return the checkpoints below ``checkpoints`` that are pinned, as moments with exact weights.

    Only what they say of themselves is read; loading one checks the rest.
    """
    found = []
    for path in checkpoint_folders(folder) if steps else ():
        with contextlib.suppress(RunError):
            epoch = read_state(path).get("epoch") if step_of(path) in steps else None
            if isinstance(epoch, (int, float)) and 0 <= epoch < _LARGEST:
                found.append(KeptMoment(step_of(path), float(epoch), path))
    return found


def pin(run: Path, step: int) -> None:
    """Keep the moment after `step` steps for good; does nothing where it is pinned already.

    Raises
    ------
    RunError
        If the run has kept no such moment.
    StorageError
        If the wish can't be written.
    """
    if not any(path.exists() for path in _places(run, step)):
        raise RunError(
            tr(
                "The run {run} has no weights of step {step:,} that could be pinned: name one of its moments.",
                run=printable(run),
                step=step,
            )
        )
    mark = _mark(run, step)
    try:
        make_folder(mark.parent)
        if not mark.exists():
            write_new(mark, b"")
        sync_folder(mark.parent)
    except OSError as error:
        raise _failure(mark, error) from error


def unpin(run: Path, step: int) -> None:
    """Let a moment make room for others again; the next save may take it away.

    Raises
    ------
    RunError
        If it isn't pinned.
    StorageError
        If the wish can't be taken back.
    """
    mark = _mark(run, step)
    try:
        mark.unlink()
        sync_folder(mark.parent)
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(tr("Step {step:,} of the run {run} isn't pinned.", step=step, run=printable(run))) from None
    except OSError as error:
        raise _failure(mark, error) from error
    with contextlib.suppress(OSError):
        mark.parent.rmdir()  # stays while others are in it


def _places(run: Path, step: int) -> tuple[Path, Path]:
    return run / "checkpoints" / f"step-{step:08d}", moment_file(run, step)


def _mark(run: Path, step: int) -> Path:
    return run / PINNED / f"step-{step:08d}"


def _failure(mark: Path, error: OSError) -> StorageError:
    reason = system_reason(error)
    return StorageError(
        tr(
            "The file {mark} can't be written: {reason}. Choose a run in a folder of yours.",
            mark=printable(mark),
            reason=reason,
        )
    )
