"""Every objective reaches every parameter, can be made smaller by its gradient, and draws its noise as it is told."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from tests.models.networks import NETWORKS
from tests.objectives.entries import (
    LABELS,
    batch,
    built,
    config_of,
    created,
    decodes_one_sample_with_exact_kl,
    descends,
    evaluated,
    has_beta,
    those,
)
from vae_explorer.config import settings_of
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import AlternatingObjective, Batch, Moment, ObjectiveEntry


@pytest.fixture(params=list(OBJECTIVES), ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> ObjectiveEntry:
    found = request.param
    assert isinstance(found, ObjectiveEntry)
    return found


def test_that_the_vae_is_the_default_and_every_family_of_a_course_is_there() -> None:
    names = OBJECTIVES.names()
    assert names[0] == "vae"
    plain = {"autoencoder", "vae", "vae-sampled-kl", "beta-vae", "iwae", "prior-sampling"}
    assert plain | {"cvae-class-mean", "cvae-label", "cvae-image", "vib"} <= set(names)


def test_that_labels_are_needed_where_a_class_is_told_or_is_to_be_told(entry: ObjectiveEntry) -> None:
    model = built(created(entry))
    assert entry.needs_labels == (model.conditioning in {"class-mean", "label"} or model.classifier is not None)


def test_that_an_entry_and_its_settings_have_one_name(entry: ObjectiveEntry) -> None:
    assert entry.config_type.name == entry.name
    assert entry.title
    assert entry.summary.endswith(".")
    assert entry.formula
    assert entry.reference


def test_that_settings_without_effect_are_those_of_parts_that_the_model_lacks(entry: ObjectiveEntry) -> None:
    model = built(created(entry))
    assert ("model.likelihood" in entry.unused) == (model.pixels is None)
    assert ("model.deviation" in entry.unused) == (model.pixels is None)
    assert ("model.posterior" in entry.unused) == (model.encoder is None or model.encoder.log_var is None)


@pytest.mark.parametrize("network", NETWORKS)
def test_that_training_moves_every_parameter(entry: ObjectiveEntry, network: str) -> None:
    objective = created(entry)
    model = built(objective, network)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizers = {name: torch.optim.Adam(groups, lr=1e-2) for name, groups in model.parameter_sets().items()}
    if isinstance(objective, AlternatingObjective):
        generator = torch.Generator().manual_seed(8)
        objective.training_step(model, batch(), optimizers, moment=Moment(), generator=generator)
    else:
        evaluated(objective, model).loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in optimizers.values():
            optimizer.step()
    for name, parameter in model.named_parameters():
        assert parameter.isfinite().all(), name
        assert not torch.equal(parameter, before[name]), name


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", those(descends))
def test_that_a_few_steps_on_a_fixed_batch_lower_the_loss(name: str, network: str) -> None:
    objective = created(OBJECTIVES.get(name))
    model = built(objective, network)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(6):
        loss = evaluated(objective, model).loss
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert losses[1] < losses[0]
    assert losses[-1] < losses[0]


def test_that_there_is_a_term_for_each_part_that_the_model_has(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    terms = evaluated(objective, model).scalars
    assert all(value.ndim == 0 and value.isfinite() for value in terms.values())
    assert ("reconstruction" in terms) == (model.pixels is not None)
    assert ("kl" in terms) == (model.encoder is not None and model.encoder.log_var is not None)
    assert ("regression" in terms) == (model.regressor is not None)
    assert ("cross_entropy" in terms) == (model.classifier is not None)
    if descends(entry):
        assert "loss" in terms


@pytest.mark.parametrize("name", those(descends))
def test_that_the_loss_shown_is_the_loss_minimised_but_for_what_trains_beside_it(name: str) -> None:
    objective = created(OBJECTIVES.get(name))
    terms = evaluated(objective, built(objective))
    beside = terms.scalars.get("regression", torch.zeros(()))
    torch.testing.assert_close(terms.loss, terms.scalars["loss"] + beside)


def test_that_terms_are_means_over_the_batch(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    terms = evaluated(objective, model).scalars
    twice = Batch(batch().images.repeat(2, 1, 1, 1), LABELS.repeat(2))
    again = evaluated(objective, model, twice).scalars
    if "kl_z1" in terms:
        assert again["kl"].item() == pytest.approx(terms["kl"].item(), rel=1e-5)
        assert (terms["kl_z1"] + terms["kl_z2"]).item() == pytest.approx(terms["kl"].item(), rel=1e-5)
        assert min(terms["kl_z1"], terms["kl_z2"]) > 0
    for name in terms:
        # Only the noise differs; a sum over the batch would be twice as large.
        assert again[name].item() == pytest.approx(terms[name].item(), rel=0.3, abs=0.6), name


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 4.0])
@pytest.mark.parametrize("name", those(has_beta))
def test_that_beta_weighs_the_kl_and_nothing_else(name: str, beta: float) -> None:
    entry = OBJECTIVES.get(name)
    plain, weighed = created(entry, beta=1.0), created(entry, beta=beta)
    model = built(plain)
    one, other = evaluated(plain, model).scalars, evaluated(weighed, model).scalars
    for term in ("reconstruction", "kl"):
        assert torch.equal(one[term], other[term])
    assert other["loss"].item() == pytest.approx((one["reconstruction"] + beta * one["kl"]).item(), rel=1e-6)


@pytest.mark.parametrize("name", those(has_beta))
def test_that_beta_is_declared_alike_everywhere(name: str) -> None:
    beta = next(item for item in settings_of(OBJECTIVES.get(name).config_type) if item.name == "beta")
    assert (beta.declaration.minimum, beta.declaration.maximum) == (0.0, 1000.0)
    assert beta.default == (4.0 if name == "beta-vae" else 1.0)


def test_that_the_loss_depends_on_the_label_only_where_labels_are_needed(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    images = batch()
    one = evaluated(objective, model, images).loss
    other = evaluated(objective, model, Batch(images.images, LABELS.flip(0))).loss
    assert torch.equal(one, other) == (not entry.needs_labels)


def test_that_images_without_labels_are_taken_where_none_are_needed(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model, unlabelled = built(objective), Batch(batch().images, None)
    if entry.needs_labels:
        with pytest.raises(ValueError, match="label"):
            evaluated(objective, model, unlabelled)
    else:
        assert evaluated(objective, model, unlabelled).loss.isfinite()


def test_that_noise_comes_from_the_given_generator_alone(entry: ObjectiveEntry) -> None:
    objective = created(entry)
    model = built(objective)
    before = torch.get_rng_state()
    first = evaluated(objective, model, seed=1).loss
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, evaluated(objective, model, seed=1).loss)
    has_noise = model.encoder is None or ModelSnapshot(model, step=0, epoch=0).is_stochastic
    assert torch.equal(first, evaluated(objective, model, seed=2).loss) != has_noise


@pytest.mark.parametrize("name", those(decodes_one_sample_with_exact_kl))
def test_that_noise_reaches_the_loss_through_the_decoder_only(name: str) -> None:
    """The KL is analytic: where the decoder ignores z, the loss is the same for every noise."""
    objective = created(OBJECTIVES.get(name))
    model = built(objective)
    assert model.decoder is not None
    with torch.no_grad():
        for parameter in model.decoder.body.parameters():
            parameter.zero_()
    losses = {evaluated(objective, model, seed=seed).loss.item() for seed in range(5)}
    assert len(losses) == 1


def test_that_an_objective_refuses_the_settings_of_another(entry: ObjectiveEntry) -> None:
    for other in OBJECTIVES:
        if other.name != entry.name:
            with pytest.raises(TypeError):
                entry.create(config_of(other))


def test_that_listing_the_objectives_needs_no_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; from vae_explorer.objectives import OBJECTIVES"
    subprocess.run([sys.executable, "-c", program], check=True)
