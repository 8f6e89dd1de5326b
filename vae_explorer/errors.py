"""The errors a user can cause or meet.

Every message is one sentence that can be shown as it stands: it names the file, option or value, says what is
wrong with it, and what to do about it. The command line prints it on one line, the window shows it in a notice.
"""

from __future__ import annotations

_LONGEST_NAME = 200


def printable(name: object, length: int = _LONGEST_NAME) -> str:
    """Return a file's name, or another text of a user, as one line of plain text for a message.

    Control characters and bytes that are no text are escaped; of a very long name the middle is left out.
    """
    shown = str(name)
    if not shown.isprintable():
        shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in shown)
    return shown if len(shown) <= length else f"{shown[: length // 2]}…{shown[-(length // 2) :]}"


class VaeExplorerError(Exception):
    """Base of all errors whose message is written for the user."""

    def __str__(self) -> str:
        """Return the message as it was given: a phrase can be said again in another language."""
        return self.args[0] if len(self.args) == 1 and isinstance(self.args[0], str) else super().__str__()


class SettingError(VaeExplorerError):
    """A setting has a value of the wrong type or outside its range, or doesn't exist."""


class DataError(VaeExplorerError):
    """A data set can't be read, or can't be used as it is."""


class DownloadError(VaeExplorerError):
    """A published data set can't be got, for example because there is no network."""


class RunError(VaeExplorerError):
    """A run folder can't be written, read or trusted."""


class StorageError(VaeExplorerError):
    """A file can't be written."""


class DeviceError(VaeExplorerError):
    """The requested processor isn't there or can't be used."""


class TrainingError(VaeExplorerError):
    """Training can't start or can't go on, for example because the loss is no longer finite."""


class DivergenceError(TrainingError):
    """The loss, a weight or what an optimiser remembers is no finite number any more."""


class WorkerLostError(TrainingError):
    """One of several workers that train together is gone or failed, so that the others can't go on."""


class ExportError(VaeExplorerError):
    """A picture, animation or table can't be made or written."""


class CapabilityError(VaeExplorerError):
    """The model can't do what was asked, for example encode without an encoder."""
