"""What a model makes of a picture that may be in no data set: where it lies, how well it is explained, what is like it.

The quick part is read by the decoding thread, the latest picture first; what takes longer, in a job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.decode_service import CallReply, Priority
from vae_explorer.app.jobs import JobCancelled
from vae_explorer.language import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import Point
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.images import Images
    from vae_explorer.latent.nearest import NearestPictures
    from vae_explorer.latent.single import ExactLikelihood, PictureBound
    from vae_explorer.models.snapshot import Encodings, ModelSnapshot

NEIGHBOURS = 5
"""How many nearest pictures are looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class PictureReading:
    """What a model makes of one picture at once.

    Attributes
    ----------
    picture
        What was read, uint8 [C, H, W].
    label
        The class that the model was told, or None.
    z
        Posterior mean.
    deviations
        Posterior standard deviations along the axes, None for an encoder without noise; and their correlation.
    correlation
        Of the two dimensions.
    reconstruction
        The picture decoded at the mean, uint8 [C, H, W], or None for a model that makes no pictures.
    bound
        ELBO in parts, or None.
    shares
        p(y|x) of a model that classifies, else ().
    step
        Training step of the model.
    milliseconds
        Time that the reading took.
    """

    picture: NDArray[np.uint8]
    label: int | None
    z: Point
    deviations: Point | None
    correlation: float
    reconstruction: NDArray[np.uint8] | None
    bound: PictureBound | None
    shares: tuple[float, ...]
    step: int
    milliseconds: float = 0.0


class PictureReader(QObject):
    """Reads one picture after another; of those that wait the latest wins.

    Parameters
    ----------
    workspace
        Whose model reads.
    key
        Name of its requests to the decoding thread.
    """

    read = Signal(object)
    """`PictureReading`."""

    integrated = Signal(object)
    """`ExactLikelihood`, or None for a model without a likelihood."""

    compared = Signal(object)
    """`NearestPictures`."""

    def __init__(self, workspace: Workspace, key: str) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._key = key
        self._number = -1
        self._integral = workspace.latest_work(tr("integrate the likelihood of a picture"))
        self._comparison = workspace.latest_work(tr("compare pictures"))
        self._integral.finished.connect(self.integrated)
        self._comparison.finished.connect(self.compared)
        for work in (self._integral, self._comparison):
            work.failed.connect(self._tell_failure)
        workspace.decode.answered.connect(self._take)

    @property
    def is_integrating(self) -> bool:
        """Whether an exact likelihood is under way."""
        return self._integral.is_running

    def ask(self, picture: NDArray[np.uint8], label: int | None = None) -> bool:
        """Read a picture [C, H, W] of the model's shape, told a class or, with None, the one that explains it best.

        Returns
        -------
        bool
            False where the model has no encoder or is for pictures of another shape.
        """
        self._integral.forget()
        model = self._workspace.model
        if model is None or not model.can_encode or picture.shape != tuple(model.image_shape):
            self._number = -1
            return False
        self._number = self._workspace.decode.request_call(
            self._key, lambda at_hand: read_picture(at_hand, picture, label), priority=Priority.HOVER
        )
        return True

    def integrate(self, picture: NDArray[np.uint8], label: int | None) -> None:
        """Integrate the likelihood of a picture over the plane."""
        model = self._workspace.model
        if model is not None and model.has_likelihood and model.can_decode:
            self._integral.ask(lambda context: _integrated(context, model, picture, label))

    def compare(self, picture: NDArray[np.uint8], images: Images, left_out: int | None = None) -> None:
        """Find the nearest of some pictures [N, C, H, W], without one of them perhaps."""
        if picture.shape == images.shape[1:]:
            self._comparison.ask(lambda context: _compared(context, picture, images, left_out))

    def forget(self) -> None:
        """Drop what was asked; nothing arrives any more."""
        self._number = -1
        self._integral.forget()
        self._comparison.forget()

    @Slot(object)
    def _take(self, reply: CallReply) -> None:
        if reply.key == self._key and reply.number == self._number and isinstance(reply.result, PictureReading):
            self.read.emit(reply.result)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._workspace.notify("error", message, details)


def read_picture(model: Model, picture: NDArray[np.uint8], label: int | None) -> PictureReading:
    """Return what a model makes of a picture [C, H, W]; in a worker."""
    import time

    import numpy as np

    begin = time.perf_counter()
    told = _told(model, picture, label)
    labels = None if told is None else np.array([told], dtype=np.int64)
    encoding = model.encode(picture[None], labels)
    reconstruction = None
    if model.can_decode:
        given = picture if model.conditioning == "image" else None
        reconstruction = model.decode(encoding.mean, labels, given)[0]
    bound, shares = _explained(model, picture, told, cast("Encodings", encoding))
    z1, z2 = encoding.mean[0].tolist()
    first, second = np.exp(0.5 * encoding.log_var[0].astype(np.float64)).tolist()
    return PictureReading(
        picture=picture,
        label=told,
        z=(z1, z2),
        deviations=(first, second) if model.is_stochastic else None,
        correlation=float(encoding.correlation[0]),
        reconstruction=reconstruction,
        bound=bound,
        shares=shares,
        step=model.step,
        milliseconds=1000 * (time.perf_counter() - begin),
    )


def _told(model: Model, picture: NDArray[np.uint8], label: int | None) -> int | None:
    """Return the class that a model is told: the one chosen, else the one that explains the picture best."""
    if model.conditioning not in {"label", "class-mean"}:
        return None
    if label is not None and 0 <= label < model.classes:
        return label
    snapshot = _snapshot(model)
    if snapshot is None:
        return 0
    from vae_explorer.latent.single import best_label

    return best_label(snapshot, picture)


def _explained(
    model: Model, picture: NDArray[np.uint8], label: int | None, encoding: Encodings
) -> tuple[PictureBound | None, tuple[float, ...]]:
    snapshot = _snapshot(model)
    if snapshot is None:
        return None, tuple(model.classify(encoding.mean)[0].tolist()) if model.can_classify else ()
    from vae_explorer.latent.single import class_shares, picture_bound

    shares = tuple(class_shares(snapshot, encoding).tolist()) if model.can_classify else ()
    return picture_bound(snapshot, picture, label, encoding), shares


def _integrated(
    context: JobContext, model: Model, picture: NDArray[np.uint8], label: int | None
) -> ExactLikelihood | None:
    snapshot = _snapshot(model)
    if snapshot is None:
        return None
    import torch

    torch.set_num_threads(1)
    from vae_explorer.latent.measures import Stopped
    from vae_explorer.latent.single import exact_likelihood

    try:
        return exact_likelihood(snapshot, picture, label, cancelled=context.cancelled)
    except Stopped:
        raise JobCancelled from None


def _compared(context: JobContext, picture: NDArray[np.uint8], images: Images, left_out: int | None) -> NearestPictures:
    from vae_explorer.latent.nearest import nearest_pictures

    return nearest_pictures(images, picture, NEIGHBOURS, check=context.check, left_out=left_out)


def _snapshot(model: Model) -> ModelSnapshot | None:
    from vae_explorer.models.snapshot import ModelSnapshot

    return model if isinstance(model, ModelSnapshot) else None
