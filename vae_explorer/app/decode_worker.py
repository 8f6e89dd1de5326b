"""The thread that decodes and encodes, piece by piece, most urgent first."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QThread

from vae_explorer.app.jobs import explain
from vae_explorer.app.threads import DECODING_NICENESS, make_way
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.data.images import Images

PIECE_SECONDS = 0.006
"""How long one piece of a large request may take: the longest that a click waits."""

_DOING = {
    "decode": marked("decode with this model"),
    "classify": marked("classify with this model"),
    "encode": marked("encode with this model"),
    "call": marked("call with this model"),
}
"""What failed, by the kind of the task, as a part of a sentence."""

_FIRST_PIECE = 16
_LARGEST_PIECE = 1024
_LARGEST_CLASSIFIED = 16_384
"""Points that are classified at once: each takes a thousandth of what a decoded picture takes."""


@dataclass(frozen=True, slots=True)
class WarmUpEnded:
    """The thread is ready, or says why it isn't: a sentence and details."""

    failure: tuple[str, str] | None


class Task(ABC):
    """One request and what has been done of it."""

    kind = ""

    def __init__(self, key: str, number: int, priority: int) -> None:
        self.key = key
        self.number = number
        self.priority = priority
        self.model: Model | None = None
        self.step = 0
        self.done = 0
        self.seconds = 0.0
        self.failure: tuple[str, str] | None = None

    @property
    @abstractmethod
    def size(self) -> int:
        """Number of points or pictures."""

    @abstractmethod
    def work(self, model: Model, count: int) -> None:
        """Do the next `count` of them."""

    def advance(self, model: Model, count: int) -> float:
        """Do the next `count` with the model that the request began with; return the seconds it took."""
        if self.model is None:
            self.model = model
            self.step = model.step
        begin = time.perf_counter()
        self.work(self.model, count)
        self.done += count
        seconds = time.perf_counter() - begin
        self.seconds += seconds
        return seconds


class DecodeTask(Task):
    """Points to decode."""

    kind = "decode"

    def __init__(
        self,
        key: str,
        number: int,
        priority: int,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | None,
        *,
        condition: NDArray[np.uint8] | None = None,
    ) -> None:
        super().__init__(key, number, priority)
        self.z = z
        self.labels = labels
        self.condition = condition
        self._pieces: list[NDArray[np.uint8]] = []

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.z)

    def work(self, model: Model, count: int) -> None:
        """Decode the next points."""
        part = slice(self.done, self.done + count)
        labels = None if self.labels is None else self.labels[part]
        self._pieces.append(model.preview(self.z[part], labels, self.condition))

    def images(self) -> NDArray[np.uint8]:
        """Return the pictures [N, C, H, W]."""
        import numpy as np

        return self._pieces[0] if len(self._pieces) == 1 else np.concatenate(self._pieces)


class RegressTask(DecodeTask):
    """Pictures whose band the plain regressor completes; their points are of no account."""

    def __init__(self, key: str, number: int, priority: int, images: NDArray[np.uint8]) -> None:
        import numpy as np

        super().__init__(key, number, priority, np.zeros((len(images), 2), dtype=np.float32), None)
        self._given = images

    def work(self, model: Model, count: int) -> None:
        """Complete the next pictures."""
        self._pieces.append(model.regress(self._given[self.done : self.done + count]))


class ClassifyTask(Task):
    """Points to classify; p(y|z + e) is averaged over the offsets e [E, 2] where there are some."""

    kind = "classify"

    def __init__(
        self, key: str, number: int, priority: int, z: NDArray[np.float32], offsets: NDArray[np.float32]
    ) -> None:
        super().__init__(key, number, priority)
        self.z = z
        self._offsets = offsets
        self._pieces: list[NDArray[np.float32]] = []
        self._labels: list[NDArray[np.intp]] = []
        self._confidences: list[NDArray[np.float32]] = []

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.z)

    def work(self, model: Model, count: int) -> None:
        """Classify the next points."""
        z = self.z[self.done : self.done + count]
        total = model.classify(z + self._offsets[0])
        for offset in self._offsets[1:]:
            total = total + model.classify(z + offset)
        mean: NDArray[np.float32] = (total / len(self._offsets)).astype("float32")
        # Here, not in the window's thread: a screen full of points takes tens of milliseconds.
        self._pieces.append(mean)
        self._labels.append(mean.argmax(axis=1))
        self._confidences.append(mean.max(axis=1))

    def answer(self) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.float32]]:
        """Return p(y|z) [N, K], the likeliest class [N] and its probability [N]."""
        import numpy as np

        return np.concatenate(self._pieces), np.concatenate(self._labels), np.concatenate(self._confidences)


