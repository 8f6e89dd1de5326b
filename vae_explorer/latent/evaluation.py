"""Measuring a model on test images: its exact likelihood, its bounds, and what its plane knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.images import part_of
from vae_explorer.errors import DataError
from vae_explorer.language import marked, tr
from vae_explorer.latent.measures import (
    Evaluation,
    EvaluationOptions,
    Measure,
    Pace,
    PerImage,
    Stopped,
    undefined,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.judge import Judgement
    from vae_explorer.models.snapshot import ModelSnapshot

__all__ = ["Evaluation", "EvaluationOptions", "Measure", "PerImage", "evaluate"]

_EXPLAINING = (0.0, 0.9)
_KNOWING = (0.9, 0.97)
_ASKING = (0.97, 1.0)
_MOST_KNOWN = 100_000
"""Training images among which the nearest are looked for; of more, these are taken evenly."""


def evaluate(
    model: ModelSnapshot,
    dataset: ImageDataset,
    options: EvaluationOptions,
    *,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Evaluation | None:
    """Return all measures of a model on the test images of a data set, or None when cancelled.

    Parameters
    ----------
    model
        A frozen model.
    dataset
        Pictures of the model's size.
    options
        How many images and samples, and the seed.
    progress
        Called with what is being done and the share that is done, from 0 to 1.
    cancelled
        Asked between chunks.

    Raises
    ------
    DataError
        If the pictures have another shape than the model's, or the model needs classes that they lack.
    """
    _check(model, dataset)
    measuring = _Measuring(model, dataset, options, Pace(progress, cancelled))
    try:
        if model.can_classify:
            return measuring.classifier()
        if not model.has_likelihood or not model.can_decode or measuring.is_implicit:
            return measuring.generator()
        return measuring.likelihood_model()
    except Stopped:
        return None


def _check(model: ModelSnapshot, dataset: ImageDataset) -> None:
    if tuple(dataset.images.shape[1:]) != tuple(model.image_shape):
        raise DataError(
            tr(
                "The pictures of {name} are {width}x{height} with {channels} channel(s), but this "
                "model was trained on {own_width}x{own_height} with {own_channels}: name other "
                "data.",
                name=dataset.name,
                width=dataset.width,
                height=dataset.height,
                channels=dataset.channels,
                own_width=model.image_shape[2],
                own_height=model.image_shape[1],
                own_channels=model.image_shape[0],
            )
        )
    needs = model.can_classify or model.conditioning in {"label", "class-mean"}
    if needs and not 0 < dataset.classes <= model.classes:
        template = (
            marked(
                "This model needs the class of each image, one of {known}, but {name} has {classes} classes: "
                "name other data."
            )
            if dataset.classes
            else marked(
                "This model needs the class of each image, one of {known}, but {name} has no classes: name other data."
            )
        )
        raise DataError(tr(template, known=model.classes, name=dataset.name, classes=dataset.classes))


class _Measuring:
    def __init__(self, model: ModelSnapshot, dataset: ImageDataset, options: EvaluationOptions, pace: Pace) -> None:
        self.model = model
        self.dataset = dataset
        self.options = options
        self.pace = pace
        test = dataset.test
        count = min(options.images or len(test), len(test))
        self.images = part_of(test.images, 0, count)
        self.labels = None if test.labels is None else test.labels[:count]
        self.rows = np.arange(test.offset, test.offset + count, dtype=np.int64)

    @property
    def is_implicit(self) -> bool:
        """Whether the model makes pictures without saying how probable they are, as a GAN does."""
        return self.model.network.pixels is None

    def likelihood_model(self) -> Evaluation:
        """Return the measures of a model that gives pictures a probability or density."""
        from vae_explorer.latent.explaining import explain
        from vae_explorer.latent.explanations import likelihood_measures, notes_on, per_image

        shares = self._class_shares()
        found = explain(
            self.model,
            self.images,
            self.labels,
            shares=shares,
            options=self.options,
            pace=self.pace.part(*_EXPLAINING),
        )
        measures = likelihood_measures(self.model, found, shares, self.options, self.pace.part(*_KNOWING))
        if self.model.can_encode:
            measures += self._neighbours(found.mean)
        network = self.model.network
        title, kind = ("", "") if network.pixels is None else (network.pixels.title, network.pixels.kind)
        return self._result(title, kind, measures, per_image(found, self.rows), notes_on(self.model, self.options))

    def classifier(self) -> Evaluation:
        """Return the measures of a model that tells classes."""
        from vae_explorer.latent.classifying import classifier_measures, classify

        if self.labels is None:
            raise TypeError("a classifier is measured on labels")
        found = classify(self.model, self.images, self.labels, options=self.options, pace=self.pace.part(*_EXPLAINING))
        measures = classifier_measures(found, self.labels, options=self.options, pace=self.pace.part(*_KNOWING))
        measures += self._neighbours(found.q.mean)
        why = marked("undefined: a classifier gives pictures no probability")
        measures.append(undefined("log_likelihood", marked("Log-likelihood"), why))
        nothing = np.full(len(self.rows), np.nan)
        own = PerImage(self.rows, nothing, nothing, nothing, found.cross_entropy)
        return self._result("", "", measures, own, ())

    def generator(self) -> Evaluation:
        """Return the measures of a model that only makes pictures."""
        why = marked("undefined: a generator gives pictures no density")
        measures = [undefined("log_likelihood", marked("Log-likelihood"), why)]
        judged = self._judged()
        if judged is None:
            return self._result("", "", measures, None, ())
        return self._result("", "", [*measures, *judged.measures], None, judged.notices)

    def _judged(self) -> Judgement | None:
        """Return how samples are judged: by the modes of the data, or by a classifier trained on it."""
        from vae_explorer.latent.judge import judge_samples

        if not self.dataset.classes:
            return None
        judged = judge_samples(
            self.model,
            self.dataset,
            samples=self.options.samples,
            seed=self.options.seed,
            progress=self.pace.step,
            cancelled=self.pace.is_cancelled,
        )
        if judged is None:
            raise Stopped
        return judged

    def _result(
        self, title: str, kind: str, measures: list[Measure], own: PerImage | None, notes: tuple[str, ...]
    ) -> Evaluation:
        self.pace.step(tr("done"), 1.0)
        count = len(self.images) if own is not None else 0
        return Evaluation(title, kind, count, self.options.seed, self.model.step, tuple(measures), own, notes)

    def _class_shares(self) -> npt.NDArray[np.float64]:
        from vae_explorer.latent.sampling import class_shares

        return class_shares(self.dataset.train.labels, max(1, self.model.classes))

    def _neighbours(self, mean: npt.NDArray[np.float64]) -> list[Measure]:
        from vae_explorer.latent.neighbours import NEIGHBOURS, neighbour_accuracy

        train = self.dataset.train
        if self.labels is None or train.labels is None:
            return []
        pace = self.pace.part(*_ASKING)
        rows = np.arange(0, len(train), -(-len(train) // _MOST_KNOWN), dtype=np.int64)
        known = self._train_means(rows, pace.part(0, 0.7))
        accuracy = neighbour_accuracy(known, train.labels[rows], mean, self.labels, pace=pace.part(0.7, 1))
        error = 100 * float(np.sqrt(accuracy * (1 - accuracy) / len(mean)))
        known_words = {"neighbours": NEIGHBOURS, "count": len(known)}
        note = (
            marked(
                "{neighbours} nearest of {count:,} training images on the plane; the encoder is told the class",
                **known_words,
            )
            if self.model.conditioning == "label"
            else marked("{neighbours} nearest of {count:,} training images on the plane", **known_words)
        )
        return [Measure("knn_accuracy", marked("k-NN accuracy on the plane"), 100 * accuracy, "%", error, note)]

    def _train_means(self, rows: npt.NDArray[np.int64], pace: Pace) -> npt.NDArray[np.float32]:
        train = self.dataset.train
        means = np.empty((len(rows), 2), dtype=np.float32)
        size = max(1, (1 << 22) // int(np.prod(self.model.image_shape)))
        for start in range(0, len(rows), size):
            pace.step(tr("encoding the training images"), start / len(rows))
            part = slice(start, start + size)
            labels = None if train.labels is None else train.labels[rows[part]]
            means[part] = self.model.encode(train.images[rows[part]], labels).mean
        return means
