"""An experiment: its settings, what it is written as, and how a wrong one is refused."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.training.tiny import tiny_experiment
from vae_explorer.config import settings_of
from vae_explorer.errors import SettingError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.experiment import Experiment


def test_that_an_experiment_survives_json() -> None:
    for name in OBJECTIVES.names():
        experiment = tiny_experiment(name, seed=3)
        for item in settings_of(type(experiment.objective)):
            if item.type is float:
                highest = item.declaration.maximum
                value = 2.5 if highest is None or highest >= 2.5 else highest / 3
                experiment = experiment.with_setting(f"objective.{item.name}", repr(value))
        assert Experiment.from_dict(json.loads(json.dumps(experiment.to_dict()))) == experiment


def test_that_the_default_is_the_vae_on_the_bundled_digits() -> None:
    experiment = Experiment()
    assert (experiment.objective.name, experiment.data.source) == ("vae", "mnist-10k")
    assert Experiment.from_dict({}) == experiment


def test_that_another_objective_keeps_the_settings_it_shares() -> None:
    experiment = Experiment().with_objective("beta-vae").with_setting("objective.beta", "3")
    experiment = experiment.with_objective("cvae-label")
    assert experiment.to_dict()["objective"] == {"name": "cvae-label", "beta": 3.0}


def test_that_another_objective_offers_its_own_default_where_nothing_was_changed() -> None:
    for before in ("vae", "cvae-label"):
        assert _beta(Experiment().with_objective(before).with_objective("beta-vae")) == 4.0
    assert _beta(Experiment().with_objective("beta-vae").with_objective("cvae-class-mean")) == 1.0


def test_that_a_vae_of_the_time_when_it_had_a_beta_is_read_as_a_beta_vae() -> None:
    experiment = Experiment.from_dict({"objective": {"name": "vae", "beta": 2.0}})
    assert experiment.to_dict()["objective"] == {"name": "beta-vae", "beta": 2.0, "warm_up": 0.0, "free_bits": 0.0}


def _beta(experiment: Experiment) -> object:
    return experiment.to_dict()["objective"]["beta"]


@pytest.mark.parametrize(
    "path", ["epochs", "training", "training.", "trainig.epochs", "training.epoch", ".epochs", "", "objective.name"]
)
def test_that_a_setting_that_does_not_exist_is_refused(path: str) -> None:
    with pytest.raises(SettingError, match="There is no setting"):
        Experiment().with_setting(path, "1")


@pytest.mark.parametrize(
    "values",
    [
        {"modle": {}},
        {"model": 3},
        {"model": None},
        {"objective": {"name": 3}},
        {"objective": {"name": "gam"}},
        {"objective": {"name": "vae", "lambda": 3}},
        {"training": {"epochs": "3"}},
        {"training": {"epochs": 10**400}},
        {"data": {"source": ["a"]}},
    ],
)
def test_that_a_wrong_description_of_an_experiment_is_refused_in_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(SettingError) as caught:
        Experiment.from_dict(values)
    assert str(caught.value).isprintable()


def test_that_sections_come_in_the_order_of_the_form() -> None:
    assert [name for name, _, _ in Experiment().sections()] == ["data", "model", "objective", "training"]


def test_that_events_and_experiments_need_no_torch() -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "import vae_explorer.training.events, vae_explorer.training.control, vae_explorer.training.experiment"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
