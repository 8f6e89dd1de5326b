"""The parts of a training by several workers, and all objectives by two of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.training.crew import ROOT, Crew
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import DeviceError, SettingError
from vae_explorer.models.noise import bernoulli, normal
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.control import Control
from vae_explorer.training.devices import find_worker_device, shared_thread_count
from vae_explorer.training.events import TrainingFinished
from vae_explorer.training.processes import is_running
from vae_explorer.training.shared_steps import share_of, shared_noise
from vae_explorer.training.trainer import Trainer
from vae_explorer.training.workers import Place, place_in, speaks

if TYPE_CHECKING:
    from collections.abc import Mapping

LAUNCHED = {
    "WORLD_SIZE": "3",
    "RANK": "2",
    "LOCAL_RANK": "0",
    "LOCAL_WORLD_SIZE": "1",
    "MASTER_ADDR": "a",
    "MASTER_PORT": "1",
}


@pytest.fixture(scope="module")
def told() -> list[dict[str, dict[str, object]]]:
    """What each of two workers found of every objective."""
    said = Crew(2, ["-m", "tests.training.worker_program"]).end()
    assert [each.status for each in said] == [0, 0], said
    return [json.loads(each.out.splitlines()[-1]) for each in said]


@pytest.mark.slow
def test_that_two_workers_train_every_objective_to_the_same_weights(told: list[dict[str, dict[str, object]]]) -> None:
    first, second = told
    for name in OBJECTIVES.names():
        assert first[name]["message"] == "", name
        assert first[name]["weights"] == second[name]["weights"], name
        assert first[name]["records"] == second[name]["records"], name


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_that_two_workers_learn_what_one_learns(name: str, told: list[dict[str, dict[str, object]]]) -> None:
    listener = Listener()
    experiment = tiny_experiment(name, batch_size=13, precision="float32", path="plain")
    Trainer(experiment, tiny_dataset()).run(on_event=listener, control=Control())
    alone = listener.of(TrainingFinished)[0].test
    together = told[0][name]["test"]
    assert isinstance(together, dict)
    assert set(together) == set(alone)
    assert together == pytest.approx(alone, rel=1e-4, abs=1e-4)
    records = [record.values["loss"] for record in listener.records("train")]
    assert told[0][name]["records"] == pytest.approx(records, rel=1e-4, abs=1e-4)


def test_that_weights_that_come_apart_end_the_training_with_a_sentence(
    told: list[dict[str, dict[str, object]]],
) -> None:
    for each in told:
        message = str(each["spoilt"]["message"])
        assert "weights of the 2 workers aren't the same any more" in message
        assert "step" in message


def test_that_a_stop_of_one_worker_stops_all_after_the_same_step(told: list[dict[str, dict[str, object]]]) -> None:
    first, second = (each["stopped"] for each in told)
    assert (first["message"], first["reason"], second["reason"]) == ("", "stopped", "stopped")
    assert first["step"] == second["step"]
    assert first["weights"] == second["weights"]
    assert first["step"] in range(2, 300), "there would have been three hundred"


@pytest.mark.slow
def test_that_workers_that_diverge_name_the_first_step() -> None:
    for each in Crew(2, ["-m", "tests.training.worker_program", "diverge"]).end():
        message = json.loads(each.out.splitlines()[-1])["message"]
        assert message.startswith("Training diverged at step 4: the term ")


def test_that_the_shares_of_a_batch_are_the_batch() -> None:
    rows = np.arange(10, 21)
    shares = [share_of(rows, Place(rank, 3, rank, 3)) for rank in range(3)]
    assert np.concatenate([share.rows for share in shares]).tolist() == rows.tolist()
    assert sum(share.weight for share in shares) == pytest.approx(1.0)
    assert max(len(share.rows) for share in shares) - min(len(share.rows) for share in shares) <= 1


def test_that_a_worker_without_a_share_has_an_image_of_no_weight() -> None:
    share = share_of(np.array([7]), Place(1, 2, 1, 2))
    assert share.rows.tolist() == [7]
    assert share.weight == 0.0


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("sizes", [(4, 3), (5, 1)])
def test_that_the_shares_of_the_noise_are_what_one_generator_draws(sizes: tuple[int, int], times: int) -> None:
    whole = sum(sizes)
    alone = torch.Generator().manual_seed(1)
    expected = normal((2, times * whole, 3), alone, like=torch.zeros(1)).view(2, times, whole, 3)
    coins = bernoulli(torch.full((whole, 20), 0.5), alone)
    for first, count in ((0, sizes[0]), (sizes[0], sizes[1])):
        noise = shared_noise(torch.Generator().manual_seed(1))
        noise.first, noise.count, noise.whole = first, count, whole
        drawn = normal((2, times * count, 3), noise, like=torch.zeros(1)).view(2, times, count, 3)
        assert torch.equal(drawn, expected[:, :, first : first + count])
        assert torch.equal(bernoulli(torch.full((count, 20), 0.5), noise), coins[first : first + count])


@pytest.mark.parametrize(
    "environment", [{}, {"RANK": "1", "WORLD_SIZE": "2"}, {**LAUNCHED, "WORLD_SIZE": "1"}, {"MASTER_ADDR": "a"}]
)
def test_that_a_process_that_was_not_launched_with_others_trains_alone(environment: Mapping[str, str]) -> None:
    assert place_in(environment) is None
    assert speaks(environment)


def test_that_a_place_is_read_from_the_environment() -> None:
    assert place_in(LAUNCHED) == Place(2, 3, 0, 1)
    assert not speaks(LAUNCHED)
    assert speaks({**LAUNCHED, "RANK": "0"})


@pytest.mark.parametrize(
    ("name", "value"), [("RANK", "3"), ("RANK", "-1"), ("RANK", "²"), ("WORLD_SIZE", "two"), ("MASTER_PORT", "1e3")]
)
def test_that_an_environment_without_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        place_in({**LAUNCHED, name: value})


def test_that_workers_divide_the_cores_of_their_machine() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert shared_thread_count(0, 1) == min(4, cores)
    assert shared_thread_count(0, 10 * cores) == 1
    assert shared_thread_count(3, 2) == 3


def test_that_several_workers_do_not_share_the_gpu_of_a_mac() -> None:
    with pytest.raises(DeviceError, match="mps"):
        find_worker_device("mps", Place(0, 2, 0, 2))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't ask for a process without ending it")
def test_that_a_process_that_ended_does_not_run_whether_or_not_it_was_asked_for_its_status() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=ROOT)
    assert is_running(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_running(child.pid)
    child.communicate()
    assert not is_running(child.pid)
