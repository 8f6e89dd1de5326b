"""What a person prefers, kept as a small JSON file; the layout of the window is kept apart, by `layout`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from vae_explorer.language import LANGUAGES, marked, tr
from vae_explorer.resources import config_folder

__all__ = ["Preferences", "config_folder", "load_preferences", "save_preferences"]

VERSION = 1
_MOST_BYTES = 1 << 16
MOST_RECENT = 20
"""Commands, and runs, that are remembered."""
_LONGEST_NAME = 4096

THEME_CHOICES = {"system": marked("As the system"), "light": marked("Light"), "dark": marked("Dark")}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices that outlive the window.

    Attributes
    ----------
    theme
        ``light``, ``dark`` or ``system``.
    language
        A code of `vae_explorer.language.LANGUAGES`, or ``system``.
    reopen
        Whether a start without arguments reopens the last session.
    times
        Whether the status bar shows how smoothly the window runs and how long decoding takes.
    recent_commands
        What was chosen in the palette of commands, the latest first.
    recent_runs
        Folders of the runs that were shown, the latest first.
    """

    theme: str = "system"
    language: str = "system"
    reopen: bool = True
    times: bool = True
    recent_commands: tuple[str, ...] = ()
    recent_runs: tuple[str, ...] = ()


def load_preferences(folder: Path) -> tuple[Preferences, str]:
    """Return the preferences, and a sentence for the user where the file was broken and has been set aside."""
    path = folder / "preferences.json"
    if not path.is_file():
        return Preferences(), ""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(tr("the file is too large"))
        values = json.loads(path.read_text(encoding="utf-8"))
        theme = values["theme"] if values["version"] <= VERSION else "system"
        if theme not in THEME_CHOICES:
            raise ValueError(tr("there is no theme {theme!r}", theme=theme))
        language = values.get("language", "system")
        if language not in {"system", *LANGUAGES}:
            raise ValueError(f"there is no language {language!r}")
        lately = _recent(values.get("recent_commands", [])), _recent(values.get("recent_runs", []))
        switches = bool(values.get("reopen", True)), bool(values.get("times", True))
        return Preferences(theme, language, *switches, *lately), ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        aside = path.with_suffix(".broken.json")
        try:
            path.replace(aside)
        except OSError:
            return Preferences(), tr("The preferences in {path} are damaged: the defaults are used.", path=path)
        return Preferences(), tr(
            "The preferences were damaged: the defaults are used, the old file is {aside}.", aside=aside
        )


def _recent(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError("the commands chosen lately must be a list")
    return tuple(str(value)[:_LONGEST_NAME] for value in values[:MOST_RECENT])


def save_preferences(folder: Path, preferences: Preferences) -> None:
    """Write the preferences; the old file stays whole until the new one is.

    Raises
    ------
    OSError, StorageError
        If the folder can't be written.
    """
    from vae_explorer.storage import write_atomically

    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": VERSION, **asdict(preferences)}, indent=2)
    write_atomically(folder / "preferences.json", [text.encode()])
