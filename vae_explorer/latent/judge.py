"""What a model draws, judged by a small classifier that is trained on the data, or exactly where the modes are known.

A generator without a likelihood can still be asked whether it draws everything: each sample is given a class, and the
shares of the classes are compared with those of the data (as Srivastava et al. 2017 count digits by a classifier). For
points of a known mixture no classifier is needed: `vae_explorer.latent.modes` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.mixtures import mixture_of
from vae_explorer.errors import CapabilityError
from vae_explorer.language import Phrase, marked, tr
from vae_explorer.latent.diseases import sample_diseases
from vae_explorer.latent.judging_network import train_judge
from vae_explorer.latent.measures import Measure, undefined
from vae_explorer.latent.modes import NEAR, ModeCoverage, count_modes, find_points, reverse_kl
from vae_explorer.latent.sampling import class_shares, sample_prior

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot

CONFIDENT: Final = 0.9
"""Probability of its class from which a sample is judged with confidence."""
COVERED: Final = 0.1
"""A class is covered if confident samples of it make up this part of its share of the data."""
_TRAINING: Final = 0.75
_ROWS: Final = 512
_MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class JudgedSamples:
    """How samples of a model spread over the classes of the data.

    Attributes
    ----------
    samples
        Number of samples.
    counts, confident
        int64 [K]: samples judged to be of each class, and those of them that were judged with confidence.
    data_shares
        float64 [K]: share of each class in the training data.
    class_names
        One name a class.
    judge_error
        Share of the test images that the classifier itself gets wrong; None where classes were told exactly.
    judge_images
        Number of those test images.
    modes
        For points of a known mixture, how they were counted; its modes are the classes.
    """

    samples: int
    counts: NDArray[np.int64]
    confident: NDArray[np.int64]
    data_shares: NDArray[np.float64]
    class_names: tuple[str, ...]
    judge_error: float | None = None
    judge_images: int = 0
    modes: ModeCoverage | None = None

    @property
    def balance(self) -> NDArray[np.float64]:
        """Share of each class among the samples that have one, float64 [K]."""
        return np.asarray(self.counts / max(1, self.counts.sum()), dtype=np.float64)

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Which classes of the data are covered, bool [K]: see `COVERED`; modes need one sample of high quality."""
        if self.modes is not None:
            return self.modes.covered
        least = np.maximum(1, COVERED * self.data_shares * self.samples)
        return np.asarray((self.confident >= least) & (self.data_shares > 0))

    @property
    def confident_share(self) -> float:
        """Share of all samples that were judged with confidence, or are of high quality."""
        return float(self.confident.sum() / max(1, self.samples))

    @property
    def class_kl(self) -> float:
        """KL of the shares of the classes to those of the data, in nats; NaN where no sample has a class."""
        return reverse_kl(self.balance, self.data_shares) if self.counts.sum() else float("nan")

    def measures(self) -> tuple[Measure, ...]:
        """Return the values for a table."""
        return _mode_measures(self, self.modes) if self.modes is not None else _class_measures(self)

    def notices(self) -> tuple[str, ...]:
        """Return a sentence on what is wrong with the samples, such as mode collapse; none where they are sound."""
        lacking = np.flatnonzero((self.data_shares > 0) & ~self.covered)
        return sample_diseases(
            int(np.count_nonzero(self.data_shares)),
            [self.class_names[label] for label in lacking],
            what=Phrase.plain(marked("classes") if self.modes is None else marked("modes")),
            good_share=self.confident_share,
            class_kl=self.class_kl,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an evaluation says of samples.

    Attributes
    ----------
    measures
        The values, of their own kind for modes and for classes.
    notices
        Sentences on what is wrong with the samples.
    """

    measures: tuple[Measure, ...]
    notices: tuple[str, ...] = ()


def judge_samples(
    model: ModelSnapshot,
    dataset: ImageDataset,
    *,
    samples: int,
    seed: int,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Judgement | None:
    """Return what an evaluation says of the samples that `judge` draws; None when cancelled.

    Parameters
    ----------
    model, dataset, samples, seed, progress, cancelled
        As for `judge`; of data without classes the values are undefined.

    Raises
    ------
    CapabilityError
        As `judge` does.
    """
    if dataset.labels is None:
        _check(model, dataset)
        why = marked("undefined: the data have no classes")
        return Judgement((undefined("classes_covered", marked("Classes covered"), why),))
    judged = judge(model, dataset, samples=samples, seed=seed, progress=progress, cancelled=cancelled)
    return None if judged is None else Judgement(judged.measures(), judged.notices())


def judge(
    model: ModelSnapshot,
    dataset: ImageDataset,
    *,
    samples: int,
    seed: int,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> JudgedSamples | None:
    """Draw samples of a model and judge of which class each is; None when cancelled.

    Parameters
    ----------
    model
        Draws the samples: z from its prior, classes (for a conditional model) as often as in the data.
    dataset
        What it was trained on, with classes; the classifier learns from its training part.
    samples
        How many.
    seed
        Of the samples; the classifier has a fixed seed of its own.
    progress
        Takes what is being done and the share that is done, from 0 to 1.
    cancelled
        Asked every few milliseconds.

    Raises
    ------
    CapabilityError
        If the model makes no pictures, or pictures of another size than the data.
    ValueError
        If the data have no classes.
    """
    _check(model, dataset)
    if dataset.labels is None:
        raise ValueError(f"the data set {dataset.name!r} has no classes to judge by")
    shares = class_shares(dataset.train.labels, dataset.classes)
    mixture = mixture_of(dataset)
    if mixture is not None:
        pictures = _draw(model, dataset, samples, seed, _Part(progress, cancelled, 0.0))
        if pictures is None:
            return None
        modes = count_modes(find_points(pictures), mixture)
        return JudgedSamples(samples, modes.nearest, modes.near, shares, dataset.class_names, modes=modes)
    classifier = train_judge(
        dataset,
        progress=lambda share: progress(tr("training a classifier to judge samples"), _TRAINING * share),
        cancelled=cancelled,
    )
    if classifier is None:
        return None
    pictures = _draw(model, dataset, samples, seed, _Part(progress, cancelled, _TRAINING))
    if pictures is None:
        return None
    probabilities = classifier.probabilities(pictures)
    found, is_confident = probabilities.argmax(axis=1), probabilities.max(axis=1) >= CONFIDENT
    return JudgedSamples(
        samples=samples,
        counts=np.bincount(found, minlength=dataset.classes),
        confident=np.bincount(found[is_confident], minlength=dataset.classes),
        data_shares=shares,
        class_names=dataset.class_names,
        judge_error=classifier.test_error,
        judge_images=classifier.test_images,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """The last part of the work, from a share of it on."""

    progress: Callable[[str, float], None]
    cancelled: Callable[[], bool]
    start: float


def _check(model: ModelSnapshot, dataset: ImageDataset) -> None:
    if not model.can_decode:
        raise CapabilityError(tr("This model has no decoder, so there are no samples to judge."))
    if tuple(model.image_shape) != dataset.images.shape[1:]:
        raise CapabilityError(
            tr(
                "The model draws pictures of another size than those of {name}: choose the data set of the run.",
                name=dataset.name,
            )
        )


def _draw(
    model: ModelSnapshot, dataset: ImageDataset, samples: int, seed: int, part: _Part
) -> NDArray[np.uint8] | None:
    """Return the pictures [N, C, H, W] of samples of the model."""
    shares = None
    if model.conditioning in {"label", "class-mean"}:
        fits = dataset.classes == model.classes
        shares = class_shares(dataset.train.labels if fits else None, model.classes)
    drawn = sample_prior(samples, seed, class_shares=shares, class_means=model.class_means)
    pictures = np.empty((samples, *model.image_shape), dtype=np.uint8)
    for start in range(0, samples, _ROWS):
        if part.cancelled():
            return None
        part.progress(tr("drawing samples"), part.start + (1 - part.start) * start / samples)
        rows = slice(start, start + _ROWS)
        pictures[rows] = model.decode(drawn.z[rows], None if drawn.labels is None else drawn.labels[rows])
    return pictures


def _class_measures(judged: JudgedSamples) -> tuple[Measure, ...]:
    count, error = judged.samples, judged.judge_error or 0.0
    rule = marked("covered from {covered:.0%} of the class's share of the data on", covered=COVERED)
    return (
        Measure(
            "classes_covered",
            marked("Classes covered, of {count}", count=len(judged.counts)),
            float(judged.covered.sum()),
            "",
            note=rule,
        ),
        _share("confident_share", marked("Samples judged with confidence"), judged.confident_share, count, _at(count)),
        Measure("class_kl", marked("KL of the classes to the data's"), judged.class_kl, "nats", note=_listed(judged)),
        _share(
            "judge_error",
            marked("Error rate of the classifier that judges"),
            error,
            judged.judge_images,
            marked("on test images"),
        ),
    )


def _mode_measures(judged: JudgedSamples, modes: ModeCoverage) -> tuple[Measure, ...]:
    count = judged.samples
    rule = marked("covered by one sample within {near:g} deviations", near=NEAR)
    lost = 1 - modes.points / max(1, count)
    return (
        Measure(
            "modes_covered",
            marked("Modes covered, of {count}", count=len(modes.near)),
            float(modes.modes_covered),
            "",
            note=rule,
        ),
        _share(
            "high_quality",
            marked("Samples of high quality"),
            modes.high_quality,
            count,
            marked("{count:,} samples; within {near:g} deviations", count=count, near=NEAR),
        ),
        _share(
            "no_point", marked("Samples that aren't a point"), lost, count, marked("not one blob of the right size")
        ),
        Measure(
            "class_kl", marked("KL of the modes to the data's"), _or_none(judged.class_kl), "nats", note=_listed(judged)
        ),
    )


def _share(name: str, title: str, share: float, count: int, note: str) -> Measure:
    error = float(np.sqrt(share * (1 - share) / max(1, count)))
    return Measure(name, title, 100 * share, "%", 100 * error, note)


def _at(count: int) -> str:
    return marked(
        "{count:,} samples; probability of its class at least {confident:g}", count=count, confident=CONFIDENT
    )


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _listed(judged: JudgedSamples) -> str:
    """Return the share of each class in words, of many classes only the rarest."""
    order = range(len(judged.counts))
    if len(judged.counts) > _MOST_LISTED:
        order = np.argsort(judged.balance, kind="stable")[:_MOST_LISTED].tolist()
    words = ", ".join(f"{judged.class_names[label]}: {judged.balance[label]:.1%}" for label in order)
    return words if len(judged.counts) <= _MOST_LISTED else marked("the rarest are {words}", words=words)
