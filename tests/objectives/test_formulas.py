"""Losses are the formulas that they show, and the same where two formulas coincide."""

from __future__ import annotations

import pytest
import torch

from tests.objectives.entries import LABELS, batch, built, created, evaluated
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.objectives.cvae import ConditionalVAE
from vae_explorer.objectives.vae import VAE


def test_that_the_vae_is_its_formula() -> None:
    objective = VAE()
    model, images = built(objective), batch()
    terms = evaluated(objective, model, images)
    posterior = model.posterior(images.images, None)
    eps = torch.randn(6, 2, generator=torch.Generator().manual_seed(8))
    z = posterior.mean + (0.5 * posterior.log_var).exp() * eps
    p = model.likelihood(z, None).mean
    cross_entropy = -(images.images * p.log() + (1 - images.images) * (1 - p).log()).sum(dim=(1, 2, 3)).mean()
    variance = posterior.log_var.exp()
    kl = 0.5 * (posterior.mean**2 + variance - posterior.log_var - 1).sum(dim=1).mean()
    torch.testing.assert_close(terms.scalars["reconstruction"], cross_entropy)
    torch.testing.assert_close(terms.scalars["kl"], kl)
    torch.testing.assert_close(terms.loss, cross_entropy + kl)


def test_that_the_class_mean_kl_is_measured_from_the_mean_of_the_image_s_own_class() -> None:
    objective = ConditionalVAE(1.0, "class-mean")
    model, images = built(objective), batch()
    assert model.class_means is not None
    posterior = model.posterior(images.images, None)
    squares = (posterior.mean - model.class_means[LABELS]) ** 2
    kl = 0.5 * (squares + posterior.log_var.exp() - posterior.log_var - 1).sum(dim=1).mean()
    torch.testing.assert_close(evaluated(objective, model, images).scalars["kl"], kl)
    swapped = Batch(images.images, LABELS.flip(0))
    assert abs(evaluated(objective, model, swapped).scalars["kl"] - kl) > 1e-3


def test_that_class_means_of_zero_make_the_vae_with_the_same_loss_and_gradient() -> None:
    vae, cvae = VAE(), ConditionalVAE(1.0, "class-mean")
    plain, with_means = built(vae), built(cvae)
    assert with_means.class_means is not None
    with torch.no_grad():
        with_means.class_means.zero_()
    first, second = evaluated(vae, plain, batch()), evaluated(cvae, with_means, batch())
    assert torch.equal(first.loss, second.loss)
    first.loss.backward()  # type: ignore[no-untyped-call]
    second.loss.backward()  # type: ignore[no-untyped-call]
    others = dict(with_means.named_parameters())
    for name, parameter in plain.named_parameters():
        assert torch.equal(parameter, others[name])
        torch.testing.assert_close(parameter.grad, others[name].grad)


def test_that_each_conditional_objective_builds_its_own_conditioning() -> None:
    found = {name: built(created(OBJECTIVES.get(name))).conditioning for name in ("vae", "iwae", "vib")}
    assert set(found.values()) == {"none"}
    for conditioning in ("class-mean", "label", "image"):
        assert built(created(OBJECTIVES.get(f"cvae-{conditioning}"))).conditioning == conditioning


@pytest.mark.parametrize("name", ["beta-vae", "cvae-class-mean"])
def test_that_a_beta_of_one_is_the_vae_with_the_same_loss_for_the_same_seed(name: str) -> None:
    """Where it has class means, they are frozen at zero."""
    vae, weighed = VAE(), created(OBJECTIVES.get(name), beta=1.0)
    plain, other = built(vae), built(weighed)
    if other.class_means is not None:
        with torch.no_grad():
            other.class_means.zero_()
        other.class_means.requires_grad_(False)
    for seed in range(3):
        assert torch.equal(evaluated(vae, plain, seed=seed).loss, evaluated(weighed, other, seed=seed).loss)


