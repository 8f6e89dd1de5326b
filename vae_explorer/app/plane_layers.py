"""Layers of the plane, computed in workers: coarse at once and then finer, the latest view first."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vae_explorer.app.jobs import Job, JobCancelled, JobContext
from vae_explorer.app.layer_readings import LayerReadings
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.latent.lattice import Corners, Filler, Patch

BUDGET_SECONDS = 4.0
"""The cells of a view are made finer as long as the next step takes no more processor time than this."""
TRAINING_BUDGET_SECONDS = 0.4
"""The same while training needs the processor too."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerRequest:
    """What is wanted of a layer.

    Attributes
    ----------
    key
        Who asks; a newer request of the same key comes in place of an older one.
    name
        Of one of ``latent.layers.LAYERS``.
    subject
        What it is computed from.
    corners
        Lower z1, lower z2, upper z1, upper z2 of the view.
    levels
        Levels of the lattices to fill, the coarsest first.
    budget
        Seconds of processor time that a finer level may take.
    at_once
        Whether to tell of the coarsest and of the finest level that the budget allows together; else of each level in
        turn, and the request ends at the coarsest when it is outdated.
    """

    key: str
    name: str
    subject: LayerSubject
    corners: Corners
    levels: tuple[int, ...]
    budget: float = BUDGET_SECONDS
    at_once: bool = False
    outdated: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, eq=False)
class LayerMap:
    """What has been computed for a request: patches from coarse to fine, and the seconds that they took so far."""

    request: LayerRequest
    patches: tuple[Patch, ...]
    seconds: float


class LayerService(QObject):
    """Computes one request of each key at a time; of those that wait the latest wins.

    When a newer request of its key comes, one under way ends once its coarsest level is told of, so that something
    arrives while one pans. What is known of a subject is kept, and a view that moved computes only what is new.

    Parameters
    ----------
    backend
        Whose `layer_field` prepares each layer, in the worker.
    own
        Takes each job, to be waited for when the program ends.
    is_closing
        Whether nothing new may begin.
    parent
        Owner.
    """

    found = Signal(object)
    """`LayerMap`."""

    ended = Signal(object)
    """`LayerRequest` that has been worked off, or was given up for a newer one."""

    failed = Signal(object, object, object)
    """`LayerRequest`, a sentence for the user, and details."""

    _posted = Signal(object)

    def __init__(
        self, backend: Backend, own: Callable[[Job], None], is_closing: Callable[[], bool], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._backend, self._own, self._is_closing = backend, own, is_closing
        self._waiting: dict[str, LayerRequest] = {}
        self._jobs: dict[Job, LayerRequest] = {}
        self._cancelled: set[Job] = set()
        self._memories: dict[str, _Memory] = {}
        self.readings = LayerReadings(self)
        """What the shown layers are at a point."""
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(self, request: LayerRequest) -> None:
        """Compute this in place of older requests of its key."""
        for other in self._jobs.values():
            if other.key == request.key:
                other.outdated.set()
        self._waiting[request.key] = request
        self._begin(request.key)

    def cancel(self, key: str) -> None:
        """Forget the requests of a key and what is known for it; nothing arrives of one that has begun."""
        self._waiting.pop(key, None)
        self._memories.pop(key, None)
        for job, request in self._jobs.items():
            if request.key == key:
                self._cancelled.add(job)
                job.cancel()

    def _begin(self, key: str) -> None:
        busy = any(request.key == key for request in self._jobs.values())
        if busy or key not in self._waiting or self._is_closing():
            return
        request = self._waiting.pop(key)
        memory = self._memories.get(key)
        if memory is None:
            memory = self._memories[key] = _Memory(self._backend)

        def work(context: JobContext) -> object:
            memory.work_off(request, context, self._posted.emit)
            return None

        job = Job(work, tr("compute a layer of the plane"), self)
        self._jobs[job] = request
        self._own(job)
        job.failed.connect(self._tell_failure)
        job.ended.connect(self._go_on)
        job.start()

    @Slot(object)
    def _deliver(self, found: LayerMap) -> None:
        # What was posted before it was cancelled comes only now.
        wanted = (request for job, request in self._jobs.items() if job not in self._cancelled)
        if any(request is found.request for request in wanted):
            self.found.emit(found)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        job = self.sender()
        request = self._jobs.get(job) if isinstance(job, Job) else None
        if request is not None:
            self.failed.emit(request, message, details)

    @Slot(object)
    def _go_on(self, job: Job) -> None:
        request = self._jobs.pop(job, None)
        self._cancelled.discard(job)
        if request is not None:
            self._begin(request.key)
            self.ended.emit(request)


class _Memory:
    """What is kept of a key from one request to the next; only its worker touches it, and there is one at a time."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._subject: LayerSubject | None = None
        self._filler: Filler | None = None

    def work_off(self, request: LayerRequest, context: JobContext, post: Callable[[object], None]) -> None:
        from vae_explorer.latent.lattice import Lattice

        begin = time.perf_counter()
        filler = self._prepared(request, context.cancelled)
        coarsest = filler.fill(Lattice.covering(request.corners, request.levels[0]), context.check)
        patches = [coarsest]

        def check() -> None:
            context.check()
            if request.outdated.is_set() and not request.at_once:
                raise JobCancelled

        def tell() -> None:
            if not request.at_once or len(patches) > 1 or len(request.levels) == 1:
                post(LayerMap(request, tuple(patches), time.perf_counter() - begin))

        tell()
        for level, at_borders in self._finer(filler, request):
            patches.append(filler.fill(Lattice.covering(request.corners, level), check, at_borders=at_borders))
            tell()

    def _prepared(self, request: LayerRequest, cancelled: Callable[[], bool]) -> Filler:
        if self._filler is None or request.subject is not self._subject:
            from vae_explorer.latent.lattice import Filler
            from vae_explorer.latent.measures import Stopped

            self._filler = None
            try:
                self._filler = Filler(self._backend.layer_field(request.name, request.subject, cancelled))
            except Stopped as error:
                raise JobCancelled from error
            self._subject = request.subject
        return self._filler

    def _finer(self, filler: Filler, request: LayerRequest) -> Iterator[tuple[int, bool]]:
        """Yield the finer levels that the budget allows, or the finest of them alone where one is told of at once.

        With each comes whether it allows only the borders of regions to be computed.
        """
        from vae_explorer.latent.lattice import Lattice

        def is_allowed(level: int, *, at_borders: bool = False) -> bool:
            # Asked anew after each level: the first cells take longer than all others.
            cells = filler.missing(Lattice.covering(request.corners, level), at_borders=at_borders)
            return filler.seconds_a_cell * cells <= request.budget

        if request.at_once:
            yield next((level for level in reversed(request.levels) if is_allowed(level)), request.levels[0]), False
            return
        for level in request.levels[1:]:
            at_borders = not is_allowed(level)
            if at_borders and not is_allowed(level, at_borders=True):
                break
            yield level, at_borders
