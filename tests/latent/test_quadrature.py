"""Integrals over the plane are right to the error they name, and densities integrate to one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tests.latent.linear_model import linear_model
from tests.models.networks import random_images, small_model
from tests.training.tiny import tiny_dataset, tiny_experiment, trained
from vae_explorer.errors import CapabilityError
from vae_explorer.latent.integration import BASE_TILES, COARSE_TILES, Witnesses, integrate
from vae_explorer.latent.joint import Joint, as_floats, standard_prior
from vae_explorer.latent.measures import Pace
from vae_explorer.latent.quadrature import aggregate_density, cell_middles, posterior_field
from vae_explorer.latent.tiles import NODES, Square
from vae_explorer.models.distributions import FullGaussian
from vae_explorer.models.snapshot import ModelSnapshot

QUIET = Pace(lambda _what, _share: None, lambda: False)
BASE = Square((-6.0, -6.0), 12.0, 30)
CORNERS = (-6.0, -6.0, 6.0, 6.0)


class TwoBumps:
    """Mixtures of two normal distributions on the plane, some of them narrow, whose integrals are known."""

    def __init__(self, count: int, narrowest: float, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.means = torch.from_numpy(random.normal(size=(count, 2, 2)))
        self.deviations = torch.from_numpy(10 ** random.uniform(math.log10(narrowest), -0.3, size=(count, 2, 2)))
        self.log_masses = torch.from_numpy(random.uniform(-3, 3, size=(count, 2)))

    def scores(self, z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        index = torch.from_numpy(rows)
        means, deviations = self.means[index][:, None], self.deviations[index][:, None]
        squares = ((torch.from_numpy(z)[None, :, None] - means) / deviations).square().sum(dim=-1)
        logs = -0.5 * squares - deviations.log().sum(dim=-1) - math.log(2 * math.pi)
        return (logs + self.log_masses[index][:, None]).logsumexp(dim=-1)

    @property
    def log_integrals(self) -> npt.NDArray[np.float64]:
        return self.log_masses.logsumexp(dim=-1).numpy()


class TiltedBumps:
    """Mixtures of two normal distributions of any tilt, from hairlines to hills; some stand on corners of tiles."""

    def __init__(self, count: int, narrowest: float, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.means = random.normal(size=(count, 2, 2))
        on_corner = random.random((count, 2)) < 0.3
        self.means[on_corner] = 0.4 * np.round(self.means[on_corner] / 0.4)
        self.deviations = 10 ** random.uniform(math.log10(narrowest), math.log10(0.5), size=(count, 2, 2))
        self.angles = random.uniform(0, math.pi, size=(count, 2))
        self.log_masses = random.uniform(-3, 3, size=(count, 2))

    def scores(self, z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        offset = z[None, :, None] - self.means[rows][:, None]
        cosine, sine = np.cos(self.angles[rows][:, None]), np.sin(self.angles[rows][:, None])
        along = cosine * offset[..., 0] + sine * offset[..., 1]
        across = cosine * offset[..., 1] - sine * offset[..., 0]
        wide, tall = np.moveaxis(self.deviations[rows][:, None], -1, 0)
        squares = np.square(along / wide) + np.square(across / tall)
        logs = self.log_masses[rows][:, None] - 0.5 * squares - np.log(wide * tall) - math.log(2 * math.pi)
        return torch.from_numpy(np.logaddexp(logs[..., 0], logs[..., 1]))

    @property
    def log_integrals(self) -> npt.NDArray[np.float64]:
        return np.logaddexp(self.log_masses[:, 0], self.log_masses[:, 1])

    @property
    def witnesses(self) -> Witnesses:
        """The middle of the higher peak of each."""
        rows = np.arange(len(self.means))
        higher = (self.log_masses - np.log(self.deviations).sum(axis=2)).argmax(axis=1)
        z = self.means[rows, higher]
        return Witnesses(z, np.array([self.scores(z[[row]], rows[[row]])[0, 0].item() for row in range(len(z))]))


def test_that_an_integral_is_as_near_as_its_error_says() -> None:
    bumps = TwoBumps(40, narrowest=0.02)
    found = integrate(bumps.scores, 40, BASE, pace=QUIET)
    off = np.abs(found.log_values - bumps.log_integrals)
    assert off.max() < 0.005
    assert np.all(off <= found.errors + 1e-4)
    assert found.errors.max() <= 0.02


@pytest.mark.parametrize("seed", [pytest.param(9, marks=pytest.mark.slow), 10, 18])
def test_that_peaks_of_any_width_and_tilt_are_as_near_as_their_error_says_where_a_witness_points(seed: int) -> None:
    bumps = TiltedBumps(10, narrowest=1e-3, seed=seed)
    found = integrate(bumps.scores, 10, BASE, pace=QUIET, witnesses=bumps.witnesses)
    off = np.abs(found.log_values - bumps.log_integrals)
    assert np.all(off <= found.errors + 1e-4)
    assert off.max() < 0.005
    assert found.errors.max() <= 0.025


def test_that_a_hairline_is_followed_through_the_tiles_that_its_witness_does_not_lie_in() -> None:
    """Under broader mass the nodes beside it tell nothing of it: only the tiles next to those that follow it do."""
    bumps = TiltedBumps(1, narrowest=0.1, seed=0)
    bumps.means = np.array([[[0.1213, -0.3171], [0.0, 0.0]]])
    bumps.deviations = np.array([[[0.3, 1e-3], [0.5, 0.5]]])
    bumps.angles, bumps.log_masses = np.array([[0.0, 0.0]]), np.array([[-3.0, 0.0]])
    found = integrate(bumps.scores, 1, BASE, pace=QUIET, witnesses=bumps.witnesses)
    off = np.abs(found.log_values - bumps.log_integrals)
    assert off[0] <= found.errors[0] + 1e-6
    assert off[0] < 0.005


def test_that_a_witness_little_above_the_nodes_round_it_is_not_taken_for_what_they_say() -> None:
    """The narrow bump, in the middle between four nodes, holds 2 % of the mass and rises 5 nats above the broad one."""
    bumps = TiltedBumps(1, narrowest=0.1, seed=0)
    bumps.means = np.array([[[-0.15, 0.75], [-0.252, 0.38]]])
    bumps.deviations = np.array([[[0.006, 0.006], [0.1608, 0.0556]]])
    bumps.angles, bumps.log_masses = np.array([[0.0, 1.5]]), np.array([[-1.6, 2.21]])
    found = integrate(bumps.scores, 1, BASE, pace=QUIET, witnesses=bumps.witnesses)
    off = np.abs(found.log_values - bumps.log_integrals)
    assert off[0] <= found.errors[0] + 1e-6
    assert off[0] < 0.005


def test_that_an_edge_that_no_tile_is_to_blame_for_is_followed_until_the_half_grids_agree() -> None:
    """Slopes of exp(-|x| / 0.13) bend by no more than smooth ones, but their half grids agree far later."""
    scale, middle = 0.13, np.array([0.03, -0.47])

    def scores(z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        return torch.from_numpy(-np.abs((z - middle) / scale).sum(axis=1)).expand(len(rows), -1)

    found = integrate(scores, 1, BASE, pace=QUIET)
    assert abs(found.log_values[0] - 2 * math.log(2 * scale)) <= found.errors[0] <= 0.02


def test_that_a_peak_between_the_outermost_node_of_a_tile_and_the_next_is_found() -> None:
    """Both nodes are alike low, and there is no third one on the far side to fall off to."""
    bumps = TiltedBumps(1, narrowest=0.1, seed=0)
    bumps.means = np.array([[[0.77587, -2.11806], [-0.34369, 0.21017]]])
    bumps.deviations = np.array([[[0.00156, 0.01083], [0.01987, 0.00201]]])
    bumps.angles, bumps.log_masses = np.array([[0.0258, 0.8989]]), np.array([[-2.6265, 1.7367]])
    found = integrate(bumps.scores, 1, BASE, pace=QUIET, witnesses=bumps.witnesses)
    assert abs(found.log_values[0] - bumps.log_integrals[0]) <= found.errors[0] + 1e-6
    assert abs(found.log_values[0] - bumps.log_integrals[0]) < 0.005


def test_that_peaks_a_quarter_of_the_spacing_wide_need_no_witness() -> None:
    bumps = TiltedBumps(15, narrowest=0.05 / 4, seed=101)
    found = integrate(bumps.scores, 15, BASE, pace=QUIET)
    off = np.abs(found.log_values - bumps.log_integrals)
    assert np.all(off <= found.errors + 1e-4)
    assert off.max() < 0.005


@pytest.mark.parametrize("width", [1.6, 1.7, 1.8, 2.0, 2.2])
def test_that_the_error_knows_of_peaks_on_which_the_half_grids_agree_although_they_are_wrong(width: float) -> None:
    """In the middle between four nodes, where every second column, row and node gives the same, and too little."""
    spacing = 12 / (30 * NODES)
    middle, deviation = np.array([16 * spacing, -20 * spacing]), spacing / width

    def scores(z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        squares = np.square((z - middle) / deviation).sum(axis=1)
        return torch.from_numpy(-0.5 * squares - 2 * math.log(deviation) - math.log(2 * math.pi)).expand(len(rows), -1)

    found = integrate(scores, 1, BASE, pace=QUIET)
    assert abs(found.log_values[0]) <= found.errors[0] + 1e-6
    assert abs(found.log_values[0]) < 0.005


@pytest.mark.parametrize("deviation", [1e-3, 3e-3, 1e-2])
@pytest.mark.parametrize("peak", [(0.4987, -0.7013), (0.4, 0.4), (0.4001, 0.4001), (0.31, 0.27)])
def test_that_a_peak_between_the_nodes_is_found_by_the_witness(peak: tuple[float, float], deviation: float) -> None:
    def scores(z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        del rows
        distance = torch.from_numpy(np.square((z - np.array(peak)) / deviation).sum(axis=1))
        narrow = -0.5 * distance - 2 * math.log(deviation) - math.log(2 * math.pi)
        broad = -0.5 * torch.from_numpy(np.square(z).sum(axis=1)) - math.log(2 * math.pi) - 5
        return torch.logaddexp(narrow, broad)[None]

    at = np.array([peak])
    witness = Witnesses(at, scores(at, np.zeros(1, dtype=np.int64)).numpy()[0])
    found = integrate(scores, 1, BASE, pace=QUIET, witnesses=witness)
    off = abs(found.log_values[0] - math.log1p(math.exp(-5)))
    assert off <= found.errors[0] + 1e-6
    assert off < 1e-4


def test_that_a_hairline_between_the_nodes_under_broader_mass_is_missed_without_a_witness() -> None:
    """What is not promised: nothing at the nodes tells of it."""

    def scores(z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> torch.Tensor:
        del rows
        distance = torch.from_numpy(np.square((z - np.array([0.4987, -0.7013])) / 1e-3).sum(axis=1))
        narrow = -0.5 * distance - 2 * math.log(1e-3) - math.log(2 * math.pi)
        return torch.logaddexp(narrow, -0.5 * torch.from_numpy(np.square(z).sum(axis=1)) - math.log(2 * math.pi) - 5)[
            None
        ]

    assert integrate(scores, 1, BASE, pace=QUIET).log_values[0] == pytest.approx(-5, abs=0.1)


def test_that_a_grid_four_times_as_fine_gives_the_same_log_likelihoods_of_a_trained_model() -> None:
    """To a hundredth of a nat for each picture, and as near as the errors say, without the encoder's help."""
    data = tiny_dataset(train=300, test=4)
    network = trained(tiny_experiment(epochs=20), data).finished.model.network
    joint = Joint(network, as_floats(data.test.images[:], network), standard_prior())
    for tiles in (BASE_TILES // 2, COARSE_TILES):
        square = Square((-6.0, -6.0), 12.0, tiles)
        found = integrate(joint.scores, len(joint), square, pace=QUIET)
        fine = integrate(joint.scores, len(joint), square.with_tiles(4 * tiles), pace=QUIET)
        off = np.abs(found.log_values - fine.log_values)
        assert off.max() < 0.01
        assert np.all(off <= found.errors + fine.errors + 1e-4)


def test_that_the_square_grows_to_where_the_mass_is() -> None:
    far = TwoBumps(5, narrowest=0.1)
    far.means = far.means + 9.0
    found = integrate(far.scores, 5, BASE, pace=QUIET)
    np.testing.assert_allclose(found.log_values, far.log_integrals, atol=0.01)


def test_that_a_square_that_grows_takes_nothing_of_the_progress_back() -> None:
    far = TwoBumps(5, narrowest=0.1)
    far.means = far.means + 9.0
    shares: list[float] = []
    integrate(far.scores, 5, BASE, pace=Pace(lambda _what, share: shares.append(share), lambda: False))
    assert shares == sorted(shares)
    assert shares[-1] <= 1.0


def test_that_a_true_posterior_is_the_one_known_in_closed_form() -> None:
    model, image = linear_model("full"), random_images(1)[0]
    size = (300, 200)
    field = posterior_field(ModelSnapshot(model, step=0, epoch=0), image, None)
    density = field(cell_middles((-2.0, -4.0, 6.0, 4.0), size)).reshape(200, 300)
    q = model.posterior(torch.from_numpy(image[None] / 255))
    assert isinstance(q, FullGaussian)
    z1 = -2 + (np.arange(300) + 0.5) * 8 / 300
    z2 = 4 - (np.arange(200) + 0.5) * 8 / 200
    z = torch.from_numpy(np.stack(np.meshgrid(z1, z2), axis=-1))
    np.testing.assert_allclose(density, q.log_prob(z[:, :, None])[..., 0].exp().detach().numpy(), rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("conditioning", ["none", "class-mean", "label", "image"])
def test_that_every_true_posterior_integrates_to_one(conditioning: str) -> None:
    model = ModelSnapshot(small_model(conditioning=conditioning), step=0, epoch=0)  # type: ignore[arg-type]
    density = posterior_field(model, random_images(1)[0], 1)(cell_middles((-15.0, -15.0, 15.0, 15.0), (600, 600)))
    assert density.sum() * 0.05**2 == pytest.approx(1, abs=1e-3)


def test_that_a_posterior_needs_a_likelihood_and_the_class() -> None:
    labelled = ModelSnapshot(small_model(conditioning="label"), step=0, epoch=0)
    with pytest.raises(CapabilityError, match="name a class from 0 to 2"):
        posterior_field(labelled, random_images(1)[0], None)


def test_that_the_aggregate_density_integrates_to_one_and_has_its_top_row_first() -> None:
    mean = np.array([[0.0, 2.0], [0.5, 2.0]])
    density = aggregate_density(mean, np.full((2, 2), -1.0), np.array([0.0, 0.8]), CORNERS, (240, 120))
    assert density.shape == (120, 240)
    assert density.sum() * 0.05 * 0.1 == pytest.approx(1, abs=1e-6)
    assert density.sum(axis=1).argmax() in {39, 40}


def test_that_no_narrow_posterior_falls_between_the_cells() -> None:
    density = aggregate_density(np.array([[0.31, -0.17]]), np.full((1, 2), -20.0), np.zeros(1), CORNERS, (60, 60))
    assert density.sum() * 0.2**2 == pytest.approx(1, abs=0.03)
