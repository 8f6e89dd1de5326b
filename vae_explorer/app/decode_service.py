"""Decoding and encoding in the background: numbered requests, the latest wins, a click never waits for tiles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vae_explorer.app.decode_worker import (
    CallTask,
    ClassifyTask,
    DecodeTask,
    DecodeWorker,
    EncodeTask,
    RegressTask,
    Task,
    WarmUpEnded,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.data.images import Images


class Priority(IntEnum):
    """What goes first when several requests wait; ties go to the older one."""

    POINTS = -10
    TILES = 0
    PICTURES = 10
    HOVER = 20
    PIN = 30


@dataclass(frozen=True, slots=True)
class DecodeReply:
    """Decoded pictures.

    Attributes
    ----------
    key, number
        Of the request.
    z
        Points [N, 2], as requested.
    images
        Pictures uint8 [N, C, H, W], owned by the receiver.
    step
        Training step of the model that made them.
    milliseconds
        Time spent decoding.
    """

    key: str
    number: int
    z: NDArray[np.float32]
    images: NDArray[np.uint8]
    step: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class EncodeReply:
    """Where pictures lie: mean, log_var float32 [N, 2], correlation float32 [N] of `rows` of the images handed in."""

    key: str
    number: int
    rows: NDArray[np.int64]
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    correlation: NDArray[np.float32]
    step: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class ClassifyReply:
    """Classes of points.

    Attributes
    ----------
    key, number
        Of the request.
    probabilities
        p(y|z), float32 [N, K].
    labels, confidence
        The likeliest class [N] and its probability, float32 [N].
    step
        Training step of the model that classified.
    milliseconds
        Time spent.
    """

    key: str
    number: int
    probabilities: NDArray[np.float32]
    labels: NDArray[np.intp]
    confidence: NDArray[np.float32]
    step: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class CallReply:
    """What a call with the model gave."""

    key: str
    number: int
    result: object
    step: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class DecodeFailure:
    """A request that could not be answered: a sentence for the user, and details."""

    key: str
    number: int
    message: str
    details: str


class DecodeService(QObject):
    """The window's side of the decoding thread.

    One request of each key waits at most: a newer one replaces it, and the replaced one gets no reply. A large request
    is worked off in pieces of some milliseconds, between which anything of higher priority goes first; when a newer
    request of its key comes, it is given up between two pieces, but never two in a row, so that something arrives even
    when requests come faster than they can be answered. Replies come in the window's thread.

    Parameters
    ----------
    warm_up
        Called once in the decoding thread, to import what decoding needs.
    """

    decoded = Signal(object)
    """`DecodeReply`; compare its key and number before use."""

    encoded = Signal(object)
    """`EncodeReply`."""

    classified = Signal(object)
    """`ClassifyReply`."""

    answered = Signal(object)
    """`CallReply`."""

    failed = Signal(object)
    """`DecodeFailure`."""

    ready = Signal()
    """The warm-up has ended."""

    _posted = Signal(object)

    def __init__(self, warm_up: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._worker = DecodeWorker(warm_up, self._posted.emit)
        self._wanted: set[str] = set()
        self._number = 0
        self._model: Model | None = None

    @property
    def has_model(self) -> bool:
        """Whether there is a model to ask; without one, requests get no reply, nor do empty ones."""
        return self._model is not None

    @property
    def worked_seconds(self) -> float:
        """Processor time that the thread has taken so far."""
        return self._worker.worked_seconds

    def start(self) -> None:
        """Start the thread and its warm-up."""
        self._worker.start()

    def stop(self) -> None:
        """Drop all requests and tell the thread to end; `wait` for it."""
        self._wanted.clear()
        self._worker.stop()

    def wait(self, milliseconds: int) -> bool:
        """Block until the thread is gone; False if it takes longer."""
        return self._worker.wait(milliseconds)

    def set_model(self, model: Model | None) -> None:
        """Answer from now on, waiting requests included, with this model; None drops them."""
        self._model = model
        if model is None:
            self._wanted.clear()
        self._worker.set_model(model)

    def request(
        self,
        key: str,
        z: NDArray[np.floating],
        labels: NDArray[np.integer] | int | None = None,
        *,
        condition: NDArray[np.uint8] | None = None,
        priority: int = Priority.TILES,
    ) -> int:
        """Ask for the pictures at points.

        Parameters
        ----------
        key
            Who asks and what for, such as ``plane.pin``; a newer request of the same key replaces an older one.
        z
            Points [N, 2].
        labels
            A class for each [N], or one for all; needed by label-conditioned models, else ignored.
        condition
            Picture [C, H, W] whose band is completed instead of the model's own, by models that complete pictures.
        priority
            See `Priority`.

        Returns
        -------
        int
            Number of the request, which its reply repeats.
        """
        import numpy as np

        points = np.array(z, dtype=np.float32).reshape(-1, 2)
        classes = None if labels is None else np.broadcast_to(np.asarray(labels, dtype=np.int64), (len(points),)).copy()
        return self._submit(DecodeTask(key, self._next(), priority, points, classes, condition=condition))

    def request_regression(self, key: str, images: NDArray[np.uint8], *, priority: int = Priority.PICTURES) -> int:
        """Ask how the plain regressor completes pictures [N, C, H, W]; the reply comes as a `DecodeReply`."""
        return self._submit(RegressTask(key, self._next(), priority, images))

    def request_classes(
        self,
        key: str,
        z: NDArray[np.floating],
        offsets: NDArray[np.floating] | None = None,
        *,
        priority: int = Priority.TILES,
    ) -> int:
        """Ask for p(y|z) at points [N, 2], averaged over p(y|z + e) where offsets e [E, 2] are given."""
        import numpy as np

        points = np.array(z, dtype=np.float32).reshape(-1, 2)
        moves = np.zeros((1, 2), dtype=np.float32) if offsets is None else np.array(offsets, dtype=np.float32)
        return self._submit(ClassifyTask(key, self._next(), priority, points, moves.reshape(-1, 2)))

    def request_encoding(
        self,
        key: str,
        images: Images,
        labels: NDArray[np.int64] | None = None,
        *,
        rows: NDArray[np.int64] | None = None,
        priority: int = Priority.POINTS,
    ) -> int:
        """Ask where pictures lie on the plane.

        Parameters
        ----------
        key
            As for `request`.
        images
            Pictures [N, C, H, W]; never written to afterwards, as they aren't copied.
        labels
            Class of each [N]; needed by label-conditioned models.
        rows
            Which of the images; all by default.
        priority
            See `Priority`.
        """
        import numpy as np

        chosen = np.arange(len(images), dtype=np.int64) if rows is None else rows
        return self._submit(EncodeTask(key, self._next(), priority, images=images, labels=labels, rows=chosen))

    def request_call(self, key: str, call: Callable[[Model], object], *, priority: int = Priority.PICTURES) -> int:
        """Ask for what a quick function makes of the model, in the decoding thread; it must not change the model."""
        return self._submit(CallTask(key, self._next(), priority, call))

    def cancel(self, key: str) -> None:
        """Forget the request of a key; no reply to it comes any more."""
        self._wanted.discard(key)
        self._worker.cancel(key)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _submit(self, task: Task) -> int:
        if self.has_model and task.size:
            self._wanted.add(task.key)
            self._worker.submit(task)
        return task.number

    @Slot(object)
    def _deliver(self, item: object) -> None:
        match item:
            case WarmUpEnded(failure=None):
                self.ready.emit()
            case WarmUpEnded(failure=(message, details)):
                self.failed.emit(DecodeFailure("warm-up", 0, message, details))
            case DecodeTask(failure=None) as task if task.key in self._wanted:
                milliseconds = 1000.0 * task.seconds
                reply = DecodeReply(task.key, task.number, task.z, task.images(), task.step, milliseconds)
                self.decoded.emit(reply)
            case EncodeTask(failure=None) as task if task.key in self._wanted:
                milliseconds = 1000.0 * task.seconds
                reply_to = (task.key, task.number, task.rows)
                self.encoded.emit(EncodeReply(*reply_to, *task.encodings(), task.step, milliseconds))
            case ClassifyTask(failure=None) as task if task.key in self._wanted:
                milliseconds = 1000.0 * task.seconds
                self.classified.emit(ClassifyReply(task.key, task.number, *task.answer(), task.step, milliseconds))
            case CallTask(failure=None) as task if task.key in self._wanted:
                milliseconds = 1000.0 * task.seconds
                self.answered.emit(CallReply(task.key, task.number, task.result, task.step, milliseconds))
            case Task() as task if task.failure is not None:
                self.failed.emit(DecodeFailure(task.key, task.number, *task.failure))
