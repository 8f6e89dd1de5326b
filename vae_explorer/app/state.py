"""What the window shows: small frozen values that travel from the session to the panels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import TYPE_CHECKING, Literal

from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model

_SAMPLED = 4096
"""Distances from which it is seen how near the nearest are."""
Point = tuple[float, float]
"""A point of the latent plane, (z1, z2), in prior standard deviations."""


class RunState(Enum):
    """What the session is doing; the run bar and the commands follow it."""

    LOADING = "loading"
    READY = "ready"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        """Whether a training thread is at work or waiting."""
        return self in {RunState.TRAINING, RunState.PAUSED, RunState.STOPPING}


@dataclass(frozen=True, slots=True)
class LatentPoint:
    """Something chosen on the plane.

    Attributes
    ----------
    z
        Where it lies.
    sample
        Row of the data set when the point is the encoding of that image, else None.
    label
        Class with which it is decoded, for models that need one, else None.
    """

    z: Point
    sample: int | None = None
    label: int | None = None


@dataclass(frozen=True, slots=True)
class LatentPath:
    """A path on the plane: its ends, waypoints, method, and how far along it the slider stands.

    Attributes
    ----------
    start, end
        The ends, None where not chosen yet.
    way_points
        Points between them, in order.
    method
        Name of an entry of ``latent.paths.INTERPOLATIONS``.
    position
        Where the slider stands, from 0 at the start to 1 at the end.
    frames
        Number of pictures in the film strip.
    metric
        What a geodesic is measured by: ``pixel`` or ``fisher``.
    equal_speed
        Whether equal times cover equal lengths on the plane.
    """

    start: LatentPoint | None = None
    way_points: tuple[LatentPoint, ...] = ()
    end: LatentPoint | None = None
    method: str = "spherical"
    position: float = 0.0
    frames: int = 11
    metric: str = "pixel"
    equal_speed: bool = False

    @property
    def points(self) -> tuple[LatentPoint, ...]:
        """Start, waypoints and end, without those that aren't chosen."""
        return tuple(point for point in (self.start, *self.way_points, self.end) if point is not None)

    @property
    def is_complete(self) -> bool:
        """Whether both ends are chosen, so that there is a path to walk."""
        return self.start is not None and self.end is not None


