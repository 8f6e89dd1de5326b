"""On linear models, where log p(x), the best posterior and its gap are known, objectives and quadrature meet them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.latent.linear_model import (
    SHAPE,
    VALUES,
    LinearGaussian,
    diagonal_gap,
    linear_decoder,
    linear_model,
    log_evidence,
)
from tests.models.networks import random_images
from tests.objectives.entries import created, evaluated
from vae_explorer.latent.joint import Joint, standard_prior
from vae_explorer.latent.measures import Pace
from vae_explorer.latent.quadrature import log_likelihoods
from vae_explorer.models.distributions import DiagonalGaussian
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Objective

PICTURES = random_images(5, seed=3)
CORNERS = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]).double()
NOISE = 0.09
"""Variance of the pixels round a linear decoder, as `linear_model` has it."""


@dataclass(frozen=True, slots=True)
class CornerGaussian(DiagonalGaussian):
    """A normal distribution whose samples for four rows in turn are one deviation off in all four directions.

    They have exactly its mean and covariance, so that over each four of the same picture a loss that is a square of z
    is its own expectation.
    """

    def rsample(self, generator: torch.Generator, samples: int | None = None) -> Tensor:
        """Return the points."""
        del generator
        assert samples is None
        return self.mean + (0.5 * self.log_var).exp() * CORNERS.repeat(len(self.mean) // 4, 1)


class Free(nn.Module):
    """Means and log variances of some pictures, to be learnt one by one."""

    def __init__(self, mean: Tensor, log_var: Tensor, *, corners: bool) -> None:
        super().__init__()
        self.mean, self.log_var = nn.Parameter(mean), nn.Parameter(log_var)
        self.kind = CornerGaussian if corners else DiagonalGaussian

    def forward(self, x: Tensor, condition: Tensor | None = None) -> DiagonalGaussian:
        """Return q of the pictures, each of which stands in as many consecutive rows as there are rows for it."""
        del condition
        times = len(x) // len(self.mean)
        return self.kind(self.mean.repeat_interleave(times, 0), self.log_var.repeat_interleave(times, 0))


class Affine(nn.Module):
    """Means that are affine in the picture, and one variance of each dimension for all pictures."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.mean = nn.Linear(VALUES, 2, dtype=torch.float64)
        nn.init.normal_(self.mean.weight, std=0.1, generator=generator)
        nn.init.zeros_(self.mean.bias)
        self.log_var = nn.Parameter(torch.zeros(2).double())

    def forward(self, x: Tensor, condition: Tensor | None = None) -> CornerGaussian:
        """Return q of the pictures."""
        del condition
        mean = self.mean(x.flatten(1))
        return CornerGaussian(mean, self.log_var.expand_as(mean))


def pictures(times: int) -> Batch:
    """Return each of the pictures so many times in a row."""
    return Batch(torch.from_numpy(PICTURES / 255).repeat_interleave(times, 0), None)


def best_free(*, corners: bool) -> LatentVariableModel:
    """Return a linear model with the best posterior of independent dimensions for each picture."""
    model = linear_model("diagonal")
    q = model.posterior(torch.from_numpy(PICTURES / 255))
    encoder = Free(q.mean.detach().clone(), q.log_var.detach().clone(), corners=corners)
    model.encoder = encoder  # type: ignore[assignment]
    return model


def objective(name: str, **values: object) -> Objective:
    return created(OBJECTIVES.get(name), **values)


def exact(model: LatentVariableModel) -> float:
    return float(-log_evidence(PICTURES, model).mean())


def test_that_quadrature_is_the_log_likelihood_of_a_linear_model() -> None:
    model = linear_model("full")
    joint = Joint(model, torch.from_numpy(PICTURES / 255), standard_prior())
    found = log_likelihoods(joint, None, None, Pace(lambda _what, _share: None, lambda: False))
    off = np.abs(found.log_values - log_evidence(PICTURES, model))
    assert off.max() < 1e-4
    assert np.all(off <= found.errors + 1e-6)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("vae-sampled-kl", {}), *(("iwae", {"samples": k, "gradient": g}) for k in (1, 7) for g in ("plain", "dreg"))],
)
def test_that_with_the_true_posterior_every_sample_gives_the_log_likelihood_itself(
    name: str, settings: dict[str, object]
) -> None:
    model = linear_model("full")
    for seed in range(3):
        loss = evaluated(objective(name, **settings), model, pictures(1), seed=seed).loss.item()
        assert loss == pytest.approx(exact(model), rel=1e-12)


def test_that_the_best_independent_posterior_leaves_the_gap_that_is_known_and_no_other_leaves_less() -> None:
    """1/2 [ sum log Lambda_ii - log det Lambda ], by the VAE's own loss, whose gradient vanishes there."""
    model = best_free(corners=True)
    assert diagonal_gap(model) > 0.1
    vae = objective("vae")
    loss = evaluated(vae, model, pictures(4)).loss
    assert loss.item() - exact(model) == pytest.approx(diagonal_gap(model), abs=1e-9)
    assert model.encoder is not None
    for gradient in torch.autograd.grad(loss, list(model.encoder.parameters())):
        assert gradient.abs().max() < 1e-9
    generator = torch.Generator().manual_seed(0)
    for parameter in model.encoder.parameters():
        with torch.no_grad():
            step = 0.1 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            parameter.add_(step)
            assert evaluated(vae, model, pictures(4)).loss > loss + 1e-4
            parameter.sub_(step)