class EncodeTask(Task):
    """Pictures to encode."""

    kind = "encode"

    def __init__(
        self,
        key: str,
        number: int,
        priority: int,
        *,
        images: Images,
        labels: NDArray[np.int64] | None,
        rows: NDArray[np.int64],
    ) -> None:
        super().__init__(key, number, priority)
        self.rows = rows
        self._images = images
        self._labels = labels
        self._means: list[NDArray[np.float32]] = []
        self._log_vars: list[NDArray[np.float32]] = []
        self._correlations: list[NDArray[np.float32]] = []

    @property
    def size(self) -> int:
        """Number of pictures."""
        return len(self.rows)

    def work(self, model: Model, count: int) -> None:
        """Encode the next pictures."""
        rows = self.rows[self.done : self.done + count]
        encodings = model.encode(self._images[rows], None if self._labels is None else self._labels[rows])
        self._means.append(encodings.mean)
        self._log_vars.append(encodings.log_var)
        self._correlations.append(encodings.correlation)

    def encodings(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return means and log variances [N, 2] and correlations [N]."""
        import numpy as np

        return np.concatenate(self._means), np.concatenate(self._log_vars), np.concatenate(self._correlations)


class CallTask(Task):
    """One call with the model, which is done in one piece: keep it to some milliseconds."""

    kind = "call"

    def __init__(self, key: str, number: int, priority: int, call: Callable[[Model], object]) -> None:
        super().__init__(key, number, priority)
        self.result: object = None
        self._call = call

    @property
    def size(self) -> int:
        """One."""
        return 1

    def work(self, model: Model, count: int) -> None:
        """Call."""
        del count
        self.result = self._call(model)


class DecodeWorker(QThread):
    """Works off tasks until told to stop.

    Parameters
    ----------
    warm_up
        Called first, in the thread.
    post
        Takes, from the thread, `WarmUpEnded` and then each task that ended.
    """

    def __init__(self, warm_up: Callable[[], None], post: Callable[[object], None]) -> None:
        super().__init__()
        self.setObjectName("decoding")
        self._warm_up = warm_up
        self._post = post
        self._changed = threading.Condition()
        self._waiting: dict[str, Task] = {}
        self._begun: dict[str, Task] = {}
        self._given_up: set[str] = set()
        self._piece = {"decode": _FIRST_PIECE, "encode": _FIRST_PIECE, "classify": _LARGEST_PIECE, "call": 1}
        self._model: Model | None = None
        self._stopped = False
        self.worked_seconds = 0.0
        """Processor time that the thread has taken so far; only the thread itself writes it."""

    def submit(self, task: Task) -> None:
        """Let a task wait, in place of an older one of its key."""
        with self._changed:
            self._waiting[task.key] = task
            self._changed.notify()

    def cancel(self, key: str) -> None:
        """Forget the tasks of a key."""
        with self._changed:
            self._waiting.pop(key, None)
            self._begun.pop(key, None)

    def set_model(self, model: Model | None) -> None:
        """Use this model for tasks that haven't begun; None forgets all tasks."""
        with self._changed:
            self._model = model
            if model is None:
                self._waiting.clear()
                self._begun.clear()
            self._changed.notify()

    def stop(self) -> None:
        """End the thread after the piece at hand."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def run(self) -> None:
        """Warm up, then work; called by Qt in the new thread."""
        make_way(DECODING_NICENESS)
        failure = None
        try:
            self._warm_up()
        except BaseException as error:
            failure = explain(error, tr("load the numerical library"))
        self._post(WarmUpEnded(failure))
        while (job := self._next()) is not None:
            self._advance(*job)
            self.worked_seconds = time.thread_time()

    def _next(self) -> tuple[Task, Model] | None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._stopped or (self._model is not None and self._has_work()))
                if self._stopped or self._model is None:
                    return None
                task = self._most_urgent()
                if self._waiting.get(task.key) is task:
                    del self._waiting[task.key]
                    self._begun[task.key] = task
                return task, self._model

    def _has_work(self) -> bool:
        return bool(self._waiting or self._begun)

    def _most_urgent(self) -> Task:
        for key in self._waiting.keys() & self._begun.keys() - self._given_up:
            if self._begun[key].kind != "encode":
                del self._begun[key]
                self._given_up.add(key)
        ready = [task for key, task in self._waiting.items() if key not in self._begun]
        return min((*self._begun.values(), *ready), key=lambda task: (-task.priority, task.number))

    def _advance(self, task: Task, model: Model) -> None:
        count = min(self._piece[task.kind], task.size - task.done)
        try:
            seconds = task.advance(model, count)
            self._adapt(task.kind, count, seconds)
        except BaseException as error:
            task.failure = explain(error, tr(_DOING[task.kind]))
        if task.done >= task.size or task.failure is not None:
            self._conclude(task)

    def _adapt(self, kind: str, count: int, seconds: float) -> None:
        if count < self._piece[kind] and seconds < PIECE_SECONDS:
            return
        fitting = count * PIECE_SECONDS / max(seconds, 1e-6)
        largest = _LARGEST_CLASSIFIED if kind == "classify" else _LARGEST_PIECE
        self._piece[kind] = _round_number(min(max(fitting, count / 2, 1), 2 * count, largest))

    def _conclude(self, task: Task) -> None:
        with self._changed:
            if self._begun.get(task.key) is not task:
                return
            del self._begun[task.key]
            self._given_up.discard(task.key)
        task.model = None
        self._post(task)


def _round_number(count: float) -> int:
    """Return the largest of 1, 2, 3, 4, 6, 8, 12, 16 ... that isn't above a count of at least 1.

    Products are made ready once for each number of rows, which takes as long as fifty rows: few numbers keep coming.
    """
    power = 1 << (int(count).bit_length() - 1)
    return power + power // 2 if power + power // 2 <= count else power
