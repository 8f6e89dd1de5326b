"""The window's event loop while a model trains on all cores: how late it is at most, and what held it up.

The real window trains the default model on the bundled digits while one looks on, drags over the plane, visits the
panels, changes the theme and exports. A five-millisecond beat notes how late the event loop comes to it. Another thread
watches: where a beat is late by more than the limit, it writes down what the window's thread is doing, so that the
culprit has a name. Then everything that can be cancelled is: how soon the window says so, and how soon it is so.

Run it with ``python3 packaging/dev.py prove stalls``, ``--release`` for three minutes instead of fifteen seconds. Takes
half a minute, with ``--release`` four. Run it on a machine that does nothing else.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from tests.proving._growth import asked, own_settings
from tests.proving._telling import conclude, tell
from tests.proving._window import Hands, Scene, is_at_rest, listening, play
from vae_explorer.app.state import RunState
from vae_explorer.gui.launch import make_window
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow

SECONDS, RELEASE_SECONDS = 15.0, 180.0
BEAT_MILLISECONDS = 5
LIMIT_MILLISECONDS = 250.0
P99_MILLISECONDS, P999_MILLISECONDS = 16.0, 50.0
FEEDBACK_SECONDS, EFFECT_SECONDS = 0.1, 2.0
_LOOK_SECONDS = 0.02
_INNERMOST = 12


@dataclass(slots=True)
class Stall:
    """A beat that came too late, and where the window's thread was meanwhile."""

    milliseconds: float
    during: str
    processor_milliseconds: float
    stack: str


class Watchdog(QObject):
    """Beats in the window's thread, and is watched by another one.

    Parameters
    ----------
    limit
        Lateness in milliseconds from which on the stack is written down.
    """

    def __init__(self, limit: float = LIMIT_MILLISECONDS) -> None:
        super().__init__()
        self.late: list[float] = []
        self.stalls: list[Stall] = []
        self.during = ""
        self._limit = limit
        self._thread = threading.get_ident()
        self._stack = ""
        self._ended = threading.Event()
        self._beat = time.perf_counter()
        self._worked = time.thread_time()
        self._timer = QTimer(self, interval=BEAT_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._note)
        self._timer.start()
        self._watcher = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Beat and watch no more."""
        self._timer.stop()
        self._ended.set()
        self._watcher.join()

    @Slot()
    def _note(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        late = 1000 * (now - self._beat) - BEAT_MILLISECONDS
        self.late.append(max(0.0, late))
        if late > self._limit:
            self.stalls.append(Stall(late, self.during, 1000 * (worked - self._worked), self._stack))
        self._beat, self._worked, self._stack = now, worked, ""

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            waited = 1000 * (time.perf_counter() - self._beat)
            if waited > self._limit / 2 and not self._stack:
                frame = sys._current_frames().get(self._thread)
                self._stack = "".join(traceback.format_stack(frame)[-_INNERMOST:]) if frame is not None else "?"


@dataclass(slots=True)
class Cancelled:
    """How soon a cancelled thing was felt, and was over, in seconds."""

    what: str
    feedback: float
    effect: float


@dataclass(slots=True)
class Report:
    """What was measured."""

    seed: int
    late: list[float] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)
    cancelled: list[Cancelled] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def part(self, share: float) -> float:
        """Return the lateness in milliseconds below which a share of the beats lies."""
        ordered = sorted(self.late) or [0.0]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def failures(self, *, release: bool) -> list[str]:
        """Return everything that isn't as promised."""
        found = [
            *self.problems,
            *(f"stalled for {one.milliseconds:.0f} ms while {one.during}" for one in self.stalls),
            *(
                f"{one.what}: felt after {one.feedback:.2f} s"
                for one in self.cancelled
                if one.feedback > FEEDBACK_SECONDS
            ),
            *(f"{one.what}: over after {one.effect:.2f} s" for one in self.cancelled if one.effect > EFFECT_SECONDS),
        ]
        if release:
            for share, limit in ((0.99, P99_MILLISECONDS), (0.999, P999_MILLISECONDS)):
                if self.part(share) > limit:
                    found.append(
                        f"{share:.1%} of the beats are late by up to {self.part(share):.0f} ms, not {limit:g} ms"
                    )
        return found


def prove(seconds: float, seed: int, source: str = "mnist-10k", say: Callable[[str], None] | None = None) -> Report:
    """Train and use a window for some seconds; return how late its event loop was.

    Parameters
    ----------
    seconds
        How long, divided among all that is done.
    seed
        Of everything that is left to chance.
    source
        The data.
    say
        Takes a line for each thing that is done.
    """
    report = Report(seed)
    with tempfile.TemporaryDirectory(prefix="stalls-") as name, listening() as warnings:
        window = make_window(Path(name) / "runs")
        window.resize(1280, 800)
        window.show()
        window.begin(source)
        play(_watch(window, seconds, random.Random(seed), report, say))
        play(_cancel(window, report, Path(name)))
        window.close()
        window.crash_care.leave_hooks()
        window.session.deleteLater()
        window.deleteLater()
    report.problems += [f"Qt warned: {warning}" for warning in dict.fromkeys(warnings)]
    return report


def _watch(
    window: MainWindow, seconds: float, chance: random.Random, report: Report, say: Callable[[str], None] | None
) -> Scene:
    session, hands = window.session, Hands(window, chance)
    yield lambda: is_at_rest(window) and session.points is not None
    session.set_setting("training.epochs", "10000")
    session.train()
    yield lambda: session.progress is not None and session.progress.step > 20
    yield 1.0
    watchdog = Watchdog()
    for what, act in _ACTS.items():
        watchdog.during, begun, first = what, time.monotonic(), len(watchdog.late)
        while time.monotonic() - begun < seconds / len(_ACTS):
            yield from act(window, hands)
        if say is not None:
            late = sorted(watchdog.late[first:]) or [0.0]
            say(
                f"  {what}: {len(late)} beats, late by {late[len(late) // 2]:.1f} ms (median), {late[-1]:.0f} ms (most)"
            )
    watchdog.stop()
    report.late, report.stalls = watchdog.late, watchdog.stalls


