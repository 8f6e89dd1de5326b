"""What breaks in one step of a training, and what is left of the run."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.runs import saving
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pytest
    from pytestqt.qtbot import QtBot

FAULT_STEP = 7
EPOCHS = 4
STEPS = 4 * EPOCHS


def saved(session: Session) -> Run:
    assert session.run is not None
    return open_run(session.run.path)


def press(notice: Notice, title: str) -> None:
    (action,) = [action for action in notice.actions if action.title.startswith(title)]
    action.run()


def train_until_it_waits(session: Session, qtbot: QtBot) -> None:
    """Train up to where something can't be saved."""
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)


def end_unsaved(session: Session, notices: list[Notice], qtbot: QtBot) -> None:
    """Let a training that waits go on without saving, to its end, where it waits again."""
    press(notices[-1], "Go on without saving")
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED and notices[-1].text.endswith("waits to be saved."))


def try_again(session: Session, notices: list[Notice], qtbot: QtBot) -> None:
    """Save what waits, and let the training end."""
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


def is_finite(run: Run) -> bool:
    return all(np.isfinite(values).all() for values in run.newest[0].weights.values())


class Fault:
    """Something that happens in one step, once.

    Parameters
    ----------
    happen
        Gets the loop before the step is taken.
    step
        Steps before it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, happen: Callable[[Loop], None], step: int = FAULT_STEP) -> None:
        real, self.happened = Loop.take_step, False

        def take(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
            if loop.step == step and not self.happened:
                self.happened = True
                happen(loop)
            real(loop, rows, rate)

        monkeypatch.setattr(Loop, "take_step", take)


@torch.no_grad()
def poison(loop: Loop) -> None:
    """Make a weight no number, as a step that is far too large does."""
    next(loop.model.parameters()).fill_(float("nan"))


class FullDisk:
    """A disk on which nothing more can be saved until there is room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSPC) -> None:
        self.is_full, self.tried, real = False, 0, saving.save_checkpoint

        def save(*parts, **options):  # type: ignore[no-untyped-def]
            if self.is_full:
                self.tried += 1
                raise OSError(number, "No space left on device")
            return real(*parts, **options)

        monkeypatch.setattr("vae_explorer.runs.recorder.save_checkpoint", save)


def curve(run: Run) -> list[tuple[int, str, dict[str, float]]]:
    return [(record.step, record.split, dict(record.values)) for record in run.metrics]


def undisturbed(session: Session, qtbot: QtBot) -> Run:
    """Train the same again, without a fault."""
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    return saved(session)


def assert_same(run: Run, whole: Run) -> None:
    assert (run.newest[0].step, run.result["reason"]) == (STEPS, "completed")
    assert curve(run) == curve(whole)
    first, second = run.newest[0].weights, whole.newest[0].weights
    assert all(first[name].tobytes() == second[name].tobytes() for name in second)
