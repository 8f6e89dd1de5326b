"""What is kept of a session so that it reopens as it was left: one JSON file, written whole or not at all.

Next to it lies a marker while the session is being reopened. A marker that is still there at the next start tells that
the program died of it; after the second time the session is set aside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.frozen_json import MOST_TEXT, from_json, to_json
from vae_explorer.app.state import LatentPath
from vae_explorer.errors import SettingError, StorageError, VaeExplorerError
from vae_explorer.storage import write_atomically
from vae_explorer.training.experiment import Experiment

SCHEMA_VERSION = 1
MOST_BYTES = 64 * 2**20
MOST_FRAMES = 1000
MOST_PICTURES = 60
"""Pictures along a side of the grid."""
MOST_ATTEMPTS = 2
"""Times that reopening a session may break off before the program starts without it."""


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
    """

    experiment: Experiment = field(default_factory=Experiment)
    run: Path | None = None
    images: int = 0
    choices: PlaneChoices = field(default_factory=PlaneChoices)
    moment: int | None = None
    tab: str = ""
    follows: bool = False


class SessionFile:
    """The file that keeps a session, and the marker beside it.

    Parameters
    ----------
    folder
        The folder of preferences and layout.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "session.json"
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
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The folder {self.path.parent} can't be made: {error}") from error
        write_atomically(self.path, [json.dumps(values, allow_nan=False).encode()])

    def read(self) -> SavedSession | None:
        """Return the session that was kept, None where there is none.

        Raises
        ------
        SessionError
            If the file is damaged, too large or of a newer program; it has then been set aside.
        """
        if not self.path.is_file():
            return None
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise ValueError("it is too large")
            values = json.loads(self.path.read_bytes().decode(), parse_constant=_refuse)
            return _saved(values)
        except (OSError, ValueError, RecursionError, SettingError) as error:
            aside = self.set_aside()
            place = f", and the file is now {aside}" if aside is not None else ""
            raise SessionError(f"The last session can't be reopened: {error}. A fresh one begins{place}.") from error

    @property
    def attempts(self) -> int:
        """How often reopening this session has begun and not ended."""
        try:
            return min(MOST_ATTEMPTS, len(self._marker.read_bytes()[:MOST_ATTEMPTS]))
        except OSError:
            return 0

    def mark(self) -> None:
        """Say that reopening begins; a folder that can't be written is no reason not to."""
        try:
            with self._marker.open("ab") as marker:
                marker.write(b"x")
        except OSError:
            return

    def unmark(self) -> None:
        """Say that reopening has ended well, or is given up."""
        try:
            self._marker.unlink(missing_ok=True)
        except OSError:
            return

    def set_aside(self) -> Path | None:
        """Keep the file under another name, which nothing overwrites but the next such file; None where that fails."""
        aside = self.path.with_suffix(".aside.json")
        try:
            self.path.replace(aside)
        except OSError:
            return None
        return aside


def _saved(values: Any) -> SavedSession:
    if not isinstance(values, dict):
        raise ValueError("it holds no session")
    version = values.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ValueError(f"it was written by a newer version of the program (format {version!r})")
    experiment, run, tab = values.get("experiment"), values.get("run"), values.get("tab", "")
    if not isinstance(experiment, Mapping):
        raise ValueError("its settings are missing")
    if run is not None and not (isinstance(run, str) and 0 < len(run) <= MOST_TEXT and "\0" not in run):
        raise ValueError("its run isn't a folder's name")
    if not isinstance(tab, str) or len(tab) > MOST_TEXT:
        raise ValueError("its view isn't a name")
    return SavedSession(
        experiment=Experiment.from_dict(experiment),
        run=None if run is None else Path(run),
        images=_count(values.get("images", 0)) or 0,
        choices=sound_choices(from_json(PlaneChoices, values.get("choices", {}))),
        moment=_count(values.get("moment")),
        tab=tab,
        follows=values.get("follows") is True,
    )


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
        raise ValueError("one of its numbers is no count")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}")
