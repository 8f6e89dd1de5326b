"""Every damage of a saved run opens it with a notice, or at an older checkpoint, or gives one clear sentence.

Each file and folder of a run is cut at several lengths, zeroed, turned bit by bit, grown to 3 GB, taken away, replaced
by a folder, a link, a pipe, a socket or a device, and made unreadable. Then the run is opened as the window, the list
of runs and the command line open it, each of its moments is loaded, and it is asked how it would go on. What is shown
without a notice must be what was saved; nothing may be changed by looking, no traceback reach a user, nothing take more
than 10 s or 512 MB.

Run it with ``python3 packaging/dev.py prove mutations``, ``--release`` for all damages instead of some.
Takes a quarter of a minute, with ``--release`` about five minutes.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.proving._damages import Damage, damages, unreadable
from tests.proving._tally import MEMORY, Tally, run_proof
from tests.proving._tracing import forked
from tests.proving._trials import DATA, make_run
from vae_explorer.app.backend import OpenedRun
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.cli import main as command_line
from vae_explorer.errors import VaeExplorerError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.pins import pin
from vae_explorer.runs.resuming import continuation
from vae_explorer.runs.summary import summary

SOME, FLIPS, RELEASE_FLIPS = 250, 2, 100
"""Damages tried unless all are wanted, and bits turned in each file's first bytes and anywhere in it."""
_MOST_SECONDS, _MOST_BYTES = 10, 512 << 20
_LONGEST = 700
_NOBODY = 65534


class TooSlowError(Exception):
    """Something took longer than a person waits."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a run, to be compared."""

    experiment: object
    weights: str
    step: int
    metrics: object
    moments: frozenset[int]
    classes: tuple[str, ...]


def make_mutable_run(folder: Path) -> Path:
    """Train a run with several checkpoints, moments, records and a pinned moment."""
    make_run(folder)
    pin(folder, open_run(folder).moments[1].step)
    return folder


def try_damages(tally: Tally, what: str, run: Path, found: Iterable[Damage]) -> None:
    """Damage a run, look at it, and repair it, again and again."""
    whole = shown(StandardBackend().open_run(run))
    for damage in found:
        with damaged(run, damage), bounded():
            wrong = looked_at(run, whole, damage)
        tally.count(what, f"{damage}: {wrong}" if wrong else "")
    if (now := shown(StandardBackend().open_run(run))) != whole:
        tally.failures.append(f"the run wasn't repaired: {now}")


def looked_at(run: Path, whole: Shown, damage: Damage) -> str:
    """Open a damaged run in every way, and return what is wrong with what is shown; "" for nothing."""
    before = listing(run)
    try:
        found = _opened(run, whole, damage) or _listed(run) or _gone_on(run)
        if not damage.is_slight:
            found = found or _typed(run)
    except TooSlowError:
        return f"it takes more than {_MOST_SECONDS} s"
    except MemoryError:
        return f"it takes more than {_MOST_BYTES >> 20} MB"
    except BaseException:
        return f"it raises {traceback.format_exc()}"
    return found or ("" if listing(run) == before else "looking at it changes it")


def _opened(run: Path, whole: Shown, damage: Damage) -> str:
    place, backend = Path(damage.place), StandardBackend()
    try:
        opened = backend.open_run(run)
    except VaeExplorerError as error:
        return unclear(str(error))
    now = shown(opened)
    for note in opened.notes:
        if wrong := unclear(note):
            return wrong
    for moment in opened.moments:
        if damage.is_slight and run / place != moment.path:
            continue
        try:
            backend.load_moment(run, moment)
        except VaeExplorerError as error:
            if wrong := unclear(str(error)):
                return wrong
    if opened.notes or now == whole:
        return ""
    # A moment of the history that is gone can't be told from one that made room for others.
    lacks_moments = place.parts[0] == "history" and now.moments <= whole.moments
    same = (now.experiment, now.weights, now.metrics) == (whole.experiment, whole.weights, whole.metrics)
    return "" if same and lacks_moments else f"it shows something else without a notice: {_difference(now, whole)}"


