"""The adversarial game: its optimum, its two generator losses, and what keeps the discriminator in bounds."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from tests.models.networks import NETWORKS, random_images
from vae_explorer.models.adversarial import AdversarialModel
from vae_explorer.models.family import ImageSpec
from vae_explorer.objectives.adversarial import (
    adversarial,
    discriminator_loss,
    generator_loss,
    r1_penalty,
    train_generator,
)
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.objectives.gan import GAN, GANConfig

P = torch.tensor([5, 3, 1, 1])
Q = torch.tensor([1, 2, 3, 4])
SPEC = ImageSpec((1, 8, 8), 3)


def game(network: str = "mlp", **settings: object) -> tuple[GAN, AdversarialModel]:
    objective = GAN(GANConfig(**settings))  # type: ignore[arg-type]
    return objective, adversarial(objective.build_model(SPEC, NETWORKS[network], torch.Generator().manual_seed(4)))


def batch(count: int = 6) -> Batch:
    return Batch(torch.from_numpy(random_images(count)).float() / 255, None)


def optimizers(model: AdversarialModel, rate: float = 1e-3) -> dict[str, torch.optim.Optimizer]:
    return {name: torch.optim.Adam(groups, lr=rate) for name, groups in model.parameter_sets().items()}


def step(objective: GAN, model: AdversarialModel, moving: dict[str, torch.optim.Optimizer], seed: int = 8) -> None:
    generator = torch.Generator().manual_seed(seed)
    objective.training_step(model, batch(), moving, moment=Moment(), generator=generator)


def trained_table(p: Tensor, q: Tensor) -> tuple[Tensor, float]:
    """Train the logit of each place to the optimum for counts p of the data and q of the generator."""
    real, fake = (torch.repeat_interleave(torch.arange(len(counts)), counts) for counts in (p, q))
    table = torch.zeros(len(p), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [table], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = discriminator_loss(table[real], table[fake])
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    best = table.detach()
    return best, float(discriminator_loss(best[real], best[fake]))


def jensen_shannon(p: Tensor, q: Tensor) -> float:
    p, q = p.double() / p.sum(), q.double() / q.sum()
    middle = (p + q) / 2
    return float(sum(0.5 * torch.special.xlogy(side, side / middle).sum() for side in (p, q)))


def test_that_the_best_discriminator_is_p_over_p_plus_q_and_its_value_the_jensen_shannon_divergence() -> None:
    table, loss = trained_table(P, Q)
    torch.testing.assert_close(torch.sigmoid(table), P.double() / (P + Q), atol=1e-6, rtol=0)
    assert -loss == pytest.approx(-2 * math.log(2) + 2 * jensen_shannon(P, Q), abs=1e-9)


def test_that_no_discriminator_does_better_than_minus_log_4_on_equal_distributions() -> None:
    table, loss = trained_table(Q, Q)
    torch.testing.assert_close(torch.sigmoid(table), torch.full((4,), 0.5, dtype=torch.float64))
    assert -loss == pytest.approx(-math.log(4), abs=1e-12)


def generator_slope(theta: Tensor, kind: str) -> Tensor:
    """Return the slope of a generator on two places, q = softmax(theta), against the best discriminator for p."""
    p = torch.tensor([0.8, 0.2], dtype=torch.float64)
    theta = theta.double().requires_grad_()
    q = torch.softmax(theta, dim=0)
    logits = (p.log() - q.log()).detach()
    loss = sum(q[place] * generator_loss(logits[place : place + 1], kind) for place in range(2))
    (slope,) = torch.autograd.grad(torch.as_tensor(loss), theta)
    return slope


def test_that_both_generator_losses_rest_where_the_generator_is_right_and_nowhere_else() -> None:
    right, wrong = torch.tensor([math.log(4), 0.0]), torch.tensor([-2.0, 0.0])
    for kind in ("saturating", "non-saturating"):
        assert generator_slope(right, kind).abs().max() < 1e-7
        assert generator_slope(wrong, kind)[0] < -1e-3, "the first place gets more"
    difference = generator_slope(wrong, "saturating") - generator_slope(wrong, "non-saturating")
    assert difference.abs().max() > 0.01


def test_that_the_saturating_gradient_fades_where_the_discriminator_is_sure_and_the_other_does_not() -> None:
    slopes = {}
    for kind in ("saturating", "non-saturating"):
        logit = torch.tensor([-10.0], requires_grad=True)
        generator_loss(logit, kind).backward()  # type: ignore[no-untyped-call]
        assert logit.grad is not None
        slopes[kind] = -logit.grad.item()
    assert slopes["saturating"] == pytest.approx(1 / (1 + math.exp(10)), rel=1e-4)
    assert slopes["non-saturating"] == pytest.approx(1 / (1 + math.exp(-10)), rel=1e-4)


class Tilted(nn.Module):
    """A discriminator whose logit has one slope everywhere."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, x: Tensor) -> Tensor:
        return self.slope * x.flatten(1).sum(dim=1) + 1.5


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_that_r1_is_the_squared_slope_and_nothing_for_a_constant_discriminator(slope: float) -> None:
    _, model = game()
    model.discriminator = Tilted(slope)  # type: ignore[assignment]
    penalty, logits = r1_penalty(model, batch().images, weight=3.0)
    assert penalty.item() == pytest.approx(3.0 / 2 * 64 * slope**2)
    torch.testing.assert_close(logits, model.discriminator(batch().images))


