"""What is kept of a session so that it reopens as it was left: one JSON file, written whole or not at all.

Next to it lies a marker while the session is being reopened: a line for each attempt, with its process. A line that is
still there when its process is gone tells that the program died of it; after the second time the program starts without
the session, and keeps it to be tried again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.frozen_json import MOST_TEXT, Json, from_json, to_json
from vae_explorer.app.state import LatentPath
from vae_explorer.data.allowance import limits_in_force
from vae_explorer.data.limits import byte_size, more_than
from vae_explorer.errors import SettingError, StorageError, VaeExplorerError, printable
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically
from vae_explorer.training.experiment import Experiment

SCHEMA_VERSION = 1
MOST_FRAMES = 1000
MOST_PICTURES = 60
"""Pictures along a side of the grid."""
MOST_ATTEMPTS = 2
"""Times that reopening a session may break off before the program starts without it."""
LONGEST_ATTEMPT = 3600.0
"""Seconds after which an attempt has broken off, whatever process has its number now."""
MOST_PANEL_BYTES = 1 << 16
"""What the panels keep of themselves, as JSON."""
MOST_WINDOWS = 20
_MOST_MARKER_BYTES = 4096
PanelViews = Mapping[str, Mapping[str, Json]]


class SessionError(VaeExplorerError):
    """A kept session can't be read."""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session as it was left.

    Attributes
    ----------
    experiment
        The settings of the form, the data among them.
    run
        Folder of the run that was shown, None for none.
    images
        Number of images of the data; rows mean the same images only while it holds.
    choices
        What was chosen on the plane.
    moment
        Training step that was shown of the run, None for the newest.
    tab
        Name of the panel in front in the middle of the window; "" for the first.
    follows
        Whether the run was followed while it was trained elsewhere.
    panels
        How each panel shows what it shows, in its own words, by its name: folded sections, axes of curves and the like.
    windows
        Names of the windows beside the program's own that were open, each with its place as base64.
    """

    experiment: Experiment = field(default_factory=Experiment)
    run: Path | None = None
    images: int = 0
    choices: PlaneChoices = field(default_factory=PlaneChoices)
    moment: int | None = None
    tab: str = ""
    follows: bool = False
    panels: PanelViews = field(default_factory=dict)
    windows: Mapping[str, str] = field(default_factory=dict)


class SessionFile:
    """The file that keeps a session, and the marker beside it.

    Parameters
    ----------
    folder
        The folder of preferences and layout.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "session.json"
        self.last = folder / "session.last.json"
        self._marker = folder / "session.reopening"

    def write(self, saved: SavedSession) -> None:
        """Keep a session; the old file stays whole until the new one is.

        Raises
        ------
        StorageError
            If it can't be written.
        """
        values = {
            "schema_version": SCHEMA_VERSION,
            "run": None if saved.run is None else str(saved.run),
            "experiment": saved.experiment.to_dict(),
            "images": saved.images,
            "choices": to_json(saved.choices),
            "moment": saved.moment,
            "tab": saved.tab,
            "follows": saved.follows,
            "panels": saved.panels,
            "windows": saved.windows,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                tr("The folder {parent} can't be made: {error}", parent=self.path.parent, error=error)
            ) from error
        write_atomically(self.path, [json.dumps(values, allow_nan=False).encode()])

    def read(self) -> SavedSession | None:
        """Return the session that was kept, None where there is none.

        Raises
        ------
        SessionError
            If the file is damaged, too large or of a newer program; it has then been set aside.
        """
        if not os.path.lexists(self.path):
            return None
        try:
            return _saved(json.loads(_content(self.path).decode(), parse_constant=_refuse))
        except (OSError, ValueError, RecursionError, SettingError) as error:
            aside = self.set_aside()
            raise SessionError(
                tr("The last session can't be reopened: {error}. A fresh one begins.", error=error)
                if aside is None
                else tr(
                    "The last session can't be reopened: {error}. A fresh one begins, and the file is now {aside}.",
                    error=error,
                    aside=aside,
                )
            ) from error

    @property
    def attempts(self) -> int:
        """How many attempts to reopen this session have begun and not ended, those under way among them."""
        return len(self._marks())

    @property
    def failures(self) -> int:
        """How many attempts to reopen this session ended with their process.

        This process has no attempt under way when it asks; one of its number is of an earlier process.
        """
        now = time.time()
        return sum(
            process == os.getpid() or not _lives(process) or abs(now - began) > LONGEST_ATTEMPT
            for process, began in self._marks()
        )

    def mark(self) -> None:
        """Say that reopening begins; a folder that can't be written is no reason not to."""
        with contextlib.suppress(OSError), self._marker.open("ab") as marker:
            marker.write(f"{os.getpid()} {time.time():.0f}\n".encode())
            marker.flush()
            os.fsync(marker.fileno())

    def unmark(self) -> None:
        """Say that reopening has ended well, or is given up."""
        with contextlib.suppress(OSError):
            self._marker.unlink(missing_ok=True)

    def _marks(self) -> list[tuple[int, float]]:
        try:
            with self._marker.open("rb") as marker:
                lines = marker.read(_MOST_MARKER_BYTES).split(b"\n")
        except OSError:
            return []
        return [_mark(line) for line in lines if line]

    def put_by(self) -> bool:
        """Keep the session, which a fresh one is about to replace, as the last one; False where there is none."""
        try:
            self.path.replace(self.last)
        except OSError:
            return False
        return True

    @property
    def has_last(self) -> bool:
        """Whether a session was put by."""
        return self.last.is_file()

    def take_last(self) -> SavedSession | None:
        """Return the session that was put by, which stays there.

        Raises
        ------
        SessionError
            If it is damaged.
        """
        if not self.has_last:
            return None
        try:
            return _saved(json.loads(_content(self.last).decode(), parse_constant=_refuse))
        except (OSError, ValueError, RecursionError, SettingError) as error:
            raise SessionError(
                tr("The last session can't be reopened: {error}. It is the file {last}.", error=error, last=self.last)
            ) from error

    def set_aside(self) -> Path | None:
        """Keep the file under another name, which nothing overwrites but the next such file; None where that fails."""
        aside = self.path.with_suffix(".aside.json")
        try:
            self.path.replace(aside)
        except OSError:
            return None
        return aside