def _listed(run: Path) -> str:
    summary(run)
    return ""


def _typed(run: Path) -> str:
    """Look at it by the command line: one line on standard error, or none."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = command_line(["moments", str(run)])
    lines = err.getvalue().splitlines()
    if status == 0:
        return next((wrong for line in lines if (wrong := unclear(line))), "")
    return "" if status == 2 and len(lines) == 1 else f"the command line ends with {status} and says {lines}"


def _gone_on(run: Path) -> str:
    try:
        plan = continuation(open_run(run), DATA, epochs=9)
    except VaeExplorerError as error:
        return unclear(str(error))
    return next((wrong for note in plan.notes if (wrong := unclear(note))), "")


def unclear(text: str) -> str:
    """Return what is wrong with a sentence for a user; "" for nothing."""
    good = text.isprintable() and text.endswith(".") and len(text) < _LONGEST and "Error" not in text
    return "" if good else f"it is told in no clear sentence: {text!r}"


def shown(opened: OpenedRun) -> Shown:
    """Return what is shown of a run."""
    model = opened.model
    return Shown(
        opened.experiment,
        "" if model is None else model.weight_hash,
        -1 if model is None else model.step,
        opened.metrics,
        frozenset(moment.step for moment in opened.moments),
        opened.class_names,
    )


def listing(folder: Path) -> list[tuple[str, int, int, int]]:
    """Return names, kinds, sizes and times of change of everything below a folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(PermissionError):
            status = path.lstat()
            found.append((str(path), status.st_mode, status.st_size, status.st_mtime_ns))
    return found


@contextmanager
def damaged(run: Path, damage: Damage) -> Iterator[None]:
    """Damage a run, and repair it."""
    path, kept = run / damage.place, run.parent / "kept"
    mode = path.stat().st_mode
    if path.is_dir():
        shutil.copytree(path, kept)
    else:
        shutil.copyfile(path, kept)
    try:
        damage.change(path)
        yield
    finally:
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
        else:
            path.chmod(0o755)
            shutil.rmtree(path)
        kept.rename(path)
        path.chmod(mode)


@contextmanager
def bounded() -> Iterator[None]:
    """Let nothing take longer or more memory than is promised."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGALRM, interrupt)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MOST_BYTES, limits[1]))
    signal.alarm(_MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def try_unreadable(tally: Tally) -> None:
    """Take the permission to read from each file and folder, as somebody whom the system refuses then."""
    before, after = os.pipe()

    def work() -> None:
        os.close(before)
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
        inner = Tally("", 0)
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            run = make_mutable_run(Path(name) / "run")
            try_damages(inner, "unreadable", run, unreadable(run))
        os.write(after, "\0".join([str(inner.tried["unreadable"]), *inner.failures]).encode()[: 1 << 15])

    child = forked(work)
    os.close(after)
    with os.fdopen(before, "rb") as pipe:
        count, *failures = pipe.read().decode().split("\0")
    os.waitpid(child, 0)
    tally.tried["files and folders that can't be read"] = int(count or 0)
    tally.failures += failures or ([] if count else ["the process that may not read everything failed"])


def _difference(now: Shown, whole: Shown) -> str:
    names = ("experiment", "weights", "step", "metrics", "moments", "classes")
    return ", ".join(name for name in names if getattr(now, name) != getattr(whole, name))


def prove(tally: Tally, release: bool, chance: random.Random) -> None:
    """Damage a run in every way, or in some."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        run = make_mutable_run(Path(name) / "run")
        found = damages(run, RELEASE_FLIPS if release else FLIPS, chance)
        some = found if release else chance.sample(found, min(SOME, len(found)))
        try_damages(tally, f"damages, of {len(found):,}", run, some)
    try_unreadable(tally)


def main(arguments: list[str] | None = None) -> int:
    """Prove it and print what was found; return 1 if a promise was broken."""
    return run_proof("mutations", __doc__.splitlines()[0] if __doc__ else None, prove, arguments)


if __name__ == "__main__":
    sys.exit(main())
