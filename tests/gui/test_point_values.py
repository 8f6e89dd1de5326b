"""Points coloured by what was measured of each image: the scale, the choice, and the legend in the real window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.app.fake_models import FakeModel, tiny_images
from tests.gui.plane_driver import settle, train
from vae_explorer.app.state import ModelInfo, PointCloud
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.point_colours import NOT_MEASURED, Computed, colourings, on_points
from vae_explorer.gui.plotting.point_values import kl_to_prior
from vae_explorer.gui.plotting.value_scale import SHADES, ValueRange, value_palette
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, PerImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow

POSTERIOR = ["KL to the prior", "Reconstruction error"]
PLAIN = ModelInfo(5, 1.0, "none", 3, (), (1, 8, 8), True, True, None)
ROWS = np.arange(45, 55)
LOG_LIKELIHOOD = -100.0 - np.arange(10.0)
GAP = np.arange(10.0)
VALUES = PerImage(ROWS, LOG_LIKELIHOOD - GAP, LOG_LIKELIHOOD, GAP, GAP - LOG_LIKELIHOOD)
TO_LMS = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
DICHROMATS = {
    "protanope": np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]]),
    "deuteranope": np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]]),
}


def ten_of_fifteen(
    model: Model,
    dataset: ImageDataset,
    options: EvaluationOptions,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Evaluation:
    """Stand in for the evaluation: ten of the fifteen test images are measured."""
    return Evaluation("Bernoulli", "cross-entropy", 10, options.seed, model.step, (), VALUES, ())


def measure(session: Session, qtbot: QtBot) -> None:
    session.evaluation.work = ten_of_fifteen
    session.evaluation.measure(EvaluationOptions())
    qtbot.waitUntil(lambda: not session.evaluation.is_running)


def plane_of(window: MainWindow) -> PlanePanel:
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    return panel


def entry(panel: PlanePanel, title: str) -> QAction:
    return next(action for action in panel.legend.choice.entries if action.text() == title)


def luminance(palette: np.ndarray) -> np.ndarray:
    share = palette / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("dark", [False, True])
def test_that_the_scale_grows_lighter_all_the_way_also_to_colour_blind_people(dark: bool) -> None:
    palette = value_palette(dark=dark).astype(np.float64)
    assert palette.shape == (SHADES, 3)
    assert (np.diff(luminance(palette)) > 0).all()
    for sees in DICHROMATS.values():
        # Viénot, Brettel and Mollon (1999).
        seen = palette @ TO_LMS.T @ sees.T @ np.linalg.inv(TO_LMS).T
        assert (np.diff(luminance(np.clip(seen, 0, 255))[::4]) > 0).all()


@pytest.mark.parametrize("dark", [False, True])
def test_that_equal_steps_of_the_scale_look_equally_far_apart(dark: bool) -> None:
    share = value_palette(dark=dark) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    cube = np.cbrt(linear @ to_xyz.T / [0.9505, 1.0, 1.089])
    lab = np.stack([116 * cube[:, 1] - 16, 500 * (cube[:, 0] - cube[:, 1]), 200 * (cube[:, 1] - cube[:, 2])], axis=1)
    steps = np.linalg.norm(np.diff(lab[::7], axis=0), axis=1)
    # CIELAB itself is uneven in blue by about a factor of two; a rainbow is so by five.
    assert steps.max() < 2.5 * steps.min()


def test_that_outliers_do_not_stretch_the_range_and_are_marked() -> None:
    values = np.concatenate([np.linspace(0.0, 1.0, 1000), [1e6, np.nan]])
    span = ValueRange.of(values, robust=True)
    assert span.high < 1.1
    assert span.clipped_high
    assert span.shades(np.array([1e6, np.nan, -5.0])).tolist() == [SHADES - 1, -1, 0]
    assert ValueRange.of(np.array([np.nan]), robust=True) == ValueRange(0.0, 1.0)


def test_that_values_find_their_points_by_row() -> None:
    rows = np.array([50, 3, 46, 59])
    cloud = PointCloud(np.zeros((4, 2), np.float32), np.zeros((4, 2), np.float32), rows, None, 5)
    shuffled = PerImage(ROWS[::-1], VALUES.elbo[::-1], VALUES.log_likelihood[::-1], GAP[::-1], VALUES.loss[::-1])
    for values in (VALUES, shuffled):
        found = on_points(cloud, values, "gap")
        assert found[[0, 2]].tolist() == [5.0, 1.0]
        assert np.isnan(found[[1, 3]]).all()


def test_that_each_family_offers_what_can_be_measured_of_its_images() -> None:
    data = tiny_images()
    offers = {
        "vae": (PLAIN, [*POSTERIOR, "Exact log p(x)", "ELBO", "Inference gap"]),
        "autoencoder": (replace(PLAIN, is_stochastic=False), ["Exact log p(x)", "Reconstruction loss"]),
        "classifier": (replace(PLAIN, can_classify=True, can_decode=False), ["KL to the prior", "Cross-entropy"]),
        "completer": (
            replace(PLAIN, conditioning="image"),
            [*POSTERIOR, "Exact log p(rest | band)", "ELBO", "Inference gap"],
        ),
        "generator": (replace(PLAIN, can_encode=False, has_likelihood=False), []),
    }
    for name, (model, titles) in offers.items():
        found = colourings(data, model)
        assert [each.title for each in found] == ["Class", *titles], name
        assert {each.absent for each in found[1:] if each.computed is not Computed.KL} <= {NOT_MEASURED}
    nothing = np.full(10, np.nan)
    found = colourings(data, PLAIN, PerImage(ROWS, nothing, LOG_LIKELIHOOD, nothing, nothing))
    assert [each.title for each in found if not each.absent] == ["Class", "KL to the prior", "Exact log p(x)"]


def test_that_values_can_be_chosen_only_once_they_are_measured(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    panel = plane_of(window)
    assert not entry(panel, "Inference gap").isEnabled()
    assert entry(panel, "Inference gap").toolTip() == NOT_MEASURED
    measure(window.session, qtbot)
    assert entry(panel, "Inference gap").isEnabled()
    entry(panel, "Inference gap").trigger()
    assert panel.legend.choice.text().startswith("Gap")
    assert panel.legend.bar.isVisible()
    assert panel.legend.bar.toolTip().startswith(f"Inference gap: {panel.legend.bar.words[0]}")
    assert "10 images" in panel.legend.note.text()
    assert "5 not measured" in panel.legend.note.text()
    assert not panel.legend.buttons[0].isVisible()


def test_that_the_points_on_the_plane_wear_the_colours_of_the_legend(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    measure(window.session, qtbot)
    panel = plane_of(window)
    for layer in ("tiles", "prior", "posterior"):
        panel.controls.switches.action(layer).setChecked(False)
    panel.controls.point_size.setValue(14)
    entry(panel, "Exact log p(x)").trigger()
    cloud = window.session.points
    assert cloud is not None
    for theme, dark in ((LIGHT, False), (DARK, True)):
        window.set_theme(theme.name)
        settle(panel, qtbot)
        image = panel.view.grab().toImage()
        for row, shade in ((45, SHADES - 1), (54, 0)):
            place = cloud.place_of(row)
            assert place is not None
            seen = image.pixelColor(panel.view.position_of(place).toPoint())
            wanted = value_palette(dark=dark)[shade].tolist()
            assert np.abs(np.array([seen.red(), seen.green(), seen.blue()]) - wanted).max() <= 3


def test_that_values_give_way_to_classes_again(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    measure(window.session, qtbot)
    panel = plane_of(window)
    for title in ("ELBO", "Class"):
        entry(panel, title).trigger()
        settle(panel, qtbot)
    assert panel.legend.buttons[0].isVisible()
    assert not panel.legend.bar.isVisible()
    assert not panel.legend.note.isVisible()


def test_that_a_choice_survives_measuring_anew_and_ends_with_the_data(window: MainWindow, qtbot: QtBot) -> None:
    session, panel = window.session, plane_of(window)
    train(session, qtbot)
    measure(session, qtbot)
    entry(panel, "ELBO").trigger()
    measure(session, qtbot)
    assert panel.colours.colouring.title == "ELBO"
    session.set_setting("data.source", "others")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "others")
    assert panel.colours.colouring.title == "Class"


def test_that_values_of_another_run_colour_nothing(window: MainWindow, qtbot: QtBot) -> None:
    session, panel = window.session, plane_of(window)
    train(session, qtbot)
    measure(session, qtbot)
    entry(panel, "ELBO").trigger()
    session.train()
    qtbot.waitUntil(lambda: not session.state.is_active and session.points is not None)
    assert panel.colours.colouring.title == "Class"
    assert not entry(panel, "ELBO").isEnabled()


def test_that_a_model_without_an_encoder_has_no_legend_of_points(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(can_encode=False, has_likelihood=False)
    session = window.session
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: not session.state.is_active and session.run is not None)
    assert not plane_of(window).legend.isVisible()


def test_that_the_kl_of_each_point_is_that_of_its_posterior_to_its_prior() -> None:
    random = np.random.default_rng(0)
    mean, log_var = random.normal(size=(5, 2)).astype(np.float32), random.normal(size=(5, 2)).astype(np.float32)
    rho, labels = random.uniform(-0.9, 0.9, 5).astype(np.float32), np.array([0, 1, 0, 1, 1])
    means = np.array([[3.0, 0.0], [0.0, -2.0]], dtype=np.float32)
    cloud = PointCloud(mean, log_var, np.arange(5), labels, 5, rho)
    found = kl_to_prior(cloud, replace(PLAIN, conditioning="class-mean", class_means=means))
    for index in range(5):
        s1, s2 = np.exp(0.5 * log_var[index].astype(float))
        covariance = np.array([[s1**2, rho[index] * s1 * s2], [rho[index] * s1 * s2, s2**2]])
        offset = mean[index] - means[labels[index]]
        expected = 0.5 * (offset @ offset + np.trace(covariance) - np.log(np.linalg.det(covariance)) - 2)
        assert found[index] == pytest.approx(expected, rel=1e-4)
    standard = PointCloud(np.zeros((1, 2), np.float32), np.zeros((1, 2), np.float32), np.arange(1), None, 5)
    assert kl_to_prior(standard, PLAIN) == pytest.approx([0.0])
