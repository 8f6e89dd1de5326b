"""The state of a training that someone changed is refused in one sentence before anything else changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from tests.runs.recorded import checkpoints, recorded
from tests.runs.resumed import WIDE, Changed, gone_on, killed_after, refused, rewrite, save_always
from tests.training.tiny import tiny_experiment
from vae_explorer.errors import RunError, VaeExplorerError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.resuming import continuation


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed after step 4 and has the checkpoint of that step alone; nobody may change it."""
    with pytest.MonkeyPatch.context() as monkey:
        save_always(monkey)
        run = killed_after(4, tmp_path_factory.mktemp("killed") / "run", tiny_experiment(epochs=3))
    _newest, older = checkpoints(run.path)
    shutil.rmtree(older)
    return run.path


@pytest.fixture
def dead(killed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(killed, tmp_path / "run")


def rewrite_arrays(checkpoint: Path, change: Callable[[dict[str, np.ndarray]], None]) -> None:
    arrays = load((checkpoint / "training.safetensors").read_bytes())
    change(arrays)
    rewrite(checkpoint, "training.safetensors", save(arrays))


def rewrite_numbers(checkpoint: Path, **changed: object) -> None:
    state = json.loads((checkpoint / "state.json").read_text())
    state["training"].update(changed)
    rewrite(checkpoint, "state.json", json.dumps(state).encode())


def drop(name: str) -> Callable[[dict[str, np.ndarray]], None]:
    return lambda arrays: arrays.pop(name)  # type: ignore[return-value]


def put(name: str, values: object, dtype: str) -> Callable[[dict[str, np.ndarray]], None]:
    return lambda arrays: arrays.update({name: np.asarray(values, dtype=dtype)})


def test_that_the_run_goes_on_as_long_as_nobody_changes_it(dead: Path) -> None:
    after, _heard = gone_on(open_run(dead))
    assert after.load_model().step == 9


FIRST = "optimizer/model/{}/decoder.bias"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("noise"), "'noise' is missing"),
        (put("noise", [], "uint8"), "random numbers has a wrong size"),
        (put("noise", [1] * 70_000, "uint8"), "random numbers has a wrong size"),
        (put("noise", [1.0], "float32"), "'noise' doesn't hold finite numbers of the kind uint8"),
        (drop("metrics/steps"), "'steps' is missing"),
        (put("metrics/steps", [3, 9], "int64"), "unread metrics don't fit"),
        (put("metrics/values", np.zeros((0, 9)), "float64"), "unread metrics don't fit"),
        (put("metrics/other", [1], "int64"), "'metrics/other' is nothing that a training has"),
        (put("stranger", [1], "int64"), "'stranger' is nothing that a training has"),
        (put("a/b/c/d\n/e", [1], "int64"), "is nothing that a training has"),
        (put("optimizer/other/step/x", 1, "float32"), "is nothing that a training has"),
        (put("optimizer/model/step/x", 1, "float32"), "what the optimiser knew of 'x' isn't whole"),
        (put(FIRST.format("step"), 0, "float32"), "can't have moved 'decoder.bias' 0 times"),
        (put(FIRST.format("step"), 1.5, "float32"), "can't have moved 'decoder.bias' 1.5 times"),
        (put(FIRST.format("step"), [1], "float32"), "isn't whole"),
        (put(FIRST.format("exp_avg"), [np.nan], "float32"), "finite numbers of the kind float32"),
        (put(FIRST.format("exp_avg"), [1.0], "float64"), "finite numbers of the kind float32"),
        (put(FIRST.format("exp_avg"), [1.0], "float32"), "another shape than in the network"),
        (put(FIRST.format("exp_avg_sq"), [-1.0], "float32"), "isn't whole"),
    ],
)
def test_that_a_state_someone_changed_is_refused_in_one_sentence(
    change: Callable[[dict[str, np.ndarray]], None], said: str, dead: Path
) -> None:
    (newest,) = checkpoints(dead)
    rewrite_arrays(newest, change)
    message = refused(open_run(dead))
    assert said in message
    assert open_run(dead).load_model().step == 4


@pytest.mark.parametrize(
    "changed",
    [
        {"seconds": float("nan")},
        {"seconds": -1},
        {"seconds": True},
        {"records": -1},
        {"records": 1.5},
        {"tests": "2"},
        {"device": ""},
        {"device": "x\ny"},
        {"threads": None},
        {"torch": "9" * 1000},
        {"optimizers": "model"},
        {"optimizers": []},
        {"optimizers": ["model", "model"]},
        {"optimizers": ["model", "other"]},
        {"terms": [1]},
    ],
)
def test_that_numbers_someone_changed_are_refused_in_one_sentence(changed: Changed, dead: Path) -> None:
    (newest,) = checkpoints(dead)
    rewrite_numbers(newest, **changed)
    assert "can't go on" in refused(open_run(dead))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 64, b"\x10\0\0\0\0\0\0\0{broken}", (2**60).to_bytes(8, "little") + b"{}"],
)
def test_that_a_file_that_holds_no_state_is_refused(content: bytes, dead: Path) -> None:
    (newest,) = checkpoints(dead)
    rewrite(newest, "training.safetensors", content)
    assert "holds no state of a training" in refused(open_run(dead))


@pytest.mark.parametrize(
    "value", ["x", 3, [3], [{}], [{"step": 1}], [{"step": -1, "epochs": 2}], [{"step": 1, "epochs": 0}], [[]] * 10_001]
)
def test_that_resumptions_someone_changed_are_refused(value: object, run: Path) -> None:
    header = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**header, "resumptions": value}))
    with pytest.raises(RunError) as caught:
        open_run(run)
    assert str(caught.value).isprintable()


def test_that_nothing_but_words_for_the_user_leaves_the_check(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=1), WIDE)
    shutil.rmtree(run.path / "checkpoints")
    with pytest.raises(VaeExplorerError, match=r"can't go on, so train a new one\. It ended before a checkpoint"):
        continuation(open_run(run.path), WIDE)
