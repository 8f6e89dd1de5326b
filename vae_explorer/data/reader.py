"""What a format has to say of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.sections import DataConfig

Report = Callable[[str], None]
"""Takes a short text about what is being done; it may raise to cancel the reading."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One format of data sets.

    Attributes
    ----------
    name, title
        Short name, and words for the Open dialog.
    suffixes
        Lower-case endings of file names for the Open dialog, such as ``".npy"``; () if it reads folders.
    recognises
        Whether a path, which exists, looks like this format; reads a few bytes at most.
    read
        Reads it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Path], bool]
    read: Callable[[Path, DataConfig, Limits, Report], ImageDataset]


def ignore(_text: str) -> None:
    """Report to nobody."""
