"""Small pictures of runs for a list: what each model makes, or how it divides its plane, drawn in a worker."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.overview import RunEntry, Stamp

SIDE = 4
"""Pictures along a side."""
MOST_PIXELS = 128
"""Pixels along a side of a small picture, above which rows and columns are left out."""
MOST_BYTES = 256 * 2**20
"""Size of a run of which no picture is made in passing: a large model takes seconds to read."""
_KEPT = 400


class RunPictures(QObject):
    """Makes the pictures of the runs that are looked at, the latest wish first, and keeps the last few hundred.

    Parameters
    ----------
    own
        Takes a job, to be waited for when the program ends.
    parent
        Owner.
    """

    came = Signal(object)
    """Path of a run whose picture is there now."""

    def __init__(self, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own = own
        self._made: OrderedDict[Path, tuple[Stamp, NDArray[np.uint8] | None]] = OrderedDict()
        self._wanted: tuple[RunEntry, ...] = ()
        self._job: Job | None = None

    def picture(self, path: Path) -> NDArray[np.uint8] | None:
        """Return the picture of a run, uint8 [H, W, C]; None for none, or none yet."""
        made = self._made.get(path)
        return None if made is None else made[1]

    def has_none(self, entry: RunEntry) -> bool:
        """Whether it is known that a run has no picture, and won't get one as it is."""
        made = self._made.get(entry.path)
        can_have = entry.condition.can_be_opened and entry.bytes <= MOST_BYTES
        return not can_have if made is None else made[1] is None

    def want(self, entries: Iterable[RunEntry]) -> None:
        """Make the pictures of these runs next; those that nobody looks at any more are left."""
        self._wanted = tuple(entry for entry in entries if self._lacks(entry))
        if self._job is None:
            self._begin()

    def forget(self) -> None:
        """Make no more."""
        self._wanted = ()
        if self._job is not None:
            self._job.cancel()

    def _lacks(self, entry: RunEntry) -> bool:
        made = self._made.get(entry.path)
        # A run that is being trained changes all the time: one picture will do until it has ended.
        has = made is not None and (made[0] == entry.stamp or entry.condition.is_at_work)
        return entry.condition.can_be_opened and entry.bytes <= MOST_BYTES and not has

    def _begin(self) -> None:
        entry = next(iter(self._wanted), None)
        if entry is None:
            return
        self._wanted = self._wanted[1:]

        def work(_context: JobContext) -> object:
            return entry, made_picture(entry.path)

        self._job = Job(work, tr("draw the picture of a run"), self)
        self._own(self._job)
        self._job.finished.connect(self._take)
        self._job.ended.connect(self._go_on)
        self._job.start()

    @Slot(object)
    def _take(self, made: tuple[RunEntry, NDArray[np.uint8] | None]) -> None:
        entry, picture = made
        self._made[entry.path] = entry.stamp, picture
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        self.came.emit(entry.path)

    @Slot(object)
    def _go_on(self, _job: Job) -> None:
        self._job = None
        self._begin()


def made_picture(path: Path) -> NDArray[np.uint8] | None:
    """Return what the newest model of a run makes, uint8 [H, W, C], in a worker; None where it makes nothing.

    It is a grid of decoded pictures, with the classes in turn for a model that needs one, and the plane with its
    decision regions for a classifier.
    """
    from vae_explorer.runs.folder import open_run

    try:
        model = open_run(path).load_model()
        if model.can_decode and model.conditioning != "image":
            return _mosaic(model)
        return _regions(model) if model.can_classify else None
    except Exception:  # whatever is wrong with a stranger's run: opening it says so, and a list needs no picture
        return None


def _mosaic(model: ModelSnapshot) -> NDArray[np.uint8]:
    import numpy as np

    from vae_explorer.latent.grids import plane_grid

    points = plane_grid("quantile", SIDE, means=model.class_means).reshape(-1, 2)
    labels = np.arange(len(points)) % model.classes if model.conditioning == "label" else None
    pictures = model.decode(points, labels)
    _, channels, height, width = pictures.shape
    grid = pictures.reshape(SIDE, SIDE, channels, height, width).transpose(0, 3, 1, 4, 2)
    whole = grid.reshape(SIDE * height, SIDE * width, channels)
    step = max(1, -(-max(whole.shape[:2]) // MOST_PIXELS))
    return np.ascontiguousarray(whole[::step, ::step])


def _regions(model: ModelSnapshot) -> NDArray[np.uint8]:
    """Return the likeliest classes on the plane, paler where they are less likely."""
    import numpy as np

    from vae_explorer.export.palette import class_colour
    from vae_explorer.latent.grids import plane_grid

    probabilities = model.classify(plane_grid("uniform", MOST_PIXELS).reshape(-1, 2))
    colours = np.array([_rgb(class_colour(label)) for label in range(probabilities.shape[1])])
    sure = probabilities.max(axis=1, keepdims=True)
    shown = 255 - sure * (255 - colours[probabilities.argmax(axis=1)])
    picture: NDArray[np.uint8] = shown.round().astype(np.uint8).reshape(MOST_PIXELS, MOST_PIXELS, 3)
    return picture


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
