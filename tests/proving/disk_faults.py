"""Whatever call of saving fails, the old file stays whole, one sentence says so, and the next attempt succeeds.

Each call of the operating system by which a run is written fails in turn: with a full disk, an error of the disk, a
lost permission, a write of half the bytes or of none, once or from then on; and each is where a cancelled save ends.
So are checkpoints, the header, the log, moments, the lock, pins, going on and single files (exports and sessions)
tried. Then whole trainings fail at each call, are asked to save again, and must end with the same weights and records
as one that never failed. Last come a real file system of one megabyte and one that can only be read.

Run it with ``python3 packaging/dev.py prove disk_faults``, ``--release`` for every call and fault instead of some.
Takes a quarter of a minute, with ``--release`` about five minutes.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.proving._faults import CODES, INTERRUPTED, NOTHING, SHORT, Fault, Faults
from tests.proving._mounts import in_own_mounts, mount_memory, mount_read_only
from tests.proving._tally import MEMORY, Tally, run_proof, tree
from tests.proving._trials import (
    DATA,
    STEPS_PER_EPOCH,
    begin,
    experiment,
    go_on,
    make_run,
    opened_wrongly,
    saving_constantly,
    what_to_save,
)
from tests.proving.mutations import unclear
from vae_explorer.errors import VaeExplorerError
from vae_explorer.runs.folder import METRICS_FILE, open_run
from vae_explorer.runs.header import rewrite_header
from vae_explorer.runs.history_writer import history_writer
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.pins import pin, unpin
from vae_explorer.runs.recording import train
from vae_explorer.runs.rescue import error_for_the_user
from vae_explorer.runs.resuming import continuation, make_ready
from vae_explorer.runs.saving import save_checkpoint
from vae_explorer.storage import write_atomically
from vae_explorer.training.control import Control
from vae_explorer.training.events import CheckpointSaved, MetricRecord, SavingFailed, TrainingEvent, TrainingFailed
from vae_explorer.training.questions import Answer

FAULTS, TRAININGS = 12, 30
"""Faults tried in each subject, and in whole trainings, unless all are wanted."""
_SMALL_DISK = 1 << 20
_OLD = "the old file"
_KEPT = ("run.json", METRICS_FILE, "history")


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is written.

    Attributes
    ----------
    name
        What it is.
    prepare
        Makes the writing of it into a run ready, and returns what writes it.
    saves
        Steps beyond the newest that are saved then.
    """

    name: str
    prepare: Callable[[Path], Callable[[], object]]
    saves: int = 0


def _checkpoint(later: int) -> Callable[[Path], Callable[[], object]]:
    def prepare(run: Path) -> Callable[[], object]:
        model, training = what_to_save(run, later=later)
        return lambda: save_checkpoint(run / "checkpoints", model, {}, training)

    return prepare


def _header(run: Path) -> Callable[[], object]:
    return lambda: rewrite_header(run, note={"of": "somebody"})


def _log(run: Path) -> Callable[[], object]:
    make_ready(continuation(open_run(run), DATA, epochs=4))

    def work() -> None:
        log = MetricsLog(run / METRICS_FILE, goes_on=True)
        try:
            log.append([MetricRecord(7, 2.5, "train", 1.0, {"loss": 1.0})])
            log.sync()
        finally:
            log.close()

    return work


def _moment(run: Path) -> Callable[[], object]:
    model = open_run(run).load_model()
    model.step = 8  # which is to be kept, and wasn't reached

    def work() -> None:
        writer = history_writer(run, experiment(3), DATA.train_count)
        try:
            writer.keep(model)
            writer.flush()
        finally:
            writer.close()

    return work


def _lock(run: Path) -> Callable[[], object]:
    def work() -> None:
        with closing(RunLock(run)) as lock:
            lock.tell_begun()

    return work


def _pins(run: Path) -> Callable[[], object]:
    step = open_run(run).newest[0].step

    def work() -> None:
        pin(run, step)
        unpin(run, step)
        pin(run, step)

    return work


def _going_on(run: Path) -> Callable[[], object]:
    plan = continuation(open_run(run), DATA, epochs=4)
    return lambda: make_ready(plan)


def _single_file(run: Path) -> Callable[[], object]:
    (run / "figure.png").write_text(_OLD)
    return lambda: write_atomically(run / "figure.png", [b"the new ", b"file"])


