"""The discriminator bottleneck: information has a price that follows how much is used."""

from __future__ import annotations

import pytest
import torch

from tests.models.networks import NETWORKS, random_images
from vae_explorer.models.adversarial import AdversarialModel
from vae_explorer.models.family import ImageSpec
from vae_explorer.objectives.adversarial import adversarial, r1_penalty
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.objectives.vdb import VDB, VDBConfig, ascend


def game(**settings: object) -> tuple[VDB, AdversarialModel, dict[str, torch.optim.Optimizer]]:
    objective = VDB(VDBConfig(**settings))  # type: ignore[arg-type]
    spec = ImageSpec((1, 8, 8), 0)
    model = adversarial(objective.build_model(spec, NETWORKS["mlp"], torch.Generator().manual_seed(4)))
    return objective, model, {name: torch.optim.Adam(sets, lr=1e-3) for name, sets in model.parameter_sets().items()}


def batch(count: int = 6) -> Batch:
    return Batch(torch.from_numpy(random_images(count)).float() / 255, None)


def test_that_the_price_rises_above_the_bound_falls_below_it_and_is_never_negative() -> None:
    price = torch.zeros(1)
    ascend(price, torch.tensor(1.5), information=0.5, rate=0.1)
    assert price.item() == pytest.approx(0.1)
    ascend(price, torch.tensor(0.2), information=0.5, rate=0.1)
    assert price.item() == pytest.approx(0.07)
    ascend(price, torch.tensor(0.0), information=5.0, rate=1.0)
    assert price.item() == 0.0


@pytest.mark.parametrize(("information", "rises"), [(0.0, True), (50.0, False)])
def test_that_a_training_step_moves_the_price_that_is_saved_with_the_weights(information: float, rises: bool) -> None:
    objective, model, moving = game(information=information)
    generator = torch.Generator().manual_seed(1)
    for _ in range(3):
        objective.training_step(model, batch(), moving, moment=Moment(), generator=generator)
    saved = model.state_dict()["bottleneck_weight"]
    assert bool(saved > 0) == rises
    assert saved >= 0
    terms = objective(model, batch(), moment=Moment(), generator=generator).scalars
    assert terms["bottleneck_weight"].item() == pytest.approx(saved.item())
    assert "bottleneck_weight" not in dict(model.named_parameters())


def test_that_information_is_held_near_the_bound() -> None:
    objective, model, moving = game(information=0.1, dual_rate=0.5, code=4)
    generator = torch.Generator().manual_seed(1)
    free = game(information=0.1, dual_rate=1e-6, code=4)
    kls = []
    for played, board, opponents in ((objective, model, moving), free):
        for _ in range(300):
            terms = played.training_step(board, batch(), opponents, moment=Moment(), generator=generator)
        kls.append(terms.scalars["bottleneck_kl"].item())
    assert kls[0] < 0.2
    assert kls[1] > 2 * kls[0]


@pytest.mark.parametrize("r1", [0.0, 4.0])
def test_that_the_loss_is_the_lagrangian_of_the_bound_and_the_penalty_that_was_asked_for(r1: float) -> None:
    objective, model, _ = game(information=0.3, r1=r1)
    model.bottleneck_weight.fill_(2.0)
    terms = objective(model, batch(), moment=Moment(), generator=torch.Generator().manual_seed(1)).scalars
    expected = terms["discriminator"] + 2.0 * (terms["bottleneck_kl"] - 0.3) + terms["generator"]
    assert ("r1" in terms) == bool(r1)
    if r1:
        penalty, _ = r1_penalty(model, batch().images, r1)
        torch.testing.assert_close(terms["r1"], penalty)
        assert penalty > 0
        expected = expected + penalty
    assert terms["loss"].item() == pytest.approx(expected.item())


def test_that_the_generator_is_judged_at_the_mean_of_the_code() -> None:
    _, model, _ = game()
    pictures = batch().images
    code = model.discriminator.code(pictures)  # type: ignore[operator]
    torch.testing.assert_close(model.discriminator(pictures), model.discriminator.judge(code.mean))  # type: ignore[operator]
    torch.testing.assert_close(model.discriminator(pictures), model.discriminator(pictures))


@pytest.mark.parametrize("bias", [-1e6, 1e6])
def test_that_a_step_too_large_overflows_no_information(bias: float) -> None:
    objective, model, _ = game()
    with torch.no_grad():
        model.discriminator.log_var.bias.fill_(bias)  # type: ignore[operator, union-attr]
    terms = objective(model, batch(), moment=Moment(), generator=torch.Generator().manual_seed(1)).scalars
    assert all(torch.isfinite(value) for value in terms.values())
