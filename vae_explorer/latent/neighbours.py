"""How well places on the plane tell classes apart: the vote of the nearest training pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import tr

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.measures import Pace

NEIGHBOURS = 10
_CHUNK = 1 << 21


def neighbour_accuracy(
    train: npt.NDArray[np.floating],
    train_labels: npt.NDArray[np.int64],
    test: npt.NDArray[np.floating],
    test_labels: npt.NDArray[np.int64],
    *,
    pace: Pace,
    neighbours: int = NEIGHBOURS,
) -> float:
    """Return the share of test points whose class wins the vote of their nearest training points, 0 to 1.

    A tie goes to the smallest class.

    Parameters
    ----------
    train, test
        Places [N, 2] and [M, 2].
    train_labels, test_labels
        Classes, int64 [N] and [M].
    pace
        Told how far it is.
    neighbours
        How many vote; all of them where there are fewer.
    """
    voters = min(neighbours, len(train))
    classes = int(max(train_labels.max(), test_labels.max())) + 1
    known, asked = np.asarray(train, dtype=np.float64), np.asarray(test, dtype=np.float64)
    right = 0
    rows = max(1, _CHUNK // len(known))
    for start in range(0, len(asked), rows):
        pace.step(tr("asking the nearest neighbours"), start / len(asked))
        part = asked[start : start + rows]
        distances = np.square(part[:, :1] - known[:, 0]) + np.square(part[:, 1:] - known[:, 1])
        nearest = np.argpartition(distances, voters - 1, axis=1)[:, :voters]
        votes = np.zeros((len(part), classes), dtype=np.int64)
        np.add.at(votes, (np.arange(len(part))[:, None], train_labels[nearest]), 1)
        right += int(np.count_nonzero(votes.argmax(axis=1) == test_labels[start : start + rows]))
    return right / len(asked)
