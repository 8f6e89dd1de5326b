"""How far a training is and how fast, as its records tell whoever only reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.training.events import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.runs.folder import Run
    from vae_explorer.training.events import MetricRecord

_WINDOW = 3.0
"""Seconds of training over which the speed is measured, if there are records of as many."""


def progress_of(run: Run, records: Sequence[MetricRecord]) -> Progress | None:
    """Return how far a run is by its last record, with the speed of its last seconds; None before the first record."""
    if not records:
        return None
    last, training = records[-1], run.experiment.training
    steps_per_epoch = -(-run.data.train_images // training.batch_size)
    speed = _epochs_a_second(records)
    left = max(0.0, training.epochs - last.epoch)
    return Progress(
        step=last.step,
        total_steps=steps_per_epoch * training.epochs,
        epoch=last.epoch,
        epochs=training.epochs,
        seconds=last.seconds,
        images_per_second=speed * run.data.train_images,
        seconds_left=left / speed if speed > 0 else None,
    )


def _epochs_a_second(records: Sequence[MetricRecord]) -> float:
    """Return the speed over the last seconds, 0 where it isn't known."""
    last = records[-1]
    first = last
    for record in reversed(records):
        first = record
        if last.seconds - record.seconds >= _WINDOW:
            break
    seconds, epochs = last.seconds - first.seconds, last.epoch - first.epoch
    return epochs / seconds if seconds > 0 and epochs > 0 else 0.0
