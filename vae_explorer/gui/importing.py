"""Importing without PySide's look at every module's source."""

from __future__ import annotations

import sys
from types import ModuleType


def leave_sources_unread() -> None:
    """Keep PySide from reading the source of each module that is imported; call it once QtCore is imported.

    PySide searches them for its own name, so that modules may ask for other spellings of Qt's names by
    ``from __feature__ import``. Nobody here does, and it takes a sixth of the time that importing torch takes, during
    which the window can't react. Where PySide goes about it in another way this changes nothing.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", _uses_no_features)  # noqa: B010 - no stubs know of it


def _uses_no_features(_module: ModuleType) -> bool:
    return False
