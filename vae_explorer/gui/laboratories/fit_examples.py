"""Targets and starts worth seeing when one bump is fitted to two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vae_explorer.language import marked
from vae_explorer.latent.univariate import Gaussian, Mixture


@dataclass(frozen=True, slots=True)
class Example:
    """A target and a start worth seeing."""

    title: str
    target: Mixture
    start: Gaussian


_FAR: Final = Mixture(Gaussian(-3.0, 0.6), Gaussian(3.0, 0.6))
_UNEVEN: Final = Mixture(Gaussian(-3.0, 0.6), Gaussian(2.0, 1.2), 0.2)
EXAMPLES: Final = (
    Example(marked("Two bumps, start at the left"), _FAR, Gaussian(-1.5, 0.6)),
    Example(marked("Two bumps, start at the right"), _FAR, Gaussian(1.5, 0.6)),
    Example(
        marked("Start between two narrow bumps"), Mixture(Gaussian(-3.0, 0.3), Gaussian(3.0, 0.3)), Gaussian(0.0, 1.0)
    ),
    Example(marked("A small bump beside a large one"), _UNEVEN, Gaussian(-4.0, 0.5)),
    Example(
        marked("Two bumps that melt into one"), Mixture(Gaussian(-0.8, 1.0), Gaussian(0.8, 1.0)), Gaussian(-4.0, 0.6)
    ),
    Example(
        marked("Far away: JS gives no gradient"), Mixture(Gaussian(3.0, 0.5), Gaussian(6.0, 0.5)), Gaussian(-6.0, 0.5)
    ),
)
