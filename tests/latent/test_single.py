"""What a model makes of one picture, against closed forms and against many samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tests.latent.linear_model import diagonal_gap, linear_model, log_evidence
from tests.models.networks import random_images, small_model
from vae_explorer.latent.measures import Stopped
from vae_explorer.latent.single import (
    best_label,
    class_shares,
    exact_likelihood,
    picture_bound,
    posterior_nodes,
)
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Conditioning, Family, ImageSpec
from vae_explorer.models.snapshot import Encodings, ModelSnapshot
from vae_explorer.sections import ModelConfig


def snapshot(conditioning: Conditioning = "none") -> ModelSnapshot:
    return ModelSnapshot(small_model(conditioning=conditioning), step=1, epoch=0.1)


def linear(kind: str) -> ModelSnapshot:
    return ModelSnapshot(linear_model(kind), step=1, epoch=0.1)


def picture() -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(random_images(1, seed=3)[0])


def test_that_the_exact_likelihood_is_that_of_probabilistic_pca() -> None:
    model = linear("full")
    found = exact_likelihood(model, picture(), None, cancelled=lambda: False)
    assert found is not None
    truth = log_evidence(picture()[None], model.network)[0]
    assert found.log_likelihood == pytest.approx(truth, abs=max(0.01, 2 * found.error))


def test_that_the_elbo_of_the_true_posterior_is_the_likelihood_itself() -> None:
    model = linear("full")
    bound = picture_bound(model, picture(), None)
    assert bound is not None
    assert bound.elbo == pytest.approx(log_evidence(picture()[None], model.network)[0], abs=0.01)


def test_that_the_gap_of_the_best_diagonal_posterior_is_the_closed_form() -> None:
    model = linear("diagonal")
    bound = picture_bound(model, picture(), None)
    assert bound is not None
    assert bound.elbo is not None
    gap = log_evidence(picture()[None], model.network)[0] - bound.elbo
    assert gap == pytest.approx(diagonal_gap(model.network), abs=0.01)


@pytest.mark.parametrize("conditioning", ["none", "label", "class-mean", "image"])
def test_that_the_quadrature_over_the_posterior_agrees_with_many_samples(conditioning: Conditioning) -> None:
    model, label = snapshot(conditioning), 2 if conditioning in {"label", "class-mean"} else None
    bound = picture_bound(model, picture(), label)
    assert bound is not None
    assert bound.label == label
    labels = None if label is None else torch.tensor([label])
    x = torch.tensor(picture()[None] / 255, dtype=torch.float32)
    q = model.network.posterior(x, labels)
    z = q.rsample(torch.Generator().manual_seed(0), 20_000)[:, 0]
    told = None if labels is None else labels.expand(len(z))
    given = x.expand(len(z), *x.shape[1:]) if conditioning == "image" else None
    with torch.inference_mode():
        values = -model.network.likelihood(z, told, given).log_prob(x)
    error = float(values.std()) / len(values) ** 0.5
    assert bound.reconstruction == pytest.approx(float(values.mean()), abs=5 * error + 1e-3)
    assert bound.kl == pytest.approx(float(q.kl(model.network.prior(labels)).sum()))


def test_that_the_elbo_never_exceeds_the_exact_likelihood() -> None:
    model = snapshot()
    bound = picture_bound(model, picture(), None)
    exact = exact_likelihood(model, picture(), None, cancelled=lambda: False)
    assert bound is not None
    assert bound.elbo is not None
    assert exact is not None
    assert bound.elbo <= exact.log_likelihood + exact.error + 1e-3


def test_that_an_encoder_without_noise_has_a_reconstruction_and_no_elbo() -> None:
    model = build_model(
        ImageSpec((1, 8, 8), 0, np.full((1, 8, 8), 0.5, dtype=np.float32)),
        ModelConfig(network="mlp", hidden=(12, 6)),
        family=Family(encoder="point"),
        generator=torch.Generator().manual_seed(1),
    )
    bound = picture_bound(ModelSnapshot(model, step=1, epoch=0.1), picture(), None)
    assert bound is not None
    assert bound.kl is None
    assert bound.elbo is None
    assert bound.reconstruction > 0


def test_that_the_class_with_the_highest_elbo_is_found() -> None:
    live = small_model(conditioning="label")
    with torch.no_grad():
        for parameter in live.parameters():
            parameter.mul_(3)
    model = ModelSnapshot(live, step=1, epoch=0.1)
    places = np.random.default_rng(0).normal(size=(8, 2))
    found = set()
    for image in np.concatenate([model.decode(places, label) for label in range(3)]):
        bounds = [picture_bound(model, image, label) for label in range(3)]
        elbos = [bound.elbo for bound in bounds if bound is not None and bound.elbo is not None]
        second, best = np.argsort(elbos)[-2:].tolist()
        # The search takes fewer nodes: where two classes are nearly as good, either may win.
        if elbos[best] - elbos[second] > 2:
            assert best_label(model, image) == best
            found.add(best)
    assert len(found) > 1


def test_that_the_class_of_the_nearest_prior_explains_a_picture_best() -> None:
    live, images = small_model(conditioning="class-mean"), random_images(3, seed=5)
    means = ModelSnapshot(live, step=1, epoch=0.1).encode(images).mean
    with torch.no_grad():
        assert live.class_means is not None
        live.class_means.copy_(torch.from_numpy(means))
    model = ModelSnapshot(live, step=1, epoch=0.1)
    for label, image in enumerate(images):
        bounds = [picture_bound(model, image, other) for other in range(3)]
        elbos = [bound.elbo for bound in bounds if bound is not None and bound.elbo is not None]
        assert int(np.argmax(elbos)) == label
        assert best_label(model, image) == label


def test_that_models_that_are_told_no_class_have_no_best_one() -> None:
    assert best_label(snapshot(), picture()) is None


def test_that_classes_are_averaged_over_the_posterior() -> None:
    class Halves:
        """A classifier whose classes part at z1 = 0."""

        def classify(self, z: np.ndarray) -> np.ndarray:
            first = 1 / (1 + np.exp(-z[:, 0]))
            return np.stack([first, 1 - first], axis=1)

    encoding = Encodings(
        np.array([[0.7, 0.0]], dtype=np.float32), np.zeros((1, 2), dtype=np.float32), np.array([0.4], dtype=np.float32)
    )
    noise = 0.7 + np.random.default_rng(0).standard_normal(400_000)
    shares = class_shares(Halves(), encoding)  # type: ignore[arg-type]
    assert shares[0] == pytest.approx((1 / (1 + np.exp(-noise))).mean(), abs=2e-3)
    assert shares.sum() == pytest.approx(1)


def test_that_the_nodes_have_mean_variance_and_correlation_of_the_posterior() -> None:
    encoding = Encodings(
        np.array([[1.0, -2.0]], dtype=np.float32),
        np.log(np.array([[0.25, 4.0]], dtype=np.float32)),
        np.array([0.6], dtype=np.float32),
    )
    nodes, weights = posterior_nodes(encoding)
    mean = weights @ nodes
    covariance = (nodes - mean).T @ ((nodes - mean) * weights[:, None])
    assert mean == pytest.approx([1, -2])
    assert covariance == pytest.approx(np.array([[0.25, 0.6], [0.6, 4.0]]), rel=1e-5)


def test_that_integrating_can_be_given_up() -> None:
    with pytest.raises(Stopped):
        exact_likelihood(snapshot(), picture(), None, cancelled=lambda: True)


def test_that_the_likelihood_says_what_is_done_to_the_picture() -> None:
    model = build_model(
        ImageSpec((1, 8, 8), 0, np.full((1, 8, 8), 0.5, dtype=np.float32)),
        ModelConfig(network="mlp", hidden=(12, 6), likelihood="bernoulli-sampled"),
        family=Family(),
        generator=torch.Generator().manual_seed(1),
    )
    bound = picture_bound(ModelSnapshot(model, step=1, epoch=0.1), picture(), None)
    grey = picture_bound(snapshot(), picture(), None)
    assert bound is not None
    assert bound.likelihood.endswith("here thresholded at one half")
    assert grey is not None
    assert grey.likelihood == "Bernoulli, grey-level cross-entropy"
