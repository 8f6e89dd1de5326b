"""How the terms of a run are drawn: the colour, the marker and the plot of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from vae_explorer.language import marked, tr
from vae_explorer.objectives.terms import NATS, SHARE, UNITS, WEIGHT, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vae_explorer.gui.theme import Theme
    from vae_explorer.objectives.terms import Term


@dataclass(frozen=True, slots=True)
class Quantity:
    """A term that is measured while training, and how it is drawn.

    Attributes
    ----------
    term
        What it is: its words and its unit.
    light, dark
        Its colour on light and on dark ground; the pairs are told apart by colour-blind people too.
    symbol
        Shape of its test markers, so that colour isn't all that tells curves apart.
    plot
        Name of the plot that it is drawn in: one of `PLOTS`, or one for its unit alone, named in words.
    """

    term: Term
    light: str
    dark: str
    symbol: str
    plot: str

    @property
    def key(self) -> str:
        """Its name in the records."""
        return self.term.name

    @property
    def title(self) -> str:
        """Words for the legend, with a unit that can't be told from the values."""
        term = self.term
        return tr(term.title) if term.unit in UNITS else f"{tr(term.title)} ({tr(term.unit)})"

    def colour(self, theme: Theme) -> QColor:
        """Return the colour of its curves in a theme."""
        return QColor(self.dark if theme.dark else self.light)


PLOTS: Mapping[str, str] = {
    "loss": marked("Total loss"),
    "kl": marked("KL divergence"),
    "penalty": marked("Penalties"),
    "share": marked("Shares"),
    "other": marked("Further terms"),
    "weight": marked("Weights"),
}
"""The plots with their names, in the order in which they stand side by side; one without curves isn't there."""

_OF_UNIT = "Terms in "  # untranslated: the beginning of a name
_BLUE, _ORANGE, _GREEN = ("#0b62a8", "#6db3f2"), ("#c04a00", "#ff9a56"), ("#00775a", "#3ecfa4")
_PURPLE, _OCHRE = ("#a1468a", "#e79bd0"), ("#8a6d00", "#e8cf5b")
_RED = ("#a33b3b", "#ff9d9d")
_FURTHER = (("#5b5fc7", "#a5a8ff"), _RED, ("#4d7a12", "#a8d66a"), ("#006f83", "#5fd0e6"))
_FURTHER_SYMBOLS = ("disc", "square", "triangle", "diamond")
_FURTHER_PLOTS: Mapping[str, str] = {NATS: "other", SHARE: "share", WEIGHT: "weight"}
"""Where terms are drawn whose size is unknown: never in the plot of the loss."""

_LOOKS: Mapping[str, tuple[str, str, str, str]] = {
    "loss": (*_BLUE, "disc", "loss"),
    "reconstruction": (*_ORANGE, "square", "loss"),
    "cross_entropy": (*_ORANGE, "square", "loss"),
    "regression": (*_PURPLE, "triangle", "loss"),
    "discriminator": (*_GREEN, "diamond", "loss"),
    "generator": (*_ORANGE, "square", "loss"),
    "kl": (*_GREEN, "disc", "kl"),
    "kl_z1": (*_PURPLE, "triangle", "kl"),
    "kl_z2": (*_OCHRE, "diamond", "kl"),
    "bottleneck_kl": (*_BLUE, "disc", "kl"),
    "r1": (*_PURPLE, "triangle", "penalty"),
    "error": (*_RED, "disc", "share"),
    "real_score": (*_GREEN, "disc", "share"),
    "fake_score": (*_ORANGE, "square", "share"),
    "beta": (*_BLUE, "disc", "weight"),
    "bottleneck_weight": (*_OCHRE, "square", "weight"),
}
"""Colours, marker and plot of the known terms, by name."""


def plot_title(name: str) -> str:
    """Return the words over a plot of this name."""
    return tr(PLOTS[name]) if name in PLOTS else tr("Terms in {unit}", unit=tr(name.removeprefix(_OF_UNIT)))


def quantities_of(names: Iterable[str], own: Iterable[Term] = ()) -> tuple[Quantity, ...]:
    """Return how to draw the terms of some recorded names; `own` are those that the run's objective describes."""
    own = tuple(own)
    described = {term.name for term in own}
    made: list[Quantity] = []
    further = 0
    for term in terms_of(names, own):
        if term.name in _LOOKS and term.name not in described:
            made.append(Quantity(term, *_LOOKS[term.name]))
        else:
            made.append(_further(term, further))
            further += 1
    return tuple(made)


def _further(term: Term, number: int) -> Quantity:
    colours, symbol = _FURTHER[number % len(_FURTHER)], _FURTHER_SYMBOLS[number % len(_FURTHER_SYMBOLS)]
    return Quantity(term, *colours, symbol, _FURTHER_PLOTS.get(term.unit, f"{_OF_UNIT}{term.unit}"))
