"""A run that was opened again is measured as it was at the end of its training."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.recorded import recorded
from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.errors import DataError
from vae_explorer.runs.evaluation import evaluate


def test_that_measuring_again_gives_what_the_end_of_training_gave(tmp_path: Path) -> None:
    data = tiny_dataset()
    run = recorded(tmp_path, tiny_experiment("cvae-class-mean"), data)
    test = run.result["test"]
    assert isinstance(test, dict)
    found = evaluate(run, data)
    assert {name: found[name] for name in ("loss", "reconstruction", "kl")} == {
        name: test[name] for name in ("loss", "reconstruction", "kl")
    }
    assert found["elbo"] == pytest.approx(-found["reconstruction"] - found["kl"])
    assert found["elbo"] < 0


def test_that_the_elbo_does_not_weigh_the_kl(tmp_path: Path) -> None:
    run = recorded(tmp_path, tiny_experiment("beta-vae").with_setting("objective.beta", "5"))
    found = evaluate(run, tiny_dataset())
    assert found["loss"] == pytest.approx(found["reconstruction"] + 5 * found["kl"])
    assert found["elbo"] == pytest.approx(-found["reconstruction"] - found["kl"])


@pytest.mark.parametrize("classes", [0, 4])
def test_that_data_whose_classes_the_run_does_not_know_is_refused(classes: int, tmp_path: Path) -> None:
    run = recorded(tmp_path, tiny_experiment("cvae-label"))
    with pytest.raises(DataError, match=f"one of 3, but tiny has {classes or 'no'} classes: name other data"):
        evaluate(run, tiny_dataset(classes=classes, shape=(1, 16, 16)))