def test_that_r1_pulls_the_discriminators_weights() -> None:
    _, model = game()
    penalty, _ = r1_penalty(model, batch().images, weight=1.0)
    penalty.backward()  # type: ignore[no-untyped-call]
    gradient = model.discriminator.logit.weight.grad
    assert gradient is not None
    assert gradient.abs().max() > 0


@pytest.mark.parametrize("network", NETWORKS)
def test_that_spectral_norm_bounds_the_largest_singular_value_of_every_layer(network: str) -> None:
    objective, model = game(network, spectral_norm=True, r1=0.0)
    moving = optimizers(model, 0.05)
    for seed in range(30):
        step(objective, model, moving, seed)
    layers = [layer for layer in model.discriminator.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    assert len(layers) >= 3
    for _ in range(30):
        model.discriminator(batch().images)
    for layer in layers:
        assert largest_singular_value(layer) == pytest.approx(1, abs=0.02)
    free = game(network, r1=0.0)
    moving = optimizers(free[1], 0.05)
    for seed in range(30):
        step(*free, moving, seed)
    layers = [layer for layer in free[1].discriminator.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    assert max(map(largest_singular_value, layers)) > 1.2, "without it, the same training leaves the bound"


def largest_singular_value(layer: nn.Linear | nn.Conv2d) -> float:
    return float(torch.linalg.svdvals(layer.weight.detach().flatten(1))[0])


def test_that_each_network_moves_by_its_own_loss_alone() -> None:
    objective, model = game()
    before = {name: values.clone() for name, values in model.state_dict().items()}
    train_generator(model, "non-saturating", 6, optimizers(model), torch.Generator().manual_seed(0))
    moved = {name for name, values in model.state_dict().items() if not torch.equal(values, before[name])}
    assert moved
    assert all(name.startswith("decoder.") for name in moved)
    assert all(parameter.requires_grad for parameter in model.parameters())
    step(objective, model, optimizers(model))
    assert not torch.equal(model.discriminator.logit.weight, before["discriminator.logit.weight"])


def test_that_a_discriminator_learns_to_tell_a_generator_that_stands_still() -> None:
    objective, model = game(r1=0.0)
    moving = optimizers(model, 1e-2)
    moving["generator"] = torch.optim.SGD(model.decoder.parameters(), lr=0.0)  # type: ignore[union-attr]
    generator = torch.Generator().manual_seed(0)
    losses = [
        objective.training_step(model, batch(), moving, moment=Moment(), generator=generator)
        .scalars["discriminator"]
        .item()
        for _ in range(60)
    ]
    assert losses[0] == pytest.approx(math.log(4), abs=0.1)
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("r1", [0.0, 1.0])
def test_that_terms_are_the_same_with_and_without_gradients_and_scores_are_shares(r1: float) -> None:
    objective, model = game(r1=r1)
    results = []
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            generator = torch.Generator().manual_seed(3)
            results.append(objective(model, batch(), moment=Moment(), generator=generator))
    first, second = results
    assert set(first.scalars) == {"loss", "generator", "discriminator", "real_score", "fake_score"} | (
        {"r1"} if r1 else set()
    )
    for name, value in first.scalars.items():
        assert second.scalars[name].item() == pytest.approx(value.item())
        assert not second.scalars[name].requires_grad
    for name in ("real_score", "fake_score"):
        assert 0 < first.scalars[name] < 1


def test_that_a_model_without_a_discriminator_is_refused() -> None:
    from tests.models.networks import small_model

    with pytest.raises(TypeError, match="no discriminator"):
        adversarial(small_model())
