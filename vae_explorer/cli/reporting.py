"""What the commands print: one JSON object or a few lines on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tqdm import tqdm

from vae_explorer.cli.bar import WithBar
from vae_explorer.language import SEMICOLON, listed, percent, tr
from vae_explorer.objectives.terms import PARTS, SHARE, UNITS, Term, terms_of
from vae_explorer.training.events import CheckpointSaved, MetricBatch, Progress, TrainingEvent, TrainingStarted

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import Measure

_LINES_WITHOUT_TERMINAL = 10


def say(text: str) -> None:
    """Print a line on standard error: what is being done."""
    print(text, file=sys.stderr, flush=True)


def show(text: str) -> None:
    """Print a line on standard output: what was asked for."""
    print(text)


def show_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on standard output, in ASCII, so that any encoding and any file name can be printed."""
    print(json.dumps(value, indent=1, allow_nan=False))


def show_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows with their columns aligned."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes: Chinese signs take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def terms_line(values: Mapping[str, float], own: Iterable[Term] = ()) -> str:
    """Return what was measured in one line, those of one unit together: ``loss 0.52, kl 9.1 nats per image; ...``.

    Parameters
    ----------
    values
        Means over the images, by name.
    own
        Terms that the run's objective describes itself.
    """
    by_unit: dict[str, list[str]] = {}
    for term in terms_of(values, own):
        if term.shown and term.name not in PARTS:
            by_unit.setdefault(term.unit, []).append(f"{term.name} {_figure(term, values[term.name])}")
    told = (
        listed(parts) + ("" if unit == SHARE else f" {tr(UNITS.get(unit, unit))}") for unit, parts in by_unit.items()
    )
    return listed(told, SEMICOLON)


def _figure(term: Term, value: float) -> str:
    return percent(value, 1) if term.unit == SHARE else f"{value:.2f}"


def reason_or_note(measure: Measure) -> str:
    """Return the note on a measure, for a table that says itself where a value is undefined."""
    note = tr(measure.note)
    return note.removeprefix(tr("undefined")).lstrip(" :\N{FULLWIDTH COLON}") if measure.value is None else note


def measured_words(dataset: ImageDataset) -> str:
    """Return how many of the test images the terms of an objective are measured on, as words before "test images"."""
    from vae_explorer.data.images import measured_count

    count, measured = len(dataset.test), measured_count(dataset.test.images)
    return (
        tr("all {count:,}", count=count)
        if measured == count
        else tr("{measured:,} of {count:,}", measured=measured, count=count)
    )


class TrainingProgress(WithBar):
    """Shows training on standard error: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._test_loss = ""
        self._next_line = 0.0
        self.device = ""
        self.saved: CheckpointSaved | None = None

    def handle(self, event: TrainingEvent) -> None:
        """Take note of an event of the trainer."""
        match event:
            case TrainingStarted():
                self.device = event.device
                if event.progress.step:
                    say(
                        tr(
                            "Going on after step {step:,} (epoch {epoch:.4g})",
                            step=event.progress.step,
                            epoch=event.progress.epoch,
                        )
                    )
                    self._next_line = event.progress.epoch
                say(_beginning(event))
                if sys.stderr.isatty():
                    self._bar = tqdm(
                        total=event.progress.total_steps,
                        initial=event.progress.step,
                        unit="step",
                        file=sys.stderr,
                        leave=False,
                    )
            case MetricBatch():
                for record in event.records:
                    if record.split == "test":
                        self._test_loss = tr("test loss {loss:.2f} nats", loss=record.values["loss"])
                self._advance(event.progress)
            case CheckpointSaved():
                self.saved = event
            case _:
                pass

    def _advance(self, progress: Progress) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(self._test_loss, refresh=False)
            self._bar.update(progress.step - self._bar.n)
        elif progress.epoch >= self._next_line:
            self._next_line += progress.epochs / _LINES_WITHOUT_TERMINAL
            say(
                tr(
                    "epoch {epoch:.1f}/{epochs}  {images_per_second:,.0f} images/s  {test_loss}",
                    epoch=progress.epoch,
                    epochs=progress.epochs,
                    images_per_second=progress.images_per_second,
                    test_loss=self._test_loss,
                )
            )


def _beginning(event: TrainingStarted) -> str:
    words = {
        "parameters": event.parameters,
        "device": event.device,
        "device_name": event.device_name,
        "threads": event.threads,
        "s": "" if event.threads == 1 else "s",
        "precision": event.precision,
        "path": event.path,
        "total_steps": event.progress.total_steps,
    }
    if event.workers > 1:
        return tr(
            "Training {parameters:,} parameters on {device} ({device_name}, {workers} workers, each with {threads} "
            "thread{s}, {precision}, {path} steps), {total_steps:,} steps",
            workers=event.workers,
            **words,
        )
    return tr(
        "Training {parameters:,} parameters on {device} ({device_name}, {threads} thread{s}, {precision}, "
        "{path} steps), {total_steps:,} steps",
        **words,
    )
