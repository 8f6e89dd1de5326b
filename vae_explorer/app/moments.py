"""Travelling in time: which moments of the run are kept, which one is shown, and their models, loaded in a worker."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import PointCloud
    from vae_explorer.runs.history import KeptMoment

T = TypeVar("T")

MODELS_KEPT, MODEL_BYTES_KEPT = 16, 256 << 20
"""How many models of moments stay in memory, and what they may take, except the last two: a usual one takes 5 MiB."""
CLOUDS_KEPT = 128
"""Encodings of moments that stay in memory: 20,000 points take 0.6 MiB."""
SETTLE_MILLISECONDS = 250
"""How long a moment is looked at before all of its points are encoded, not only some."""
SOON_MILLISECONDS = 20
"""How long after one of a training's models it is told that its moments have changed."""


class Moments(QObject):
    """Shows the newest model of a run as it comes, or one of the moments that were kept.

    One model is loaded at a time; what is wanted last is loaded next. What was loaded is shown even when something
    else is wanted by then, so that the plane moves with a slider that is dragged.

    Parameters
    ----------
    backend
        Loads a moment.
    own
        Takes a job, to be waited for when the program ends.
    show
        Shows a model: with its encodings where they are known, and quickly where it isn't there to stay.
    parent
        Owner.
    """

    changed = Signal()
    """Other moments are kept, another one is wanted, or there is a newer model."""

    shown_changed = Signal(object)
    """`KeptMoment` whose model is shown now, or None for the newest."""

    settled = Signal()
    """A moment is looked at for a while: there is time to encode all points, not only some."""

    failed = Signal(object, object)
    """A sentence on a moment that can't be shown, and details."""

    def __init__(
        self,
        backend: Backend,
        own: Callable[[Job], None],
        show: Callable[[Model | None, PointCloud | None, bool], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend, self._own, self._show = backend, own, show
        self._folder: Path | None = None
        self._kept: tuple[KeptMoment, ...] = ()
        self._newest: Model | None = None
        self._wanted: KeptMoment | None = None
        self._shown: KeptMoment | None = None
        self._job: Job | None = None
        self._direction = 1
        self._models: OrderedDict[int, Model] = OrderedDict()
        self._clouds: OrderedDict[int, PointCloud] = OrderedDict()
        self._settle = QTimer(self, interval=SETTLE_MILLISECONDS, singleShot=True)
        self._settle.timeout.connect(self._tell_settled)
        self._soon = QTimer(self, interval=SOON_MILLISECONDS, singleShot=True)
        self._soon.timeout.connect(self.changed)

    # -- What is at hand -----------------------------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[KeptMoment, ...]:
        """The moments before the newest model, the earliest first."""
        newest = self._newest
        return self._kept if newest is None else tuple(moment for moment in self._kept if moment.step < newest.step)

    @property
    def newest(self) -> Model | None:
        """The newest model of the run, or of the settings where there is no run."""
        return self._newest

    @property
    def wanted(self) -> KeptMoment | None:
        """The moment that was chosen last; None stands for the newest."""
        return self._wanted

    @property
    def shown(self) -> KeptMoment | None:
        """The moment whose model is shown; None for the newest."""
        return self._shown

    @property
    def is_under_way(self) -> bool:
        """Whether the wanted moment isn't shown yet."""
        return self._wanted != self._shown

    @property
    def is_loading(self) -> bool:
        """Whether a moment is being loaded."""
        return self._job is not None

    @property
    def position(self) -> int:
        """Place of the wanted moment among `kept`; their number for the newest."""
        kept = self.kept
        return next((place for place, moment in enumerate(kept) if moment == self._wanted), len(kept))

    # -- Travelling ----------------------------------------------------------------------------------------------------

    def travel(self, moment: KeptMoment | None) -> None:
        """Show a moment, None for the newest model."""
        if moment == self._wanted:
            return
        before = self.position
        self._wanted = moment
        self._direction = 1 if self.position > before else -1
        self.changed.emit()
        self._follow()

    def travel_to_place(self, place: int) -> None:
        """Show the moment at a place among `kept`; any place behind them is the newest."""
        kept = self.kept
        self.travel(kept[max(0, place)] if place < len(kept) else None)

    def travel_to_step(self, step: float) -> None:
        """Show the moment that is nearest to a number of steps."""
        self._travel_to_nearest(lambda moment: abs(moment.step - step))

    def travel_to_epoch(self, epoch: float) -> None:
        """Show the moment that is nearest to a number of epochs."""
        self._travel_to_nearest(lambda moment: abs(moment.epoch - epoch))

    def _travel_to_nearest(self, distance: Callable[[KeptMoment | Model], float]) -> None:
        kept, newest = self.kept, self._newest
        if kept and newest is not None:
            nearest = min(kept, key=distance)
            self.travel(None if distance(newest) <= distance(nearest) else nearest)

    @Slot()
    def go_back(self) -> None:
        """Show the moment before."""
        if self.position > 0:
            self.travel_to_place(self.position - 1)

    @Slot()
    def go_forward(self) -> None:
        """Show the moment after."""
        self.travel_to_place(self.position + 1)

    # -- News ----------------------------------------------------------------------------------------------------------

    def begin(self, folder: Path | None, kept: Iterable[KeptMoment] = ()) -> None:
        """Follow another run, or none, at its newest model."""
        self._folder, self._kept = folder, tuple(kept)
        self._newest = self._wanted = None
        self._models.clear()
        self._clouds.clear()
        if self._job is not None:
            self._job.cancel()
        self._set_shown(None)
        self.changed.emit()

    def move(self, folder: Path) -> None:
        """Find the moments in another folder, in which the run is kept from now on."""
        old, self._folder = self._folder, folder
        if old is not None:
            moved = (dataclasses.replace(kept, path=folder / kept.path.relative_to(old)) for kept in self._kept)
            self._kept = tuple(kept for kept in moved if kept.path.is_file())
            self.changed.emit()

    def set_newest(self, model: Model | None, *, in_passing: bool = False) -> None:
        """Take the newest model, and show it unless an earlier moment is looked at; one in passing is soon replaced."""
        self._newest = model
        if self._wanted is None:
            self._set_shown(None)
            self._show(model, None, False)
        if in_passing:
            if not self._soon.isActive():
                self._soon.start()  # not within the frame that has the model's news already
        else:
            self.changed.emit()

    def add(self, moment: KeptMoment, dropped: Iterable[int] = ()) -> None:
        """Take a moment that was just kept, and forget those that made room for it."""
        gone = {moment.step, *dropped}
        kept = [old for old in self._kept if old.step not in gone]
        self._kept = tuple(sorted((*kept, moment), key=lambda kept: kept.step))
        self.changed.emit()

    def replace(self, kept: Iterable[KeptMoment]) -> None:
        """Take all moments that a run has now, which somebody else writes."""
        kept = tuple(kept)
        if kept != self._kept:
            self._kept = kept
            self.changed.emit()

    def cut(self, step: int) -> None:
        """Forget the moments after a step: the training goes on from there, and makes them anew."""
        self._kept = tuple(moment for moment in self._kept if moment.step <= step)
        self._models.clear()
        self._clouds.clear()
        self.changed.emit()

    @Slot(object)
    def remember(self, cloud: PointCloud | None) -> None:
        """Keep the encodings of the moment that is shown, for the next time."""
        if cloud is not None and self._shown is not None and cloud.step == self._shown.step:
            _put(self._clouds, cloud.step, cloud, CLOUDS_KEPT)
            self._load_ahead()

    @Slot()
    def forget_encodings(self) -> None:
        """Forget all encodings: the data are others."""
        self._clouds.clear()

    # -- Loading -------------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        wanted = self._wanted
        if wanted is None:
            self._settle.stop()
            self._set_shown(None)
            self._show(self._newest, None, False)
        elif (model := self._models.get(wanted.step)) is not None:
            self._models.move_to_end(wanted.step)
            self._show_moment(wanted, model)
        elif self._job is None:
            self._load(wanted)

    def _load_ahead(self) -> None:
        """Load the moment that comes next in the direction of travel, while nothing else is to be loaded."""
        place = self.position + self._direction
        if self._job is None and self._wanted is not None and 0 <= place < len(self.kept):
            ahead = self.kept[place]
            if ahead.step not in self._models:
                self._load(ahead)

    def _load(self, moment: KeptMoment) -> None:
        folder, backend = self._folder, self._backend
        if folder is None:
            return

        def work(_context: JobContext) -> object:
            model = backend.load_moment(folder, moment)
            # Half of what the weights take in memory.
            size = 2 * moment.path.stat().st_size if moment.path.is_file() else 0
            return folder, moment, model, size

        self._job = job = Job(work, tr("show the moment after {step:,} steps", step=moment.step), self)
        self._own(job)
        job.finished.connect(self._take)
        job.failed.connect(self._give_up)
        job.ended.connect(self._end)
        job.setProperty("step", moment.step)
        job.start()

    @Slot(object)
    def _take(self, result: tuple[Path, KeptMoment, Model, int]) -> None:
        folder, moment, model, size = result
        if folder != self._folder:
            return
        _put(self._models, moment.step, model, min(MODELS_KEPT, max(2, MODEL_BYTES_KEPT // max(1, size))))
        wanted, shown = self._wanted, self._shown
        # What is loaded ahead waits; what is on the way to the wanted moment shows that something happens.
        if wanted is not None and (moment == wanted or wanted != shown):
            self._show_moment(moment, model)

    @Slot(str, str)
    def _give_up(self, message: str, details: str) -> None:
        job = self._job
        lost = None if job is None else int(job.property("step"))
        self._kept = tuple(moment for moment in self._kept if moment.step != lost)
        if self._wanted is not None and self._wanted.step == lost:
            self._wanted = self._shown
        self.changed.emit()
        self.failed.emit(message, details)

    @Slot(object)
    def _end(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            if self._wanted is not None and self._wanted != self._shown:
                self._follow()

    def _show_moment(self, moment: KeptMoment, model: Model) -> None:
        cloud = self._clouds.get(moment.step)
        self._set_shown(moment)
        self._show(model, cloud, True)
        self._settle.start()

    @Slot()
    def _tell_settled(self) -> None:
        if self._shown is not None and self._wanted == self._shown:
            self.settled.emit()

    def _set_shown(self, moment: KeptMoment | None) -> None:
        if moment != self._shown:
            self._shown = moment
            self.shown_changed.emit(moment)


def _put(known: OrderedDict[int, T], step: int, value: T, most: int) -> None:
    known[step] = value
    known.move_to_end(step)
    while len(known) > most:
        known.popitem(last=False)