def test_that_warm_up_lets_beta_grow_in_proportion_and_then_stay() -> None:
    objective = created(OBJECTIVES.get("beta-vae"), beta=4.0, warm_up=10.0)
    model = built(objective)
    for epoch, beta in ((0.0, 0.0), (2.5, 1.0), (10.0, 4.0), (30.0, 4.0)):
        terms = evaluated(objective, model, moment=Moment(step=1, epoch=epoch)).scalars
        assert terms["beta"].item() == pytest.approx(beta)
        assert terms["loss"].item() == pytest.approx((terms["reconstruction"] + beta * terms["kl"]).item(), rel=1e-6)


def test_that_free_nats_cost_nothing_and_push_nothing() -> None:
    free = created(OBJECTIVES.get("beta-vae"), beta=2.0, free_bits=20.0)
    model = built(free)
    terms = evaluated(free, model)
    assert terms.scalars["kl"] < 20
    assert terms.loss.item() == pytest.approx(terms.scalars["reconstruction"].item() + 2.0 * 2 * 20, rel=1e-6)
    terms.loss.backward()  # type: ignore[no-untyped-call]
    assert model.encoder is not None
    freely = {name: parameter.grad.clone() for name, parameter in model.encoder.named_parameters()}  # type: ignore[union-attr]
    model.zero_grad()
    without = created(OBJECTIVES.get("beta-vae"), beta=0.0)
    evaluated(without, model).loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.encoder.named_parameters():
        torch.testing.assert_close(freely[name], parameter.grad)


def test_that_nats_beyond_the_free_ones_are_paid_in_full() -> None:
    free = created(OBJECTIVES.get("beta-vae"), beta=3.0, free_bits=0.5)
    model = built(free)
    assert model.encoder is not None
    with torch.no_grad():
        model.encoder.mean.bias.copy_(torch.tensor([3.0, 0.0]))
    terms = evaluated(free, model).scalars
    assert terms["kl_z1"] > 0.5 > terms["kl_z2"]
    paid = terms["reconstruction"] + 3.0 * (terms["kl_z1"] + 0.5)
    assert terms["loss"].item() == pytest.approx(paid.item(), rel=1e-6)


def test_that_the_autoencoder_scores_the_picture_at_the_mean_itself() -> None:
    objective = created(OBJECTIVES.get("autoencoder"))
    model, images = built(objective), batch()
    assert model.encoder is not None
    z = model.encoder(images.images).mean
    expected = -model.likelihood(z).log_prob(images.images).mean()
    torch.testing.assert_close(evaluated(objective, model, images).loss, expected)


def test_that_the_sampled_kl_is_the_log_ratio_at_the_sample_that_is_decoded() -> None:
    objective = created(OBJECTIVES.get("vae-sampled-kl"))
    model, images = built(objective), batch()
    terms = evaluated(objective, model, images).scalars
    posterior = model.posterior(images.images)
    eps = torch.randn(6, 2, generator=torch.Generator().manual_seed(8))
    sigma = (0.5 * posterior.log_var).exp()
    z = posterior.mean + sigma * eps
    log_q = torch.distributions.Normal(posterior.mean, sigma).log_prob(z).sum(dim=1)  # type: ignore[no-untyped-call]
    log_p = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(dim=1)  # type: ignore[no-untyped-call]
    torch.testing.assert_close(terms["kl"], (log_q - log_p).mean())
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + terms["kl"])


def test_that_the_sampled_kl_is_the_exact_one_on_average() -> None:
    objective = created(OBJECTIVES.get("vae-sampled-kl"))
    model, images = built(objective), batch()
    with torch.no_grad():
        drawn = torch.stack([evaluated(objective, model, images, seed=seed).scalars["kl"] for seed in range(400)])
        exact = model.posterior(images.images).kl(model.prior()).sum(dim=1).mean()
    assert abs(drawn.mean() - exact) < 4 * drawn.std() / 20