def _content(path: Path) -> bytes:
    """Read a file within bounds; what is no ordinary file is never waited for."""
    if not path.is_file():
        raise ValueError(tr("it is no ordinary file"))
    size, most = path.stat().st_size, limits_in_force().session_bytes
    if size > most:
        raise ValueError(
            tr(
                "it has {size}, {more_than}",
                size=byte_size(size),
                more_than=more_than(byte_size(most), "limits.session"),
            )
        )
    with path.open("rb") as file:
        return file.read(size)


def _mark(line: bytes) -> tuple[int, float]:
    """Return process and time of an attempt; of a line that says neither, those of nobody long ago."""
    words = line.split()
    is_whole = len(words) == 2 and all(word.isdigit() and len(word) < 15 for word in words)
    return (int(words[0]), float(words[1])) if is_whole else (0, 0.0)


def _lives(process: int) -> bool:
    """Whether a process of this machine is still there; a system that can't be asked counts it as gone."""
    if process <= 0 or sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it belongs to somebody else
    return True


def _saved(values: Any) -> SavedSession:
    if not isinstance(values, dict):
        raise ValueError(tr("it holds no session"))
    version = values.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ValueError(
            tr("it was written by a newer version of the program (format {version})", version=printable(version, 60))
        )
    experiment, run, tab = values.get("experiment"), values.get("run"), values.get("tab", "")
    if not isinstance(experiment, Mapping):
        raise ValueError(tr("its settings are missing"))
    if run is not None and not (isinstance(run, str) and 0 < len(run) <= MOST_TEXT and "\0" not in run):
        raise ValueError(tr("its run isn't a folder's name"))
    if not isinstance(tab, str) or len(tab) > MOST_TEXT:
        raise ValueError(tr("its view isn't a name"))
    return SavedSession(
        experiment=Experiment.from_dict(experiment),
        run=None if run is None else Path(run),
        images=_count(values.get("images", 0)) or 0,
        choices=sound_choices(from_json(PlaneChoices, values.get("choices", {}))),
        moment=_count(values.get("moment")),
        tab=tab,
        follows=values.get("follows") is True,
        panels=_panels(values.get("panels", {})),
        windows=_windows(values.get("windows", {})),
    )


def _panels(values: object) -> PanelViews:
    """Return what panels keep of themselves; each of them checks what it takes of it."""
    if not isinstance(values, dict) or not all(isinstance(kept, dict) for kept in values.values()):
        raise ValueError(tr("what its panels show isn't told by name"))
    if len(json.dumps(values)) > MOST_PANEL_BYTES:
        raise ValueError(tr("what its panels show is too long"))
    return values


def _windows(values: object) -> Mapping[str, str]:
    if not isinstance(values, dict) or len(values) > MOST_WINDOWS:
        raise ValueError(tr("its windows aren't named"))
    if not all(isinstance(place, str) and len(place) <= MOST_TEXT for place in values.values()):
        raise ValueError(tr("its windows have no places"))
    return values


def sound_choices(choices: PlaneChoices) -> PlaneChoices:
    """Return choices in which names that no list knows, and numbers out of range, are as at first."""
    from vae_explorer.latent.grids import SPACINGS
    from vae_explorer.latent.metric_choice import METRICS
    from vae_explorer.latent.paths import INTERPOLATIONS

    path, usual = choices.path, LatentPath()
    path = replace(
        path,
        method=path.method if path.method in INTERPOLATIONS else usual.method,
        metric=path.metric if path.metric in METRICS else usual.metric,
        position=min(max(path.position, 0.0), 1.0),
        frames=min(max(path.frames, 2), MOST_FRAMES),
    )
    grid = choices.grid
    if grid is not None:
        is_known = grid.spacing in SPACINGS and grid.reach > 0
        grid = replace(grid, size=min(max(grid.size, 2), MOST_PICTURES)) if is_known else None
    view = choices.view if choices.view is not None and choices.view.reach > 0 else None
    return replace(choices, path=path, grid=grid, view=view, label=max(0, choices.label))


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**12:
        raise ValueError(tr("one of its numbers is no count"))
    return value


def _refuse(constant: str) -> None:
    raise ValueError(tr("it holds {constant}", constant=constant))
