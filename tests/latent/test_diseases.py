"""What is known to go wrong is told once, with what to try."""

from __future__ import annotations

from vae_explorer.latent.diseases import diseases, sample_diseases


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


def told_of(*missing: str, good_share: float = 0.9, class_kl: float = 0.05) -> tuple[str, ...]:
    return sample_diseases(8, missing, what="modes", good_share=good_share, class_kl=class_kl)


def test_that_mode_collapse_names_what_is_left_out() -> None:
    (told,) = told_of("45°", "90°", class_kl=0.4)
    assert told.startswith("Mode collapse: of 8 modes the samples leave out 2 (45°, 90°)")
    assert "try" in told
    (many,) = told_of(*(f"mode {number}" for number in range(7)))
    assert "mode 5, …" in many
    assert "mode 6" not in many


def test_that_uneven_samples_and_samples_unlike_the_data_are_told_apart_from_collapse() -> None:
    (uneven,) = told_of(class_kl=0.5)
    assert "uneven" in uneven
    (unlike,) = told_of("45°", good_share=0.02, class_kl=1.0)
    assert "unlike the data" in unlike
    assert "collapse" not in unlike


def test_that_a_sound_generator_is_left_alone() -> None:
    assert told_of() == ()
    assert told_of(class_kl=float("nan")) == ()
    assert sample_diseases(0, (), what="classes", good_share=0.0, class_kl=0.0) == ()
