"""Samples judged by a classifier of the data, or exactly where the modes are known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch

from tests.training.tiny import tiny_dataset
from vae_explorer.data.catalogue import load
from vae_explorer.data.mixtures import RING, draw_points
from vae_explorer.errors import CapabilityError
from vae_explorer.latent import judge as judging
from vae_explorer.latent.evaluation import EvaluationOptions, evaluate
from vae_explorer.latent.judge import JudgedSamples, judge, judge_samples
from vae_explorer.latent.judging_network import Judge, JudgingNetwork, train_judge
from vae_explorer.sections import DataConfig
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import untrained_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot


@dataclass(frozen=True)
class Drawer:
    """A model that draws whatever a test wants."""

    paint: Callable[[NDArray[np.float32], NDArray[np.int64] | None], NDArray[np.uint8]]
    image_shape: tuple[int, int, int] = (1, 8, 8)
    classes: int = 3
    conditioning: str = "none"
    can_decode: bool = True
    class_means: None = None

    def decode(self, z: NDArray[np.float32], labels: NDArray[np.int64] | None = None) -> NDArray[np.uint8]:
        return self.paint(z, labels)


def as_model(drawer: Drawer) -> ModelSnapshot:
    return cast("ModelSnapshot", drawer)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Train on one thread: for pictures this small, more of them only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data() -> ImageDataset:
    return tiny_dataset(train=300, test=100)


@pytest.fixture(scope="module")
def classifier(data: ImageDataset) -> Judge:
    found = train_judge(data, progress=lambda _: None, cancelled=lambda: False)
    assert found is not None
    return found


@pytest.fixture
def learnt(classifier: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge by the classifier that is there: it has a seed of its own, so that training it again gives the same one."""
    monkeypatch.setattr(judging, "train_judge", lambda *_, **__: classifier)


def judged(drawer: Drawer, data: ImageDataset, samples: int = 300, seed: int = 0) -> JudgedSamples:
    found = judge(
        as_model(drawer),
        data,
        samples=samples,
        seed=seed,
        progress=lambda _what, _share: None,
        cancelled=lambda: False,
    )
    assert found is not None
    return found


def of_classes(data: ImageDataset, *wanted: int) -> Drawer:
    """Return a model that draws images of these classes alone."""
    rows = np.flatnonzero(np.isin(data.labels, wanted))  # type: ignore[arg-type]

    def paint(z: NDArray[np.float32], labels: NDArray[np.int64] | None) -> NDArray[np.uint8]:
        del labels
        return np.asarray(data.images[rows[(np.abs(z[:, 0]) * 1e6).astype(int) % len(rows)]])

    return Drawer(paint)


def test_that_the_classifier_learns_the_data_and_says_how_often_it_errs(data: ImageDataset, classifier: Judge) -> None:
    assert classifier.test_images == 100
    assert classifier.test_error <= 0.02
    probabilities = classifier.probabilities(data.images[:10])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.usefixtures("learnt")
def test_that_a_model_that_draws_everything_covers_all_classes_in_balance(data: ImageDataset) -> None:
    found = judged(of_classes(data, 0, 1, 2), data)
    assert found.covered.all()
    assert found.class_kl < 0.05
    assert found.confident_share > 0.9
    assert found.balance.sum() == pytest.approx(1)
    assert found.notices() == ()


@pytest.mark.usefixtures("learnt")
def test_that_a_model_that_draws_one_class_covers_one_and_the_divergence_says_so(data: ImageDataset) -> None:
    found = judged(of_classes(data, 1), data)
    assert found.covered.tolist() == [False, True, False]
    assert found.class_kl == pytest.approx(-math.log(found.data_shares[1]), abs=0.05)
    values = {measure.name: measure for measure in found.measures()}
    assert values["classes_covered"].value == 1
    assert "class 1: 100.0%" in values["class_kl"].note
    assert "leave out 2 (class 0, class 2)" in found.notices()[0]
    assert values["judge_error"].unit == "%"


def test_that_a_class_is_covered_from_a_tenth_of_its_share_on() -> None:
    counts = np.array([950, 34, 16])
    found = JudgedSamples(1000, counts, counts, np.array([0.5, 0.3, 0.2]), ("a", "b", "c"))
    assert found.covered.tolist() == [True, True, False]


def test_that_doubtful_samples_cover_nothing() -> None:
    counts = np.array([500, 500])
    found = JudgedSamples(1000, counts, np.array([500, 3]), np.array([0.5, 0.5]), ("a", "b"))
    assert found.covered.tolist() == [True, False]
    assert found.confident_share == pytest.approx(0.503)
    assert found.class_kl == 0


