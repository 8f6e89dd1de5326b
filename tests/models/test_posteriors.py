"""Posteriors of any covariance: closed forms against torch's and against sampling, and many samples at a time."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from tests.models.networks import random_images
from vae_explorer.models.build import build_model
from vae_explorer.models.distributions import DiagonalGaussian, FullGaussian, PointMass, Posterior
from vae_explorer.models.family import Family, ImageSpec
from vae_explorer.models.layers import MOST_LOG_VAR
from vae_explorer.sections import ModelConfig

PRIORS = [
    DiagonalGaussian(torch.zeros(1, 2).double(), torch.zeros(1, 2).double()),
    DiagonalGaussian(torch.tensor([[0.7, -0.4]]).double(), torch.tensor([[0.3, -0.8]]).double()),
]


def tilted() -> FullGaussian:
    mean = torch.tensor([[0.5, -1.0], [0.0, 2.0]]).double()
    log_scale = torch.tensor([[-0.4, 0.2], [0.3, -2.0]]).double()
    return FullGaussian(mean, log_scale, torch.tensor([0.9, -0.6]).double())


def straight() -> DiagonalGaussian:
    return DiagonalGaussian(
        torch.tensor([[0.5, -1.0], [0.0, 2.0]]).double(), torch.tensor([[-1, 0.4], [0, -3]]).double()
    )


def of_torch(q: FullGaussian | DiagonalGaussian) -> MultivariateNormal:
    if isinstance(q, DiagonalGaussian):
        scale = torch.diag_embed((0.5 * q.log_var).exp())
    else:
        scale = torch.diag_embed(q.log_scale.exp())
        scale[:, 1, 0] = q.lower
    return MultivariateNormal(q.mean, scale_tril=scale)


@pytest.mark.parametrize("p", PRIORS)
@pytest.mark.parametrize("q", [tilted(), straight()], ids=["full", "diagonal"])
def test_that_the_kl_is_that_of_torch(q: FullGaussian | DiagonalGaussian, p: DiagonalGaussian) -> None:
    expected = kl_divergence(of_torch(q), of_torch(DiagonalGaussian(p.mean.expand(2, 2), p.log_var.expand(2, 2))))
    torch.testing.assert_close(q.kl(p).sum(dim=-1), expected)
    assert (q.kl(p) >= 0).all()


@pytest.mark.parametrize("p", PRIORS)
@pytest.mark.parametrize("q", [tilted(), straight()], ids=["full", "diagonal"])
def test_that_the_kl_lies_within_four_standard_errors_of_sampling(q: Posterior, p: DiagonalGaussian) -> None:
    z = q.rsample(torch.Generator().manual_seed(0), 50_000)
    log_ratios = q.log_prob(z) - p.log_prob(z)
    error = log_ratios.std(dim=0) / math.sqrt(len(z))
    assert ((log_ratios.mean(dim=0) - q.kl(p).sum(dim=-1)).abs() < 4 * error).all()


def test_that_the_kl_of_tilted_posteriors_is_never_negative() -> None:
    generator = torch.Generator().manual_seed(3)
    mean, log_scale = torch.randn(2, 5000, 2, generator=generator, dtype=torch.float64)
    q = FullGaussian(mean, log_scale, 2 * torch.randn(5000, generator=generator, dtype=torch.float64))
    assert (q.kl(PRIORS[0]).sum(dim=-1) > 0).all()


@pytest.mark.parametrize("q", [tilted(), straight()], ids=["full", "diagonal"])
def test_that_the_density_of_many_samples_is_that_of_torch(q: FullGaussian | DiagonalGaussian) -> None:
    z = q.rsample(torch.Generator().manual_seed(0), 7)
    assert z.shape == (7, 2, 2)
    torch.testing.assert_close(q.log_prob(z), of_torch(q).log_prob(z))  # type: ignore[no-untyped-call]


def test_that_the_first_kl_is_that_of_the_first_dimension_by_itself() -> None:
    q, p = tilted(), PRIORS[1]
    alone = DiagonalGaussian(q.mean, q.log_var).kl(p)
    torch.testing.assert_close(q.kl(p)[:, 0], alone[:, 0])


def test_that_log_variances_and_correlation_are_those_of_the_covariance() -> None:
    q = tilted()
    covariance = of_torch(q).covariance_matrix
    torch.testing.assert_close(q.log_var.exp(), torch.diagonal(covariance, dim1=1, dim2=2))
    expected = covariance[:, 0, 1] / (covariance[:, 0, 0] * covariance[:, 1, 1]).sqrt()
    torch.testing.assert_close(q.correlation, expected)
    assert not straight().correlation.any()


def test_that_a_full_covariance_that_is_not_tilted_is_the_diagonal_one() -> None:
    q = straight()
    full = FullGaussian(q.mean, 0.5 * q.log_var, torch.zeros(2).double())
    z = q.rsample(torch.Generator().manual_seed(0), 3)
    torch.testing.assert_close(z, full.rsample(torch.Generator().manual_seed(0), 3))
    torch.testing.assert_close(full.log_var, q.log_var)
    torch.testing.assert_close(full.kl(PRIORS[1]), q.kl(PRIORS[1]))
    torch.testing.assert_close(full.log_prob(z), q.log_prob(z))


@pytest.mark.parametrize("q", [tilted(), straight()], ids=["full", "diagonal"])
def test_that_one_sample_of_many_is_the_one_sample_from_the_same_noise(q: Posterior) -> None:
    one = q.rsample(torch.Generator().manual_seed(4))
    many = q.rsample(torch.Generator().manual_seed(4), 1)
    assert torch.equal(one, many[0])


@pytest.mark.parametrize("kind", ["full", "diagonal"])
def test_that_no_gradient_reaches_a_detached_posterior(kind: str) -> None:
    mean = torch.zeros(3, 2, requires_grad=True)
    scale = torch.zeros(3, 2, requires_grad=True)
    lower = torch.ones(3, requires_grad=True)
    q = FullGaussian(mean, scale, lower) if kind == "full" else DiagonalGaussian(mean, scale)
    z = torch.ones(3, 2)
    assert q.log_prob(z).requires_grad
    assert not q.detached().log_prob(z).requires_grad
    assert torch.equal(q.log_prob(z), q.detached().log_prob(z))


def test_that_a_point_is_its_own_sample_and_has_no_density() -> None:
    q = PointMass(torch.tensor([[0.5, -1.0]]))
    assert q.rsample(torch.Generator(), 4).tolist() == [[[0.5, -1.0]]] * 4
    assert (q.log_var == -math.inf).all()
    with pytest.raises(TypeError, match="no density"):
        q.log_prob(q.mean)
    with pytest.raises(TypeError, match="no KL"):
        q.kl(PRIORS[0])


@pytest.mark.parametrize("posterior", ["diagonal", "full"])
def test_that_a_picture_unlike_all_others_is_bounded_and_brought_back(posterior: str) -> None:
    config = ModelConfig(hidden=(12,), posterior=posterior)
    generator = torch.Generator().manual_seed(0)
    encoder = build_model(ImageSpec((1, 8, 8), 0), config, family=Family(), generator=generator).encoder
    assert encoder is not None
    assert encoder.log_var is not None
    pictures = torch.from_numpy(random_images(3)).float() / 255
    usual = encoder(pictures)
    features = encoder.body(pictures, None)
    assert torch.equal(usual.log_var[:, 0], encoder.log_var(features)[:, 0])
    with torch.no_grad():
        encoder.log_var.bias.add_(30.0)
    q = encoder(pictures)
    torch.testing.assert_close(q.log_var[:, 0], torch.full((3,), MOST_LOG_VAR))
    prior = DiagonalGaussian(torch.zeros(1, 2), torch.zeros(1, 2))
    kl = q.kl(prior).sum()
    assert kl < 3 * 2 * math.exp(MOST_LOG_VAR)
    kl.backward()
    assert encoder.log_var.bias.grad is not None
    assert (encoder.log_var.bias.grad > 1).all()
