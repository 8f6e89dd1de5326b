"""The measures of a model with a likelihood, from what it makes of each picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import Phrase, marked
from vae_explorer.latent.information import Gaussians, active_measure, information, kl_measures
from vae_explorer.latent.measures import Measure, PerImage, undefined

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.explaining import Explained
    from vae_explorer.latent.measures import EvaluationOptions, Pace
    from vae_explorer.models.snapshot import ModelSnapshot

_TITLES = {
    "none": marked("Log-likelihood log p(x), exact"),
    "class-mean": marked("Log-likelihood log p(x | y), exact"),
    "label": marked("Log-likelihood log p(x | y), exact"),
    "image": marked("Log-likelihood log p(rest | band), exact"),
}
_NO_NOISE = marked("undefined: an encoder without noise has no density")
_NO_ENCODER = marked("undefined: this model has no encoder")


def likelihood_measures(
    model: ModelSnapshot,
    found: Explained,
    shares: npt.NDArray[np.float64],
    options: EvaluationOptions,
    pace: Pace,
) -> list[Measure]:
    """Return all measures of a model with a likelihood but those that need the training images."""
    measures = [_log_likelihood(model, found), *_marginal(found), *_bounds(model, found), *_split(model, found)]
    measures += _information(model, found, shares, options, pace) if model.is_stochastic else []
    if model.can_encode:
        measures.append(active_measure(found.mean))
        note = marked("mean squared, for each value of a picture, at the posterior's mean")
        measures.append(
            Measure(
                "reconstruction_error", marked("Reconstruction error"), float(found.squared_error.mean()), "", note=note
            )
        )
    if model.network.pixels is not None and model.network.pixels.kind == "cross-entropy" and model.band is None:
        note = marked("entropy of the grey levels themselves: no cross-entropy is below it")
        measures.append(
            Measure(
                "entropy_floor", marked("Floor of the cross-entropy"), float(found.entropy.mean()), "nats", note=note
            )
        )
    return measures


def per_image(found: Explained, rows: npt.NDArray[np.int64]) -> PerImage:
    """Return the values of each image of the rows [N] of a data set."""
    elbo = -found.reconstruction - found.kl.sum(axis=1)
    loss = np.where(np.isnan(elbo), found.reconstruction, -elbo)
    loss = np.where(np.isnan(loss) | np.isnan(found.mean[:, 0]), -found.log_likelihood, loss)
    return PerImage(rows, elbo, found.log_likelihood, found.log_likelihood - elbo, loss)


def notes_on(model: ModelSnapshot, options: EvaluationOptions) -> tuple[str, ...]:
    """Return what must be known to read the measures."""
    notes = []
    pixels = model.network.pixels
    if pixels is not None and pixels.name == "bernoulli-sampled":
        notes.append(marked("The pictures were binarised once, with seed {seed}.", seed=options.seed))
    if pixels is not None and pixels.kind == "cross-entropy":
        notes.append(marked("Cross-entropy of grey levels is no likelihood: compare it only with itself."))
    if model.band is not None:
        first, count = model.band
        notes.append(
            marked(
                "The model is told the columns {first} to {last}; all else is what it is scored on.",
                first=first,
                last=first + count - 1,
            )
        )
    return tuple(notes)


def _log_likelihood(model: ModelSnapshot, found: Explained) -> Measure:
    values = found.log_likelihood
    note = marked("by integration over the plane; standard error over images {error:.2f}", error=_error(values))
    return Measure(
        "log_likelihood", _TITLES[model.conditioning], float(values.mean()), "nats", float(found.error.mean()), note
    )


def _marginal(found: Explained) -> list[Measure]:
    if np.isnan(found.marginal).any():
        return []
    note = marked(
        "over all classes, in their shares of training; standard error over images {error:.2f}",
        error=_error(found.marginal),
    )
    title = marked("Log-likelihood log p(x) without the class, exact")
    return [Measure("log_likelihood_marginal", title, float(found.marginal.mean()), "nats", note=note)]


def _bounds(model: ModelSnapshot, found: Explained) -> list[Measure]:
    exact = float(found.log_likelihood.mean())
    why = _NO_NOISE if model.can_encode else _NO_ENCODER
    measures: list[Measure] = []
    if model.is_stochastic:
        elbo = -found.reconstruction - found.kl.sum(axis=1)
        note = marked("standard error over images {error:.2f}", error=_error(elbo))
        measures.append(Measure("elbo", "ELBO", float(elbo.mean()), "nats", note=note))
        note = marked("log-likelihood less ELBO: mean KL of the encoder to the true posterior")
        gap = Measure("inference_gap", marked("Inference gap"), exact - float(elbo.mean()), "nats", note=note)
    else:
        measures.append(undefined("elbo", "ELBO", why))
        gap = undefined("inference_gap", marked("Inference gap"), why)
    for count, values in found.bounds.by_samples.items() if found.bounds else ():
        source = "" if model.can_encode else marked("points from the prior, the same for all images")
        title = (
            marked("IWAE-{count} bound", count=count)
            if model.can_encode
            else marked("Bound of {count} prior samples", count=count)
        )
        measures.append(Measure(f"iwae_{count}", title, float(values.mean()), "nats", note=source))
    if found.bounds is None:
        measures.append(undefined("iwae_5000", marked("IWAE bound"), why))
    return [*measures, gap, *_suboptimality(model, found)]


def _suboptimality(model: ModelSnapshot, found: Explained) -> list[Measure]:
    """Return the parts of the inference gap (Cremer, Li & Duvenaud 2018)."""
    fitted = ~np.isnan(found.best_elbo[:, 0])
    if not model.is_stochastic or not fitted.any():
        return []
    exact, best = found.log_likelihood[fitted], found.best_elbo[fitted]
    elbo = (-found.reconstruction - found.kl.sum(axis=1))[fitted]
    is_full = model.network.encoder is not None and model.network.encoder.lower is not None
    lost = best[:, int(is_full)] - elbo
    first = marked("first {count:,} images", count=int(fitted.sum()))

    def titled(title: str) -> str:
        # Beside a gap of all images that of the first ones would pass for a part of it.
        return title if fitted.all() else marked("{measure}, {images}", measure=Phrase.plain(title), images=first)

    shapes = Phrase.plain(marked("diagonal Gaussian")), Phrase.plain(marked("Gaussian with full covariance"))
    measures = [
        Measure(
            name,
            titled(marked("Gap of the best {shape}", shape=shape)),
            float((exact - best[:, i]).mean()),
            "nats",
            _error(exact - best[:, i]),
            marked("found for each of the {first}: what the shape of q costs", first=first),
        )
        for i, (name, shape) in enumerate(zip(("approximation_gap", "approximation_gap_full"), shapes, strict=True))
    ]
    note = marked(
        "what the encoder loses against the best {shape} of the {first}; median {lost:.2f}",
        shape=shapes[is_full],
        first=first,
        lost=np.median(lost),
    )
    return [
        *measures,
        Measure("amortisation_gap", titled(marked("Amortisation gap")), float(lost.mean()), "nats", _error(lost), note),
    ]


def _split(model: ModelSnapshot, found: Explained) -> list[Measure]:
    note = marked("mean of -log p(x | z)") if model.can_encode else marked("mean of -log p(x | z) over the prior")
    measures = [
        Measure("reconstruction", marked("Reconstruction"), float(found.reconstruction.mean()), "nats", note=note)
    ]
    if model.is_stochastic:
        return measures + kl_measures(found.kl)
    return [*measures, undefined("kl", "KL", _NO_NOISE if model.can_encode else _NO_ENCODER)]


def _information(
    model: ModelSnapshot,
    found: Explained,
    shares: npt.NDArray[np.float64],
    options: EvaluationOptions,
    pace: Pace,
) -> list[Measure]:
    means, weights = np.zeros((1, 2)), np.ones(1)
    if model.class_means is not None:
        means, weights = model.class_means.astype(np.float64), shares
    q = Gaussians(found.mean, found.log_var, found.correlation)
    split = information(q, means, weights, seed=options.seed, pace=pace)
    limit = marked(
        "at most the log of {count:,} images, {log:.2f}; from {points:,} points",
        count=len(found),
        log=math.log(len(found)),
        points=split.points,
    )
    note = (
        marked("with the mutual information it makes the mean KL")
        if model.class_means is None
        else marked("to all classes' prior")
    )
    return [
        Measure(
            "mutual_information", marked("Mutual information I(x; z)"), split.mutual, "nats", split.mutual_error, limit
        ),
        Measure(
            "aggregate_kl", marked("KL of q(z) to the prior"), split.aggregate_kl, "nats", split.aggregate_error, note
        ),
    ]


def _error(values: npt.NDArray[np.float64]) -> float:
    return float(values.std() / math.sqrt(len(values)))
