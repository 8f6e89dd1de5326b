"""What the window that compares says: whose plane is whose, how they were laid over each other, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.gui.plotting.viewport import format_number

if TYPE_CHECKING:
    from vae_explorer.app.comparison import Comparison
    from vae_explorer.app.session import Session
    from vae_explorer.latent.alignment import Alignment

CHOOSE = "Choose a second run above: its plane appears here, under the same cursor."
NOTHING = "Train a model or open a run first; then choose a second one to compare it with."
_DOT = " \N{MIDDLE DOT} "


def caption(session: Session, name: str) -> str:
    """Return whose plane it is: "A · vae-0 · VAE · epoch 30"."""
    comparison = session.comparison
    if name == "A":
        run, experiment, info = session.run, session.trained_experiment, session.model_info
        words = ["not trained yet" if run is None else run.name]
    else:
        second = comparison.second
        if second is None:
            return "B"
        run, experiment, info = comparison.run, second.experiment, comparison.model_info
        words = ["" if run is None else run.name]
    if experiment is not None:
        words.append(experiment.objective_entry.title)
    if info is not None and info.step:
        words.append(f"epoch {info.epoch:.4g}")
    if info is not None and info.needs_label:
        label = session.label if name == "A" else comparison.label
        words.append(f"class {info.class_name(label or 0)}")
    return _DOT.join((name, *words))


def what_is_told(session: Session) -> tuple[str, str]:
    """Return what A and B are told beside a point: ``none``, ``label``, ``class-mean`` or ``image``."""
    first, second = session.model_info, session.comparison.model_info
    return ("none" if first is None else first.conditioning, "none" if second is None else second.conditioning)


def hint_of_second(comparison: Comparison) -> str:
    """Return what to do while there is no second model, or why its plane is empty."""
    if comparison.is_loading:
        return "Opening the second run …"
    if comparison.problem:
        return comparison.problem
    return CHOOSE if comparison.second is None else ""


def alignment_words(alignment: Alignment | None) -> str:
    """Return how B's plane was turned and how well that fits."""
    if alignment is None:
        return ""
    shown = alignment.inverse()
    parts = ["mirrored"] if shown.is_reflection else []
    parts.append(f"turned by {format_number(shown.angle, 0)}\N{DEGREE SIGN}")
    if abs(shown.scale - 1.0) > 1e-9:
        parts.append(f"stretched by {format_number(shown.scale, 2)}")
    if any(abs(value) > 1e-9 for value in alignment.shift):
        parts.append("moved")
    return (
        f"B's plane is shown {', '.join(parts)}. A's encodings then explain {_share(alignment.explained)} of the "
        f"variance of B's, {_share(alignment.explained_before)} as the planes are ({alignment.images:,} images)."
    )


def _share(value: float) -> str:
    return f"{format_number(100.0 * value, 0)} %" if value > 0.0 else "nothing"
