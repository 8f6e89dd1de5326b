"""What becomes of memory that a computation gives back, for the next step to find it again.

Each training step and each frame asks for the same blocks of megabytes and gives them back. The GNU C library hands
blocks of that size to the system at once, which has to clear every page of them when they are asked for again: of a
step of the default convolutional network a third of the time went there, some 4,000 pages of it.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Numbers of the two settings in ``malloc.h``."""
BLOCK = 32 * 2**20
"""Blocks up to so many bytes are kept; larger ones the C library doesn't take from what it keeps."""
KEPT = 128 * 2**20
"""At most so many free bytes are kept at the end of a thread's memory."""


def keep_freed_memory() -> None:
    """Let the C library of this process keep blocks that are given back, where it is the GNU one.

    For programs, not for libraries: it holds for the whole process, and cannot be undone.
    """
    if not sys.platform.startswith("linux"):
        return
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting is not None:
        setting(_M_MMAP_THRESHOLD, BLOCK)
        setting(_M_TRIM_THRESHOLD, KEPT)
