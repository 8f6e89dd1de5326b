"""Everything that is measured of a model agrees with what is known in closed form."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from tests.latent.linear_model import SHAPE, diagonal_gap, linear_model, log_evidence
from tests.training.tiny import tiny_dataset, tiny_experiment, trained
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import DataError
from vae_explorer.latent.evaluation import Evaluation, EvaluationOptions, evaluate
from vae_explorer.models.family import ImageSpec
from vae_explorer.models.snapshot import ModelSnapshot

FEW = EvaluationOptions(images=12, samples=500)


def measured(model: ModelSnapshot, data: ImageDataset, options: EvaluationOptions = FEW) -> Evaluation:
    found = evaluate(model, data, options, progress=lambda _what, _share: None, cancelled=lambda: False)
    assert found is not None
    return found


def value(found: Evaluation, name: str) -> float:
    number = found.value(name)
    assert number is not None, name
    return number


def untrained(objective: str, likelihood: str = "bernoulli") -> ModelSnapshot:
    import torch

    experiment = tiny_experiment(objective).with_setting("model.likelihood", likelihood)
    made = experiment.objective_entry.create(experiment.objective)
    spec = ImageSpec(SHAPE, 3, tiny_dataset().mean_image)
    model = made.build_model(spec, experiment.model, torch.Generator().manual_seed(0))
    if model.class_means is not None:
        # Where an encoder that has learnt nothing can reach them with a few hundred samples.
        model.class_means.data *= 0.1
    return ModelSnapshot(model, step=3, epoch=0.5)


@pytest.mark.parametrize("kind", ["diagonal", "full"])
def test_that_a_linear_model_gets_its_log_likelihood_and_the_gap_of_its_posterior(kind: str) -> None:
    model, data = linear_model(kind), tiny_dataset(test=12, classes=0)
    found = measured(ModelSnapshot(model, step=0, epoch=0), data)
    truth = log_evidence(data.test.images[:], model)
    own = found.per_image
    assert own is not None
    np.testing.assert_allclose(own.log_likelihood, truth, atol=1e-5)
    assert value(found, "iwae_500") == pytest.approx(truth.mean(), abs=0.01)
    gap = diagonal_gap(model) if kind == "diagonal" else 0.0
    assert diagonal_gap(model) > 0.1
    assert value(found, "inference_gap") == pytest.approx(gap, abs=0.05)


def test_that_the_bounds_rise_to_the_log_likelihood_of_a_trained_model() -> None:
    data = tiny_dataset(train=300, test=40)
    heard = trained(tiny_experiment(epochs=30), data)
    found = measured(heard.finished.model, data, EvaluationOptions(images=40, samples=5000))
    chain = [value(found, name) for name in ("elbo", "iwae_5", "iwae_50", "iwae_500", "iwae_5000")]
    assert chain == sorted(chain)
    assert chain[-1] <= value(found, "log_likelihood") + 0.05
    assert value(found, "inference_gap") > 0
    assert value(found, "iwae_1") == pytest.approx(chain[0], abs=0.1)


def test_that_mutual_information_and_the_kl_of_q_make_the_mean_kl() -> None:
    data = tiny_dataset(train=300, test=40)
    found = measured(trained(tiny_experiment(epochs=30), data).finished.model, data, EvaluationOptions(images=40))
    both = {measure.name: measure for measure in found.measures}
    error = math.hypot(both["mutual_information"].error or 0, both["aggregate_kl"].error or 0)
    total = value(found, "mutual_information") + value(found, "aggregate_kl")
    assert total == pytest.approx(value(found, "kl"), abs=5 * error)
    assert value(found, "mutual_information") <= math.log(40)
    assert value(found, "kl") == pytest.approx(value(found, "kl_z1") + value(found, "kl_z2"))


def test_that_an_autoencoder_has_a_likelihood_and_no_bound() -> None:
    found = measured(untrained("autoencoder"), tiny_dataset(test=12))
    assert value(found, "log_likelihood") < 0
    notes = {measure.name: measure.note for measure in found.measures if measure.value is None}
    assert set(notes) >= {"elbo", "inference_gap"}
    assert all("without noise" in note for note in notes.values())


def test_that_prior_sampling_has_its_own_bound_and_no_elbo() -> None:
    found = measured(untrained("prior-sampling"), tiny_dataset(test=12))
    chain = [value(found, name) for name in ("iwae_1", "iwae_5", "iwae_10", "iwae_50", "iwae_500")]
    assert chain == sorted(chain)
    assert chain[-1] == pytest.approx(value(found, "log_likelihood"), abs=0.05)
    assert found.value("elbo") is None
    assert found.value("knn_accuracy") is None


@pytest.mark.parametrize("objective", ["cvae-class-mean", "cvae-label"])
def test_that_conditional_models_are_measured_with_and_without_the_class(objective: str) -> None:
    found = measured(untrained(objective), tiny_dataset(test=12))
    titles = {measure.name: measure.title for measure in found.measures}
    assert "log p(x | y)" in titles["log_likelihood"]
    assert abs(value(found, "log_likelihood") - value(found, "log_likelihood_marginal")) > 1e-6
    assert value(found, "iwae_500") == pytest.approx(value(found, "log_likelihood"), abs=0.05)


def test_that_a_completed_picture_is_scored_by_its_rest() -> None:
    found = measured(untrained("cvae-image"), tiny_dataset(test=12))
    assert "rest | band" in found.measures[0].title
    assert value(found, "iwae_500") == pytest.approx(value(found, "log_likelihood"), abs=0.05)
    assert value(found, "log_likelihood") > value(measured(untrained("vae"), tiny_dataset(test=12)), "log_likelihood")


def test_that_a_classifier_tells_errors_and_information_in_nats_and_bits() -> None:
    data = tiny_dataset(train=300, test=40)
    found = measured(trained(tiny_experiment("vib", epochs=30), data).finished.model, data)
    for samples in (1, 12):
        assert value(found, f"error_{samples}") + value(found, f"accuracy_{samples}") == pytest.approx(100)
    assert value(found, "information_zx_bits") == pytest.approx(value(found, "information_zx") / math.log(2))
    assert value(found, "information_zy") <= value(found, "information_zx") + 1e-9
    assert value(found, "cross_entropy") + value(found, "information_zx") >= value(found, "class_entropy") - 1e-9
    assert found.value("log_likelihood") is None
    assert found.likelihood == ""


def test_that_pictures_binarised_anew_are_drawn_once_from_the_seed() -> None:
    model, data = untrained("vae", "bernoulli-sampled"), tiny_dataset(test=12)
    first, again = measured(model, data), measured(model, data)
    other = measured(model, data, dataclasses.replace(FEW, seed=1))
    assert first.to_dict() == again.to_dict()
    assert value(first, "log_likelihood") != value(other, "log_likelihood")
    assert "binarised once, with seed 0" in first.notes[0]


def test_that_the_floor_of_the_cross_entropy_is_the_entropy_of_the_grey_levels() -> None:
    found = measured(untrained("vae"), tiny_dataset(test=12))
    grey = tiny_dataset(test=12).test.images[:] / 255
    entropy = -(grey * np.log(np.maximum(grey, 1e-300)) + (1 - grey) * np.log(np.maximum(1 - grey, 1e-300)))
    assert value(found, "entropy_floor") == pytest.approx(entropy.sum() / 12, rel=1e-5)
    assert -value(found, "log_likelihood") > value(found, "entropy_floor")
    assert measured(untrained("vae", "bernoulli-threshold"), tiny_dataset(test=12)).value("entropy_floor") is None


def test_that_rows_name_the_images_of_the_data_set() -> None:
    data = tiny_dataset(train=40, test=12)
    own = measured(untrained("vae"), data, EvaluationOptions(images=5, samples=5)).per_image
    assert own is not None
    assert own.rows.tolist() == [40, 41, 42, 43, 44]
    np.testing.assert_allclose(own.gap, own.log_likelihood - own.elbo)
    np.testing.assert_allclose(own.loss, -own.elbo)
    assert measured(untrained("vae"), data, EvaluationOptions(images=0, samples=5)).images == 12


def test_that_an_evaluation_can_be_cancelled_at_any_point_and_tells_how_far_it_is() -> None:
    shares: list[float] = []

    def run(stop_after: int) -> Evaluation | None:
        shares.clear()
        return evaluate(
            untrained("vae"),
            tiny_dataset(test=12),
            FEW,
            progress=lambda _what, share: shares.append(share),
            cancelled=lambda: len(shares) >= stop_after,
        )

    assert run(10_000) is not None
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] == 1.0
    for stop_after in range(0, len(shares), 7):
        assert run(stop_after) is None


def test_that_an_evaluation_is_plain_json() -> None:
    found = measured(untrained("autoencoder"), tiny_dataset(test=12)).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["elbo"] is None
    assert found["step"] == 3


def test_that_data_that_the_model_cannot_take_is_refused() -> None:
    with pytest.raises(DataError, match="name other data"):
        measured(untrained("vae"), tiny_dataset(shape=(1, 16, 16)))
    with pytest.raises(DataError, match="has no classes"):
        measured(untrained("cvae-label"), tiny_dataset(classes=0))


@pytest.mark.slow
def test_that_a_grid_four_times_as_fine_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiny_dataset(train=300, test=40)
    model = trained(tiny_experiment(epochs=60), data).finished.model
    options = EvaluationOptions(images=40, samples=1)
    coarse = measured(model, data, options)
    monkeypatch.setattr("vae_explorer.latent.integration.BASE_TILES", 120)
    fine = measured(model, data, options)
    assert value(coarse, "log_likelihood") == pytest.approx(value(fine, "log_likelihood"), abs=0.01)
    assert coarse.per_image is not None
    assert fine.per_image is not None
    np.testing.assert_allclose(coarse.per_image.log_likelihood, fine.per_image.log_likelihood, atol=0.03)
