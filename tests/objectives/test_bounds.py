"""Bounds of several samples, and what is known exactly of bottlenecks and completions."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from tests.objectives.entries import batch, built, created, evaluated
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Objective


def iwae(samples: int, gradient: str = "plain") -> Objective:
    return created(OBJECTIVES.get("iwae"), samples=samples, gradient=gradient)


def double(objective: Objective) -> tuple[LatentVariableModel, Batch]:
    images = batch(3)
    return built(objective).double(), Batch(images.images.double(), images.labels)


def encoder_gradient(objective: Objective, model: LatentVariableModel, images: Batch, seed: int) -> Tensor:
    assert model.encoder is not None
    loss = evaluated(objective, model, images, seed=seed).loss
    heads = [*model.encoder.mean.parameters()]
    return torch.cat([item.flatten() for item in torch.autograd.grad(loss, heads)])


def gradients(objective: Objective, model: LatentVariableModel, images: Batch, seeds: range) -> Tensor:
    return torch.stack([encoder_gradient(objective, model, images, seed) for seed in seeds])


def test_that_one_sample_gives_the_one_sample_elbo_exactly() -> None:
    sampled = created(OBJECTIVES.get("vae-sampled-kl"))
    model, images = double(sampled)
    for seed in range(5):
        one, elbo = evaluated(iwae(1), model, images, seed=seed), evaluated(sampled, model, images, seed=seed)
        assert abs(one.loss - elbo.loss) <= 4 * torch.finfo(torch.float64).eps * elbo.loss


def test_that_more_samples_never_loosen_the_bound_in_expectation() -> None:
    """ELBO <= IWAE_2 <= IWAE_8 <= IWAE_64, by differences of means beyond four standard errors."""
    model, images = double(iwae(1))
    with torch.no_grad():
        found = [
            torch.stack([evaluated(iwae(k), model, images, seed=1000 * k + seed).loss for seed in range(60)])
            for k in (1, 2, 8, 64)
        ]
    for looser, tighter in itertools.pairwise(found):
        error = math.hypot(looser.std() / math.sqrt(60), tighter.std() / math.sqrt(60))
        assert tighter.mean() < looser.mean() + 4 * error
    assert found[-1].mean() < found[0].mean()
    assert found[-1].std() < found[0].std()


@pytest.mark.parametrize(("samples", "gradient"), [(1, "stl"), (1, "dreg"), (5, "dreg")])
def test_that_each_estimator_of_the_gradient_is_the_plain_one_on_average(samples: int, gradient: str) -> None:
    model, images = double(iwae(1))
    plain = gradients(iwae(samples), model, images, range(100))
    other = gradients(iwae(samples, gradient), model, images, range(5000, 5100))
    error = (plain.var(dim=0) / 100 + other.var(dim=0) / 100).sqrt()
    assert ((plain.mean(dim=0) - other.mean(dim=0)).abs() < 4 * error).all()
    assert not torch.allclose(plain[0], gradients(iwae(samples, gradient), model, images, range(1))[0])


def test_that_doubly_reparameterised_gradients_weigh_each_sample_by_the_square_of_its_share() -> None:
    """Tucker et al. 2019, equation 8, written out: sum_i w_i^2 d log w_i / dz_i dz_i / d phi."""
    model, images = double(iwae(1))
    assert model.encoder is not None
    found = encoder_gradient(iwae(4, "dreg"), model, images, 3)
    posterior = model.posterior(images.images)
    z = posterior.rsample(torch.Generator().manual_seed(3), 4)
    q = posterior.detached()
    log_weights = model.likelihood(z).log_prob(images.images) + model.prior().log_prob(z) - q.log_prob(z)
    shares = log_weights.softmax(dim=0).detach()
    (slopes,) = torch.autograd.grad(log_weights.sum(), z, retain_graph=True)
    pushed = -(shares.square().unsqueeze(-1) * slopes / len(images.images))
    expected = torch.autograd.grad(z, [*model.encoder.mean.parameters()], grad_outputs=pushed)
    torch.testing.assert_close(found, torch.cat([item.flatten() for item in expected]))


def test_that_the_decoder_learns_the_same_from_every_estimator() -> None:
    model, images = double(iwae(1))
    assert model.decoder is not None
    found = []
    for gradient in ("plain", "stl", "dreg"):
        loss = evaluated(iwae(5, gradient), model, images).loss
        found.append(torch.autograd.grad(loss, model.decoder.bias)[0])
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(found[0], found[2])


def test_that_the_bound_from_the_prior_lies_below_the_exact_value() -> None:
    """The exact value by a grid over the plane; the mean of many bounds is below it, and closer with more points."""
    few, many = (created(OBJECTIVES.get("prior-sampling"), samples=k) for k in (2, 200))
    model, images = double(few)
    assert model.decoder is not None
    with torch.no_grad():
        for parameter in model.decoder.body.parameters():
            parameter.mul_(4)
        line = torch.arange(-6, 6.01, 0.1).double()
        nodes = torch.cartesian_prod(line, line)
        table = model.likelihood(nodes).table(images.images) + model.prior().log_prob(nodes)
        exact = -(table.logsumexp(dim=1) + 2 * math.log(0.1)).mean()
        short = torch.stack([evaluated(few, model, images, seed=seed).loss for seed in range(60)])
        long = torch.stack([evaluated(many, model, images, seed=seed).loss for seed in range(60)])
    assert short.mean() - 4 * short.std() / math.sqrt(60) > exact
    assert exact - 4 * long.std() / math.sqrt(60) < long.mean() < short.mean()


@pytest.mark.parametrize("scale", [0.0, 1.0, 5.0])
def test_that_cross_entropy_and_kl_together_are_never_less_than_the_entropy_of_the_classes(scale: float) -> None:
    """On balanced classes, for any encoder and any classifier: the information that z has must be paid for."""
    bottleneck = created(OBJECTIVES.get("vib"), kl_weight=1.0)
    model, images = built(bottleneck).double(), batch()
    assert model.encoder is not None
    with torch.no_grad():
        model.encoder.mean.weight.mul_(scale)
        given = Batch(images.images.double(), images.labels)
        losses = torch.stack([evaluated(bottleneck, model, given, seed=seed).loss for seed in range(100)])
    assert losses.mean() + 4 * losses.std() / math.sqrt(100) > math.log(3)


def test_that_a_bottleneck_that_has_learnt_the_classes_has_paid_their_entropy() -> None:
    """Cross-entropy alone falls far below H(Y) = log 3, so that the bound holds by the KL and by all of it."""
    cheap, dear = (created(OBJECTIVES.get("vib"), kl_weight=weight) for weight in (1e-3, 1.0))
    model, images = built(cheap).double(), batch()
    given = Batch(images.images.double(), images.labels)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for seed in range(150):
        optimizer.zero_grad()
        evaluated(cheap, model, given, seed=seed).loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        found = [evaluated(dear, model, given, seed=seed) for seed in range(200)]
    losses = torch.stack([item.loss for item in found])
    cross_entropy = torch.stack([item.scalars["cross_entropy"] for item in found])
    assert cross_entropy.mean() < 0.3 * math.log(3)
    assert losses.mean() > math.log(3) + 4 * losses.std() / math.sqrt(200)


def test_that_a_bottleneck_without_price_and_noise_is_the_classifier() -> None:
    free = created(OBJECTIVES.get("vib"), kl_weight=0.0)
    model, images = built(free).double(), batch()
    assert model.encoder is not None
    assert model.encoder.log_var is not None
    with torch.no_grad():
        model.encoder.log_var.weight.zero_()
        model.encoder.log_var.bias.fill_(-200.0)
    x = images.images.double()
    logits = model.class_logits(model.posterior(x).mean)
    assert images.labels is not None
    expected = torch.nn.functional.cross_entropy(logits, images.labels)
    torch.testing.assert_close(evaluated(free, model, Batch(x, images.labels)).loss, expected)


def test_that_the_band_is_never_scored_and_the_decoder_sees_nothing_else() -> None:
    model, images = built(created(OBJECTIVES.get("cvae-image"))), batch().images
    z = torch.ones(6, 2)
    inside = torch.zeros(8, dtype=torch.bool)
    inside[2:5] = True
    other = torch.where(inside, images, 1 - images)
    assert torch.equal(model.likelihood(z, None, images).mean, model.likelihood(z, None, other).mean)
    assert torch.equal(model.regression(images).mean, model.regression(other).mean)
    told = torch.where(inside, 1 - images, images)
    assert not torch.equal(model.likelihood(z, None, images).mean, model.likelihood(z, None, told).mean)
    found = model.likelihood(z, None, images)
    assert torch.equal(found.log_prob(images), found.log_prob(told))
    assert not torch.equal(found.log_prob(images), found.log_prob(other))


def test_that_regressor_and_cvae_share_no_gradient() -> None:
    objective = created(OBJECTIVES.get("cvae-image"))
    model = built(objective)
    terms = evaluated(objective, model)
    assert model.regressor is not None
    own = list(model.regressor.parameters())
    others = [item for name, item in model.named_parameters() if not name.startswith("regressor.")]
    regression, elbo = terms.scalars["regression"], terms.scalars["loss"]
    unused = torch.autograd.grad(elbo, own, retain_graph=True, allow_unused=True)
    assert all(item is None for item in unused)
    unused = torch.autograd.grad(regression, others, retain_graph=True, allow_unused=True)
    assert all(item is None for item in unused)
