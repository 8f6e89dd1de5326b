"""Trainings that are killed, and machines that lose their power, lose no save that was told, and no run is unreadable.

A tiny training saves constantly, and tells each finished save; it is killed at random times, opened, and gone on with.
One save, saving a step again, and making a run ready to go on are killed before each of their system calls. Last, every
call of trainings is noted, and every state of the disk is made that a power loss may leave: writes that weren't synced
lost, zeroed or torn, new names there or not in any order. Each state is opened as the window opens it.

Run it with ``python3 packaging/dev.py prove killing``, ``--release`` for 1,000 kills at random times instead of 20, and
all calls and states instead of some. Takes a quarter of a minute, with ``--release`` about ten minutes.
"""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from tests.proving._power import Crash, Disk, Tree, write_tree
from tests.proving._tally import MEMORY, Tally, run_proof
from tests.proving._tracing import calls_until, can_trace, forked
from tests.proving._trials import (
    DATA,
    STEPS_PER_EPOCH,
    Told,
    begin,
    forget_writer,
    go_on,
    make_run,
    opened_wrongly,
    saving_constantly,
    what_to_save,
)
from vae_explorer.errors import RunError
from vae_explorer.runs.checkpoint import checkpoint_folders
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.resuming import continuation, make_ready
from vae_explorer.runs.saving import save_checkpoint

CYCLES, RELEASE_CYCLES = 20, 1_000
"""Kills at random times."""
CALLS, STATES = 24, 150
"""System calls of each save before which it is killed, and states after a power loss, unless all are wanted."""
_LONGEST_LIFE = 0.25
_ENDLESS = 100_000
_DAMAGED = "damaged"
_NEW_RUN = 0.15
Found = tuple[Crash, Tree]
"""A moment of a power loss, and what is found after it."""


@dataclass(slots=True)
class Victim:
    """A run whose training is killed again and again.

    Attributes
    ----------
    folder
        Of the run.
    saved
        The last step that was told to be saved, None before.
    lost
        Most steps that a kill took back.
    """

    folder: Path
    saved: int | None = None
    lost: int = 0
    failures: list[str] = field(default_factory=list)

    def live(self, seconds: float, *, each_step: bool) -> None:
        """Train, be killed, and open."""
        before, after = os.pipe()
        tell = _telling(after)
        goes_on = self.saved is not None

        def work() -> None:
            os.close(before)
            with saving_constantly(each_step=each_step):
                train = go_on if goes_on else begin
                train(self.folder, _ENDLESS, Told(tell))

        child = forked(work)
        os.close(after)
        lines = _kill_later(child, before, seconds)
        reached = self._listen(lines, each_step=each_step)
        wrong = opened_wrongly(self.folder, self.saved)
        if wrong:
            self.failures.append(f"killed after {seconds:.3f} s: {wrong}")
            return
        try:
            step = open_run(self.folder).newest[0].step
        except RunError:
            self.saved = None
            return
        if reached:
            self.lost = max(self.lost, reached - step)
        if self.saved is not None and reached - step > STEPS_PER_EPOCH:
            self.failures.append(f"killed after {seconds:.3f} s: step {reached} was reached, but {step} is opened")
        self.saved = step

    def _listen(self, lines: list[str], *, each_step: bool) -> int:
        reached = 0
        for line in lines:
            kind, _, value = line.partition(" ")
            if kind == "saved":
                self.saved = int(value)
            elif kind == "reached":
                reached = int(value)
            else:
                self.failures.append(f"it doesn't train{' on' if self.saved is not None else ''}: {value}")
        return reached