SUBJECTS = (
    Subject("a checkpoint", _checkpoint(1), saves=1),
    Subject("a step that is saved again", _checkpoint(0)),
    Subject("the header", _header),
    Subject("the log", _log),
    Subject("a moment", _moment),
    Subject("the lock", _lock),
    Subject("pins", _pins),
    Subject("going on", _going_on),
    Subject("a file of an export or a session", _single_file),
)


def try_subjects(tally: Tally, most: int | None, chance: random.Random) -> None:
    """Let every call of each subject fail in every way, or some in some."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        original, copy = Path(name) / "original", Path(name) / "copy"
        make_run(original)
        for subject in SUBJECTS:
            _fresh(original, copy)
            counted = Faults(copy)
            work = subject.prepare(copy)
            with counted.injected():
                work()
            found = _all_faults(len(counted.names), counted.names)
            chosen = found if most is None or most >= len(found) else chance.sample(found, most)
            for fault in chosen:
                wrong = try_fault(subject, fault, original, copy)
                what = f"faults while {subject.name} is written, of {len(found)} at {len(counted.names)} calls"
                tally.count(what, f"{fault}: {wrong}" if wrong else "")


def _all_faults(count: int, names: list[str]) -> list[Fault]:
    numbers = range(1, count + 1)
    found = [Fault(number, kind, lasts) for number in numbers for kind in CODES for lasts in (False, True)]
    found += [Fault(number, INTERRUPTED) for number in numbers]
    return found + [
        Fault(number, kind) for number in numbers for kind in (SHORT, NOTHING) if names[number - 1] == "write"
    ]


def try_fault(subject: Subject, fault: Fault, original: Path, copy: Path) -> str:
    """Write something while a call fails, look at the run, and write it again; return what is wrong."""
    _fresh(original, copy)
    work = subject.prepare(copy)
    newest, before = open_run(copy).newest[0].step, tree(copy)
    faults = Faults(copy, fault)
    failed = False
    try:
        with faults.injected():
            work()
    except KeyboardInterrupt:
        failed = True
    except (VaeExplorerError, OSError) as error:
        failed = True
        if wrong := unclear(str(error_for_the_user(error, copy))):
            return wrong
    except BaseException:
        return f"it raises {traceback.format_exc()}"
    if not faults.has_struck:
        return "the fault never came"
    wrong = opened_wrongly(copy, newest if failed else newest + subject.saves) or _left_over(copy, fault, before)
    if wrong:
        return wrong
    try:
        work()
    except Exception as error:
        return f"the next attempt fails: {error}"
    return opened_wrongly(copy, newest + subject.saves)


def _left_over(run: Path, fault: Fault, before: dict[str, bytes]) -> str:
    """Return what a broken-off save has left behind, and whether a file is neither the old nor the new one."""
    torn = [name for name in tree(run) if ".tmp" in name]
    if torn and not fault.lasts:  # where nothing can be taken away any more, that has to wait for the next save
        return f"it leaves {torn[0]}"
    figure = run / "figure.png"
    if figure.exists() and figure.read_text() not in {_OLD, "the new file"}:
        return "the old file isn't whole"
    lost = [
        name for name in before if not (run / name).exists() and name.startswith(("run.json", "metrics", "history"))
    ]
    return f"it takes {lost[0]} away" if lost else ""


def try_trainings(tally: Tally, most: int | None, chance: random.Random) -> None:
    """Let each call of a whole training fail once; whoever is asked says: again."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        counted = Faults(Path(name))
        wanted = _trained(Path(name) / "whole", counted)
        found = [Fault(number, code) for number in range(1, len(counted.names) + 1) for code in CODES]
        for number, fault in enumerate(found if most is None else chance.sample(found, min(most, len(found)))):
            wrong = _train_with(Path(name) / str(number), Path(name), fault, wanted)
            what = f"trainings with a fault, of {len(found)} at {len(counted.names)} calls"
            tally.count(what, f"{fault}: {wrong}" if wrong else "")


def _train_with(folder: Path, root: Path, fault: Fault, wanted: object) -> str:
    """Train with a fault, and once more in the same folder where nothing had begun; return what differs."""
    for faults in (Faults(root, fault), Faults(root)):
        try:
            found = _trained(folder, faults)
        except VaeExplorerError as error:
            if wrong := unclear(str(error)):
                return wrong
            if (folder / "checkpoints").exists() and _found_in(folder) == wanted:
                return ""  # all was written, and only couldn't be read at once
        except BaseException:
            return f"it raises {traceback.format_exc()}"
        else:
            shutil.rmtree(folder)
            return "" if found == wanted else "the weights or records differ from those of a training without faults"
    return "the next attempt fails too"


