"""Trainings that are interrupted at random steps and go on end like one that never was, to the last bit.

Each family is trained whole in several ways: by dense and plain steps, in float32 and bfloat16, with and without
convolutions and classes, from memory and from disk. Then it is stopped, or killed, after a random step, loaded from its
folder and gone on with; weights, their means, optimisers, random numbers, records, moments and the order of the images
must be the same. Last, a checkpoint from another processor, number of threads or version must say so when it goes on.

Run it with ``python3 packaging/dev.py prove resuming``, ``--release`` for 100 points of each family instead of 3.
Takes ten seconds, with ``--release`` three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from tests.proving._resumable import (
    STEPS,
    TURNED_AT,
    VARIANTS,
    Digest,
    Variant,
    digest,
    first_difference,
    looked_at_after_every_step,
    make_images,
)
from tests.proving._telling import conclude
from tests.runs.resumed import rewrite
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.checkpoint import checkpoint_folders
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.recording import resume, train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFailed, TrainingSnapshot, TrainingStarted

POINTS, RELEASE_POINTS = 3, 100
"""Points of interruption of each family."""

FOREIGN: Mapping[str, object] = {"threads": 7, "torch": "1.0", "device": "cuda"}
"""What a checkpoint says that comes from elsewhere."""

_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None
"""A folder in memory where there is one: saves wait for the disk, and what is proved here isn't the disk."""


class Killed(BaseException):
    """Ends a training as a kill does, as far as the disk can tell."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where one training is interrupted, and how.

    Attributes
    ----------
    family, variant
        What is trained.
    step
        Steps before the interruption.
    killed
        Whether it dies after its last save, instead of being stopped.
    """

    family: str
    variant: Variant
    step: int
    killed: bool

    def __str__(self) -> str:
        return f"{self.family} ({self.variant.words}), {'killed' if self.killed else 'stopped'} after step {self.step}"


