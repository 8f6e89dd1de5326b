"""Every objective is the formula it shows, reaches every parameter, and can be made smaller by its gradient."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from tests.models.networks import NETWORKS, random_images
from vae_explorer.config import settings_of
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Moment, Objective, ObjectiveEntry, ObjectiveTerms
from vae_explorer.objectives.cvae import ClassMeanConfig, ConditionalVAE, LabelConditionedConfig
from vae_explorer.objectives.vae import VAE, VAEConfig

LABELS = torch.tensor([0, 1, 2, 0, 1, 2])
SPEC = ImageSpec((1, 8, 8), 3)


def batch(count: int = 6) -> Batch:
    return Batch(torch.from_numpy(random_images(count)).float() / 255, LABELS[:count])


def built(objective: Objective, network: str = "mlp", seed: int = 4) -> LatentVariableModel:
    return objective.build_model(SPEC, NETWORKS[network], torch.Generator().manual_seed(seed))


def evaluated(objective: Objective, model: LatentVariableModel, images: Batch, seed: int = 8) -> ObjectiveTerms:
    return objective(model, images, moment=Moment(), generator=torch.Generator().manual_seed(seed))


def created(entry: ObjectiveEntry) -> Objective:
    return entry.create(entry.config_type())


@pytest.fixture(params=list(OBJECTIVES), ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> ObjectiveEntry:
    found = request.param
    assert isinstance(found, ObjectiveEntry)
    return found


def test_that_the_objectives_are_those_promised_and_the_vae_is_the_default() -> None:
    assert OBJECTIVES.names() == ("vae", "cvae-class-mean", "cvae-label")
    assert [item.needs_labels for item in OBJECTIVES] == [False, True, True]


def test_that_an_entry_and_its_settings_have_one_name(entry: ObjectiveEntry) -> None:
    assert entry.config_type.name == entry.name
    assert entry.title
    assert entry.summary.endswith(".")
    assert entry.formula
    assert entry.reference


@pytest.mark.parametrize("network", NETWORKS)
def test_that_the_gradient_reaches_every_parameter(entry: ObjectiveEntry, network: str) -> None:
    objective = created(entry)
    model = built(objective, network)
    evaluated(objective, model, batch()).loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
        assert parameter.grad.isfinite().all(), name


@pytest.mark.parametrize("network", NETWORKS)
def test_that_a_few_steps_on_a_fixed_batch_lower_the_loss(entry: ObjectiveEntry, network: str) -> None:
    objective = created(entry)
    model = built(objective, network)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        loss = evaluated(objective, model, batch()).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert losses[1] < losses[0]
    assert losses[-1] < losses[0]


def test_that_terms_are_means_over_the_batch_in_positive_nats(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    terms = evaluated(objective, model, batch()).scalars
    assert set(terms) == {"loss", "reconstruction", "kl", "kl_z1", "kl_z2"}
    assert all(value.ndim == 0 and value > 0 for value in terms.values())
    twice = Batch(batch().images.repeat(2, 1, 1, 1), LABELS.repeat(2))
    assert evaluated(objective, model, twice).scalars["kl"].item() == pytest.approx(terms["kl"].item(), rel=1e-5)
    assert (terms["kl_z1"] + terms["kl_z2"]).item() == pytest.approx(terms["kl"].item(), rel=1e-5)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
def test_that_beta_weighs_the_kl_and_nothing_else(entry: ObjectiveEntry, beta: float) -> None:
    plain = created(entry)
    weighed = entry.create(entry.config_type(beta=beta))  # type: ignore[call-arg]
    model = built(plain)
    one, other = evaluated(plain, model, batch()).scalars, evaluated(weighed, model, batch()).scalars
    for name in ("reconstruction", "kl"):
        assert torch.equal(one[name], other[name])
    assert other["loss"].item() == pytest.approx((one["reconstruction"] + beta * one["kl"]).item(), rel=1e-6)


def test_that_the_vae_is_its_formula() -> None:
    objective = VAE(VAEConfig())
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
    vae, cvae = VAE(VAEConfig()), ConditionalVAE(1.0, "class-mean")
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


def test_that_the_loss_depends_on_the_label_only_where_the_model_is_conditional(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    images = batch()
    one = evaluated(objective, model, images).loss
    other = evaluated(objective, model, Batch(images.images, LABELS.flip(0))).loss
    assert torch.equal(one, other) == (not entry.needs_labels)


def test_that_the_vae_takes_images_without_labels() -> None:
    objective = VAE(VAEConfig())
    assert evaluated(objective, built(objective), Batch(batch().images, None)).loss.isfinite()


def test_that_noise_comes_from_the_given_generator_alone(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    before = torch.get_rng_state()
    first = evaluated(objective, model, batch(), seed=1).loss
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, evaluated(objective, model, batch(), seed=1).loss)
    assert not torch.equal(first, evaluated(objective, model, batch(), seed=2).loss)


def test_that_noise_reaches_the_loss_through_the_decoder_only(entry: ObjectiveEntry) -> None:
    """The KL is analytic: where the decoder ignores z, the loss is the same for every noise."""
    objective = created(entry)
    model = built(objective)
    with torch.no_grad():
        for parameter in model.decoder.body.parameters():
            parameter.zero_()
    losses = {evaluated(objective, model, batch(), seed=seed).loss.item() for seed in range(5)}
    assert len(losses) == 1


def test_that_an_objective_refuses_the_settings_of_another(entry: ObjectiveEntry) -> None:
    wrong = LabelConditionedConfig if entry.name == "vae" else VAEConfig
    with pytest.raises(TypeError):
        entry.create(wrong())


def test_that_each_conditional_objective_builds_its_own_conditioning() -> None:
    for config, conditioning in ((ClassMeanConfig(), "class-mean"), (LabelConditionedConfig(), "label")):
        objective = OBJECTIVES.get(config.name).create(config)
        assert built(objective).conditioning == conditioning


def test_that_beta_is_declared_alike_everywhere(entry: ObjectiveEntry) -> None:
    beta = next(item for item in settings_of(entry.config_type) if item.name == "beta")
    assert (beta.default, beta.declaration.minimum, beta.declaration.maximum) == (1.0, 0.0, 1000.0)


def test_that_listing_the_objectives_needs_no_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; from vae_explorer.objectives import OBJECTIVES"
    subprocess.run([sys.executable, "-c", program], check=True)