def _trained(folder: Path, faults: Faults) -> object:
    """Train, and return weights and records; a failure is raised."""
    control = Control()
    control.questions.attend()
    control.questions.wait = lambda *, at_the_end=False: Answer("again")  # type: ignore[method-assign]
    told: list[TrainingEvent] = []

    def hear(event: TrainingEvent) -> None:
        told.append(event)
        if isinstance(event, SavingFailed) and (wrong := unclear(event.message)):
            raise RuntimeError(wrong)

    with saving_constantly(each_step=True), faults.injected():
        train(experiment(1), DATA, folder, on_event=hear, control=control)
    if isinstance(told[-1], TrainingFailed):
        raise VaeExplorerError(told[-1].message)
    return _found_in(folder)


def _found_in(folder: Path) -> object:
    opened = open_run(folder)
    if opened.notes:
        raise RuntimeError(opened.notes[0])
    records = [(record.step, record.split, record.values) for record in opened.metrics]
    return opened.load_model().weight_hash, records


def try_small_disk(tally: Tally) -> None:
    """Train into a file system of one megabyte until it is full, make room, and go on."""

    def work(place: Path) -> str:
        mount_memory(place, _SMALL_DISK)
        ballast, run = place / "ballast", place / "run"
        ballast.write_bytes(bytes(_SMALL_DISK * 7 // 10))
        told: list[TrainingEvent] = []
        with saving_constantly(each_step=True):
            begin(run, 100_000, told.append)
        saved, last = [event.step for event in told if isinstance(event, CheckpointSaved)], told[-1]
        if not isinstance(last, TrainingFailed) or not ("full" in last.message or "space" in last.message):
            return f"a full disk isn't told: {last}"
        if wrong := unclear(last.message) or opened_wrongly(run, saved[-1] if saved else None):
            return wrong
        ballast.unlink()
        again: list[TrainingEvent] = []
        go_on(run, open_run(run).newest[0].step // STEPS_PER_EPOCH + 2, again.append)
        return f"it doesn't go on: {again[-1].message}" if isinstance(again[-1], TrainingFailed) else ""

    _in_mounts(tally, "a full file system of one megabyte", work)


def try_read_only(tally: Tally) -> None:
    """Open a run that can only be read, and try to write into it."""

    def work(place: Path) -> str:
        make_run(place / "real" / "run")
        (place / "shown").mkdir()
        mount_read_only(place / "real", place / "shown")
        run, new = place / "shown" / "run", place / "shown" / "new"
        writes: tuple[Callable[[], object], ...] = (
            lambda: pin(run, open_run(run).newest[0].step),
            lambda: write_atomically(place / "shown" / "figure.png", [b"new"]),
            lambda: _raise_failure(lambda told: go_on(run, 4, told)),
            lambda: _raise_failure(lambda told: begin(new, 1, told)),
        )
        return opened_wrongly(run, 6) or "".join(map(_refused, writes))

    _in_mounts(tally, "a file system that can only be read", work)


def _raise_failure(training: Callable[[Callable[[TrainingEvent], None]], None]) -> None:
    """Raise what a training that can't begin tells."""
    told: list[TrainingEvent] = []
    training(told.append)
    if len(told) == 1 and isinstance(told[0], TrainingFailed):
        raise VaeExplorerError(told[0].message)


def _refused(write: Callable[[], object]) -> str:
    """Return what is wrong with the refusal of something that can't be written."""
    try:
        write()
    except VaeExplorerError as error:
        return unclear(str(error))
    return "something was written where nothing can be"


def _in_mounts(tally: Tally, what: str, work: Callable[[Path], str]) -> None:
    wrong = in_own_mounts(work)
    if wrong is None:
        tally.notes.append(f"{what}: not possible here, because nothing may be mounted")
    else:
        tally.count(what, wrong)


def _fresh(original: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(original, copy)


def prove(tally: Tally, release: bool, chance: random.Random) -> None:
    """Let calls fail, then whole trainings, then real disks."""
    torch.set_num_threads(1)
    try_subjects(tally, None if release else FAULTS, chance)
    try_trainings(tally, None if release else TRAININGS, chance)
    try_small_disk(tally)
    try_read_only(tally)


def main(arguments: list[str] | None = None) -> int:
    """Prove it and print what was found; return 1 if a promise was broken."""
    return run_proof("disk_faults", __doc__.splitlines()[0] if __doc__ else None, prove, arguments)


if __name__ == "__main__":
    sys.exit(main())
