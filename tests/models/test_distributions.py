"""The distributions agree with closed forms, with sampling, and with other implementations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from vae_explorer.models.distributions import DiagonalGaussian
from vae_explorer.models.pixels import Bernoulli


def gaussian(mean: list[float], variance: list[float]) -> DiagonalGaussian:
    return DiagonalGaussian(
        torch.tensor([mean], dtype=torch.float64), torch.tensor([variance], dtype=torch.float64).log()
    )


STANDARD = gaussian([0, 0], [1, 1])
PAIRS = [
    (gaussian([0.5, -1.0], [0.3, 2.0]), STANDARD),
    (gaussian([0.5, -1.0], [0.3, 2.0]), gaussian([-0.2, 0.4], [1.7, 0.6])),
    (gaussian([3.0, 0.0], [0.001, 1.0]), gaussian([2.5, -1.0], [1.0, 1.0])),
]


@pytest.mark.parametrize(("q", "p"), PAIRS)
def test_that_the_kl_of_each_dimension_is_that_of_torch(q: DiagonalGaussian, p: DiagonalGaussian) -> None:
    def normal(item: DiagonalGaussian) -> torch.distributions.Normal:
        return torch.distributions.Normal(item.mean, (0.5 * item.log_var).exp())

    torch.testing.assert_close(q.kl(p), torch.distributions.kl_divergence(normal(q), normal(p)))


def test_that_the_kl_to_the_standard_normal_is_the_usual_formula() -> None:
    mu, var = torch.tensor([0.5, -1.0]).double(), torch.tensor([0.3, 2.0]).double()
    expected = 0.5 * (mu**2 + var - var.log() - 1)
    torch.testing.assert_close(PAIRS[0][0].kl(STANDARD)[0], expected)


def test_that_the_kl_by_hand_is_met() -> None:
    # KL(N(1, 4) || N(0, 1)) = 1/2 (1 + 4 - log 4 - 1)
    kl = gaussian([1.0, 0.0], [4.0, 1.0]).kl(STANDARD)
    assert kl[0, 0].item() == pytest.approx(0.5 * (4 - math.log(4)))
    assert kl[0, 1].item() == 0


@pytest.mark.parametrize(("q", "p"), PAIRS)
def test_that_the_kl_lies_within_four_standard_errors_of_sampling(q: DiagonalGaussian, p: DiagonalGaussian) -> None:
    many = DiagonalGaussian(q.mean.expand(100_000, 2), q.log_var.expand(100_000, 2))
    z = many.rsample(torch.Generator().manual_seed(0))
    log_ratios = q.log_prob(z) - p.log_prob(z)
    error = log_ratios.std() / math.sqrt(len(z))
    assert abs(log_ratios.mean() - q.kl(p).sum()) < 4 * error


def test_that_the_kl_is_never_negative_and_zero_only_between_equals() -> None:
    generator = torch.Generator().manual_seed(3)
    mean, log_var = torch.randn(2, 5000, 2, generator=generator)
    q = DiagonalGaussian(mean, 3 * log_var)
    assert (q.kl(DiagonalGaussian(torch.zeros(1, 2), torch.zeros(1, 2))) > 0).all()
    assert (q.kl(q) == 0).all()


def test_that_the_kl_keeps_its_digits_where_two_are_nearly_equal() -> None:
    tiny = 1e-4
    q = DiagonalGaussian(torch.zeros(1, 2), torch.full((1, 2), tiny))
    # 1/2 (exp(t) - 1 - t) = t^2 / 4 + O(t^3); computed naively in single precision this is rounding noise.
    assert q.kl(DiagonalGaussian(torch.zeros(1, 2), torch.zeros(1, 2)))[0, 0].item() == pytest.approx(
        tiny**2 / 4, rel=0.5
    )


def test_that_the_kl_is_asymmetric() -> None:
    q, p = PAIRS[1]
    assert abs(q.kl(p).sum() - p.kl(q).sum()) > 0.1


def test_that_double_precision_stays_double() -> None:
    q, p = PAIRS[1]
    z = q.rsample(torch.Generator().manual_seed(0))
    assert {item.dtype for item in (z, q.kl(p), q.log_prob(z))} == {torch.float64}


def test_that_the_log_density_is_that_of_a_normal_summed_over_dimensions() -> None:
    q = PAIRS[1][0]
    z = torch.tensor([[0.0, 0.0], [1.5, -2.0], [9.0, 9.0]], dtype=torch.float64)
    squares = (z - q.mean) ** 2 / (2 * q.log_var.exp())
    expected = (-squares - 0.5 * torch.log(2 * math.pi * q.log_var.exp())).sum(dim=1)
    torch.testing.assert_close(q.log_prob(z), expected)


def test_that_samples_have_the_mean_and_the_variance() -> None:
    count = 50_000
    q = DiagonalGaussian(torch.tensor([[1.0, -2.0]]).expand(count, 2), torch.tensor([[0.0, 1.0]]).expand(count, 2))
    z = q.rsample(torch.Generator().manual_seed(0))
    sigma = torch.tensor([1.0, math.exp(0.5)])
    assert (abs(z.mean(0) - torch.tensor([1.0, -2.0])) < 4 * sigma / math.sqrt(count)).all()
    assert (abs(z.var(0) / sigma**2 - 1) < 4 * math.sqrt(2 / count)).all()


def test_that_noise_comes_from_the_given_generator_alone() -> None:
    before = torch.get_rng_state()
    first = STANDARD.rsample(torch.Generator().manual_seed(5))
    torch.manual_seed(99)
    second = STANDARD.rsample(torch.Generator().manual_seed(5))
    torch.set_rng_state(before)
    assert torch.equal(first, second)
    assert not torch.equal(first, STANDARD.rsample(torch.Generator().manual_seed(6)))


def test_that_the_reparameterised_gradient_of_a_squared_norm_agrees_with_the_score_function() -> None:
    """E||z||^2 = sum(mu^2 + sigma^2), so its gradients are 2 mu and sigma^2 (for the log variance)."""
    count = 200_000
    mean = torch.tensor([0.7, -0.4], dtype=torch.float64, requires_grad=True)
    log_var = torch.tensor([-0.5, 0.3], dtype=torch.float64, requires_grad=True)
    q = DiagonalGaussian(mean.expand(count, 2), log_var.expand(count, 2))
    z = q.rsample(torch.Generator().manual_seed(0))
    pathwise = torch.autograd.grad(z.square().sum(1).mean(), (mean, log_var), retain_graph=True)
    exact = (2 * mean.detach(), log_var.detach().exp())
    fixed = z.detach()
    # The score of each sample: d log q / d mu = (z - mu) / sigma^2, d log q / d log sigma^2 = ((z-mu)^2/sigma^2 - 1)/2.
    centred = fixed - mean.detach()
    scores = (centred / exact[1], 0.5 * (centred.square() / exact[1] - 1))
    surrogate = (q.log_prob(fixed) * fixed.square().sum(1)).mean()
    by_autograd = torch.autograd.grad(surrogate, (mean, log_var))
    for path, score, automatic, truth in zip(pathwise, scores, by_autograd, exact, strict=True):
        estimates: Tensor = score * fixed.square().sum(1, keepdim=True)
        error = estimates.std(0) / math.sqrt(count)
        torch.testing.assert_close(automatic, estimates.mean(0))
        assert (abs(estimates.mean(0) - truth) < 4 * error).all()
        assert (abs(path - estimates.mean(0)) < 5 * error).all()
        torch.testing.assert_close(path, truth, atol=0.02, rtol=0)


def test_that_the_bernoulli_log_probability_is_the_cross_entropy_with_its_sign() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(4, 1, 5, 6, generator=generator, dtype=torch.float64)
    x = torch.rand(4, 1, 5, 6, generator=generator, dtype=torch.float64)
    p = torch.sigmoid(logits)
    expected = (x * p.log() + (1 - x) * (1 - p).log()).sum(dim=(1, 2, 3))
    torch.testing.assert_close(Bernoulli(logits).log_prob(x), expected)


def test_that_bernoulli_probabilities_of_all_black_and_white_pictures_add_up_to_one() -> None:
    logits = torch.tensor([0.3, -1.0, 2.0], dtype=torch.float64).view(1, 1, 1, 3).expand(8, 1, 1, 3)
    pictures = torch.tensor([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)]).double().view(8, 1, 1, 3)
    assert Bernoulli(logits).log_prob(pictures).exp().sum().item() == pytest.approx(1)


@pytest.mark.parametrize("logit", [-200.0, 200.0])
def test_that_certain_pixels_keep_finite_log_probabilities(logit: float) -> None:
    distribution = Bernoulli(torch.full((1, 1, 1, 1), logit))
    assert distribution.log_prob(torch.full((1, 1, 1, 1), float(logit > 0))).item() == pytest.approx(0, abs=1e-6)
    assert distribution.log_prob(torch.full((1, 1, 1, 1), float(logit < 0))).item() == pytest.approx(-200)


def test_that_the_mean_picture_is_the_sigmoid_of_the_logits() -> None:
    assert Bernoulli(torch.tensor([[[[0.0, math.log(3)]]]])).mean.flatten().tolist() == pytest.approx([0.5, 0.75])
