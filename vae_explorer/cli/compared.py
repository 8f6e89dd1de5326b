"""What ``vae-explorer compare`` prints: one JSON object, or sentences and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from vae_explorer.cli.reporting import measured_words, reason_or_note, show, show_table
from vae_explorer.language import marked, tr
from vae_explorer.training.quantities import is_same_quantity

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.comparison_figure import DecodedDifference
    from vae_explorer.latent.alignment import Alignment
    from vae_explorer.latent.measures import Evaluation
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.folder import Run

    Subject: TypeAlias = tuple[Run, ModelSnapshot]

_MISSING = "-"
_DIFFERENCES = {
    "as_they_are": marked(
        "Pictures at {points:,} common points differ by {mean:.1f} of 255 grey levels on "
        "average as the planes are, {largest:.1f} at most."
    ),
    "aligned": marked(
        "Pictures at {points:,} common points differ by {mean:.1f} of 255 grey levels on "
        "average after the alignment, {largest:.1f} at most."
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two models and what was found of them.

    Attributes
    ----------
    first, second
        Runs with the models of the moments that were named.
    dataset
        The images.
    alignment, why_not
        The map from the first plane to the second; None, with the reason, where there is none.
    differences
        Differences of the pictures by name: ``as_they_are`` and ``aligned``.
    terms
        Terms of both objectives on the test images.
    measures
        Evaluations of both, or None where nobody asked.
    """

    first: Subject
    second: Subject
    dataset: ImageDataset
    alignment: Alignment | None
    why_not: str
    differences: dict[str, DecodedDifference]
    terms: tuple[dict[str, float], dict[str, float]]
    measures: list[Evaluation] | None


def name_of(subject: Subject) -> str:
    """Return objective and epoch of a model, in English, as they stand in a figure."""
    finished, model = subject
    return f"{finished.experiment.objective_entry.title}, epoch {model.epoch:.4g}"  # untranslated: drawn in a figure


def _told_name(subject: Subject) -> str:
    finished, model = subject
    return tr("{title}, epoch {epoch:.4g}", title=tr(finished.experiment.objective_entry.title), epoch=model.epoch)


def alignment_values(alignment: Alignment) -> dict[str, object]:
    """Return an alignment ready for JSON."""
    return {
        "turn": [list(row) for row in alignment.turn],
        "degrees": alignment.angle,
        "mirrored": alignment.is_reflection,
        "scale": alignment.scale,
        "shift": list(alignment.shift),
        "explained": alignment.explained,
        "explained_before": alignment.explained_before,
        "images": alignment.images,
    }


def as_json(found: Compared) -> dict[str, object]:
    """Return everything ready for JSON."""
    alignment = found.alignment
    return {
        "first": _about(found.first) | {"test": found.terms[0]},
        "second": _about(found.second) | {"test": found.terms[1]},
        "data": found.dataset.name,
        "alignment": {"reason": found.why_not} if alignment is None else alignment_values(alignment),
        "difference": {
            name: {"mean": item.mean, "largest": item.largest, "points": item.points}
            for name, item in found.differences.items()
        },
        "measures": None if found.measures is None else [item.to_dict() for item in found.measures],
    }


def show_compared(found: Compared) -> None:
    """Print everything as sentences and tables."""
    for letter, subject in (("A", found.first), ("B", found.second)):
        show(f"{letter}  {subject[0].name}: {_told_name(subject)}")
    show("")
    show(_alignment_line(found))
    for name, item in found.differences.items():
        show(tr(_DIFFERENCES[name], points=item.points, mean=item.mean, largest=item.largest))
    show("")
    show(
        tr(
            "The terms of the objectives on {images} test images of {name}:",
            images=measured_words(found.dataset),
            name=found.dataset.name,
        )
    )
    show_table([("", "A", "B", "A - B"), *_term_rows(found)])
    if found.measures:
        show("")
        show_table([("", "A", "B", "", ""), *_measure_rows(found.measures)])


def _about(subject: Subject) -> dict[str, object]:
    finished, model = subject
    return {
        "run": str(finished.path),
        "objective": finished.experiment.objective.name,
        "epoch": model.epoch,
        "step": model.step,
    }


def _alignment_line(found: Compared) -> str:
    alignment = found.alignment
    if alignment is None:
        return tr("No alignment. {why_not}", why_not=found.why_not)
    moved = (
        tr("mirrored and turned by {angle:.1f} degrees", angle=alignment.angle)
        if alignment.is_reflection
        else tr("turned by {angle:.1f} degrees", angle=alignment.angle)
    )
    if alignment.scale != 1.0:
        moved = tr("{turned}, stretched by {scale:.3f}", turned=moved, scale=alignment.scale)
    return tr(
        "A's plane {moved} explains {explained} of the variance of B's encodings of {images:,} test images; "
        "as it is, {before}.",
        moved=moved,
        explained=_share(alignment.explained),
        images=alignment.images,
        before=_share(alignment.explained_before),
    )


def _share(explained: float) -> str:
    return f"{explained:.1%}" if explained > 0 else tr("nothing")


def _term_rows(found: Compared) -> list[tuple[str, str, str, str]]:
    """Return name, both values, and their difference where both are the same quantity."""
    terms, experiments = found.terms, (found.first[0].experiment, found.second[0].experiment)
    told = (found.first[1].conditioning, found.second[1].conditioning)
    rows = []
    for name in dict.fromkeys([*terms[0], *terms[1]]):
        one, other = terms[0].get(name), terms[1].get(name)
        difference = ""
        if one is not None and other is not None and is_same_quantity(name, *experiments, told):
            difference = f"{one - other:+.3f}"
        first, second = (_MISSING if value is None else f"{value:.3f}" for value in (one, other))
        rows.append((name, first, second, difference))
    return rows


def _measure_rows(measures: list[Evaluation]) -> list[tuple[str, str, str, str, str]]:
    by_name = [{measure.name: measure for measure in found.measures} for found in measures]
    rows = []
    for name in dict.fromkeys(name for found in by_name for name in found):
        sides = [found.get(name) for found in by_name]
        some = next(side for side in sides if side is not None)
        texts = [_MISSING if side is None or side.value is None else f"{side.value:.4g}" for side in sides]
        rows.append((tr(some.title), texts[0], texts[1], tr(some.unit), reason_or_note(some)))
    return rows
