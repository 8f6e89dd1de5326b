"""The distributions over pictures: normalised, alike in both ways of asking, and with the right gradients."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from vae_explorer.models.likelihoods import LIKELIHOODS, Likelihood, build_likelihood
from vae_explorer.models.pixels import ContinuousBernoulli, PixelGaussian, log_normaliser
from vae_explorer.sections import ModelConfig

LOGITS = [-80.0, -20.0, -3.0, -0.5, -0.05, -0.049, -1e-3, 0.0, 1e-6, 0.03, 0.051, 1.0, 7.0, 40.0]
MASK = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0]).double().view(1, 1, 5)


def likelihood(name: str) -> Likelihood:
    return build_likelihood(ModelConfig(likelihood=name, deviation=0.3)).double()


def parameters(of: Likelihood, points: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return 2 * torch.randn(points, of.maps, 6, 5, generator=generator, dtype=torch.float64)


def pictures(count: int = 3) -> Tensor:
    return torch.rand(count, 1, 6, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_that_a_table_holds_what_each_picture_has_at_each_point(name: str, masked: bool) -> None:
    model, x = likelihood(name), pictures()
    found = model(parameters(model), MASK if masked else None)
    table = found.table(x)
    assert table.shape == (3, 4)
    for row, picture in zip(table, x, strict=True):
        torch.testing.assert_close(row, found.log_prob(picture.unsqueeze(0)))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_that_samples_stand_before_the_images_of_a_batch(name: str) -> None:
    model, x = likelihood(name), pictures(4)
    each = parameters(model, 8)
    together = model(each.view(2, 4, *each.shape[1:])).log_prob(x)
    assert together.shape == (2, 4)
    torch.testing.assert_close(together.flatten(), model(each).log_prob(x.repeat(2, 1, 1, 1)))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_that_a_masked_pixel_has_no_effect_and_the_others_all_of_theirs(name: str) -> None:
    model, x = likelihood(name), pictures(4)
    changed = torch.where(MASK.bool(), x, 1 - x)
    given = parameters(model)
    assert torch.equal(model(given, MASK).log_prob(x), model(given, MASK).log_prob(changed))
    assert not torch.equal(model(given).log_prob(x), model(given).log_prob(changed))
    rest = model(given, 1 - MASK).log_prob(x)
    torch.testing.assert_close(model(given, MASK).log_prob(x) + rest, model(given).log_prob(x))


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_that_gradients_are_those_of_finite_differences(name: str) -> None:
    model, x = likelihood(name), pictures(4)
    given = parameters(model).requires_grad_()
    assert torch.autograd.gradcheck(lambda values: model(values).log_prob(x), given)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_that_what_is_observed_is_grey_or_binary_as_the_likelihood_says(name: str) -> None:
    model, x = likelihood(name), pictures()
    seen = model.observe(x, torch.Generator().manual_seed(0))
    if model.kind == "probability":
        assert set(seen.flatten().tolist()) == {0.0, 1.0}
        assert torch.equal(model.observe(x), (x > 0.5).double())
    else:
        assert torch.equal(seen, x)


def test_that_pixels_are_binarised_anew_each_time_with_the_probability_of_their_grey_level() -> None:
    model, x = likelihood("bernoulli-sampled"), pictures(1)
    generator = torch.Generator().manual_seed(3)
    draws = torch.stack([model.observe(x, generator) for _ in range(4000)])
    assert not torch.equal(draws[0], draws[1])
    error = (x * (1 - x) / len(draws)).sqrt()
    assert ((draws.mean(dim=0) - x).abs() < 4.5 * error).all()


@pytest.mark.parametrize("logit", LOGITS)
def test_that_the_continuous_bernoulli_integrates_to_one_and_has_its_mean(logit: float) -> None:
    """Gauss-Legendre on a hundred pieces of the interval."""
    nodes = (torch.arange(100).double().view(-1, 1) + 0.5 + 0.5 * torch.tensor(_GAUSS).double()) / 100
    x = nodes.flatten().view(-1, 1, 1, 1)
    weights = torch.tensor(_WEIGHTS).double().repeat(100) / 200
    found = ContinuousBernoulli(torch.full((1, 1, 1, 1), logit, dtype=torch.float64).expand(len(x), 1, 1, 1))
    density = found.log_prob(x).exp()
    assert (weights * density).sum().item() == pytest.approx(1, abs=1e-9)
    assert (weights * density * x.flatten()).sum().item() == pytest.approx(found.mean[0].item(), abs=1e-9)


@pytest.mark.parametrize("logit", [-0.0501, -0.05, -0.0499, 0.0499, 0.05, 0.0501])
def test_that_the_series_near_one_half_meets_the_formula(logit: float) -> None:
    value = torch.tensor([logit], dtype=torch.float64)
    assert log_normaliser(value).item() == pytest.approx(math.log(math.expm1(logit) / logit), abs=1e-12)
    mean = 1 / (1 - math.exp(-logit)) - 1 / logit
    assert ContinuousBernoulli(value.view(1, 1, 1, 1)).mean.item() == pytest.approx(mean, abs=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_that_the_slope_of_the_continuous_bernoulli_s_normaliser_is_its_mean(dtype: torch.dtype) -> None:
    """And is finite where pixels are certain, and in single precision: no branch that isn't taken spoils it."""
    logits = torch.tensor([*LOGITS, -1e4, 1e4, -300.0, 300.0], dtype=dtype, requires_grad=True)
    (slope,) = torch.autograd.grad(log_normaliser(logits).sum(), logits)
    assert slope.isfinite().all()
    mean = ContinuousBernoulli(logits.detach().double().view(-1, 1, 1, 1)).mean.flatten()
    torch.testing.assert_close(slope.double(), mean, atol=1e-5 if dtype == torch.float32 else 1e-7, rtol=0)