@pytest.mark.usefixtures("learnt")
def test_that_a_conditional_model_is_asked_for_classes_as_often_as_the_data_hold_them(data: ImageDataset) -> None:
    assert data.labels is not None
    first = np.array([np.flatnonzero(data.labels == label)[0] for label in range(3)])

    def paint(z: NDArray[np.float32], labels: NDArray[np.int64] | None) -> NDArray[np.uint8]:
        assert labels is not None
        assert len(labels) == len(z)
        return np.asarray(data.images[first[labels]])

    found = judged(Drawer(paint, conditioning="label"), data, samples=2000)
    np.testing.assert_allclose(found.balance, found.data_shares, atol=0.05)


def test_that_points_of_the_ring_are_counted_exactly_without_any_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("no classifier is needed")

    monkeypatch.setattr(judging, "train_judge", forbidden)

    def paint(z: NDArray[np.float32], labels: NDArray[np.int64] | None) -> NDArray[np.uint8]:
        del labels
        return np.rint(255 * draw_points(RING.centres[(z[:, 0] > 0).astype(int)], 24)).astype(np.uint8)[:, None]

    found = judged(Drawer(paint, (1, 24, 24), 8), load(DataConfig(source="ring")), samples=600)
    assert found.modes is not None
    assert found.covered.tolist() == [True] * 2 + [False] * 6
    assert found.modes.reverse_kl == pytest.approx(math.log(4), abs=0.02)
    assert found.class_kl == pytest.approx(-np.log(found.data_shares[:2]).mean() - math.log(2), abs=0.02)
    values = {measure.name: measure.value for measure in found.measures()}
    assert values["modes_covered"] == 2
    assert values["high_quality"] == 100
    assert values["no_point"] == 0
    (told,) = found.notices()
    assert told.startswith("Mode collapse: of 8 modes the samples leave out 6 (90°, ")


@pytest.mark.parametrize("steps", [0, 3, 502])
def test_that_judging_ends_soon_after_it_is_cancelled(data: ImageDataset, steps: int) -> None:
    asked = iter(range(10_000))
    model = as_model(of_classes(data, 0))

    def cancelled() -> bool:
        return next(asked) >= steps

    result = judge_samples(model, data, samples=5000, seed=0, progress=lambda _w, _s: None, cancelled=cancelled)
    assert result is None
    assert next(asked) <= steps + 2


def test_that_progress_only_rises_and_the_same_seed_gives_the_same_values(data: ImageDataset) -> None:
    shares: list[float] = []
    state = torch.get_rng_state()

    def values() -> list[float | None]:
        judgement = judge_samples(
            as_model(of_classes(data, 0, 2)),
            data,
            samples=700,
            seed=3,
            progress=lambda _, share: shares.append(share),
            cancelled=lambda: False,
        )
        assert judgement is not None
        return [measure.value for measure in judgement.measures]

    first = values()
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] <= 1
    assert values() == first
    assert torch.equal(torch.get_rng_state(), state)


def test_that_data_without_classes_leave_the_values_undefined() -> None:
    plain = tiny_dataset(classes=0)
    judgement = judge_samples(
        as_model(Drawer(lambda z, _: np.zeros((len(z), 1, 8, 8), dtype=np.uint8))),
        plain,
        samples=10,
        seed=0,
        progress=lambda _w, _s: None,
        cancelled=lambda: False,
    )
    assert judgement is not None
    assert [measure.value for measure in judgement.measures] == [None]
    assert "no classes" in judgement.measures[0].note
    assert judgement.notices == ()


@pytest.mark.parametrize(("source", "counted"), [("ring", "modes_covered"), ("tiny", "classes_covered")])
def test_that_an_evaluation_of_a_generator_judges_its_samples_and_says_what_is_wrong(
    data: ImageDataset, source: str, counted: str
) -> None:
    if source == "ring":
        data = load(DataConfig(source=source))
    experiment = Experiment().with_objective("gan").with_setting("model.hidden", "16")
    shares: list[float] = []
    found = evaluate(
        untrained_snapshot(experiment, data),
        data,
        EvaluationOptions(samples=200),
        progress=lambda _, share: shares.append(share),
        cancelled=lambda: False,
    )
    assert found is not None
    names = [measure.name for measure in found.measures]
    assert names[:2] == ["log_likelihood", counted]
    assert found.measures[0].value is None
    assert found.measures[0].note.startswith("undefined")
    assert shares[-1] == 1
    (told,) = found.notes
    assert "unlike the data" in told or "leave out" in told


def test_that_a_model_that_fits_not_or_draws_nothing_is_refused_in_words(data: ImageDataset) -> None:
    with pytest.raises(CapabilityError, match="no decoder"):
        judged(Drawer(lambda z, _: np.zeros((len(z), 1, 8, 8), np.uint8), can_decode=False), data)
    with pytest.raises(CapabilityError, match="another size"):
        judged(Drawer(lambda z, _: np.zeros((len(z), 1, 9, 9), np.uint8), (1, 9, 9)), data)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 33, 9), (1, 28, 28), (3, 128, 100)])
def test_that_pictures_of_any_size_can_be_judged(shape: tuple[int, int, int]) -> None:
    assert JudgingNetwork(shape, 5)(torch.zeros(2, *shape)).shape == (2, 5)
