"""Files that come with the program."""

from __future__ import annotations

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Return the path of a file or folder below ``resources``."""
    return Path(__file__).resolve().parent.parent.joinpath("resources", *parts)
