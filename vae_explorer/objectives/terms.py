"""The terms that objectives record: what each is called, what it means, and its unit, for curves and commands alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.language import marked, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MINUS = "\N{MINUS SIGN}"
NATS, SHARE, WEIGHT = "nats", "share", "weight"
UNITS: Mapping[str, str] = {NATS: marked("nats per image"), SHARE: marked("share"), WEIGHT: marked("weight")}
"""Words for the units that are known by a short name."""


@dataclass(frozen=True, slots=True)
class Term:
    """Something that an objective records at each step, with the words for it.

    Attributes
    ----------
    name
        Its name among the scalars of `ObjectiveTerms`.
    title, summary
        Words for the legend of the curves, and a sentence for its help.
    unit
        ``nats`` (per image), ``share`` (from 0 to 1, read in per cent), ``weight`` (a bare number), or words of its
        own such as ``"pixels"``. Terms of one unit can share an axis.
    shown
        Whether its curve is drawn before anyone asks.
    """

    name: str
    title: str
    summary: str
    unit: str = NATS
    shown: bool = True

    @property
    def unit_words(self) -> str:
        """The unit as it stands on an axis."""
        return UNITS.get(self.unit, self.unit)

    def text(self, value: float) -> str:
        """Return a value with as many digits as are worth reading, and a real minus sign."""
        if self.unit == SHARE:
            return percent(value, 1).replace("-", MINUS)
        return f"{value:.{2 if abs(value) >= 10 else 3}f}".replace("-", MINUS)


_COMMON = (
    Term("loss", marked("Total"), marked("What training minimises, summed over the picture.")),
    Term(
        "reconstruction",
        marked("Reconstruction"),
        marked("How badly the decoder's picture explains the original: −log p(x | z)."),
    ),
    Term(
        "cross_entropy",
        marked("Cross-entropy"),
        marked("How badly the point of the plane tells the class: −log p(y | z)."),
    ),
    Term(
        "regression",
        marked("Regressor"),
        marked(
            "The plain regressor beside the model: it gives one answer for each picture, and blurs where several fit."
        ),
    ),
    Term(
        "discriminator",
        marked("Discriminator"),
        marked("How badly the discriminator tells real from made; 2 log 2 = 1.386 means that it only guesses."),
    ),
    Term("generator", marked("Generator"), marked("How badly the generator's pictures pass for real.")),
    Term("kl", "KL", marked("How far the encoder strays from the prior: the information kept in z.")),
    Term("kl_z1", marked("KL of z₁"), marked("The part of the KL in the first dimension; 0 means it died.")),
    Term("kl_z2", marked("KL of z₂"), marked("The part of the KL in the second dimension; 0 means it died.")),
    Term(
        "bottleneck_kl",
        marked("Bottleneck KL"),
        marked("Information that passes through the discriminator's bottleneck; its weight holds it at the limit."),
    ),
    Term(
        "r1",
        marked("R1 penalty"),
        marked("Squared slope of the discriminator at real pictures, as it is paid: keeps the game calm."),
    ),
    Term("error", marked("Error rate"), marked("Share of images given the wrong class."), SHARE),
    Term(
        "real_score",
        marked("Real taken for real"),
        marked("Probability of being real that the discriminator gives to real pictures; 50% for both is a draw."),
        SHARE,
    ),
    Term(
        "fake_score",
        marked("Made taken for real"),
        marked("Probability of being real that the discriminator gives to made pictures; 50% for both is a draw."),
        SHARE,
    ),
    Term("beta", marked("beta"), marked("Weight of the KL at this step: a warm-up lets it grow."), WEIGHT, shown=False),
    Term(
        "bottleneck_weight",
        marked("Bottleneck weight"),
        marked("Price of a nat in the discriminator's bottleneck at this step."),
        WEIGHT,
        shown=False,
    ),
)
TERMS: Mapping[str, Term] = {term.name: term for term in _COMMON}
"""The terms of this program's own objectives, in the order of a legend."""

PARTS = frozenset({"kl_z1", "kl_z2"})
"""Names of terms that are parts of others."""

_NO_TERMS = frozenset({"learning_rate"})
"""Recorded beside the terms, but no part of what is minimised: the form shows the schedule."""


def terms_of(names: Iterable[str], own: Iterable[Term] = ()) -> tuple[Term, ...]:
    """Return the terms behind recorded names: the known ones first, in their order, then an objective's own.

    Parameters
    ----------
    names
        Names among the scalars of a run.
    own
        Terms that the run's objective describes itself; they go before the known ones of the same name. A name that
        nobody describes is a term in nats per image.
    """
    wanted = [name for name in dict.fromkeys(names) if name not in _NO_TERMS]
    described = dict(TERMS) | {term.name: term for term in own}
    undescribed = {name: _undescribed(name) for name in wanted if name not in described}
    return tuple(term for name, term in (described | undescribed).items() if name in wanted)


def _undescribed(name: str) -> Term:
    words = name.replace("_", " ").strip() or name
    return Term(name, words[:1].upper() + words[1:], marked("The term {name} of this objective.", name=name))
