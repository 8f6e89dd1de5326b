"""Pictures of different states that are the same to the last pixel: one of them doesn't show what its name says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.screenshots._camera import Picture


def alike(pictures: Iterable[Picture], out: Path) -> list[tuple[Picture, ...]]:
    """Return the pictures that can't be told from one of another state, those that are the same together.

    Parameters
    ----------
    pictures
        What was taken.
    out
        The folder that their paths begin in.
    """
    groups: dict[str, list[Picture]] = {}
    for picture in pictures:
        digest = hashlib.sha256((out / picture.path).read_bytes()).hexdigest()
        groups.setdefault(digest, []).append(picture)
    return [tuple(group) for group in groups.values() if len({picture.state for picture in group}) > 1]
