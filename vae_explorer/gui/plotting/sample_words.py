"""What is said of the samples of a known mixture: what was counted, by which rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vae_explorer.gui.plotting.sample_plot import ModeRing
from vae_explorer.language import marked, tr
from vae_explorer.latent.modes import NEAR

if TYPE_CHECKING:
    from vae_explorer.data.mixtures import Mixture
    from vae_explorer.latent.modes import ModeCoverage

RULES: Final = marked(
    "A sample is of high quality if its picture shows one blob within three deviations "
    "of a mode; a mode is covered by one such sample (Srivastava et al. 2017; Lin et al. "
    "2018).\nReverse KL: of the shares of the modes among the samples to those of the "
    "data; 0 where all modes are met alike."
)


def rings(coverage: ModeCoverage, mixture: Mixture) -> tuple[ModeRing, ...]:
    """Return the modes of a mixture as they are drawn, each with what was counted there."""
    found = []
    for name, (x, y), near, share in zip(
        mixture.mode_names, mixture.centres.tolist(), coverage.near.tolist(), coverage.balance.tolist(), strict=True
    ):
        words = tr(
            "Mode {name}: {near:,} samples of high quality, {share} of all points nearest to it.",
            name=name,
            near=near,
            share=_percent(share),
        )
        found.append(ModeRing((x, y), NEAR * mixture.deviation, near > 0, words))
    return tuple(found)


def facts(coverage: ModeCoverage) -> tuple[str, ...]:
    """Return what was counted, in a few words each."""
    words = [
        tr("{covered} of {count} modes", covered=coverage.modes_covered, count=len(coverage.near)),
        tr("{share} high quality", share=_percent(coverage.high_quality)),
    ]
    if coverage.points < coverage.samples:
        words.append(tr("{share} no point", share=_percent(1 - coverage.points / coverage.samples)))
    if coverage.points:
        words.append(tr("reverse KL {divergence:.2f} nats", divergence=coverage.reverse_kl))
    return tuple(words)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"
