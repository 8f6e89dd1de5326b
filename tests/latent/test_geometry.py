"""The pull-back metric against surfaces whose geometry is known, and against small steps of every likelihood."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.latent.linear_model import linear_model
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.latent.geometry import Metric, PullbackMetric
from vae_explorer.latent.layer_fields import metric_field
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.likelihoods import LIKELIHOODS
from vae_explorer.models.pixels import Bernoulli, ContinuousBernoulli, PixelGaussian
from vae_explorer.sections import ModelConfig

POINTS = np.random.default_rng(1).normal(size=(40, 2))


def on_sphere(z: Tensor) -> Tensor:
    """Return the inverse stereographic projection, from the plane to the unit sphere."""
    squares = z.square().sum(dim=1, keepdim=True)
    return torch.cat([2 * z, squares - 1], dim=1) / (1 + squares)


def model(likelihood: str = "bernoulli", family: Family | None = None, *, double: bool = True) -> LatentVariableModel:
    generator = torch.Generator().manual_seed(3)
    config = ModelConfig(hidden=(16,), likelihood=likelihood)
    network = build_model(ImageSpec((1, 6, 6), 3), config, family=family or Family(), generator=generator)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    network.get_parameter("decoder.body.layers.2.weight").mul_(6)
    return network.double() if double else network


def logits(network: LatentVariableModel, z: Tensor | np.ndarray) -> Tensor:
    """Return the logits of Bernoulli pixels."""
    pixels = network.likelihood(torch.as_tensor(z))
    assert isinstance(pixels, Bernoulli | ContinuousBernoulli)
    return pixels.logits


def test_that_the_sphere_is_magnified_as_stereographic_maps_are() -> None:
    metric = PullbackMetric.of_function(on_sphere)
    expected = 4 / (1 + np.square(POINTS).sum(axis=1)) ** 2
    np.testing.assert_allclose(np.sqrt(np.linalg.det(metric.tensor(POINTS))), expected, rtol=1e-12)
    np.testing.assert_allclose(metric.tensor(POINTS), expected[:, None, None] * np.eye(2), atol=1e-12)


def test_that_a_linear_decoder_has_one_metric_everywhere() -> None:
    network = linear_model()
    weights = network.get_parameter("decoder.body.weights").detach().numpy()
    expected = np.broadcast_to(weights.T @ weights, (len(POINTS), 2, 2))
    np.testing.assert_allclose(PullbackMetric.of_model(network).tensor(POINTS), expected, rtol=1e-10)
    fisher = PullbackMetric.of_model(network, "fisher").tensor(POINTS)
    np.testing.assert_allclose(fisher, expected / 0.3**2, rtol=1e-6)


def test_that_bernoulli_pixels_weigh_changes_of_their_logits_by_their_variance() -> None:
    network = model()
    z = torch.from_numpy(POINTS)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda point: logits(network, point[None])[0].flatten()))(z)
    p = network.likelihood(z).mean.flatten(1)
    expected = torch.einsum("nvi,nv,nvj->nij", jacobian, p * (1 - p), jacobian).numpy()
    np.testing.assert_allclose(PullbackMetric.of_model(network, "fisher").tensor(POINTS), expected, rtol=1e-9)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_that_the_fisher_metric_is_twice_the_divergence_of_neighbours(likelihood: str) -> None:
    """To second order KL(p(x|z) || p(x|z + u)) is u'Gu / 2, here by the mean of log ratios in closed form."""
    network, u = model(likelihood), np.array([2e-3, -1e-3])
    near, far = (network.likelihood(torch.from_numpy(POINTS + shift)) for shift in (-u / 2, u / 2))
    if isinstance(near, PixelGaussian) and isinstance(far, PixelGaussian):
        one, two = (torch.distributions.Normal(at.mean, (0.5 * at.log_var).exp()) for at in (near, far))
        symmetric = torch.distributions.kl_divergence(one, two) + torch.distributions.kl_divergence(two, one)
    else:
        symmetric = (logits(network, POINTS + u / 2) - logits(network, POINTS - u / 2)) * (far.mean - near.mean)
    expected = symmetric.flatten(1).sum(dim=1).numpy()
    metric = PullbackMetric.of_model(network, "fisher")
    g = metric.tensor(POINTS)
    np.testing.assert_allclose(np.einsum("i,nij,j->n", u, g, u), expected, rtol=1e-4)