def kill_at_random(tally: Tally, cycles: int, chance: random.Random) -> None:
    """Kill trainings at random times; each is gone on with until another one is begun."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        victim = Victim(Path(name) / "run 0")
        lost = 0
        for cycle in range(cycles):
            if victim.saved is None or victim.failures or chance.random() < _NEW_RUN:
                shutil.rmtree(victim.folder, ignore_errors=True)
                victim = Victim(Path(name) / f"run {cycle}")
            each_step = chance.random() < 0.5
            victim.live(chance.uniform(0.0, _LONGEST_LIFE), each_step=each_step)
            lost = max(lost, victim.lost)
            tally.count("kills at random times", victim.failures[0] if victim.failures else "")
    tally.figures["steps lost at most by a kill, of three in an epoch"] = lost


def kill_at_calls(tally: Tally, most: int | None, chance: random.Random) -> None:
    """Kill saves before each of their system calls, or before some of them."""
    if not can_trace():
        tally.notes.append("killing at each system call is not possible here: nobody may watch another process")
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        original = Path(name) / "original"
        make_run(original)
        for what, prepare in (("a save", _new_save), ("saving a step again", _same_save), ("going on", _going_on)):
            copy = Path(name) / "copy"
            _fresh(original, copy)
            total, _ = calls_until(prepare(copy, lambda _kind, _value: None), None)
            numbers = range(1, total + 1)
            chosen = numbers if most is None or most >= total else sorted(chance.sample(numbers, most))
            for number in chosen:
                wrong = _killed_at(original, copy, prepare, number)
                tally.count(f"kills before a system call of {what}, of {total}", wrong)


def _killed_at(original: Path, copy: Path, prepare: Preparation, number: int) -> str:
    """Kill some work on a copy of a run before a call of a number; return what is wrong with the run then."""
    _fresh(original, copy)
    before, after = os.pipe()
    saved = open_run(copy).newest[0].step
    calls_until(prepare(copy, _telling(after)), number)
    os.close(after)
    with os.fdopen(before, "rb") as pipe:
        told = [int(line.split()[1]) for line in pipe.read().decode().splitlines()]
    wrong = opened_wrongly(copy, max([saved, *told]))
    if not wrong:
        try:  # what the kill left behind must stand in nobody's way
            model, training = what_to_save(copy, later=2)
            save_checkpoint(copy / "checkpoints", model, {}, training)
            wrong = opened_wrongly(copy, model.step)
        except Exception as error:
            wrong = f"it can't be saved again: {error}"
    return f"before call {number}: {wrong}" if wrong else ""


def lose_power(tally: Tally, most: int | None, chance: random.Random) -> None:
    """Make every state that a power loss may leave of trainings, or some of them, and open each."""
    for what, train in (("a new run", _begun), ("a run that goes on", _gone_on)):
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            root = Path(name) / "disk"
            root.mkdir()
            disk = train(root)
            found = [(crash, tree) for crash in disk.crashes for tree in crash.states]
            for number, (crash, tree) in enumerate(_some(found, most, chance)):
                folder = Path(name) / f"found {number}"
                folder.mkdir()
                write_tree(tree, folder)
                run = folder / "run"
                forget_writer(run)
                saved = [int(told) for told in crash.marks]
                wrong = opened_wrongly(run, saved[-1] if saved else None, known=_DAMAGED)
                tally.count(
                    f"states after a power loss in {what}, of {len(found):,} after {disk.calls:,} calls",
                    f"after {crash.call}: {wrong}" if wrong else "",
                )
                shutil.rmtree(folder)


def _begun(root: Path) -> Disk:
    disk = Disk(root)
    told = Told(lambda kind, value: disk.mark(value) if kind == "saved" else None)
    with saving_constantly(each_step=True), disk.watching():
        begin(root / "run", 2, told)
    if told.failure:
        raise RuntimeError(told.failure)
    return disk


def _gone_on(root: Path) -> Disk:
    """Go on with a run whose newest checkpoint is damaged, for another epoch."""
    make_run(root / "run")
    newest = checkpoint_folders(root / "run" / "checkpoints")[0]
    (newest / "model.safetensors").write_bytes(_DAMAGED.encode())
    (root / "run" / "checkpoints" / "step-00000099.tmp").mkdir()
    disk = Disk(root)
    told = Told(lambda kind, value: disk.mark(value) if kind == "saved" else None)
    with saving_constantly(each_step=False), disk.watching():
        go_on(root / "run", 3, told)
    if told.failure:
        raise RuntimeError(told.failure)
    return disk


Preparation = Callable[[Path, Callable[[str, object], None]], Callable[[], object]]
"""Makes some work on a run ready, which tells what it has saved."""


def _new_save(folder: Path, tell: Callable[[str, object], None], later: int = 1) -> Callable[[], object]:
    model, training = what_to_save(folder, later=later)

    def work() -> None:
        save_checkpoint(folder / "checkpoints", model, {}, training)
        tell("saved", model.step)

    return work


def _same_save(folder: Path, tell: Callable[[str, object], None]) -> Callable[[], object]:
    return _new_save(folder, tell, later=0)


def _going_on(folder: Path, _tell: Callable[[str, object], None]) -> Callable[[], object]:
    plan = continuation(open_run(folder), DATA, epochs=4)
    return lambda: make_ready(plan)


def _fresh(original: Path, copy: Path) -> None:
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(original, copy)


def _some(found: list[Found], most: int | None, chance: random.Random) -> list[Found]:
    return found if most is None or most >= len(found) else chance.sample(found, most)


def _telling(pipe: int) -> Callable[[str, object], None]:
    def tell(kind: str, value: object) -> None:
        os.write(pipe, f"{kind} {value}\n".encode())

    return tell


def _kill_later(child: int, pipe: int, seconds: float) -> list[str]:
    """Kill a child some time after it began, or when it says that it failed; return what it said."""
    said, ends = b"", time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and b"failed" not in said:
        if select.select([pipe], [], [], left)[0]:
            said += (more := os.read(pipe, 1 << 16))
            if not more:
                break
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(pipe, "rb") as rest:
        said += rest.read()
    return said.decode().splitlines()


def prove(tally: Tally, release: bool, chance: random.Random) -> None:
    """Kill, kill at calls, and take the power away."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        make_run(Path(name) / "run")  # imports what a child would import each time
    kill_at_random(tally, RELEASE_CYCLES if release else CYCLES, chance)
    kill_at_calls(tally, None if release else CALLS, chance)
    lose_power(tally, None if release else STATES, chance)


def main(arguments: list[str] | None = None) -> int:
    """Prove it and print what was found; return 1 if a promise was broken."""
    return run_proof("killing", __doc__.splitlines()[0] if __doc__ else None, prove, arguments)


if __name__ == "__main__":
    sys.exit(main())