def _look_on(_window: MainWindow, _hands: Hands) -> Scene:
    yield 0.2


def _explore(_window: MainWindow, hands: Hands) -> Scene:
    hands.act()
    yield 0.016


def _look_round(_window: MainWindow, hands: Hands) -> Scene:
    yield from hands.look_round()


def _change_theme(window: MainWindow, _hands: Hands) -> Scene:
    for choice in ("dark", "light"):
        window.set_theme(choice)
        yield 0.3


def _export(window: MainWindow, _hands: Hands) -> Scene:
    from vae_explorer.gui.dialogs.export import ExportDialog

    window.window_commands.export_kind("plane")
    yield 0.5
    for dialog in window.findChildren(ExportDialog):
        dialog.reject()
    yield 0.1


def _pause_and_resume(window: MainWindow, _hands: Hands) -> Scene:
    for _ in range(2):
        window.session.toggle()
        yield 0.1


_ACTS: dict[str, Callable[[MainWindow, Hands], Scene]] = {
    "looking on": _look_on,
    "exploring": _explore,
    "looking round": _look_round,
    "changing the theme": _change_theme,
    "exporting": _export,
    "pausing": _pause_and_resume,
}


def _cancel(window: MainWindow, report: Report, folder: Path) -> Scene:
    """Cancel everything that can be, one after the other."""
    session = window.session
    yield from _cancelled(
        report,
        "measuring",
        lambda: session.evaluation.measure(EvaluationOptions()),
        session.evaluation.cancel,
        lambda: not session.evaluation.is_running,
        lambda: True,
        wait=0.3,
    )
    yield from _cancelled(
        report,
        "a training",
        lambda: None,
        session.stop,
        lambda: not session.state.is_active,
        lambda: session.state is not RunState.TRAINING,
    )
    job: list[object] = []
    yield from _cancelled(
        report,
        "an export",
        lambda: job.append(_start_export(window, folder)),
        lambda: _cancel_job(job),
        lambda: not session._jobs,
        lambda: True,
        wait=0.2,
    )
    yield from _cancelled(
        report,
        "loading",
        lambda: session.load_data("mnist-10k"),
        lambda: session.load_data("shapes"),
        lambda: session.state is RunState.READY and session.dataset is not None and "shapes" in session.dataset.name,
        lambda: session.state is RunState.LOADING,
        wait=0.02,
    )


def _cancelled(
    report: Report,
    what: str,
    begin: Callable[[], object],
    cancel: Callable[[], object],
    is_over: Callable[[], bool],
    is_felt: Callable[[], bool],
    *,
    wait: float = 0.0,
) -> Scene:
    begin()
    yield wait
    began = time.perf_counter()
    cancel()
    yield is_felt
    feedback = time.perf_counter() - began
    yield is_over
    report.cancelled.append(Cancelled(what, feedback, time.perf_counter() - began))


def _start_export(window: MainWindow, folder: Path) -> object:
    def work(_model: object, progress: Callable[[float], None], cancelled: Callable[[], bool]) -> object:
        for number in range(100_000):
            progress(number / 100_000)
            time.sleep(0.001)
            if cancelled():
                break
        return folder

    return window.session.export(work)


def _cancel_job(job: list[object]) -> None:
    cancel = getattr(job[0], "cancel", None)
    if cancel is not None:
        cancel()


def main(arguments: list[str] | None = None) -> int:
    """Print what was measured; return 1 if anything took too long."""
    release = "three minutes instead of fifteen seconds"
    wanted = asked(__doc__, arguments, "seconds", (SECONDS, RELEASE_SECONDS), release)
    with own_settings("stalls-settings-"):
        report = prove(wanted.amount, wanted.seed, say=None if wanted.as_json else tell)
    failures = report.failures(release=wanted.release)
    return conclude(figures(report, failures), words(report), failures, as_json=wanted.as_json)


def words(report: Report) -> Iterator[str]:
    """Yield the report in lines for a person."""
    yield (
        f"{len(report.late)} beats, late by {report.part(0.99):.1f} ms (99 %), {report.part(0.999):.1f} ms (99.9 %), "
        f"{report.part(1.0):.0f} ms (most); load of the machine {os.getloadavg()[0]:.1f}; seed {report.seed}"
    )
    for one in report.cancelled:
        yield f"  cancelled {one.what}: felt after {1000 * one.feedback:.0f} ms, over after {one.effect:.2f} s"
    for stall in report.stalls:
        worked = stall.processor_milliseconds
        yield f"  {stall.milliseconds:.0f} ms while {stall.during}, {worked:.0f} ms of them at work:"
        yield stall.stack


def figures(report: Report, failures: list[str]) -> dict[str, object]:
    """Return the report as plain values."""
    return {
        "beats": len(report.late),
        "p99_ms": report.part(0.99),
        "p999_ms": report.part(0.999),
        "max_ms": report.part(1.0),
        "stalls": [{"ms": one.milliseconds, "during": one.during, "stack": one.stack} for one in report.stalls],
        "cancelled": {one.what: {"feedback_s": one.feedback, "effect_s": one.effect} for one in report.cancelled},
        "failures": failures,
        "seed": report.seed,
    }


if __name__ == "__main__":
    sys.exit(main())
