"""What is said of the samples of a known mixture: what was counted, by which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vae_explorer.gui.plotting.sample_plot import ModeRing
from vae_explorer.latent.modes import NEAR

if TYPE_CHECKING:
    from vae_explorer.data.mixtures import Mixture
    from vae_explorer.latent.modes import ModeCoverage

RULES: Final = (
    "A sample is of high quality if its picture shows one blob within three deviations of a mode; a mode is covered "
    "by one such sample (Srivastava et al. 2017; Lin et al. 2018).\nReverse KL: of the shares of the modes among the "
    "samples to those of the data; 0 where all modes are met alike."
)


def rings(coverage: ModeCoverage, mixture: Mixture) -> tuple[ModeRing, ...]:
    """Return the modes of a mixture as they are drawn, each with what was counted there."""
    found = []
    for name, (x, y), near, share in zip(
        mixture.mode_names, mixture.centres.tolist(), coverage.near.tolist(), coverage.balance.tolist(), strict=True
    ):
        words = f"Mode {name}: {near:,} samples of high quality, {_percent(share)} of all points nearest to it."
        found.append(ModeRing((x, y), NEAR * mixture.deviation, near > 0, words))
    return tuple(found)


def facts(coverage: ModeCoverage) -> tuple[str, ...]:
    """Return what was counted, in a few words each."""
    words = [
        f"{coverage.modes_covered} of {len(coverage.near)} modes",
        f"{_percent(coverage.high_quality)} high quality",
    ]
    if coverage.points < coverage.samples:
        words.append(f"{_percent(1 - coverage.points / coverage.samples)} no point")
    if coverage.points:
        words.append(f"reverse KL {coverage.reverse_kl:.2f} nats")
    return tuple(words)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"