def test_that_bounds_rise_with_the_number_of_samples_up_to_the_log_likelihood_and_never_above() -> None:
    """ELBO < IWAE_2 < IWAE_3 < IWAE_10 < IWAE_50 <= log p(x), each step by more than four standard errors.

    The posterior is far too wide, so that the steps are large.
    """
    model = best_free(corners=False)
    assert isinstance(model.encoder, Free)
    found = []
    with torch.no_grad():
        model.encoder.log_var.add_(1.2)
        for k in (1, 2, 3, 10, 50):
            iwae = objective("iwae", samples=k)
            losses = [evaluated(iwae, model, pictures(60), seed=1000 * k + seed).loss for seed in range(20)]
            found.append(-torch.stack(losses))
    errors = [float(item.std()) / math.sqrt(len(item)) for item in found]
    means = [float(item.mean()) for item in found]
    for number, (looser, tighter) in enumerate(itertools.pairwise(means)):
        assert tighter - looser > 4 * math.hypot(errors[number], errors[number + 1])
    gap = -exact(model) - np.array(means)
    assert -4 * errors[-1] < gap[-1] < 0.1 * gap[0]


@pytest.mark.parametrize("samples", [1, 5])
def test_that_estimators_for_the_encoder_are_the_plain_one_on_average_with_less_noise(samples: int) -> None:
    """Sticking the landing is for one sample, doubly reparameterised for any number; four standard errors."""
    model = best_free(corners=False)
    assert isinstance(model.encoder, Free)
    parameters = [model.encoder.mean, model.encoder.log_var]
    found = {}
    for number, gradient in enumerate(("plain", "dreg", "stl")):
        iwae = objective("iwae", samples=samples, gradient=gradient)
        draws = []
        for seed in range(120):
            loss = evaluated(iwae, model, pictures(4), seed=1000 * number + seed).loss
            draws.append(torch.cat([item.flatten() for item in torch.autograd.grad(loss, parameters)]))
        found[gradient] = torch.stack(draws)
    plain = found["plain"]
    for gradient in ("dreg", "stl") if samples == 1 else ("dreg",):
        other = found[gradient]
        error = ((plain.var(dim=0) + other.var(dim=0)) / len(plain)).sqrt()
        assert ((plain.mean(dim=0) - other.mean(dim=0)).abs() < 4 * error).all()
        assert other.var(dim=0).sum() < 0.5 * plain.var(dim=0).sum()


def test_that_at_the_true_posterior_only_the_plain_gradient_has_noise() -> None:
    """Sticking the landing (Roeder et al. 2017, section 3): where q is p(z|x), log p(x, z) - log q is flat in z."""
    model = best_free(corners=False)
    assert isinstance(model.encoder, Free)
    with torch.no_grad():  # decoder columns at right angles make the true posterior independent
        weights = model.get_parameter("decoder.body.weights")
        weights.copy_(torch.linalg.qr(weights)[0] * 2)
        model.encoder.log_var.fill_(-math.log(1 + 4 / NOISE))
        x = pictures(1).images.flatten(1)
        model.encoder.mean.copy_((x - 0.5) @ weights / (NOISE + 4))
    largest = {}
    for gradient in ("plain", "stl", "dreg"):
        loss = evaluated(objective("iwae", samples=1, gradient=gradient), model, pictures(1)).loss
        (found,) = torch.autograd.grad(loss, model.encoder.mean)
        largest[gradient] = found.abs().max().item()
    assert largest["stl"] < 1e-10
    assert largest["dreg"] < 1e-10
    assert largest["plain"] > 0.1


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0, 4.0, 10.0])
def test_that_a_linear_beta_vae_keeps_the_nats_that_are_known(beta: float) -> None:
    """KL_i = max(0, 1/2 log(lambda_i / (beta sigma^2))) at the minimum of the objective's own loss, all weights free.

    The pictures are eight points with variances 0.8 and 0.3 along two directions and 0.02 along a third; at beta = 4
    the second dimension is dead, at beta = 10 both are.
    """
    spread = torch.tensor([0.8, 0.3, 0.02]).double()
    directions = torch.linalg.qr(torch.randn(VALUES, 3, generator=torch.Generator().manual_seed(1)).double())[0]
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0]).double()] * 3)
    x = 0.5 + (signs * spread.sqrt()) @ directions.T
    images = Batch(x.view(8, *SHAPE).repeat_interleave(4, 0), None)
    weights = 0.3 * torch.randn(VALUES, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    model = LatentVariableModel(
        ImageSpec(SHAPE, 0),
        Family(),
        encoder=Affine(),  # type: ignore[arg-type]
        decoder=linear_decoder(weights),
        likelihood=LinearGaussian(math.sqrt(NOISE)),
    )
    weighed = objective("beta-vae", beta=beta)
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=2000, tolerance_grad=1e-10, tolerance_change=1e-16, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = evaluated(weighed, model, images).loss
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    terms = evaluated(weighed, model, images).scalars
    kept = torch.stack([terms["kl_z1"], terms["kl_z2"]]).detach().sort(descending=True).values
    expected = (0.5 * (spread[:2] / (beta * NOISE)).log()).clamp(min=0)
    torch.testing.assert_close(kept, expected, atol=1e-6, rtol=0)
