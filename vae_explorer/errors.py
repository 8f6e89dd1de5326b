"""The errors a user can cause or meet.

Every message is one sentence that can be shown as it stands: it names the file, option or value, says what is
wrong with it, and what to do about it. The command line prints it on one line, the window shows it in a notice.
"""

from __future__ import annotations

import os

_LONGEST_NAME = 200


def printable(path: str | os.PathLike[str]) -> str:
    """Return a file's name as one line of plain text: control characters escaped, a very long middle left out."""
    text = os.fspath(path)
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME // 2]}…{shown[-_LONGEST_NAME // 2 :]}"


class VaeExplorerError(Exception):
    """Base of all errors whose message is written for the user."""


class SettingError(VaeExplorerError):
    """A setting has a value of the wrong type or outside its range, or doesn't exist."""


class DataError(VaeExplorerError):
    """A data set can't be read, or can't be used as it is."""


class RunError(VaeExplorerError):
    """A run folder can't be written, read or trusted."""


class StorageError(VaeExplorerError):
    """A file can't be written."""


class DeviceError(VaeExplorerError):
    """The requested processor isn't there or can't be used."""


class TrainingError(VaeExplorerError):
    """Training can't start or can't go on, for example because the loss is no longer finite."""


class ExportError(VaeExplorerError):
    """A picture, animation or table can't be made or written."""


class CapabilityError(VaeExplorerError):
    """The model can't do what was asked, for example encode without an encoder."""
