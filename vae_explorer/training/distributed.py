"""Training by several workers: each trains the same model on its share of every batch, and one of them tells."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vae_explorer.errors import VaeExplorerError, WorkerLostError
from vae_explorer.language import tr
from vae_explorer.training.control import Control
from vae_explorer.training.devices import find_worker_device, shared_thread_count
from vae_explorer.training.events import TrainingSnapshot
from vae_explorer.training.failures import failure
from vae_explorer.training.loop import Loop
from vae_explorer.training.shared_loop import Meeting, SharedLoop
from vae_explorer.training.shared_telling import SharedTeller
from vae_explorer.training.team import Team
from vae_explorer.training.telling import Teller
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.devices import Device
    from vae_explorer.training.events import EventHandler
    from vae_explorer.training.experiment import Experiment
    from vae_explorer.training.state import ResumePoint


class SharedTrainer(Trainer):
    """Trains one model together with other workers, each of which has the same trainer.

    Parameters
    ----------
    experiment, dataset, resume, changes, start
        As for `Trainer`, and the same for all workers.
    team
        The workers.
    before
        Called once the training begins, while the others wait for what this one tells them.
    folder
        Where the run is kept, in the words of a user.

    Notes
    -----
    The batches are those of one worker and come in the same order, so steps, learning rates and records are the same;
    each worker takes its share of each. Gradients and records are means over the whole batch, whatever the shares, and
    each worker draws the noise of the whole batch and takes its share: two numbers of workers give the same results but
    for rounding, which grows over thousands of steps as it does between processors. A term that isn't a mean over
    images, such as a bound on the mean KL of a batch, is taken on each share by itself. The same number of workers
    gives the same result again, to the last bit on the CPU, also over a break.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        resume: ResumePoint | None = None,
        *,
        changes: tuple[SettingChange, ...] = (),
        start: Mapping[str, npt.NDArray[np.float32]] | None = None,
        team: Team,
        before: Callable[[], None] | None = None,
        folder: str = "",
    ) -> None:
        super().__init__(experiment, dataset, resume, changes=changes, start=start)
        self._team = team
        self._before = before
        self._folder = folder
        self._part = Meeting(team, Control(), Control())
        self._loop: SharedLoop | None = None

    def run(
        self,
        *,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool] = lambda: False,
        wants_moment: Callable[[int], bool] = lambda _step: False,
    ) -> None:
        """Train with the others; see `Trainer.run`.

        Where one of them is gone or fails, the one that leads sends the state after the last whole step, so that
        nothing is lost, and all fail.
        """
        self._part = Meeting(self._team, control, Control())
        try:
            if self._before is not None:
                self._before()
            self._run(on_event, self._part.agreed, wants_state, wants_moment)
        except Exception as error:  # whatever went wrong here must reach the user, not end the thread in silence
            loss = self._team.explanation(error)
            if loss is None:
                self._team.fail(failure(error).message)
                on_event(failure(error, begun=self._begun))
            else:
                on_event(failure(WorkerLostError(f"{loss}: {self._keep_what_is_left(on_event)}")))

    def _keep_what_is_left(self, on_event: EventHandler) -> str:
        """Send the state after the last whole step; return what a sentence about the loss says of it.

        Weights move once all gradients are there, so on the CPU they are whole. A GPU still waits for the lost one.
        """
        loop = self._loop
        if loop is None or not loop.step:
            return tr("no step was taken, so train again.")
        kept: int | None = None
        if loop.model.device.type == "cpu" and loop.leads:
            with contextlib.suppress(VaeExplorerError):  # the loss is what the user has to know
                loop.settle_alone()
                on_event(TrainingSnapshot(loop.snapshot(), loop.clock.progress(), loop.state()))
                kept = loop.step
        if kept is None:
            return tr(
                "the run is kept as it was saved last, so go on with train --resume {folder}, with any number of "
                "workers.",
                folder=self._folder,
            )
        return tr(
            "the run is kept at step {step:,}, so go on with train --resume {folder}, with any number of workers.",
            step=kept,
            folder=self._folder,
        )

    def _find_device(self) -> Device:
        return find_worker_device(self.experiment.training.device, self._team.place)

    def _thread_count(self) -> int:
        return shared_thread_count(self.experiment.training.threads, self._team.place.local_count)

    def _prepare(self, device: Device) -> Loop:
        loop = super()._prepare(device)
        parts = {item.name: getattr(loop, item.name) for item in dataclasses.fields(loop) if item.init}
        self._loop = SharedLoop(**{**parts, "part": self._part}, meeting=self._part)
        return self._loop

    def _restore(self, loop: Loop, device: Device) -> tuple[str, ...]:
        notes = super()._restore(loop, device)
        _shared(loop).share_noise()
        return notes

    def _teller(
        self,
        loop: Loop,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool],
        wants_moment: Callable[[int], bool],
    ) -> Teller:
        del control  # what all workers see is in the loop
        shared = _shared(loop)
        shared.verify()
        return SharedTeller(shared, on_event, wants_state, wants_moment)


def _shared(loop: Loop) -> SharedLoop:
    if not isinstance(loop, SharedLoop):
        raise TypeError("the loop of a worker is shared")
    return loop
