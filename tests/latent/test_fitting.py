"""The best Gaussian of each picture is found, and tells what its shape costs and what the encoder loses."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.latent.linear_model import diagonal_gap, linear_model, log_evidence
from tests.training.tiny import tiny_dataset, tiny_experiment, trained
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.latent.evaluation import Evaluation, EvaluationOptions, evaluate
from vae_explorer.latent.fitting import best_gaussians, fitted_elbos
from vae_explorer.latent.joint import standard_prior
from vae_explorer.latent.measures import Pace, Stopped
from vae_explorer.models.snapshot import ModelSnapshot

QUIET = Pace(lambda _what, _share: None, lambda: False)
REACH = (np.array([-4.0, -4.0]), np.array([4.0, 4.0]))


def value(found: Evaluation, name: str) -> float:
    number = found.value(name)
    assert number is not None, name
    return number


def measured(model: ModelSnapshot, data: ImageDataset, options: EvaluationOptions) -> Evaluation:
    found = evaluate(model, data, options, progress=lambda _what, _share: None, cancelled=lambda: False)
    assert found is not None
    return found


def test_that_the_best_gaussians_of_a_linear_model_are_its_posterior_and_its_best_diagonal() -> None:
    model, images = linear_model("full"), tiny_dataset(test=8, classes=0).test.images[:]
    x = torch.from_numpy(images / 255)
    far, wide = np.tile([[1.5, -1.0]], (8, 1)), np.full((8, 2), 0.5)
    found = fitted_elbos(model, x, None, standard_prior(), means=far, deviations=wide, pace=QUIET)
    gaps = log_evidence(images, model)[:, None] - found
    assert diagonal_gap(model) > 0.1
    np.testing.assert_allclose(gaps[:, 0], diagonal_gap(model), atol=1e-5)
    np.testing.assert_allclose(gaps[:, 1], 0, atol=1e-5)


def test_that_an_encoder_at_the_wrong_peak_does_not_keep_the_search_there() -> None:
    def log_joint(z: Tensor) -> Tensor:
        right, wrong = z - torch.tensor([2.0, 1.0]), z - torch.tensor([-2.0, -1.0])
        peaks = [-0.5 * (offset / 0.1).square().sum(dim=-1) for offset in (right, wrong)]
        return torch.logaddexp(peaks[0], peaks[1] - 8) - math.log(2 * math.pi * 0.01)

    diagonal, full = best_gaussians(log_joint, np.array([[-2.0, -1.0]]), np.array([[0.1, 0.1]]), REACH)
    for fit in (diagonal, full):
        assert fit.elbo.item() == pytest.approx(0, abs=0.01)
        np.testing.assert_allclose(fit.mean[0], [2.0, 1.0], atol=0.01)
        np.testing.assert_allclose(fit.precision[0], 100 * np.eye(2), atol=5)


def test_that_no_gaussian_explains_more_than_the_exact_likelihood() -> None:
    data = tiny_dataset(train=300, test=20)
    model = trained(tiny_experiment(epochs=20), data).finished.model
    found = measured(model, data, EvaluationOptions(images=20, samples=2000, fitted=20))
    assert value(found, "approximation_gap") >= value(found, "approximation_gap_full") >= -1e-3
    assert value(found, "amortisation_gap") >= -0.05
    parts = value(found, "approximation_gap") + value(found, "amortisation_gap")
    assert parts == pytest.approx(value(found, "inference_gap"), abs=1e-9)


@pytest.mark.parametrize("objective", ["cvae-class-mean", "cvae-label", "cvae-image"])
def test_that_conditional_models_are_fitted_under_their_own_condition(objective: str) -> None:
    data = tiny_dataset(train=300, test=20)
    model = trained(tiny_experiment(objective, epochs=20), data).finished.model
    found = measured(model, data, EvaluationOptions(images=20, samples=2000, fitted=20))
    assert 0.5 > value(found, "approximation_gap") >= value(found, "approximation_gap_full") >= -1e-3
    assert value(found, "amortisation_gap") >= -0.05


@pytest.mark.parametrize(("fitted", "title"), [(20, "Amortisation gap"), (5, "Amortisation gap, first 5 images")])
def test_that_a_gap_of_some_images_alone_says_so(fitted: int, title: str) -> None:
    data = tiny_dataset(train=300, test=20)
    model = trained(tiny_experiment(epochs=2), data).finished.model
    found = measured(model, data, EvaluationOptions(images=20, samples=200, fitted=fitted))
    assert next(each.title for each in found.measures if each.name == "amortisation_gap") == title


def test_that_only_as_many_images_are_fitted_as_asked_for_and_none_for_zero() -> None:
    model, data = ModelSnapshot(linear_model("diagonal"), step=0, epoch=0), tiny_dataset(test=12, classes=0)
    some = measured(model, data, EvaluationOptions(images=12, samples=5, fitted=7))
    notes = {measure.name: measure.note for measure in some.measures}
    assert "first 7 images" in notes["approximation_gap"]
    without = measured(model, data, EvaluationOptions(images=12, samples=5, fitted=0))
    assert without.value("approximation_gap") is None
    assert without.value("inference_gap") is not None


def test_that_a_search_tells_how_far_it_is_and_can_be_left_at_any_point() -> None:
    model, x = linear_model("full"), torch.from_numpy(tiny_dataset(test=8, classes=0).test.images[:] / 255)
    shares: list[float] = []

    def search(stop_after: int) -> None:
        shares.clear()
        pace = Pace(lambda _what, share: shares.append(share), lambda: len(shares) >= stop_after)
        where, wide = np.zeros((8, 2)), np.ones((8, 2))
        fitted_elbos(model, x, None, standard_prior(), means=where, deviations=wide, pace=pace)

    search(10_000)
    assert shares == sorted(shares)
    assert len(shares) > 30
    assert shares[0] == 0
    assert 0.9 < shares[-1] < 1
    for stop_after in (1, 10, 30):
        with pytest.raises(Stopped):
            search(stop_after)