@pytest.mark.parametrize("metric", get_args(Metric))
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_that_a_short_step_is_as_long_as_the_metric_says(likelihood: str, metric: str) -> None:
    u = np.array([1e-3, 2e-3])
    geometry = PullbackMetric.of_model(model(likelihood), metric)  # type: ignore[arg-type]
    steps = torch.from_numpy(np.stack([POINTS - u / 2, POINTS + u / 2], axis=1).reshape(-1, 2))
    squares = geometry.squared_steps(steps)[::2].numpy()
    np.testing.assert_allclose(squares, np.einsum("i,nij,j->n", u, geometry.tensor(POINTS), u), rtol=1e-4)


@pytest.mark.parametrize("metric", get_args(Metric))
def test_that_single_precision_agrees_with_double(metric: str) -> None:
    exact = PullbackMetric.of_model(model(), metric).tensor(POINTS)  # type: ignore[arg-type]
    quick = PullbackMetric.of_model(model(double=False), metric).tensor(POINTS)  # type: ignore[arg-type]
    assert quick.dtype == np.float64
    np.testing.assert_allclose(quick, exact, rtol=1e-4, atol=1e-5 * np.abs(exact).max())


def test_that_many_points_give_what_each_gives_alone() -> None:
    metric = PullbackMetric.of_function(on_sphere)
    many = np.random.default_rng(2).normal(size=(1300, 2))
    alone = np.concatenate([metric.tensor(point) for point in many[[0, 511, 512, 1299]]])
    np.testing.assert_array_equal(metric.tensor(many)[[0, 511, 512, 1299]], alone)


def test_that_where_pictures_do_not_change_there_is_no_magnification() -> None:
    flat = PullbackMetric.of_function(lambda z: z[:, :1] * 2)
    assert np.isnan(metric_field(flat.tensor)(np.array([[0.3, 0.4]]), (0.1, 0.1)).values)


def test_that_a_class_has_its_own_metric_and_several_have_their_mean() -> None:
    network = model(family=Family("label"))
    each = [PullbackMetric.of_model(network, label=label) for label in range(3)]
    tensors = [metric.tensor(POINTS) for metric in each]
    assert not np.allclose(tensors[0], tensors[1], rtol=1e-3)
    np.testing.assert_allclose(PullbackMetric.mean(each).tensor(POINTS), np.mean(tensors, axis=0), rtol=1e-12)


def test_that_pixels_that_are_given_do_not_count() -> None:
    network = model(family=Family("image", band=(0, 3)))
    told = np.full((1, 6, 6), 99, dtype=np.uint8)
    metric = PullbackMetric.of_model(network, condition=told)
    z = torch.from_numpy(POINTS)
    u = 1e-3
    given = torch.from_numpy(told / 255)[None].expand(len(z), 1, 6, 6)
    ahead, behind = (network.likelihood(z + torch.tensor([s * u / 2, 0.0]), None, given).mean for s in (1, -1))
    slope = ((ahead - behind) / u)[..., 3:].square().flatten(1).sum(dim=1)
    np.testing.assert_allclose(metric.tensor(POINTS)[:, 0, 0], slope.numpy(), rtol=1e-4)


def test_that_a_model_that_cannot_says_so() -> None:
    with pytest.raises(CapabilityError, match="no decoder"):
        PullbackMetric.of_model(build_without_decoder())
    with pytest.raises(CapabilityError, match="name a class"):
        PullbackMetric.of_model(model(family=Family("label")))
    with pytest.raises(CapabilityError, match="no class 7"):
        PullbackMetric.of_model(model(family=Family("label")), label=7)
    with pytest.raises(CapabilityError, match="picture to complete"):
        PullbackMetric.of_model(model(family=Family("image", band=(0, 3))))
    with pytest.raises(SettingError, match="no metric of a decoder 'euclid'"):
        PullbackMetric.of_model(model(), "euclid")  # type: ignore[arg-type]


def build_without_decoder() -> LatentVariableModel:
    family = Family(decodes=False, classifies=True)
    generator = torch.Generator().manual_seed(0)
    return build_model(ImageSpec((1, 6, 6), 3), ModelConfig(hidden=(8,)), family=family, generator=generator)


def test_that_a_step_is_symmetric_and_never_negative() -> None:
    for likelihood in LIKELIHOODS:
        metric = PullbackMetric.of_model(model(likelihood), "fisher")
        there = metric.squared_steps(torch.from_numpy(POINTS))
        back = metric.squared_steps(torch.from_numpy(POINTS[::-1].copy()))
        np.testing.assert_allclose(there.numpy(), back.numpy()[::-1], rtol=1e-12)
        assert math.isfinite(float(there.sum()))
        assert float(there.min()) > 0
