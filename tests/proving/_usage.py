"""What a process holds, and whether it holds more and more: counts, and slopes with their confidence."""

from __future__ import annotations

import ctypes
import gc
import math
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIDENCE = 0.99
"""A slope counts only where chance alone would hardly give it."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds at a moment.

    Attributes
    ----------
    objects
        QObjects that Python knows of.
    widgets
        Widgets.
    threads, descriptors
        As the system counts them.
    python_objects
        Objects that Python's collector follows.
    megabytes
        Memory in use (resident), in 2^20 bytes.
    """

    objects: int
    widgets: int
    threads: int
    descriptors: int
    python_objects: int
    megabytes: float


@dataclass(frozen=True, slots=True)
class Slope:
    """How a count changes from one cycle to the next, by least squares.

    Attributes
    ----------
    each
        Change a cycle.
    error
        Its standard error.
    is_real
        Whether it is above zero with the confidence, and not by rounding.
    """

    each: float
    error: float
    is_real: bool


LIMITS: Mapping[str, float] = {
    "objects": 0.5,
    "widgets": 0.05,
    "threads": 0.02,
    "descriptors": 0.02,
    "python_objects": 150.0,
    "megabytes": 0.25,
}
"""Growth a cycle that is no leak yet: allocators and caches settle for long, a widget that stays doesn't."""


def usage() -> Usage:
    """Return what this process holds, once all that is to be deleted is."""
    settle()
    _trim()
    return Usage(
        objects=sum(1 for wrapper in shiboken6.getAllValidWrappers() if isinstance(wrapper, QObject)),
        widgets=len(QApplication.allWidgets()),
        threads=_count("/proc/self/task"),
        descriptors=_count("/proc/self/fd"),
        python_objects=len(gc.get_objects()),
        megabytes=resident_megabytes(),
    )


def settle() -> None:
    """Delete what waits for it, and collect cycles."""
    for _ in range(3):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        gc.unfreeze()
        gc.collect()


def _trim() -> None:
    """Let the allocator give back what nobody uses: what it only keeps for later is no leak."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def resident_megabytes() -> float:
    """Return the resident memory of this process; 0 where the system doesn't say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a path of the kernel's
            return int(file.read().split()[1]) * _PAGE / 2**20
    except OSError:
        return 0.0


def slope(values: Sequence[float], limit: float = 0.0) -> Slope:
    """Return the slope of values taken once a cycle, by ordinary least squares with Student's t.

    Parameters
    ----------
    values
        One a cycle, the warm-up left out.
    limit
        Growth a cycle that isn't counted.
    """
    if len(values) < 3 or len(set(values)) == 1:
        return Slope(0.0, 0.0, False)
    fit = stats.linregress(range(len(values)), values)
    quantile = float(stats.t.ppf(CONFIDENCE, len(values) - 2))
    each, error = float(fit.slope), float(fit.stderr)
    lowest = each - quantile * error if math.isfinite(error) else each
    return Slope(each, error, lowest > 0 and each > limit)


def slopes(series: Sequence[Usage]) -> dict[str, Slope]:
    """Return the slope of each count."""
    return {name: slope([float(getattr(one, name)) for one in series], limit) for name, limit in LIMITS.items()}


def kinds() -> Counter[str]:
    """Return how many QObjects there are of each class, to name what leaks."""
    return Counter(
        type(wrapper).__name__ for wrapper in shiboken6.getAllValidWrappers() if isinstance(wrapper, QObject)
    )


def python_kinds() -> Counter[str]:
    """Return how many objects of this program there are of each class."""
    return Counter(
        type(one).__qualname__ for one in gc.get_objects() if str(type(one).__module__).startswith("vae_explorer")
    )


def verdict(found: Mapping[str, Slope]) -> list[str]:
    """Return a sentence for each count that grows."""
    return [f"{name} grow by {one.each:.3g} a cycle (± {one.error:.2g})" for name, one in found.items() if one.is_real]


def told(found: Mapping[str, Slope]) -> list[str]:
    """Return a line to print for each count."""
    return [
        f"  {name}: {one.each:+.4g} a window (± {one.error:.2g}) {'GROWS' if one.is_real else ''}".rstrip()
        for name, one in found.items()
    ]


def plain(found: Mapping[str, Slope]) -> dict[str, dict[str, float]]:
    """Return the slopes as plain values."""
    return {name: asdict(one) for name, one in found.items()}


def _count(folder: str) -> int:
    return len(os.listdir(folder)) if sys.platform == "linux" else 0  # noqa: PTH208 - names only, and often
