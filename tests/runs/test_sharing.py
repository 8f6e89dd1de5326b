"""What the worker that leads tells is what the others train."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import cast

import pytest

from tests.runs.resumed import WIDE, killed_after
from tests.training.tiny import tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.resuming import continuation
from vae_explorer.runs.sharing import Plan, hear_plan, tell_plan, workers_of
from vae_explorer.training.team import Team


class Line:
    """A team of two in one process: what one says the other hears."""

    def __init__(self) -> None:
        self.said: deque[bytes] = deque()

    def broadcast(self, content: bytes | None = None) -> bytes:
        if content is None:
            return self.said.popleft()
        self.said.append(content)
        return content


def heard(plan: Plan) -> Plan:
    team = cast("Team", Line())
    tell_plan(team, plan)
    return hear_plan(team)


def test_that_a_new_training_is_heard_as_it_was_told() -> None:
    plan = heard(Plan(tiny_experiment(epochs=7)))
    assert plan.experiment == tiny_experiment(epochs=7)
    assert (plan.point, plan.changes) == (None, ())
    assert not plan.start


@pytest.mark.usefixtures("autosave_always")
def test_that_a_training_that_goes_on_is_heard_with_weights_and_state(tmp_path: Path) -> None:
    point = continuation(killed_after(4, tmp_path / "run", tiny_experiment(epochs=3)), WIDE).point
    found = heard(Plan(tiny_experiment(epochs=3), (), point)).point
    assert found is not None
    assert found.state.step == point.state.step == 4
    assert {name: values.tobytes() for name, values in found.weights.items()} == {
        name: values.tobytes() for name, values in point.weights.items()
    }
    assert found.state.noise.tobytes() == point.state.noise.tobytes()


def test_that_a_fork_is_heard_with_its_weights(folder: Path) -> None:
    weights = open_run(folder).load_model().weights
    start = heard(Plan(tiny_experiment(), start=weights)).start
    assert start is not None
    assert {name: values.tobytes() for name, values in start.items()} == {
        name: values.tobytes() for name, values in weights.items()
    }


def test_that_another_version_is_not_understood() -> None:
    line = Line()
    line.said.extend([b"{}", b"", b""])
    with pytest.raises(RunError, match="run the same version on all machines"):
        hear_plan(cast("Team", line))


def test_that_nobody_is_one_worker() -> None:
    assert workers_of(None) == 1
