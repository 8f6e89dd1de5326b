"""What is measured while training: words, unit and colour of each term, in one table that grows with the objectives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vae_explorer.gui.theme import Theme

MINUS = "\N{MINUS SIGN}"
UNITS: Mapping[str, str] = {"nats": "nats per image", "share": "share", "weight": "weight"}
"""Words on the axis of each unit."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is measured while training, and how it is drawn.

    Attributes
    ----------
    key
        Its name in the records.
    title, summary
        Words for the legend and its help.
    light, dark
        Its colour on light and on dark ground; the pairs are told apart by colour-blind people too.
    symbol
        Shape of its test markers, so that colour isn't all that tells curves apart.
    plot
        Name of the plot in `PLOTS` that it is drawn in.
    unit
        ``nats`` (per image), ``share`` (from 0 to 1, read in per cent) or ``weight`` (a bare number).
    shown
        Whether its curve is drawn before anyone asks.
    """

    key: str
    title: str
    summary: str
    light: str
    dark: str
    symbol: str
    plot: str = "loss"
    unit: str = "nats"
    shown: bool = True

    def colour(self, theme: Theme) -> QColor:
        """Return the colour of its curves in a theme."""
        return QColor(self.dark if theme.dark else self.light)

    def text(self, value: float) -> str:
        """Return a value with as many digits as are worth reading, and a real minus sign."""
        if self.unit == "share":
            return f"{100 * value:.1f} %".replace("-", MINUS)
        return f"{value:.{2 if abs(value) >= 10 else 3}f}".replace("-", MINUS)


PLOTS: Mapping[str, str] = {
    "loss": "Total loss and its parts",
    "kl": "KL divergence",
    "penalty": "Penalties",
    "share": "Shares",
    "other": "Further terms",
    "weight": "Weights",
}
"""The plots with their names, in the order in which they stand side by side; one without curves isn't there."""

_BLUE, _ORANGE, _GREEN = ("#0b62a8", "#6db3f2"), ("#c04a00", "#ff9a56"), ("#00775a", "#3ecfa4")
_PURPLE, _OCHRE = ("#a1468a", "#e79bd0"), ("#8a6d00", "#e8cf5b")
_RED = ("#a33b3b", "#ff9d9d")
_FURTHER = (("#5b5fc7", "#a5a8ff"), _RED, ("#4d7a12", "#a8d66a"), ("#006f83", "#5fd0e6"))
_FURTHER_SYMBOLS = ("o", "s", "t1", "d")
_NOT_DRAWN = frozenset({"learning_rate"})
"""Recorded, but no part of what is minimised: the form shows the schedule."""

_KNOWN = (
    Quantity("loss", "Total", "What training minimises, summed over the picture.", *_BLUE, "o"),
    Quantity(
        "reconstruction",
        "Reconstruction",
        f"How badly the decoder's picture explains the original: {MINUS}log p(x | z).",
        *_ORANGE,
        "s",
    ),
    Quantity(
        "cross_entropy",
        "Cross-entropy",
        f"How badly the point of the plane tells the class: {MINUS}log p(y | z).",
        *_ORANGE,
        "s",
    ),
    Quantity(
        "regression",
        "Regressor",
        "The plain regressor beside the model: it gives one answer for each picture, and blurs where several fit.",
        *_PURPLE,
        "t1",
    ),
    Quantity(
        "discriminator",
        "Discriminator",
        "How badly the discriminator tells real from made; 2 log 2 = 1.386 means that it only guesses.",
        *_GREEN,
        "d",
    ),
    Quantity("generator", "Generator", "How badly the generator's pictures pass for real.", *_ORANGE, "s"),
    Quantity(
        "kl",
        "KL",
        "How far the encoder strays from the prior: the information kept in z.",
        *_GREEN,
        "o",
        "kl",
    ),
    Quantity("kl_z1", "KL of z1", "The part of the KL in the first dimension; 0 means it died.", *_PURPLE, "t1", "kl"),
    Quantity("kl_z2", "KL of z2", "The part of the KL in the second dimension; 0 means it died.", *_OCHRE, "d", "kl"),
    Quantity(
        "bottleneck_kl",
        "Bottleneck KL",
        "Information that passes through the discriminator's bottleneck; its weight holds it at the limit.",
        *_BLUE,
        "o",
        "kl",
    ),
    Quantity(
        "r1",
        "R1 penalty",
        "Squared slope of the discriminator at real pictures, as it is paid: keeps the game calm.",
        *_PURPLE,
        "t1",
        "penalty",
    ),
    Quantity("error", "Error", "Share of images given the wrong class.", *_RED, "o", "share", "share"),
    Quantity(
        "real_score",
        "Real taken for real",
        "Probability of being real that the discriminator gives to real pictures; 50 % for both is a draw.",
        *_GREEN,
        "o",
        "share",
        "share",
    ),
    Quantity(
        "fake_score",
        "Made taken for real",
        "Probability of being real that the discriminator gives to made pictures; 50 % for both is a draw.",
        *_ORANGE,
        "s",
        "share",
        "share",
    ),
    Quantity(
        "beta",
        "beta",
        "Weight of the KL at this step: a warm-up lets it grow.",
        *_BLUE,
        "o",
        "weight",
        "weight",
        shown=False,
    ),
    Quantity(
        "bottleneck_weight",
        "Bottleneck weight",
        "Price of a nat in the discriminator's bottleneck at this step.",
        *_OCHRE,
        "s",
        "weight",
        "weight",
        shown=False,
    ),
)
TERMS: Mapping[str, Quantity] = {quantity.key: quantity for quantity in _KNOWN}
"""Everything known by name, in the order of the legend."""


def quantities_of(names: Iterable[str]) -> tuple[Quantity, ...]:
    """Return how to draw the terms of some names: the known ones first, in their own order.

    A name that nobody has described is a term in nats per image, as the objectives promise, with a plot beside the
    others: its size is unknown.
    """
    wanted = [name for name in dict.fromkeys(names) if name not in _NOT_DRAWN]
    known = tuple(quantity for key, quantity in TERMS.items() if key in wanted)
    unknown = (name for name in wanted if name not in TERMS)
    return (*known, *(_undescribed(name, number) for number, name in enumerate(unknown)))


def _undescribed(name: str, number: int) -> Quantity:
    words = name.replace("_", " ").strip() or name
    colours = _FURTHER[number % len(_FURTHER)]
    symbol = _FURTHER_SYMBOLS[number % len(_FURTHER_SYMBOLS)]
    return Quantity(
        name, words[:1].upper() + words[1:], f"The term {name} of this objective.", *colours, symbol, "other"
    )
