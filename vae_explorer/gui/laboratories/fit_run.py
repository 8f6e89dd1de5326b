"""The state of a fit: target, start, and the way that gradient descent has taken from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vae_explorer.latent.bump_fitting import Divergence, Fit, descend, evaluate_fit
from vae_explorer.latent.univariate import Gaussian, Mixture

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_STEPS = 3000
"""Steps after which a run ends by itself."""
FLAT = 1e-5
"""Length of the gradient below which descent has arrived."""


@dataclass(slots=True)
class FitRun:
    """Gradient descent of q on a divergence from the target; `trace` and `way` begin at the start.

    Attributes
    ----------
    target
        The mixture to be fitted.
    kind
        Which divergence.
    start
        Where q begins.
    rate
        Learning rate.
    way
        All q so far [steps + 1].
    trace
        The divergence at each, in nats.
    minima
        Known minima of the divergences for this target; whoever looks for them puts them here.
    """

    target: Mixture
    kind: Divergence
    start: Gaussian
    rate: float = 0.1
    way: list[Gaussian] = field(default_factory=list)
    trace: list[float] = field(default_factory=list)
    minima: dict[Divergence, tuple[Gaussian, ...]] = field(default_factory=dict)
    fit: Fit = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    @property
    def q(self) -> Gaussian:
        """The fitted curve as it is now."""
        return self.way[-1]

    @property
    def steps(self) -> int:
        """Number of steps taken."""
        return len(self.way) - 1

    @property
    def arrived(self) -> bool:
        """Whether the gradient has vanished, or there were steps enough."""
        return self.fit.steepness < FLAT or self.steps >= MOST_STEPS

    def reset(self) -> None:
        """Go back to the start."""
        self.way, self.trace = [self.start], []
        self._measure()

    def step(self) -> None:
        """Take one step of gradient descent."""
        self.way.append(descend(self.kind, self.target, self.q, self.rate))
        self._measure()

    def divergences(self, kinds: Iterable[Divergence]) -> dict[str, float]:
        """Return several divergences at q, in nats."""
        return {kind: evaluate_fit(kind, self.target, self.q).value for kind in kinds}

    def _measure(self) -> None:
        self.fit = evaluate_fit(self.kind, self.target, self.q)
        self.trace.append(self.fit.value)
