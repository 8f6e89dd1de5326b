"""Geodesics against surfaces whose shortest ways are known, and what holds on any surface."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.latent.linear_model import linear_model
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.latent.geodesics import Abandoned, Geodesic, find_course, geodesic, measured, refined
from vae_explorer.latent.geometry import PullbackMetric
from vae_explorer.latent.lattice_search import lattice_path
from vae_explorer.latent.minimising import minimised
from vae_explorer.latent.paths import interpolate
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig

COORDINATES = st.floats(-2, 2)
POINTS = st.tuples(COORDINATES, COORDINATES)


def on_sphere(z: Tensor) -> Tensor:
    """Return the inverse stereographic projection, from the plane to the unit sphere."""
    squares = z.square().sum(dim=1, keepdim=True)
    return torch.cat([2 * z, squares - 1], dim=1) / (1 + squares)


def over_hill(z: Tensor) -> Tensor:
    """Return a surface with a hill of height three round the origin."""
    return torch.cat([z, 3 * torch.exp(-2 * z.square().sum(dim=1, keepdim=True))], dim=1)


def rugged(seed: int) -> PullbackMetric:
    """Return the metric of a surface with waves of all lengths, some shorter than the steps of a search."""
    generator = torch.Generator().manual_seed(seed)
    waves = 12 * torch.randn(2, 24, generator=generator, dtype=torch.float64)
    return PullbackMetric.of_function(lambda z: torch.cat([z, 0.3 * torch.sin(z @ waves)], dim=1))


def model(conditioning: str = "none", likelihood: str = "bernoulli", *, seed: int = 5) -> ModelSnapshot:
    generator = torch.Generator().manual_seed(seed)
    family = Family(conditioning, band=(0, 3) if conditioning == "image" else (0, 0))  # type: ignore[arg-type]
    config = ModelConfig(hidden=(16,), likelihood=likelihood)
    network = build_model(ImageSpec((1, 6, 6), 3), config, family=family, generator=generator)
    with torch.no_grad():
        network.get_parameter("decoder.body.layers.0.weight").mul_(3)
        network.get_parameter("decoder.body.layers.2.weight").mul_(6)
    return ModelSnapshot(network, step=1, epoch=1.0)


def bend(path: np.ndarray) -> float:
    """Return how far a path [K, 2] lies from the straight line between its ends at most."""
    along = path[-1] - path[0]
    offset = path - path[0]
    across = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    return float(np.abs(across).max() / np.hypot(*along))


@given(start=POINTS, end=POINTS)
@settings(max_examples=20, deadline=None)
def test_that_the_geodesic_of_a_linear_decoder_is_straight(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    if math.dist(start, end) < 0.1:
        return
    found = geodesic(PullbackMetric.of_model(linear_model()), start, end)
    assert bend(found.path) < 2e-3 * math.dist(start, end)
    assert found.length == pytest.approx(found.straight, rel=1e-5)


def test_that_a_bent_path_over_a_linear_decoder_is_pulled_straight() -> None:
    t = np.linspace(0, 1, 65)
    bent = np.stack([2 * t - 1, 0.4 * np.sin(math.pi * t) + 0.1 * np.sin(9 * math.pi * t)], axis=1)
    assert bend(refined(PullbackMetric.of_model(linear_model()), bent).corners) < 1e-3


@pytest.mark.parametrize(
    ("start", "end"),
    [((-1.0, 0.5), (1.0, 0.5)), ((0.1, 0.0), (2.0, 1.0)), ((1.5, 0.0), (-1.5, 0.3)), ((0.2, 0.1), (0.3, -0.4))],
)
def test_that_the_sphere_is_walked_along_great_circles(start: tuple[float, float], end: tuple[float, float]) -> None:
    ends = on_sphere(torch.tensor([start, end], dtype=torch.float64))
    angle = math.acos(float(ends[0] @ ends[1]))
    found = geodesic(PullbackMetric.of_function(on_sphere), start, end)
    assert found.length == pytest.approx(angle, rel=2e-3)
    places = on_sphere(torch.from_numpy(found.path)).numpy()
    across = np.cross(ends[0], ends[1])
    assert np.abs(places @ across / np.linalg.norm(across)).max() < 0.03


def test_that_the_way_leads_round_a_hill_and_is_much_shorter_than_over_it() -> None:
    found = geodesic(PullbackMetric.of_function(over_hill), (-1.5, 0.05), (1.5, 0.05))
    assert found.path[len(found.path) // 2, 1] > 0.5
    assert found.length < 0.75 * found.straight


def test_that_the_lattice_finds_the_side_to_go_round() -> None:
    metric = PullbackMetric.of_function(over_hill)
    path = lattice_path(metric, np.array([-1.5, 0.05]), np.array([1.5, 0.05]))
    shortest = geodesic(metric, (-1.5, 0.05), (1.5, 0.05))
    assert path[:, 1].max() > 0.5
    assert shortest.length <= measured(metric, path) < 1.05 * shortest.length


def test_that_a_geodesic_is_walked_at_constant_speed() -> None:
    metric = PullbackMetric.of_function(over_hill)
    found = geodesic(metric, (-1.5, 0.3), (1.5, -0.2))
    steps = metric.squared_steps(torch.from_numpy(found.path)).sqrt().numpy()
    assert steps.std() < 0.01 * steps.mean()


@given(seed=st.integers(0, 10_000), start=POINTS, end=POINTS)
@settings(max_examples=25, deadline=None)
def test_that_a_geodesic_is_never_longer_than_the_straight_line(
    seed: int, start: tuple[float, float], end: tuple[float, float]
) -> None:
    metric = rugged(seed)
    found = geodesic(metric, start, end)
    assert found.length <= found.straight
    assert tuple(found.path[0]) == start
    assert tuple(found.path[-1]) == end
    assert np.isfinite(found.path).all()
    line = np.linspace(start, end, 1025)
    assert found.length <= measured(metric, line) * (1 + 1e-9)


@given(seed=st.integers(0, 10_000), bulge=st.floats(-1, 1))
@settings(max_examples=25, deadline=None)
def test_that_refinement_never_lengthens(seed: int, bulge: float) -> None:
    metric, t = rugged(seed), np.linspace(0, 1, 33)
    path = np.stack([4 * t - 2, bulge * np.sin(math.pi * t)], axis=1)
    better = refined(metric, path).corners
    assert measured(metric, better) <= measured(metric, path)
    assert (better[[0, -1]] == path[[0, -1]]).all()


@pytest.mark.parametrize("end", [(0.5, 0.5), (0.5, 0.5 + 1e-9), (0.5001, 0.5)])
def test_that_ends_that_hardly_differ_are_joined_by_a_straight_line(end: tuple[float, float]) -> None:
    found = geodesic(PullbackMetric.of_function(over_hill), (0.5, 0.5), end)
    assert found.length == found.straight
    assert np.isfinite(found.path).all()
    assert tuple(found.path[-1]) == end


def test_that_a_plane_whose_pictures_do_not_change_has_straight_ways_of_no_length() -> None:
    found = geodesic(PullbackMetric.of_function(lambda z: 0 * z), (0, 0), (1, 1))
    assert (found.length, found.straight) == (0, 0)
    assert bend(found.path) < 1e-12


def test_that_pictures_that_are_no_numbers_leave_the_line_straight() -> None:
    found = geodesic(PullbackMetric.of_function(lambda z: z / 0), (-1, 0.1), (1, 0))
    assert np.isfinite(found.path).all()
    assert bend(found.path) < 1e-12


def test_that_the_length_of_a_large_picture_is_the_same_in_parts() -> None:
    whole = PullbackMetric.of_function(over_hill)
    parts = PullbackMetric.of_function(over_hill)
    parts._at_once = 7
    first, second = torch.arange(40), torch.arange(40).flip(0)
    z = torch.from_numpy(np.random.default_rng(0).normal(size=(40, 2)))
    both = [metric.squared_distances(z, [(first, second)])[0].numpy() for metric in (whole, parts)]
    np.testing.assert_allclose(both[0], both[1])


def test_that_a_search_is_left_when_it_is_cancelled() -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    with pytest.raises(Abandoned):
        geodesic(PullbackMetric.of_function(over_hill), (-1, 0.1), (1, 0), cancelled=cancelled)
    assert asked == 4


@pytest.mark.parametrize("metric", ["pixel", "fisher"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli", "gaussian", "gaussian-pixel"])
def test_that_a_models_way_goes_through_its_way_points_and_is_no_longer_than_straight_lines(
    likelihood: str, metric: str
) -> None:
    points = np.array([(-1.5, 0.4), (0.2, 1.0), (1.4, -1.2)])
    found = find_course(model(likelihood=likelihood), points, metric=metric)
    assert found.metric == metric
    assert len(found.legs) == 2
    assert 0 < found.ratio <= 1
    assert (found.lengths <= found.straight).all()
    np.testing.assert_allclose(interpolate(points, "geodesic", [0, 0.5, 1], course=found), points, atol=1e-12)


def test_that_each_class_has_its_own_way_and_two_classes_have_one_between() -> None:
    points = [(-1.5, 0.4), (1.4, -1.2)]
    ways = [find_course(model("label"), points, labels).legs[0] for labels in ([0, 0], [1, 1], [0, 1])]
    assert np.abs(ways[0] - ways[1]).max() > 1e-3
    assert np.abs(ways[0] - ways[2]).max() > 1e-3
    with pytest.raises(CapabilityError, match="name a class"):
        find_course(model("label"), points)


def test_that_legs_that_are_known_are_not_searched_again() -> None:
    ends = [(-1.5, 0.4), (0.3, 0.8), (1.4, -1.2)]
    first = find_course(model(), ends)
    moved = [*ends[:2], (1.5, -1.0)]
    again = find_course(model(), moved, known=first)
    assert again.legs[0] is first.legs[0]
    np.testing.assert_array_equal(again.legs[1], find_course(model(), moved).legs[1])
    assert find_course(model(), moved, metric="fisher", known=first).legs[0] is not first.legs[0]


def test_that_a_metric_over_late_moments_is_the_mean_of_the_decoders() -> None:
    points = [(-1.5, 0.4), (1.4, -1.2)]
    first, second = model(), model(seed=6)
    alone = [find_course(one, points) for one in (first, second)]
    both = find_course(second, points, metric="pixel-late", moments=[first])
    assert (alone[0].decoders, both.decoders, both.metric) == (1, 2, "pixel-late")
    line = np.linspace(points[0], points[1], 2001)
    means = [PullbackMetric.of_model(one.network).tensor(line) for one in (first, second)]
    speeds = np.sqrt(np.einsum("i,nij,j->n", line[-1] - line[0], np.mean(means, axis=0), line[-1] - line[0]))
    assert both.straight[0] == pytest.approx(np.trapezoid(speeds, dx=1 / 2000), rel=5e-3)
    assert min(np.abs(both.legs[0] - one.legs[0]).max() for one in alone) > 1e-3
    newest = find_course(second, points, metric="pixel-late")
    np.testing.assert_array_equal(newest.legs[0], alone[1].legs[0])
    assert find_course(second, points, moments=[first]).decoders == 1


def test_that_a_short_cut_through_a_place_where_decoders_disagree_costs_more() -> None:
    """Both decoders are flat in the middle, where each turns its own way: their mean picture says nothing of it."""

    def decoder(sign: float) -> PullbackMetric:
        def surface(z: Tensor) -> Tensor:
            hole = torch.exp(-2 * z.square().sum(dim=1, keepdim=True))
            return torch.cat([(1 - 0.9 * hole) * z, sign * 1.5 * hole * torch.sin(6 * z[:, :1])], dim=1)

        return PullbackMetric.of_function(surface)

    single = PullbackMetric.of_function(lambda z: (1 - 0.9 * torch.exp(-2 * z.square().sum(dim=1, keepdim=True))) * z)
    expected = PullbackMetric.mean([decoder(1), decoder(-1)])
    ends = (-1.5, 0.1), (1.5, 0.1)
    through, round_it = (np.abs(geodesic(metric, *ends).path[:, 1]).max() for metric in (single, expected))
    assert through < 0.4 < 0.6 < round_it


def test_that_a_model_that_completes_pictures_has_a_way_for_each_picture() -> None:
    points = [(-1.5, 0.4), (1.4, -1.2)]
    dark = find_course(model("image"), points)
    bright = find_course(model("image").given(np.full((1, 6, 6), 255, dtype=np.uint8)), points)
    assert abs(dark.straight[0] / bright.straight[0] - 1) > 1e-4


def test_that_a_place_that_is_no_number_is_refused() -> None:
    with pytest.raises(SettingError, match="finite"):
        find_course(model(), [(0, 0), (np.nan, 1)])
    with pytest.raises(SettingError, match="no metric"):
        find_course(model(), [(0, 0), (1, 1)], metric="pixels")


def test_that_a_path_of_one_point_has_no_length() -> None:
    found = find_course(model(), [(0.5, 1)])
    assert found.ratio == 1
    assert (interpolate([(0.5, 1)], "geodesic", [0, 1], course=found) == (0.5, 1)).all()


def test_that_the_same_ends_always_give_the_same_way() -> None:
    def once() -> Geodesic:
        return geodesic(PullbackMetric.of_function(over_hill), (-1.5, 0.05), (1.5, 0.05))

    np.testing.assert_array_equal(once().path, once().path)


def test_that_the_search_finds_the_valley_of_rosenbrock() -> None:
    def valley(x: np.ndarray) -> tuple[float, np.ndarray]:
        a, b = 1 - x[0], x[1] - x[0] ** 2
        return a**2 + 100 * b**2, np.array([-2 * a - 400 * x[0] * b, 200 * b])

    found = minimised(valley, np.array([-1.2, 1.0]), iterations=200, tolerance=1e-12)
    np.testing.assert_allclose(found, [1, 1], atol=1e-4)
