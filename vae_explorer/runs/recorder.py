"""Between trainer and listener: every event is passed on, and what must last is written first."""

from __future__ import annotations

import dataclasses
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import VaeExplorerError
from vae_explorer.runs.autosave import Autosave
from vae_explorer.runs.folder import CHECKPOINTS
from vae_explorer.runs.header import HEADER_FILE, add_change
from vae_explorer.runs.metrics_log import LOG_SEAL
from vae_explorer.runs.moving import move_run, renewed_log, require_folder
from vae_explorer.runs.rescue import Rescue, Write, error_for_the_user
from vae_explorer.runs.saving import MEASURED, save_checkpoint
from vae_explorer.training.events import (
    CheckpointSaved,
    MetricBatch,
    MetricRecord,
    MomentKept,
    MomentReached,
    SettingChanged,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingPaused,
    TrainingResumed,
    TrainingSnapshot,
    TrainingStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.history_writer import HistoryWriter
    from vae_explorer.runs.lock import RunLock
    from vae_explorer.runs.metrics_log import MetricsLog
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import EventHandler
    from vae_explorer.training.state import TrainingState

AUTOSAVE_SECONDS = 30.0
"""Most time between two saves of a training; one more is made when an epoch ends, and at its end."""


class Recorder:
    """Stands between trainer and listener; closes the log, the history and the lock that it is given.

    Parameters
    ----------
    folder, lock, log, history
        Of the run, which is locked.
    on_event
        Hears each event once what must last is written, and `CheckpointSaved` and `MomentKept`.
    control
        Stops the training when the disk fails.
    notes
        Sentences for the user, told with `TrainingStarted`.

    Attributes
    ----------
    folder
        Where the run is kept now.
    failed
        Whether it couldn't be trained or written.
    """

    def __init__(
        self,
        folder: Path,
        lock: RunLock,
        log: MetricsLog,
        history: HistoryWriter,
        *,
        on_event: EventHandler,
        control: Control,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._on_event = on_event
        self._control = control
        self.folder = folder
        self._lock = lock
        self._log = log
        self._history = history
        self._notes = notes
        self.failed = False
        self._autosave = Autosave(AUTOSAVE_SECONDS)
        self._measured: MetricRecord | None = None
        self._saved_step = -1
        self._header = (folder / HEADER_FILE).read_bytes()
        self._rescue = Rescue(
            control,
            on_event,
            folder=lambda: self.folder,
            mend=self._mend,
            move=self._move,
            put_off=lambda: self._autosave.end_save(time.monotonic(), AUTOSAVE_SECONDS),
        )
        lock.tell_begun()

    def wants_state(self) -> bool:
        """Whether the next snapshot is to be saved."""
        return not self.failed and self._autosave.is_due

    def wants_moment(self, step: int) -> bool:
        """Whether the model after `step` steps is to be kept."""
        return not self.failed and not self._rescue.is_behind and self._history.wants(step)

    def handle(self, event: TrainingEvent) -> None:
        """Write what must last, then pass the event on; nothing is passed on after a failure."""
        if self.failed:
            return
        try:
            self._rescue.write(self._writes(event), at_the_end=isinstance(event, TrainingFinished))
        except (VaeExplorerError, OSError) as error:
            from vae_explorer.training.failures import failure

            self.failed = True
            self._control.stop()
            self._on_event(failure(error_for_the_user(error, self.folder)))
            return
        self.failed = isinstance(event, TrainingFailed)
        if not isinstance(event, MomentReached):
            self._on_event(self._for_the_listener(event))

    def close(self) -> None:
        """Close the log, and let the next training have the run."""
        self._history.close()
        self._log.close()
        self._lock.close()

    def _for_the_listener(self, event: TrainingEvent) -> TrainingEvent:
        """Return the event without the state, which takes twice the memory of the model, and with the notes."""
        match event:
            case TrainingStarted(notes=notes):
                return dataclasses.replace(event, notes=self._notes + notes)
            case TrainingSnapshot(state=state) | TrainingFinished(state=state) if state is not None:
                return dataclasses.replace(event, state=None)
            case _:
                return event

    def _writes(self, event: TrainingEvent) -> Iterator[Write]:
        """Yield what has to be written of an event, each of it whole or not at all."""
        match event:
            case MetricBatch(records=records):
                yield Write(lambda: self._log.append(records))
                self._hear_of_tests(records)
            case TrainingSnapshot(model=model, progress=progress, state=training) if training is not None:
                state: dict[str, object] = {"seconds": progress.seconds}
                yield Write(lambda: self._save(model, state, training), lasts=False, tries=True)
            case SettingChanged(change=change):
                yield Write(lambda: self._log.append_change(change))
                yield Write(lambda: self._note_change(change))
            case MomentReached(model=model):
                yield Write(lambda: self._history.keep(model), lasts=False)
            case TrainingPaused() | TrainingResumed():
                self._lock.tell_paused(isinstance(event, TrainingPaused))
            case TrainingFinished():
                yield Write(self._history.flush, lasts=False)
                yield Write(self._tell_kept, lasts=False)
                yield Write(lambda: self._save(event.model, _result(event), event.state))
            case _:
                pass
        yield Write(self._tell_kept, lasts=False)

    def _note_change(self, change: SettingChange) -> None:
        add_change(self.folder, change)
        self._header = (self.folder / HEADER_FILE).read_bytes()

    def _mend(self) -> None:
        """Prepare the run's folder for a new attempt: one that is gone is made again."""
        if (self.folder / HEADER_FILE).is_file():
            self._log = renewed_log(self.folder, self._log)
        else:
            self._move(self.folder)

    def _move(self, folder: Path) -> None:
        """Keep the run in another folder from now on."""
        with suppress(VaeExplorerError, OSError):  # what is still on its way to the old one
            self._history.flush()
            self._tell_kept()
        lock, log = move_run(self.folder, folder, self._header, self._log.content)
        history = self._history.elsewhere(folder)
        self.close()
        self.folder, self._lock, self._log, self._history = folder, lock, log, history
        lock.tell_begun()
        self._autosave.end_save(time.monotonic(), 0.0)  # the newest state isn't among what could be brought here

    def _tell_kept(self) -> None:
        for written in self._history.take_written():
            self._on_event(MomentKept(written.path, written.step, written.epoch, written.dropped))

    def _hear_of_tests(self, records: tuple[MetricRecord, ...]) -> None:
        """Remember what was measured of the test images, which is done at the end of each epoch."""
        measured = [record for record in records if record.split == "test"]
        if measured:
            self._measured = measured[-1]
            if self._measured.step != self._saved_step:
                self._autosave.end_epoch()

    def _test_of(self, step: int) -> dict[str, object]:
        """Return what was measured with the weights of a step, for the choice of the best checkpoint."""
        measured = self._measured
        return {} if measured is None or measured.step != step else {MEASURED: dict(measured.values)}

    def _save(self, model: ModelSnapshot, state: dict[str, object], training: TrainingState | None) -> None:
        from vae_explorer.training.failures import require_finite_state

        require_finite_state(model.step, model.weights, training)
        began = time.monotonic()
        require_folder(self.folder)
        self._log.sync()
        state = {LOG_SEAL: self._log.seal, **self._test_of(model.step), **state}
        path = save_checkpoint(self.folder / CHECKPOINTS, model, state, training)
        self._autosave.end_save(began, AUTOSAVE_SECONDS)
        self._saved_step = model.step
        self._on_event(CheckpointSaved(path, model.step))


def _result(event: TrainingFinished) -> dict[str, object]:
    return {
        "seconds": event.progress.seconds,
        "images_per_second": event.progress.images_per_second,
        "reason": event.reason,
        "train": dict(event.train),
        "test": dict(event.test),
    }
