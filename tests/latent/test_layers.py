"""Layers obey the laws that hold for models whose planes are known, and lattices keep what they share."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from tests.latent.linear_model import linear_model
from tests.models.networks import random_images, small_model
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.latent.doubt import disagreement, mean_pictures, round_trip
from vae_explorer.latent.geometry import PullbackMetric
from vae_explorer.latent.lattice import FieldValues, Filler, Lattice
from vae_explorer.latent.layer import Layer, LayerSource
from vae_explorer.latent.layer_fields import metric_field
from vae_explorer.latent.layers import LAYERS, compute_layer, find_layer
from vae_explorer.latent.units import CODE_UNITS, PRIOR_UNITS, units_of
from vae_explorer.models.distributions import PointMass
from vae_explorer.models.snapshot import ModelSnapshot

CORNERS = (-2.0, -1.0, 2.0, 1.0)
SIZE = (8, 4)


class Inverse(nn.Module):
    """The encoder that leads back exactly: the pseudo-inverse of a linear decoder."""

    def __init__(self, weights: torch.Tensor, shift: float = 0.0) -> None:
        super().__init__()
        self.log_var = self.lower = None
        self.inverse, self.shift = torch.linalg.pinv(weights), shift

    def forward(self, x: torch.Tensor, condition: torch.Tensor | None = None) -> PointMass:
        """Return z."""
        del condition
        return PointMass((x.flatten(1) - 0.5) @ self.inverse.T + self.shift)


@dataclass(frozen=True)
class SomePosteriors:
    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32]
    correlation: npt.NDArray[np.float32]


def weights_of(model: ModelSnapshot) -> npt.NDArray[np.float64]:
    return np.asarray(model.network.get_parameter("decoder.body.weights").numpy())


def snapshot(kind: str = "full", seed: int = 0) -> ModelSnapshot:
    return ModelSnapshot(linear_model(kind, seed=seed), step=1, epoch=1.0)


def autoencoder(shift: float = 0.0) -> ModelSnapshot:
    model = linear_model()
    model.encoder = Inverse(model.get_parameter("decoder.body.weights").detach(), shift)  # type: ignore[assignment]
    return ModelSnapshot(model, step=1, epoch=1.0)


def test_that_a_linear_decoder_magnifies_everywhere_by_sqrt_det_of_its_weights() -> None:
    model = snapshot()
    weights = weights_of(model)
    found = compute_layer(model, "magnification", CORNERS, SIZE)
    expected = 0.5 * np.linalg.slogdet(weights.T @ weights)[1] / np.log(10)
    assert found.values.shape == (4, 8)
    assert found.values == pytest.approx(expected, abs=1e-9)


def test_that_the_fisher_metric_of_a_linear_gaussian_counts_deviations() -> None:
    model = snapshot()
    weights = weights_of(model) / 0.3
    found = compute_layer(model, "magnification-fisher", CORNERS, SIZE)
    assert found.values == pytest.approx(0.5 * np.linalg.slogdet(weights.T @ weights)[1] / np.log(10), abs=1e-6)


def test_that_the_axes_are_those_of_the_unit_ball_of_the_metric() -> None:
    model = snapshot()
    weights = weights_of(model)
    found = compute_layer(model, "magnification", CORNERS, SIZE)
    assert found.axes is not None
    ratio, angle = found.axes[2, 3]
    singular = np.linalg.svd(weights, compute_uv=False)
    assert ratio == pytest.approx(singular[1] / singular[0])
    along = weights @ np.array([np.cos(angle), np.sin(angle)])
    assert np.linalg.norm(along) == pytest.approx(singular[1])


def test_that_the_inverse_stereographic_map_magnifies_as_the_sphere_does() -> None:
    def sphere(z: torch.Tensor) -> torch.Tensor:
        square = z.square().sum(dim=1, keepdim=True)
        return torch.cat([2 * z, square - 1], dim=1) / (1 + square)

    z = np.random.default_rng(3).normal(size=(50, 2))
    found = metric_field(PullbackMetric.of_function(sphere).tensor)(z, (1.0, 1.0))
    radius = np.square(z).sum(axis=1)
    assert found.values == pytest.approx(np.log10(4 / (1 + radius) ** 2), abs=1e-9)
    assert found.axes is not None
    assert found.axes[:, 0] == pytest.approx(1.0, abs=1e-6)


def test_that_a_decoder_that_ignores_a_direction_has_no_value_there() -> None:
    flat = metric_field(lambda z: np.broadcast_to(np.diag([4.0, 0.0]), (len(z), 2, 2)))
    found = flat(np.zeros((3, 2)), (1.0, 1.0))
    assert np.isnan(found.values).all()
    assert found.axes is not None
    assert found.axes[:, 0] == pytest.approx(0.0)
    assert found.axes[:, 1] % np.pi == pytest.approx(np.pi / 2)


def test_that_two_threads_may_measure_metrics_at_once() -> None:
    network = ModelSnapshot(small_model(), step=1, epoch=1.0).network
    failures: list[BaseException] = []

    def measure() -> None:
        try:
            for seed in range(60):
                z = np.random.default_rng(seed).normal(size=(32, 2))
                PullbackMetric.of_model(network).tensor(z)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=measure) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_that_a_perfect_autoencoder_comes_back_to_where_it_began() -> None:
    z = np.random.default_rng(0).normal(size=(20, 2))
    assert round_trip(autoencoder(), z) == pytest.approx(0.0, abs=1e-6)


def test_that_a_round_trip_is_as_far_as_the_encoder_is_off() -> None:
    z = np.random.default_rng(0).normal(size=(20, 2))
    assert round_trip(autoencoder(shift=0.3), z) == pytest.approx(0.3 * np.sqrt(2), abs=1e-6)
    assert compute_layer(autoencoder(shift=0.3), "round-trip", CORNERS, SIZE).unit == "units of z"


def test_that_identical_weights_agree_everywhere() -> None:
    z = np.random.default_rng(0).normal(size=(20, 2))
    assert disagreement([snapshot(), snapshot(), snapshot()], z) == pytest.approx(0.0)


def test_that_disagreement_is_the_deviation_of_the_pixels_in_grey_levels() -> None:
    first, second = snapshot(seed=0), snapshot(seed=1)
    z = np.random.default_rng(0).normal(size=(20, 2))
    apart = np.abs(z @ (weights_of(first) - weights_of(second)).T) / np.sqrt(2)
    assert disagreement([first, second], z) == pytest.approx(255 * apart.mean(axis=1), rel=1e-9)
    source = LayerSource(first, moments=(first, second))
    assert compute_layer(source, "disagreement", CORNERS, SIZE).values.max() > 0
    with pytest.raises(CapabilityError, match="two moments"):
        compute_layer(replace(source, moments=(first,)), "disagreement", CORNERS, SIZE)


def test_that_a_completing_model_goes_round_with_the_band_it_was_given() -> None:
    model = ModelSnapshot(small_model(conditioning="image"), step=1, epoch=1.0)
    picture = random_images(1)[0]
    z = np.zeros((1, 2))
    pictures = mean_pictures(model.given(picture), z).numpy()
    assert pictures[0, ..., 2:5] == pytest.approx(picture[..., 2:5] / 255)
    assert np.round(255 * pictures) == pytest.approx(model.given(picture).decode(z).astype(float))
    assert np.isfinite(round_trip(model, z)).all()


@pytest.mark.parametrize("name", ["magnification", "round-trip", "exact"])
def test_that_a_label_conditioned_model_must_be_told_a_class(name: str) -> None:
    model = ModelSnapshot(small_model(conditioning="label"), step=1, epoch=1.0)
    with pytest.raises(CapabilityError, match="label-conditioned"):
        compute_layer(LayerSource(model, image=random_images(1)[0]), name, CORNERS, SIZE)
    told = LayerSource(model, label=1, image=random_images(1)[0], image_label=1)
    assert np.isfinite(compute_layer(told, name, CORNERS, SIZE).values).all()


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_that_every_layer_has_words_and_colours_that_grow_lighter(layer: Layer) -> None:
    assert layer.tip.endswith(".")
    assert layer.title
    assert layer.switch
    lightness = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in layer.colours]
    assert lightness == sorted(lightness)
    assert (layer.kind == "class") is (not layer.colours)


def test_that_an_unknown_layer_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match="magnification, magnification-fisher"):
        compute_layer(snapshot(), "magnificatoin", CORNERS, SIZE)


def test_that_q_of_z_integrates_to_one_and_needs_pictures() -> None:
    model = snapshot()
    codes = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    posteriors = SomePosteriors(codes, np.full_like(codes, -1.0), np.zeros(30, np.float32))
    found = compute_layer(LayerSource(model, posteriors=posteriors), "aggregate", (-8, -8, 8, 8), (160, 160))
    assert found.values.sum() * 0.01 == pytest.approx(1.0, abs=1e-3)
    with pytest.raises(CapabilityError, match="Encode some pictures"):
        compute_layer(model, "aggregate", CORNERS, SIZE)


def test_that_text_of_a_magnification_is_a_power_of_ten() -> None:
    assert find_layer("magnification").text(1.3) == "20"
    assert find_layer("magnification").text(-0.5) == "0.316"
    assert find_layer("magnification").text(4.5) == "31,623"
    assert find_layer("magnification").text(-7.25) == "10⁻⁷·²"
    assert find_layer("magnification").text(8.0) == "10⁸·⁰"
    assert find_layer("round-trip").text(0.1234) == "0.123"


def plane_field(z: npt.NDArray[np.float64], _cell: tuple[float, float]) -> FieldValues:
    return FieldValues(z[:, 0] + 10 * z[:, 1], np.floor(z[:, 0]).astype(np.intp), z.copy())


def test_that_a_lattice_holds_its_rectangle_and_lies_at_multiples_of_its_cells() -> None:
    lattice = Lattice.covering((-0.3, 0.1, 0.6, 0.9), 2)
    assert lattice.corners == (-0.5, 0.0, 0.75, 1.0)
    assert (lattice.columns, lattice.rows) == (5, 4)


def test_that_the_first_row_is_the_uppermost() -> None:
    patch = Filler(plane_field).fill(Lattice.covering((0.0, 0.0, 2.0, 2.0), 0), lambda: None)
    assert patch.found.values.tolist() == [[15.5, 16.5], [5.5, 6.5]]


def test_that_a_patch_is_read_between_the_middles_of_its_cells() -> None:
    patch = Filler(lambda z, _cell: FieldValues(z[:, 0] + 10 * z[:, 1])).fill(
        Lattice.covering((-1.0, -1.0, 1.0, 1.0), 1), lambda: None
    )
    for z in ((0.1, -0.3), (0.25, 0.25), (-0.6, 0.7)):
        found = patch.at(z)
        assert found is not None
        assert found[0] == pytest.approx(z[0] + 10 * z[1])
    assert patch.at((1.2, 0.0)) is None
    regions = Filler(plane_field).fill(Lattice.covering((-1.0, -1.0, 1.0, 1.0), 1), lambda: None)
    assert regions.at((-0.6, 0.7)) == (-0.75 + 7.5, -1)


def test_that_a_view_that_moved_computes_only_what_is_new() -> None:
    counted: list[int] = []

    def field(z: npt.NDArray[np.float64], cell: tuple[float, float]) -> FieldValues:
        counted.append(len(z))
        return plane_field(z, cell)

    filler = Filler(field)
    filler.fill(Lattice.covering((0.0, 0.0, 10.0, 10.0), 0), lambda: None)
    moved = Lattice.covering((2.0, -1.0, 12.0, 9.0), 0)
    assert filler.missing(moved) == 100 - 72
    counted.clear()
    patch = filler.fill(moved, lambda: None)
    assert sum(counted) == 28
    whole = Filler(plane_field).fill(moved, lambda: None).found
    assert np.array_equal(patch.found.values, whole.values)
    assert np.array_equal(np.asarray(patch.found.classes), np.asarray(whole.classes))
    assert np.array_equal(np.asarray(patch.found.axes), np.asarray(whole.axes))


def test_that_a_finer_level_computes_only_the_borders_of_regions_where_no_more_is_wanted() -> None:
    counted: list[int] = []

    def field(z: npt.NDArray[np.float64], _cell: tuple[float, float]) -> FieldValues:
        counted.append(len(z))
        outside = (z[:, 0] - 0.3) ** 2 + z[:, 1] ** 2 - 1.5
        return FieldValues(1 / (1 + np.exp(-np.abs(outside))), (outside > 0).astype(np.intp))

    filler, fine = Filler(field), Lattice.covering((-1.9, -1.7, 2.1, 1.8), 5)
    filler.fill(Lattice.covering((-2.0, -2.0, 2.0, 2.0), 4), lambda: None)
    whole = Filler(field).fill(fine, lambda: None).found
    counted.clear()
    borders = filler.fill(fine, lambda: None, at_borders=True).found
    missing = fine.rows * fine.columns - sum(counted)
    assert missing > fine.rows * fine.columns / 2
    assert np.array_equal(np.asarray(borders.classes), np.asarray(whole.classes))
    assert borders.values == pytest.approx(whole.values, abs=1e-3)
    assert filler.missing(fine, at_borders=True) == 0
    assert filler.missing(fine) == missing, "what was taken from the coarser level isn't taken for computed"
    assert np.array_equal(filler.fill(fine, lambda: None).found.values, whole.values)


def test_that_filling_can_be_given_up_between_pieces() -> None:
    class Enough(Exception):  # noqa: N818
        pass

    def give_up() -> None:
        raise Enough

    filler = Filler(plane_field)
    with pytest.raises(Enough):
        filler.fill(Lattice.covering(CORNERS, 2), give_up)
    assert filler.missing(Lattice.covering(CORNERS, 2)) == 16 * 8


def test_that_only_an_encoder_without_noise_leaves_the_plane_without_a_prior() -> None:
    assert units_of(autoencoder()) == CODE_UNITS
    assert units_of(snapshot()) == PRIOR_UNITS  # decodes only, as a GAN: its points are drawn from the prior
    assert units_of(None) == PRIOR_UNITS
