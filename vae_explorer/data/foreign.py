"""A picture from anywhere, brought to the channels, polarity and contrast of a data set, for the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vae_explorer.data.allowance import limits_in_force
from vae_explorer.data.listing import PICTURE_SUFFIXES
from vae_explorer.errors import DataError, printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.data.framing import Framing
    from vae_explorer.data.limits import Limits

LARGEST_SIDE: Final = 512
"""Longer side that a picture is read at: more than any canvas, little to reckon with."""
_FORMATS: Final = marked("PNG, JPEG, BMP, GIF, TIFF or WebP")
_FIRST_BYTES: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
)


def is_picture(path: Path) -> bool:
    """Whether a path is a single file that says, by its ending or its first bytes, that it is a picture."""
    if not path.is_file():
        return False
    if path.name.lower().endswith(PICTURE_SUFFIXES):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head.startswith(_FIRST_BYTES) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


@dataclass(frozen=True, slots=True, eq=False)
class ForeignPicture:
    """A picture uint8 [C, h, w] in the manner of the data, and sentences on what had to be changed."""

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def read_foreign(path: Path, framing: Framing, limits: Limits | None = None) -> ForeignPicture:
    """Read a picture file, at most `LARGEST_SIDE` on a side, in the manner of the data.

    Parameters
    ----------
    path
        One file of a known format; links, pipes and devices aren't followed.
    framing
        Of the data.
    limits
        Bounds on its bytes and pixels; left out, those that the user allows.

    Raises
    ------
    DataError
        If it can't be used; one sentence that names the file.
    """
    # Pillow only where there is a picture: every start of the window imports this room's lists.
    from vae_explorer.data.framing import adopted
    from vae_explorer.data.pictures import Canvas, PictureError, measure, quiet_pictures, read_picture

    limits = limits or limits_in_force()
    try:
        with quiet_pictures(limits):
            size = measure(path, limits)
            factor = min(1.0, LARGEST_SIDE / max(size.height, size.width))
            target = (max(1, round(size.height * factor)), max(1, round(size.width * factor)))
            canvas = Canvas((size.height, size.width), target, framing.shape[0])
            pixels, notes = read_picture(path, canvas, limits)
    except PictureError as error:
        raise DataError(
            tr(
                "{path} can't be used as a picture ({error}): choose a whole {formats} file.",
                path=printable(path),
                error=error,
                formats=_FORMATS,
            )
        ) from None
    return ForeignPicture(adopted(pixels, framing), tuple(sorted(notes)))
