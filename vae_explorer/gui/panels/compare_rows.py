"""From metrics, evaluations and readings of two models to the rows of a table; what can't be subtracted isn't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.gui.plotting.compare_table import ComparedRow
from vae_explorer.gui.plotting.measure_table import decimals_of, value_text
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.language import marked, tr
from vae_explorer.objectives.terms import NATS, SHARE, terms_of
from vae_explorer.training.quantities import is_same_evidence, is_same_quantity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vae_explorer.app.picture_reading import PictureReading
    from vae_explorer.latent.measures import Evaluation
    from vae_explorer.objectives.terms import Term
    from vae_explorer.training.events import MetricRecord
    from vae_explorer.training.experiment import Experiment

_MISSING = "\N{EN DASH}"
_EVIDENCE = {
    "none": "log p(x)",
    "label": "log p(x | y)",
    "class-mean": "log p(x | y)",
    "image": marked("log p(rest | band)"),
}
_LIKELIHOODS = marked("The two are different quantities, of other objectives, likelihoods or with a class given.")


def newest_test(metrics: Sequence[MetricRecord], step: int | None) -> MetricRecord | None:
    """Return the last test record that isn't after a step, or the last of all without one."""
    tests = (record for record in reversed(metrics) if record.split == "test")
    return next((record for record in tests if step is None or record.step <= step), None)


def loss_rows(
    first: tuple[Experiment, MetricRecord] | None,
    second: tuple[Experiment, MetricRecord] | None,
    told: tuple[str, str] = ("none", "none"),
) -> list[ComparedRow]:
    """Return a row for each term of the test losses, differences where both are the same quantity.

    `told` is what the two models are told beside a point: ``none``, ``label``, ``class-mean`` or ``image``.
    """
    sides = (first, second)
    values: list[Mapping[str, float]] = [{} if side is None else side[1].values for side in sides]
    terms: dict[str, Term] = {}
    for side in sides:
        if side is not None:
            own = side[0].objective_entry.terms
            terms |= {term.name: term for term in terms_of(side[1].values, own) if term.name not in terms}
    rows = []
    for name, term in terms.items():
        one, other = (found.get(name) for found in values)
        comparable = first is not None and second is not None and is_same_quantity(name, first[0], second[0], told)
        difference = ""
        if one is not None and other is not None and comparable:
            difference = _signed(_difference(term, one, other), one - other)
        texts = [_MISSING if value is None else term.text(value) for value in (one, other)]
        if term.unit == NATS:
            title = tr("{term} on test images, nats", term=tr(term.title))
        else:
            title = tr("{term} on test images", term=tr(term.title))
        both = one is not None and other is not None
        tip = tr(term.summary) if comparable or not both else f"{tr(term.summary)} {tr(_LIKELIHOODS)}"
        rows.append(ComparedRow(title, texts[0], texts[1], difference, tip))
    return rows


def measure_rows(
    first: Evaluation | None, second: Evaluation | None, told: tuple[str, str] = ("none", "none")
) -> list[ComparedRow]:
    """Return a row for each measure of two evaluations; `told` is as for `loss_rows`."""
    found = [{} if item is None else {measure.name: measure for measure in item.measures} for item in (first, second)]
    names = dict.fromkeys([*found[0], *found[1]])
    same = first is not None and second is not None and first.likelihood == second.likelihood
    same = same and is_same_evidence(*told)
    rows = []
    for name in names:
        one, other = (side.get(name) for side in found)
        some = one or other
        if some is None:
            continue
        difference = ""
        is_of_likelihood = some.unit in {"nats", "bits"}
        values = [None if side is None else side.value for side in (one, other)]
        if values[0] is not None and values[1] is not None and (same or not is_of_likelihood):
            value = values[0] - values[1]
            difference = _signed(format_number(value, decimals_of(some)), value)
        texts = [_MISSING if side is None else value_text(side) for side in (one, other)]
        rows.append(ComparedRow(tr(some.title), texts[0], texts[1], difference, tr(some.note)))
    return rows


def reading_rows(
    first: PictureReading | None,
    second: PictureReading | None,
    exact: tuple[float | None, float | None] = (None, None),
    told: tuple[str, str] = ("none", "none"),
) -> list[ComparedRow]:
    """Return what two models make of one picture: its loss split, in nats, and its exact log p(x) where known.

    `told` is what the two models are told beside a point: ``none``, ``label``, ``class-mean`` or ``image``.
    """
    bounds = [None if side is None else side.bound for side in (first, second)]
    known = [bound for bound in bounds if bound is not None]
    if not known:
        return []
    same = len({(bound.likelihood, bound.kind) for bound in known}) == 1 and told.count("image") != 1
    whole = same and is_same_evidence(*told)
    names = {_EVIDENCE[one] for one, bound in zip(told, bounds, strict=True) if bound is not None}
    evidence = tr(names.pop()) if len(names) == 1 else tr("log-likelihood")
    kl = [None if bound is None else bound.kl for bound in bounds]
    quantities = (
        (tr("Reconstruction, nats"), [None if bound is None else bound.reconstruction for bound in bounds], same, ""),
        (tr("KL, nats"), kl, True, tr("None for an encoder without noise.")),
        (tr("ELBO, nats"), [None if bound is None else bound.elbo for bound in bounds], whole, ""),
        (tr("Exact {evidence}, nats", evidence=evidence), list(exact), whole, tr("Integrated over the plane.")),
    )
    return [
        _nats(title, values[0], values[1], comparable, tip)
        for title, values, comparable, tip in quantities
        if any(value is not None for value in values)
    ]


def likelihood_words(first: PictureReading | None, second: PictureReading | None) -> str:
    """Return under which likelihood the losses of a picture are; both where they differ."""
    bounds = [None if side is None else side.bound for side in (first, second)]
    titles = [tr(bound.likelihood) for bound in bounds if bound is not None]
    if len(set(titles)) > 1:
        return tr("{first} (A), {second} (B): different quantities", first=titles[0], second=titles[1])
    return titles[0] if titles else ""


def _nats(title: str, one: float | None, other: float | None, comparable: bool, tip: str) -> ComparedRow:
    first, second = (_MISSING if value is None else format_number(value, 2) for value in (one, other))
    if one is None or other is None:
        return ComparedRow(title, first, second, tip=tip)
    difference = _signed(format_number(one - other, 2), one - other) if comparable else ""
    return ComparedRow(title, first, second, difference, tip if comparable else tr(_LIKELIHOODS))


def _difference(term: Term, one: float, other: float) -> str:
    """Return one value less the other with the decimals of the values."""
    if term.unit == SHARE:
        return term.text(one - other)
    return format_number(one - other, 2 if max(abs(one), abs(other)) >= 10 else 3)


def _signed(text: str, value: float) -> str:
    return f"+{text}" if value > 0 and not text.startswith("+") else text
