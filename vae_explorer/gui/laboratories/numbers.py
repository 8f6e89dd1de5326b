"""Numbers as the laboratories write them: nats or bits, with as many digits as a person reads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.language import marked
from vae_explorer.language import percent as in_percent
from vae_explorer.latent.divergences import NATS_PER_BIT

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TINY = 1e-4
_HUGE = 1e6


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of information: its English name, to be shown by `tr`, and its size in nats."""

    name: str
    size: float

    def of(self, nats: float) -> float:
        """Return a number of nats in this unit."""
        return nats / self.size


NATS: Final = Unit(marked("nats"), 1.0)
BITS: Final = Unit(marked("bits"), NATS_PER_BIT)
NAMES: Final = {"forward": "KL(p‖q)", "reverse": "KL(q‖p)", "js": "JS(p, q)"}
"""What the divergences are called, in the order in which they are listed."""


def number(value: float) -> str:
    """Return a number with about five digits: with a power of ten if very small or large, a dash if there is none."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if 0 < size < _TINY or size >= _HUGE:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{format_number(float(mantissa), 1)}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return format_number(value, min(4, max(1, 4 - math.floor(math.log10(size)))) if size >= 1 else 4)


def count(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def percent(share: float) -> str:
    """Return a share as per cent, never rounded up to the whole."""
    return in_percent(math.floor(1000 * share + 1e-9) / 1000, 1) if share > 0.99 else in_percent(share)
