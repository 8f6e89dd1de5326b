"""What an export needs of a model, and how classes enter it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import ExportError
from vae_explorer.export.progress import report
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.progress import IsCancelled, ReportProgress

_PIECE = 256
Labels: TypeAlias = Sequence[int | None] | int | None
"""One class for the whole path, one for each of its points, or None for no class."""


class Decoding(Protocol):
    """A model that makes pictures of points of the plane; a model snapshot is one."""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape of a picture (C, H, W)."""

    @property
    def classes(self) -> int:
        """Number of classes, 0 without any."""

    @property
    def conditioning(self) -> str:
        """What the model is told: ``none``, ``label``, ``class-mean`` or ``image``."""

    @property
    def class_means(self) -> npt.NDArray[np.float32] | None:
        """Prior mean of every class [K, 2], or None."""

    def decode(self, z: npt.NDArray[np.float32], labels: npt.NDArray[np.int64] | None = None) -> Pixels:
        """Return the mean pictures [N, C, H, W] at points [N, 2]."""


def knows_classes(model: Decoding) -> bool:
    """Return whether the pictures or the places of a model depend on a class."""
    return model.conditioning in {"label", "class-mean"}


def grid_class(model: Decoding, label: int) -> int | None:
    """Return the class that a grid is decoded for, or None where -1 stands for none or for all.

    Raises
    ------
    ExportError
        If the model has no such class, or needs one and none is chosen.
    """
    if label < 0:
        return _class(model, None)
    if not knows_classes(model):
        raise ExportError(
            tr("Class {label} was chosen, but the model doesn't depend on a class: leave the class out.", label=label)
        )
    return _class(model, label)


def path_classes(model: Decoding, labels: Labels, points: int) -> tuple[int | None, ...]:
    """Return the class of each of the path's points; those of a model without classes are None.

    Raises
    ------
    ExportError
        If the model has no such class, needs one that is missing, or there aren't as many classes as points.
    """
    given: Sequence[int | None] = [labels] * points if labels is None or isinstance(labels, int) else labels
    if len(given) != points:
        raise ExportError(
            tr(
                "The path has {points} points but {count} classes: give one, or one for each point.",
                points=points,
                count=len(given),
            )
        )
    if not knows_classes(model):
        return (None,) * points
    return tuple(_class(model, None if label is None or label < 0 else int(label)) for label in given)


def path_centres(model: Decoding, labels: Labels, points: int) -> npt.NDArray[np.float32] | None:
    """Return mu_y of each of the path's points [P, 2], or None unless the model has class means and all points a class.

    Raises
    ------
    ExportError
        As `path_classes` does.
    """
    classes = path_classes(model, labels, points)
    if model.class_means is None or model.conditioning != "class-mean":
        return None
    known = [label for label in classes if label is not None]
    return model.class_means[known] if len(known) == points else None


def decode_in_pieces(
    model: Decoding,
    z: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64] | None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Pixels:
    """Return the pictures [N, C, H, W] at points [N, 2], reporting after each few hundred.

    Raises
    ------
    ExportCancelledError
        If the user cancels.
    """
    pictures = np.empty((len(z), *model.image_shape), dtype=np.uint8)
    for start in range(0, len(z), _PIECE):
        report(start, len(z), progress, cancelled)
        piece = slice(start, start + _PIECE)
        pictures[piece] = model.decode(z[piece].astype(np.float32), None if labels is None else labels[piece])
    report(len(z), len(z), progress, cancelled)
    return pictures


def _class(model: Decoding, label: int | None) -> int | None:
    if label is None:
        if model.conditioning == "label":
            raise ExportError(
                tr(
                    "The model makes pictures of a class: choose one from 0 to {classes} (on the command "
                    "line with --label).",
                    classes=model.classes - 1,
                )
            )
        return None
    if not 0 <= label < model.classes:
        raise ExportError(
            tr("There is no class {label}: choose one from 0 to {classes}.", label=label, classes=model.classes - 1)
        )
    return label
