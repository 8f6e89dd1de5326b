"""What this program runs on, in words for a report: versions and machine, nothing about the person."""

from __future__ import annotations

import os
import platform
import sys

from PySide6.QtCore import QCoreApplication, QLocale, qVersion

from vae_explorer import __version__

_LIBRARIES = ("PySide6", "torch", "numpy", "pyqtgraph", "safetensors", "PIL")
_KNOWN_AS = {"PIL": "Pillow"}


def versions() -> dict[str, str]:
    """Return versions and machine by name; of libraries those that are loaded, so that asking loads none."""
    loaded = {
        _KNOWN_AS.get(name, name): str(getattr(sys.modules[name], "__version__", "?"))
        for name in _LIBRARIES
        if name in sys.modules
    }
    return {
        "VAE Explorer": __version__,
        "Python": platform.python_version(),
        "Qt": qVersion(),
        **loaded,
        "System": f"{platform.system()} {platform.release()} "
        f"({platform.machine()}, {os.cpu_count()} processors)",  # untranslated: for the log
        "Display": display(),
        "Locale": QLocale.system().name(),
    }


def versions_text() -> str:
    """Return the same, one a line."""
    return "\n".join(f"{name} {value}" for name, value in versions().items())


def display() -> str:
    """Return how Qt draws: ``xcb``, ``wayland``, ``offscreen``; empty without a window system."""
    application = QCoreApplication.instance()
    named = getattr(application, "platformName", None)
    return str(named()) if named is not None else ""
