"""What the window that compares says: whose plane is whose, how they were laid over each other, what is missing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from vae_explorer.gui.plotting.point_colours import class_names
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import class_colour
from vae_explorer.language import listed, marked, percent, tr

if TYPE_CHECKING:
    from vae_explorer.app.comparison import Comparison
    from vae_explorer.app.session import Session
    from vae_explorer.latent.alignment import Alignment

CHOOSE = marked("Choose a second run above: its plane appears here, under the same cursor.")
_MOST_CLASSES = 30
"""Classes for which there is room under two planes, in two lines."""
_DOT = " \N{MIDDLE DOT} "


def caption(session: Session, name: str) -> str:
    """Return whose plane it is: "A · vae-0 · VAE · epoch 30"."""
    comparison = session.comparison
    if name == "A":
        run, experiment, info = session.run, session.trained_experiment, session.model_info
        words = [tr("not trained yet") if run is None else run.name]
    else:
        second = comparison.second
        if second is None:
            return "B"
        run, experiment, info = comparison.run, second.experiment, comparison.model_info
        words = ["" if run is None else run.name]
    if experiment is not None:
        words.append(tr(experiment.objective_entry.title))
    if info is not None and info.step:
        words.append(tr("epoch {epoch:.4g}", epoch=info.epoch))
    if info is not None and info.needs_label:
        label = session.label if name == "A" else comparison.label
        words.append(tr("class {class_name}", class_name=info.class_name(label or 0)))
    return _DOT.join((name, *words))


def classes_in_colours(session: Session) -> str:
    """Return the classes that the planes show, each with a dot in its colour, as rich text; "" without classes."""
    names = () if session.dataset is None else class_names(session.dataset)
    shown = [label for label in range(len(names)) if label not in session.choices.hidden_classes]
    words = [
        f'<span style="color:{class_colour(label).name()}">\N{BLACK CIRCLE}</span>&nbsp;{_unbroken(names[label])}'
        for label in shown[:_MOST_CLASSES]
    ]
    return " &nbsp; ".join((*words, "…") if len(shown) > _MOST_CLASSES else words)


def _unbroken(name: str) -> str:
    return escape(name).replace(" ", "&nbsp;")


def what_is_told(session: Session) -> tuple[str, str]:
    """Return what A and B are told beside a point: ``none``, ``label``, ``class-mean`` or ``image``."""
    first, second = session.model_info, session.comparison.model_info
    return ("none" if first is None else first.conditioning, "none" if second is None else second.conditioning)


def hint_of_second(comparison: Comparison) -> str:
    """Return what to do while there is no second model, or why its plane is empty."""
    if comparison.is_loading:
        return tr("Opening the second run …")
    if comparison.problem:
        return comparison.problem
    return tr(CHOOSE) if comparison.second is None else ""


def alignment_words(alignment: Alignment | None) -> str:
    """Return how B's plane was turned and how well that fits."""
    if alignment is None:
        return ""
    shown = alignment.inverse()
    parts = [tr("mirrored")] if shown.is_reflection else []
    parts.append(tr("turned by {angle}°", angle=format_number(shown.angle, 0)))
    if abs(shown.scale - 1.0) > 1e-9:
        parts.append(tr("stretched by {scale}", scale=format_number(shown.scale, 2)))
    if any(abs(value) > 1e-9 for value in alignment.shift):
        parts.append(tr("moved"))
    return tr(
        "B's plane is shown {changes}. A's encodings then explain {explained} of the variance "
        "of B's, {explained_before} as the planes are ({images:,} images).",
        changes=listed(parts),
        explained=_share(alignment.explained),
        explained_before=_share(alignment.explained_before),
        images=alignment.images,
    )


def _share(value: float) -> str:
    return percent(value) if value > 0.0 else tr("nothing")
