"""What several workers run in a test: every objective in turn, then weights that come apart, and a stop of one worker.

With the word ``diverge`` there is one training, whose weights are no numbers from some step on. Each prints one line of
JSON: by objective the final terms, the message of a failure, and the weights' hash.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING
from unittest.mock import patch

import torch

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.control import Control
from vae_explorer.training.distributed import SharedTrainer
from vae_explorer.training.events import TrainingFailed, TrainingFinished, TrainingSnapshot
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.loop import Loop
from vae_explorer.training.team import Team
from vae_explorer.training.workers import place_in

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def train(team: Team, experiment: Experiment, control: Control | None = None) -> dict[str, object]:
    """Train by all workers, and return what came of it here."""
    listener = Listener()
    SharedTrainer(experiment, tiny_dataset(), team=team).run(on_event=listener, control=control or Control())
    failed, finished = listener.of(TrainingFailed), listener.of(TrainingFinished)
    return {
        "message": failed[0].message if failed else "",
        "test": dict(finished[0].test) if finished else {},
        "weights": listener.of(TrainingSnapshot)[-1].model.weight_hash
        if not finished
        else finished[0].model.weight_hash,
        "reason": finished[0].reason if finished else "",
        "step": finished[0].progress.step if finished else -1,
        "records": [record.values["loss"] for record in listener.records("train")],
    }


def spoiling(team: Team) -> AbstractContextManager[object]:
    """Let a weight of the last worker be another after the second step."""
    take = Loop.take_step

    def spoilt(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        take(loop, rows, rate)
        if loop.step == 2 and team.place.rank == team.place.count - 1:
            with torch.no_grad():
                next(loop.model.parameters()).view(-1)[0] += 1e-6

    return patch.object(Loop, "take_step", spoilt)


def stopping(team: Team, control: Control) -> AbstractContextManager[object]:
    """Let the last worker alone be told to stop after the second step."""
    take = Loop.take_step

    def stopped(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        take(loop, rows, rate)
        if loop.step == 2 and team.place.rank == team.place.count - 1:
            control.stop()

    return patch.object(Loop, "take_step", stopped)


def diverging() -> AbstractContextManager[object]:
    """Let all weights of every worker be no numbers before the fourth step."""
    take = Loop.take_step

    def diverged(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        if loop.step == 3:
            with torch.no_grad():
                for weights in loop.model.parameters():
                    weights.fill_(float("nan"))
        take(loop, rows, rate)

    return patch.object(Loop, "take_step", diverged)


def main() -> None:
    """Train what there is, and print it."""
    place = place_in(os.environ)
    assert place is not None
    team = Team(place)
    team.gather("the same")
    if sys.argv[1:] == ["diverge"]:
        with diverging():
            sys.stdout.write(json.dumps(train(team, tiny_experiment("vae", precision="float32"))) + "\n")
        return
    # Batches of 13, of which the last has one image, so that some worker gets none.
    told = {name: train(team, tiny_experiment(name, batch_size=13, precision="float32")) for name in OBJECTIVES.names()}
    with spoiling(team):
        told["spoilt"] = train(team, tiny_experiment("vae"))
    control = Control()
    with stopping(team, control):
        told["stopped"] = train(team, tiny_experiment("vae", epochs=100), control)
    team.close()
    sys.stdout.write(json.dumps(told) + "\n")


main()