def test_that_a_black_pixel_s_density_has_no_ceiling() -> None:
    """It grows as the logarithm of the logit, so the losses of black pictures fall for as long as one trains."""
    black = torch.zeros(3, 1, 1, 1, dtype=torch.float64)
    found = ContinuousBernoulli(torch.tensor([-10.0, -100.0, -1000.0]).double().view(3, 1, 1, 1)).log_prob(black)
    torch.testing.assert_close(found, torch.tensor([10.0, 100.0, 1000.0]).double().log(), atol=1e-4, rtol=0)


def test_that_the_gaussian_is_that_of_torch() -> None:
    mean, x = torch.sigmoid(parameters(likelihood("gaussian"))), pictures(4)
    found = PixelGaussian(mean, torch.tensor([2 * math.log(0.3)], dtype=torch.float64)).log_prob(x)
    expected = torch.distributions.Normal(mean, 0.3).log_prob(x).sum(dim=(1, 2, 3))  # type: ignore[no-untyped-call]
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", ["gaussian-shared", "gaussian-pixel"])
def test_that_a_learned_deviation_is_never_narrower_than_a_grey_level(name: str) -> None:
    """A picture that is met exactly would else have a density without bound."""
    model = likelihood(name)
    extreme = torch.full((1, model.maps, 2, 2), -1e3, dtype=torch.float64)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(-1e3)
    best = model(extreme).log_prob(torch.zeros(1, 1, 2, 2).double()).item()
    assert best == pytest.approx(4 * math.log(255 / math.sqrt(2 * math.pi)), rel=1e-6)


def test_that_each_deviation_starts_where_the_shared_one_does() -> None:
    from vae_explorer.models.likelihoods import PixelwiseGaussian, SharedGaussian

    start = torch.tensor([[[[0.0]], [[PixelwiseGaussian.first_bias()]]]])
    own = PixelwiseGaussian()(start).log_var.item()
    assert own == pytest.approx(SharedGaussian().log_var.item(), rel=1e-5)
    assert own == pytest.approx(2 * math.log(0.2), rel=1e-5)


_GAUSS = [-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831, 0.9061798459386640]
_WEIGHTS = [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891]
