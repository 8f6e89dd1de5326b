"""How the learning rate moves over a run."""

from __future__ import annotations

import math

MOST_RISE = 200
"""Steps of a straight rise that networks of small first weights need before full steps."""
SCALED_RISE = 50
"""Steps that first weights scaled to layers and plane need."""
_WARM_UP = 0.3
_FIRST = 1 / 25
_LAST = 1e-4


def learning_rate(schedule: str, peak: float, step: int, total_steps: int, most_rise: int = MOST_RISE) -> float:
    """Return the learning rate of the step that follows `step` steps.

    Parameters
    ----------
    schedule
        ``constant``; ``cosine``: half a cosine from `peak` to zero (Loshchilov & Hutter 2017, without restarts);
        ``warm-cosine``: the same behind a straight rise over `most_rise` steps, or a twentieth of the run where that is
        less, and without a last step at a rate of zero;
        ``one-cycle``: half a cosine up from ``peak / 25`` over the first 30 % of the steps, then half a cosine down
        to ``peak / 10,000`` (Smith & Topin 2019, with the shape that became usual).
    peak
        Largest value.
    step, total_steps
        Steps taken and planned.
    most_rise
        Steps of the rise of ``warm-cosine`` in a long run; see `Experiment.most_rise`.

    Raises
    ------
    ValueError
        If there is no such schedule.
    """
    done = min(1.0, step / max(1, total_steps - 1))
    if schedule == "constant":
        return peak
    if schedule == "warm-cosine":
        rise = max(1, min(most_rise, total_steps // 20))
        return peak * min(1.0, (step + 1) / rise) * _half_cosine(1.0, 0.0, min(step, total_steps - 1) / total_steps)
    if schedule == "cosine":
        return peak * _half_cosine(1.0, 0.0, done)
    if schedule == "one-cycle":
        if done < _WARM_UP:
            return peak * _half_cosine(_FIRST, 1.0, done / _WARM_UP)
        return peak * _half_cosine(1.0, _LAST, (done - _WARM_UP) / (1 - _WARM_UP))
    raise ValueError(f"there is no schedule {schedule!r}")


def _half_cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
