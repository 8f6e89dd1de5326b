"""Which terms of two experiments may be subtracted from each other."""

from __future__ import annotations

import pytest

from vae_explorer.training.experiment import Experiment
from vae_explorer.training.quantities import is_same_evidence, is_same_quantity

VAE = Experiment()
NOTHING = ("none", "none")


@pytest.mark.parametrize("name", ["loss", "reconstruction", "kl", "elbo", "real_score"])
def test_that_an_experiment_has_the_same_quantities_as_itself(name: str) -> None:
    assert is_same_quantity(name, VAE, VAE, NOTHING)


def test_that_another_likelihood_makes_another_reconstruction_but_not_another_kl() -> None:
    other = VAE.with_setting("model.likelihood", "gaussian")
    wider = other.with_setting("model.deviation", "0.3")
    for name in ("loss", "reconstruction", "elbo"):
        assert not is_same_quantity(name, VAE, other, NOTHING)
        assert not is_same_quantity(name, other, wider, NOTHING)
    assert is_same_quantity("kl", VAE, other, NOTHING)


def test_that_totals_of_two_objectives_are_not_subtracted_but_their_reconstructions_are() -> None:
    other = VAE.with_objective("beta-vae")
    assert not is_same_quantity("loss", VAE, other, NOTHING)
    assert is_same_quantity("reconstruction", VAE, other, NOTHING)
    assert is_same_quantity("elbo", VAE, other, NOTHING)


def test_that_a_bound_given_the_class_is_another_one() -> None:
    other = VAE.with_objective("cvae-label")
    assert is_same_quantity("reconstruction", VAE, other, ("none", "label"))
    assert not is_same_quantity("elbo", VAE, other, ("none", "label"))
    assert is_same_quantity("elbo", VAE.with_objective("cvae-class-mean"), other, ("class-mean", "label"))


def test_that_a_completed_picture_is_another_picture() -> None:
    other = VAE.with_objective("cvae-image")
    for name in ("loss", "reconstruction", "elbo"):
        assert not is_same_quantity(name, VAE, other, ("none", "image"))
        assert is_same_quantity(name, other, other, ("image", "image"))


def test_that_evidence_is_the_same_only_where_the_same_is_given() -> None:
    assert is_same_evidence("label", "class-mean")
    assert not is_same_evidence("none", "label")
    assert not is_same_evidence("image", "none")
