"""What the evaluation of a model gives: named values with their units, errors and notes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import Config, setting
from vae_explorer.language import marked

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

BITS_PER_NAT = 1 / math.log(2)


@dataclass(frozen=True, slots=True)
class Measure:
    """One value.

    Attributes
    ----------
    name
        Name in JSON: ``log_likelihood``.
    title
        Words for a table.
    value
        The value in `unit`, or None where it is undefined; `note` then says why.
    unit
        ``nats``, ``bits``, ``%`` or nothing.
    error
        Estimated error of the value, numerical or by sampling, in `unit`; None where there is none worth a word.
    note
        What else must be known to read it.
    """

    name: str
    title: str
    value: float | None
    unit: str
    error: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PerImage:
    """The same quantities for each image; NaN where undefined.

    Attributes
    ----------
    rows
        int64 [N]: rows of the data set.
    elbo, log_likelihood, gap
        float64 [N], nats; the gap is the log-likelihood less the ELBO.
    loss
        float64 [N], nats: negative ELBO, or what comes nearest to it in the model's family.
    """

    rows: npt.NDArray[np.int64]
    elbo: npt.NDArray[np.float64]
    log_likelihood: npt.NDArray[np.float64]
    gap: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that was measured of one model on the test images of one data set.

    Attributes
    ----------
    likelihood
        Title of the likelihood, since values under different ones are different quantities; "" without one.
    kind
        ``probability``, ``density``, ``cross-entropy``, or "" without a likelihood.
    images, seed
        How many test images were measured, and the seed of all noise.
    step
        Training steps behind the model.
    measures
        The values, in the order of a table.
    per_image
        Values of each image, or None for a model that explains no images.
    notes
        Whole sentences about the evaluation.
    """

    likelihood: str
    kind: str
    images: int
    seed: int
    step: int
    measures: tuple[Measure, ...]
    per_image: PerImage | None
    notes: tuple[str, ...]

    def value(self, name: str) -> float | None:
        """Return the value of a measure, or None if it is undefined or not there."""
        return next((measure.value for measure in self.measures if measure.name == name), None)

    def to_dict(self) -> dict[str, object]:
        """Return the values by name, with errors and notes beside them, ready for JSON."""
        values: dict[str, object] = {measure.name: measure.value for measure in self.measures}
        details = {
            measure.name: {
                "title": measure.title,
                "unit": measure.unit,
                "error": measure.error,
                "note": measure.note,
            }
            for measure in self.measures
        }
        about = {"likelihood": self.likelihood, "kind": self.kind, "images": self.images}
        return about | {"seed": self.seed, "step": self.step, **values, "measures": details, "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class EvaluationOptions(Config):
    """How much is measured."""

    section: ClassVar[str] = "evaluation"

    images: int = setting(
        1000,
        label=marked("Images"),
        unit=marked("images"),
        minimum=0,
        maximum=10_000_000,
        help=marked("How many test images are measured, from the first on. 0 takes all of them."),
    )
    samples: int = setting(
        5000,
        label=marked("Most samples"),
        unit=marked("samples"),
        minimum=1,
        maximum=50_000,
        logarithmic=True,
        help=marked("Samples of the tightest bound, drawn for each image. Time grows with them."),
    )
    fitted: int = setting(
        200,
        label=marked("Images fitted"),
        unit=marked("images"),
        minimum=0,
        maximum=10_000_000,
        help=marked(
            "How many images, from the first on, get the best Gaussian searched for each, which "
            "tells what of the inference gap is the encoder's fault and what its shape's. 0 "
            "leaves it out."
        ),
    )
    seed: int = setting(
        0,
        label=marked("Seed"),
        minimum=0,
        maximum=2**31 - 1,
        help=marked("Start of all random numbers: the same seed gives the same values again."),
    )


class Stopped(Exception):  # noqa: N818  (not an error: the user asked for it)
    """Raised inside an evaluation to leave it after the user cancelled."""


class Pace:
    """Tells how far a part of the work is, and leaves it when cancelled.

    Parameters
    ----------
    progress
        Takes what is being done and the share of the whole that is done, from 0 to 1.
    cancelled
        Asked at each step.
    start, end
        Shares of the whole between which this part lies.
    """

    def __init__(
        self,
        progress: Callable[[str, float], None],
        cancelled: Callable[[], bool],
        start: float = 0.0,
        end: float = 1.0,
    ) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self._start, self._end = start, end

    def part(self, start: float, end: float) -> Pace:
        """Return the pace of a part of this part, between two shares of it."""
        span = self._end - self._start
        return Pace(self._progress, self._cancelled, self._start + start * span, self._start + end * span)

    def is_cancelled(self) -> bool:
        """Whether the user doesn't want the result any more."""
        return self._cancelled()

    def step(self, what: str, share: float) -> None:
        """Say what is being done and which share of this part is done.

        Raises
        ------
        Stopped
            If the evaluation was cancelled.
        """
        if self._cancelled():
            raise Stopped
        self._progress(what, self._start + min(1.0, share) * (self._end - self._start))


def undefined(name: str, title: str, why: str, unit: str = "nats") -> Measure:
    """Return a measure without a value."""
    return Measure(name, title, None, unit, note=why)
