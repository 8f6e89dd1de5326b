"""Measures of a classifier that goes through the plane: errors, and information in nats and bits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_explorer.language import Phrase, marked, tr
from vae_explorer.latent.information import Gaussians, active_measure, information, kl_measures
from vae_explorer.latent.joint import as_floats, chunks
from vae_explorer.latent.measures import BITS_PER_NAT, Measure

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.images import Images
    from vae_explorer.latent.information import Information
    from vae_explorer.latent.measures import EvaluationOptions, Pace
    from vae_explorer.models.snapshot import ModelSnapshot

SAMPLES = 12
"""Posterior samples whose answers are averaged (Alemi et al. 2017, section 4.1)."""
_ROWS = 512


@dataclass(frozen=True, slots=True, eq=False)
class Classified:
    """What a classifier makes of N pictures.

    Attributes
    ----------
    q
        Posteriors.
    kl
        float64 [N, 2], nats.
    cross_entropy
        float64 [N], nats: mean of -log p(y|z) over samples.
    wrong_one, wrong_many
        bool [N]: whether one sample, or the average over `SAMPLES`, names the wrong class.
    """

    q: Gaussians
    kl: npt.NDArray[np.float64]
    cross_entropy: npt.NDArray[np.float64]
    wrong_one: npt.NDArray[np.bool_]
    wrong_many: npt.NDArray[np.bool_]


def classify(
    model: ModelSnapshot,
    images: Images,
    labels: npt.NDArray[np.int64],
    *,
    options: EvaluationOptions,
    pace: Pace,
) -> Classified:
    """Return what a model with a classifier makes of pictures [N, C, H, W] of the classes [N]."""
    network = model.network
    generator = torch.Generator().manual_seed(options.seed + 1)
    means, log_vars, correlations, kls, entropies, ones, many = ([] for _ in range(7))
    for part in chunks(len(images), _ROWS):
        pace.step(tr("asking the classifier"), part.start / len(images))
        classes = torch.tensor(labels[part])
        with torch.inference_mode():
            posterior = network.posterior(network.observe(as_floats(images[part], network)))
            logs = network.class_logits(posterior.rsample(generator, SAMPLES)).double().log_softmax(dim=-1)
            own = logs.gather(2, classes.expand(SAMPLES, -1).unsqueeze(2)).squeeze(2)
            means.append(posterior.mean.double().numpy())
            log_vars.append(posterior.log_var.double().numpy())
            correlations.append(posterior.correlation.double().numpy())
            kls.append(posterior.kl(network.prior()).double().numpy())
            entropies.append(-own.mean(dim=0).numpy())
            ones.append((logs[0].argmax(dim=1) != classes).numpy())
            many.append((logs.logsumexp(dim=0).argmax(dim=1) != classes).numpy())
    q = Gaussians(np.concatenate(means), np.concatenate(log_vars), np.concatenate(correlations))
    return Classified(q, np.concatenate(kls), np.concatenate(entropies), np.concatenate(ones), np.concatenate(many))


def classifier_measures(
    found: Classified, labels: npt.NDArray[np.int64], *, options: EvaluationOptions, pace: Pace
) -> list[Measure]:
    """Return the measures of a classifier on pictures of the classes [N]."""
    shares = np.bincount(labels) / len(labels)
    class_entropy = -sum(share * math.log(share) for share in shares.tolist() if share > 0)
    split = information(found.q, np.zeros((1, 2)), np.ones(1), seed=options.seed, pace=pace)
    return [
        *_errors("1", marked("Error rate, one sample"), marked("Accuracy, one sample"), found.wrong_one),
        *_errors(
            str(SAMPLES),
            marked("Error rate, averaged over {samples} samples", samples=SAMPLES),
            marked("Accuracy, averaged over {samples} samples", samples=SAMPLES),
            found.wrong_many,
        ),
        Measure(
            "cross_entropy",
            marked("Cross-entropy of the class"),
            float(found.cross_entropy.mean()),
            "nats",
            _standard_error(found.cross_entropy),
        ),
        Measure("class_entropy", marked("Entropy of the classes H(Y)"), class_entropy, "nats"),
        *_information_measures(found, class_entropy, split),
        Measure("aggregate_kl", marked("KL of q(z) to the prior"), split.aggregate_kl, "nats", split.aggregate_error),
        *kl_measures(found.kl),
        active_measure(found.q.mean),
    ]


def _information_measures(found: Classified, class_entropy: float, split: Information) -> list[Measure]:
    """Return what z tells of class and picture, bounded from both sides (Alemi et al. 2017, section 3)."""
    rate, cross_entropy = found.kl.sum(axis=1), found.cross_entropy
    know_y = marked("at least this much: H(Y) less the cross-entropy")
    limit = marked(
        "of the {count:,} pictures measured, whose log is {log:.2f} nats", count=len(rate), log=math.log(len(rate))
    )
    return [
        *_in_bits(
            "information_zy",
            Phrase.plain(marked("I(Z; Y), lower bound")),
            class_entropy - float(cross_entropy.mean()),
            _standard_error(cross_entropy),
            know_y,
        ),
        *_in_bits(
            "information_zx",
            Phrase.plain(marked("I(Z; X), upper bound")),
            float(rate.mean()),
            _standard_error(rate),
            marked("at most this much: the mean KL"),
        ),
        *_in_bits(
            "mutual_information",
            Phrase.plain(marked("I(Z; X), by q(z) itself")),
            split.mutual,
            split.mutual_error,
            limit,
        ),
    ]


def _errors(suffix: str, error_title: str, title: str, wrong: npt.NDArray[np.bool_]) -> list[Measure]:
    share = float(wrong.mean())
    error = 100 * math.sqrt(share * (1 - share) / len(wrong))
    return [
        Measure(f"error_{suffix}", error_title, 100 * share, "%", error),
        Measure(f"accuracy_{suffix}", title, 100 * (1 - share), "%", error),
    ]


def _in_bits(name: str, title: str, nats: float, error: float, note: str) -> list[Measure]:
    return [
        Measure(name, title, nats, "nats", error, note),
        Measure(
            f"{name}_bits",
            marked("{title}, in bits", title=title),
            nats * BITS_PER_NAT,
            "bits",
            error * BITS_PER_NAT,
            note,
        ),
    ]


def _standard_error(values: npt.NDArray[np.float64]) -> float:
    return float(values.std() / math.sqrt(len(values)))
