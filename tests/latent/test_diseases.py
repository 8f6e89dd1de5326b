"""What is known to go wrong is told once, with what to try."""

from __future__ import annotations

from vae_explorer.latent.diseases import diseases


def test_that_a_dead_dimension_is_named_while_the_other_lives() -> None:
    (told,) = diseases({"kl": 3.0, "kl_z1": 2.995, "kl_z2": 0.005}, likelihood_kind="probability")
    assert "z2 is dead" in told
    assert "try" in told


def test_that_a_collapsed_posterior_is_told_instead_of_two_dead_dimensions() -> None:
    (told,) = diseases({"kl": 0.01, "kl_z1": 0.005, "kl_z2": 0.005}, likelihood_kind="density")
    assert "collapsed" in told
    assert diseases({"kl": 0.001}, likelihood_kind=None)


def test_that_a_healthy_model_is_left_alone() -> None:
    assert diseases({"kl": 6.0, "kl_z1": 3.0, "kl_z2": 3.0}, likelihood_kind="probability") == ()
    assert diseases({"loss": 0.7}, likelihood_kind=None) == ()


def test_that_cross_entropy_of_grey_levels_is_called_what_it_is() -> None:
    (told,) = diseases({"kl": 6.0, "kl_z1": 3.0, "kl_z2": 3.0}, likelihood_kind="cross-entropy")
    assert "no likelihood" in told
