"""How large the files of a run may be: what the user allows, and for weights what the run's own network can need.

A header that somebody else wrote may belong to weights of gigabytes that no network of it could take: they aren't read.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from vae_explorer.data.allowance import limits_in_force
from vae_explorer.language import tr
from vae_explorer.runs.reading import Bound

if TYPE_CHECKING:
    from vae_explorer.runs.identity import DataIdentity
    from vae_explorer.training.experiment import Experiment

_NETWORKS = 8
"""Networks of one model, at the most generous count: encoder, decoder, regressor, classifier, critic and the like."""
_CONV_FEATURES = 512
_KERNEL = 9
_HEAD_BYTES = 1 << 20
_FLOAT_BYTES = 4
_METRICS_BYTES = 64 << 20
"""Records that weren't written yet."""


def most_document_bytes() -> Bound:
    """Return how many bytes a small file of a run may have, such as its header."""
    return Bound(limits_in_force().document_bytes, "limits.document")


def most_metrics_bytes() -> Bound:
    """Return how many bytes the log of a run may have."""
    return Bound(limits_in_force().metrics_bytes, "limits.metrics")


def most_file_bytes() -> Bound:
    """Return how many bytes a file with weights may have, whatever the network."""
    return Bound(limits_in_force().weights_bytes, "limits.weights")


def most_training_bytes() -> Bound:
    """Return how many bytes the state of a training may have, whatever the network."""
    return Bound(2 * limits_in_force().weights_bytes + _METRICS_BYTES, "limits.weights")


def most_weight_bytes(experiment: Experiment, data: DataIdentity) -> Bound:
    """Return how many bytes the weights of a run may take in a file, without building its network.

    A bound that is several times too large, so that it needn't know what each objective adds.
    """
    channels, height, width = data.shape
    values = channels * height * width
    given = values + len(data.class_names) + 2
    model = experiment.model
    if model.network == "conv":
        small = math.ceil(height / 2 ** len(model.channels)) * math.ceil(width / 2 ** len(model.channels))
        maps = [2 * channels, *model.channels, 2 * channels]
        body = _KERNEL * sum(before * after + after for before, after in pairwise(maps))
        body += _CONV_FEATURES * (small * max(model.channels, default=1) + given + 2)
    else:
        widths = [values + given, *model.hidden, 2 * values + 4]
        body = sum(before * after + after for before, after in pairwise(widths))
    needed = Bound(_NETWORKS * _FLOAT_BYTES * (body + given) + _HEAD_BYTES, tr("for the network of the run's header"))
    return min(needed, most_file_bytes())