@dataclass(frozen=True, slots=True)
class PointCloud:
    """Encodings of images under one state of the model.

    Attributes
    ----------
    z, log_var
        Posterior means and log variances, float32 [N, 2].
    rows
        Row of each in the data set, int64 [N]; rows from ``dataset.train_count`` on are test images.
    labels
        Class of each, int64 [N], or None for a data set without classes.
    step
        Training step of the model that encoded them.
    correlation
        Correlation of the two dimensions under each posterior, float32 [N], or None where the dimensions are
        independent.
    """

    z: NDArray[np.float32]
    log_var: NDArray[np.float32]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    step: int
    correlation: NDArray[np.float32] | None = None

    def index_of(self, row: int) -> int | None:
        """Return the place of a row of the data set in the cloud, None if it isn't there."""
        found = (self.rows == row).nonzero()[0]
        return int(found[0]) if found.size else None

    def nearest(self, z: Point, count: int) -> NDArray[np.intp]:
        """Return the indices of the encodings nearest to z, nearest first, without those that aren't finite.

        All distances are computed: 0.2 ms for 20,000 points and 5 ms for a million, less than building a search tree
        for each new cloud. Only those are sorted that are no further than the nearest of a sample: at least as many
        as are wanted.
        """
        import numpy as np

        first, second = (self.z[:, axis] - np.float32(z[axis]) for axis in (0, 1))
        distance = np.square(first) + np.square(second)
        sample = distance[:: max(1, len(distance) // max(_SAMPLED, count))]
        sample = sample[np.isfinite(sample)]
        if len(sample) >= count > 0:
            chosen = np.flatnonzero(distance <= np.partition(sample, count - 1)[count - 1])
        else:
            chosen = np.flatnonzero(np.isfinite(distance))
        return np.asarray(chosen[np.argsort(distance[chosen], kind="stable")][:count])

    def nearest_within(self, z: Point, reach: float) -> int | None:
        """Return the index of the encoding nearest to z, None where none is as near as `reach`."""
        found = self.nearest(z, 1)
        if not len(found) or math.dist(self.z[found[0]].tolist(), z) > reach:
            return None
        return int(found[0])

    def place_of(self, row: int) -> Point | None:
        """Return where a row of the data set is encoded, None if it isn't among the encodings."""
        index = self.index_of(row)
        return None if index is None else (float(self.z[index, 0]), float(self.z[index, 1]))


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What panels need to know of the model at hand; they ask for capabilities, never for a family's name.

    Attributes
    ----------
    step, epoch
        Moment of the training from which the weights are.
    conditioning
        ``none``; ``label`` where encoding and decoding need a class; ``class-mean`` where each class has its prior;
        ``image`` where a band of a picture is given and the rest completed.
    classes, class_names
        Number of classes (0 without) and their names (may be empty).
    image_shape
        Channels, height, width.
    can_encode, can_decode
        Capabilities.
    class_means
        Prior mean of each class, float32 [K, 2], or None.
    can_classify, can_regress
        Whether it has p(y|z), and a plain regressor that completes pictures.
    is_stochastic
        Whether q(z|x) has a spread; the encoder of an autoencoder gives single points.
    has_likelihood
        Whether it has p(x|z), and with it a true posterior.
    band
        First column and number of columns that a model of conditioning ``image`` is given, else None.
    """

    step: int
    epoch: float
    conditioning: Literal["none", "label", "class-mean", "image"]
    classes: int
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    can_encode: bool
    can_decode: bool
    class_means: NDArray[np.float32] | None
    can_classify: bool = False
    can_regress: bool = False
    is_stochastic: bool = True
    has_likelihood: bool = True
    band: tuple[int, int] | None = None

    @property
    def knows_classes(self) -> bool:
        """Whether pictures or places depend on a class."""
        return self.conditioning in {"label", "class-mean"}

    @property
    def completes(self) -> bool:
        """Whether its pictures complete a band of a given one."""
        return self.conditioning == "image"

    @property
    def needs_label(self) -> bool:
        """Whether decoding a point needs a class beside it."""
        return self.conditioning == "label"

    def is_kin(self, other: ModelInfo | None) -> bool:
        """Whether the other one is the same but for its weights, as two moments of a training are.

        Priors with means of their own may have moved, so that models with them never are.
        """
        if other is None or self.class_means is not None or other.class_means is not None:
            return False
        return all(getattr(self, name) == getattr(other, name) for name in _LASTING)

    def class_name(self, label: int) -> str:
        """Return the name of a class, or its number where it has none."""
        return self.class_names[label] if 0 <= label < len(self.class_names) else str(label)


_LASTING = tuple(item.name for item in fields(ModelInfo) if item.name not in {"step", "epoch"})
"""What stays while a model trains."""


def described(model: Model, class_names: tuple[str, ...]) -> ModelInfo:
    """Return what panels need to know of a model, with the names that the data give its classes."""
    return ModelInfo(
        step=model.step,
        epoch=model.epoch,
        conditioning=model.conditioning,
        classes=model.classes,
        class_names=class_names,
        image_shape=model.image_shape,
        can_encode=model.can_encode,
        can_decode=model.can_decode,
        class_means=model.class_means,
        can_classify=model.can_classify,
        can_regress=model.can_regress,
        is_stochastic=model.is_stochastic,
        has_likelihood=model.has_likelihood,
        band=model.band,
    )


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run whose model is shown: its readable name, its folder, and the run and moment that it was forked from."""

    name: str
    path: Path
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How far the run that is shown has come.

    Attributes
    ----------
    step, epoch
        Training steps and epochs behind the weights that are shown.
    epochs
        Epochs that were planned.
    test_loss
        Mean loss of the test images when they were last measured, in nats per image; None before.
    """

    step: int
    epoch: float
    epochs: int
    test_loss: float | None

    @property
    def is_complete(self) -> bool:
        """Whether all epochs that were planned are behind it."""
        return self.epoch >= self.epochs - 1e-6


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the user, in one sentence, with details to copy.

    Attributes
    ----------
    level
        ``info`` goes by itself after a while; ``warning`` and ``error`` stay until dismissed.
    text
        What happened and what to do, as plain text.
    details
        More for those who look closer, such as a traceback; may be empty.
    actions
        What can be done about it, the best first; choosing one dismisses the notice.
    """

    level: Literal["info", "warning", "error"]
    text: str
    details: str = ""
    actions: tuple[NoticeAction, ...] = ()

    def again(self) -> Notice:
        """Return the notice in the language that is chosen now."""
        return Notice(self.level, tr(self.text), tr(self.details), tuple(action.again() for action in self.actions))


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """Something to do about a notice.

    Attributes
    ----------
    title
        Words of its button.
    tip
        What it does, in one sentence.
    run
        Does it; called in the window's thread.
    """

    title: str
    tip: str
    run: Callable[[], object] = field(compare=False)

    def again(self) -> NoticeAction:
        """Return the action in the language that is chosen now."""
        return NoticeAction(tr(self.title), tr(self.tip), self.run)
