"""``train`` started several times at once by torchrun: one process leads, the others follow it in silence."""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vae_explorer.cli import FAILED, INTERRUPTED, WRONG_INPUT
from vae_explorer.cli.interrupting import signals_stop
from vae_explorer.config import from_dict, to_dict
from vae_explorer.errors import TrainingError, VaeExplorerError
from vae_explorer.language import tr
from vae_explorer.sections import DataConfig
from vae_explorer.training.control import Control
from vae_explorer.training.workers import place_in

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.team import Team


@contextmanager
def team_of_workers() -> Iterator[Team | None]:
    """Give the workers of which this process is one; None where it was started alone.

    The worker that leads tells the others at the end with which status everybody ends.
    """
    place = place_in(os.environ)
    if place is None:
        yield None
        return
    # What torch's own parts say of a connection that closes, over many lines, is said here in one.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    from vae_explorer.training.team import Team

    team = Team(place)
    try:
        yield team
    except BaseException as error:
        team.status = _status_of(error)
        raise
    finally:
        if place.leads:
            team.end()
        team.close()
        if team.is_broken:
            atexit.register(_leave, team.status)  # a connection that waits for the lost one would keep the process


def _status_of(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    refused = isinstance(error, (VaeExplorerError, OSError)) and not isinstance(error, TrainingError)
    return WRONG_INPUT if refused else FAILED


def _leave(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def load_together(config: DataConfig, team: Team | None) -> ImageDataset:
    """Load data, with several workers each on its own, and wait until all of them are ready.

    Raises
    ------
    DataError
        If it can't be used.
    TrainingError
        If another worker failed, or has other data.
    """
    from vae_explorer.data.catalogue import load

    if team is None:
        return load(config)
    team.call(to_dict(config))
    dataset = load(config)
    team.gather(dataset.sha256)
    return dataset


def follow(team: Team) -> None:
    """Train as one of the workers that don't lead, in silence, and take over the exit status of the one that leads.

    Raises
    ------
    TrainingError
        If the one that leads is gone, and nobody else tells the user.
    """
    called = team.await_call()
    if called is not None:
        _train(team, called)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # nothing is left to be saved here
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if not team.await_end() and team.speaks_for_the_lost():
        raise TrainingError(
            tr(
                "Worker 0 of {count}, which writes the run, is gone: killed, or out of memory. The "
                "run is as it was saved last: go on from there with train --resume, with any number "
                "of workers.",
                count=team.place.count,
            )
        )


def _train(team: Team, called: Mapping[str, object]) -> None:
    from vae_explorer.data.catalogue import load
    from vae_explorer.runs.sharing import hear_plan

    control = Control()
    try:
        dataset = load(from_dict(DataConfig, called))
        team.gather(dataset.sha256)
        plan = hear_plan(team)
    except Exception as error:  # whatever it is, the worker that leads tells the user
        if team.explanation(error) is None:
            team.fail(str(error))
        return
    with signals_stop(control, [signal.SIGINT, signal.SIGTERM], lambda _times: None):
        plan.following(dataset, team).run(on_event=lambda _event: None, control=control)
