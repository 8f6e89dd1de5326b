"""The language in which the window speaks: read with what is preferred, before the first widget is made."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from vae_explorer import language
from vae_explorer.errors import VaeExplorerError
from vae_explorer.gui.preferences import Preferences, load_preferences
from vae_explorer.gui.qt_words import speak_with_qt


def preferred(folder: Path) -> tuple[Preferences, str]:
    """Return what is preferred, and what is wrong with it, which is said in the language of the system."""
    with suppress(VaeExplorerError):  # told once the window is there
        language.use("system")
    return load_preferences(folder)


def speak(preferences: Preferences) -> str:
    """Let program and Qt speak the language that is preferred, from the next widget on; return why they can't."""
    problem = ""
    try:
        language.use(preferences.language)
    except VaeExplorerError as error:
        problem = str(error)
    speak_with_qt()
    return problem