@dataclass(slots=True)
class Report:
    """What was tried and what came of it."""

    seed: int
    tried: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    notices: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {
            "proof": "resuming",
            "seed": self.seed,
            "points": self.tried,
            "total": sum(self.tried.values()),
            "notices": self.notices,
            "failures": self.failures,
            "seconds": round(self.seconds, 1),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


class Proof:
    """Interrupts trainings in a folder of its own; runs that nobody interrupted are trained once.

    Parameters
    ----------
    folder
        An empty folder.
    rows
        Where `looked_at_after_every_step` notes the rows of batches.
    """

    def __init__(self, folder: Path, rows: list[bytes]) -> None:
        self._folder, self._rows = folder, rows
        self._images = make_images(folder)
        self._whole: dict[tuple[str, str], tuple[Digest, list[bytes]]] = {}
        self._made = 0

    def try_point(self, point: Point) -> str:
        """Interrupt a training, go on, and return what differs from one that was never interrupted; "" for nothing."""
        whole, order = self._uninterrupted(point.family, point.variant)
        folder = self._new_folder()
        self._begin(folder, point)
        _scramble(point.step)
        run = open_run(folder)
        step = run.newest[0].step
        self._rows.clear()
        if step == STEPS and run.result.get("reason") == "completed":
            return first_difference(whole, digest(folder))
        heard: list[TrainingEvent] = []
        control = Control()
        images = self._images[point.variant.has_classes, point.variant.on_disk]
        if (
            resume(run, images, on_event=_all_of(heard.append, _turning(point.variant, control)), control=control)
            is None
        ):
            return f"it doesn't go on: {getattr(heard[-1], 'message', heard[-1])}"
        notes = next(event.notes for event in heard if isinstance(event, TrainingStarted))
        if notes:
            return f"it goes on with a notice: {notes[0]}"
        if self._rows != order[step:]:
            return "the order of the images differs"
        return first_difference(whole, digest(folder))

    def try_foreign(self, name: str) -> str:
        """Go on with a run whose checkpoint is from elsewhere; return what its notices lack, "" for nothing."""
        folder = self._new_folder()
        self._begin(folder, Point("vae", VARIANTS[0], 4, killed=False))
        checkpoint = checkpoint_folders(folder / "checkpoints")[0]
        state = json.loads((checkpoint / "state.json").read_text())
        state["training"][name] = FOREIGN[name]
        rewrite(checkpoint, "state.json", json.dumps(state).encode())
        heard: list[TrainingEvent] = []
        if resume(open_run(folder), self._images[True, False], on_event=heard.append, control=Control()) is None:
            return f"a checkpoint of another {name} isn't gone on from: {heard[-1]}"
        said = [note for event in heard if isinstance(event, TrainingStarted) for note in event.notes]
        right = len(said) == 1 and f"was {FOREIGN[name]} before" in said[0] and "numbers may differ" in said[0]
        return "" if right else f"a checkpoint of another {name} goes on with the notices {said}"

    def _uninterrupted(self, family: str, variant: Variant) -> tuple[Digest, list[bytes]]:
        key = family, variant.words
        if key not in self._whole:
            folder = self._new_folder()
            self._rows.clear()
            self._begin(folder, Point(family, variant, -1, killed=False))
            self._whole[key] = digest(folder), list(self._rows)
        return self._whole[key]

    def _begin(self, folder: Path, point: Point) -> None:
        """Train until a point, or to the end where it is before the first step."""
        control, images = Control(), self._images[point.variant.has_classes, point.variant.on_disk]

        def interrupt(event: TrainingEvent) -> None:
            if isinstance(event, TrainingFailed):
                raise RuntimeError(f"{point}: {event.message}")
            if isinstance(event, TrainingSnapshot) and event.model.step == point.step:
                if point.killed:
                    raise Killed
                control.stop()

        hear = _all_of(_turning(point.variant, control), interrupt)
        # Whoever is killed has saved at each step: what is passed on is written by then.
        with patch("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 0.0 if point.killed else 1e9):
            try:
                train(point.variant.experiment(point.family), images, folder, on_event=hear, control=control)
            except Killed:
                return

    def _new_folder(self) -> Path:
        self._made += 1
        return self._folder / str(self._made)


def _all_of(*handlers: Callable[[TrainingEvent], None]) -> Callable[[TrainingEvent], None]:
    def handle(event: TrainingEvent) -> None:
        for handler in handlers:
            handler(event)

    return handle


def _turning(variant: Variant, control: Control) -> Callable[[TrainingEvent], None]:
    """Return what turns the learning rate once, where the variant wants that."""

    def turn(event: TrainingEvent) -> None:
        if variant.is_turned and isinstance(event, TrainingSnapshot) and event.model.step == TURNED_AT:
            control.change("training.learning_rate", 5e-4)

    return turn


def _scramble(seed: int) -> None:
    """Leave torch's and numpy's own random numbers elsewhere, as another process would find them."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the state of the process is what is scrambled


def choose_points(family: str, count: int, seed: int) -> list[Point]:
    """Return random points of a family; with enough of them every variant and every step has some."""
    chance = random.Random(f"{seed} {family}")
    variants = [variant for variant in VARIANTS if variant.suits(family)]
    chance.shuffle(variants)
    steps: list[int] = []
    while len(steps) < count:
        steps += chance.sample(range(STEPS + 1), STEPS + 1)
    return [
        Point(family, variants[number % len(variants)], steps[number], chance.random() < 0.5) for number in range(count)
    ]


def prove(families: Iterable[str], points: int, seed: int, tell: Callable[[str], None] = lambda _line: None) -> Report:
    """Interrupt trainings of some families, and return what came of it."""
    report, began = Report(seed), time.monotonic()
    for family in families:
        with tempfile.TemporaryDirectory(dir=_MEMORY) as name, looked_at_after_every_step() as rows:
            proof = Proof(Path(name), rows)
            chosen = choose_points(family, points, seed)
            found = [(point, proof.try_point(point)) for point in chosen]
        wrong = [f"{point}: {difference}" for point, difference in found if difference]
        report.tried[family] = len(found)
        report.failures += wrong
        tell(f"{family:16} {len(found) - len(wrong)} of {len(found)} points are exact")
    report.seconds = time.monotonic() - began
    return report


def prove_notices(report: Report) -> None:
    """Go on with checkpoints from elsewhere, and add to a report what they fail to say."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as name, looked_at_after_every_step() as rows:
        proof = Proof(Path(name), rows)
        for what in FOREIGN:
            wrong = proof.try_foreign(what)
            report.notices += 1
            report.failures += [wrong] if wrong else []


def main(arguments: list[str] | None = None) -> int:
    """Prove it and print what was found; return 1 if a point wasn't exact."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--release", action="store_true", help=f"{RELEASE_POINTS} points of each family, not {POINTS}")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--seed", type=int, default=0, help="choose other points")
    parser.add_argument("--family", action="append", choices=OBJECTIVES.names(), help="only this one; may be repeated")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    points = RELEASE_POINTS if chosen.release else POINTS
    tell: Callable[[str], None] = (lambda _line: None) if chosen.json else print
    report = prove(chosen.family or OBJECTIVES.names(), points, chosen.seed, tell)
    prove_notices(report)
    told = report.to_dict()
    words = (
        f"{told['total']} points and {report.notices} checkpoints from elsewhere, seed {report.seed}, "
        f"{report.seconds:.0f} s, at most {told['peak_memory_mb']} MB"
    )
    return conclude(told, [words], report.failures, as_json=chosen.json)


if __name__ == "__main__":
    sys.exit(main())
