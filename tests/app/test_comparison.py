"""A second model beside the one at hand: opened while someone looks, laid over the first plane, never in its way."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.app.fake_backends import FakeBackend
from tests.app.fake_models import FakeEncodings, FakeModel, as_snapshot
from vae_explorer.app import second_course
from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.comparison import Comparison
from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.course_finder import CourseWish
from vae_explorer.app.frozen_json import from_json, to_json
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.app.turned_model import TurnedModel
from vae_explorer.latent.alignment import Alignment
from vae_explorer.latent.paths import Course
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.model import Model

QUARTER = Alignment(((0.0, 1.0), (-1.0, 0.0)))
"""A quarter turn counter-clockwise."""


@dataclass(frozen=True)
class QuarterModel(FakeModel):
    """The same model as the fake one, with its plane turned by a quarter."""

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        return FakeModel.decode(self, QUARTER.undo(z).astype(np.float32), labels, condition)

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> FakeEncodings:
        found = FakeModel.encode(self, images, labels)
        return replace(found, mean=QUARTER.apply(found.mean).astype(np.float32))


def a_run(folder: Path, name: str = "other") -> str:
    path = folder / name
    path.mkdir()
    (path / "run.json").write_text(json.dumps(Experiment().to_dict()), encoding="utf-8")
    return str(path)


def compare(session: Session, qtbot: QtBot, choice: ComparisonChoice) -> Comparison:
    comparison = session.comparison
    comparison.set_active(True)
    session.set_comparison(choice)
    qtbot.waitUntil(lambda: comparison.second is not None and not comparison.is_loading)
    info = comparison.model_info
    if info is not None and info.can_encode:
        qtbot.waitUntil(lambda: comparison.points is not None)
    return comparison


def test_that_nothing_is_opened_before_someone_looks(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    session.set_comparison(ComparisonChoice(a_run(tmp_path)))
    comparison = session.comparison
    assert not comparison.is_loading
    comparison.set_active(True)
    qtbot.waitUntil(lambda: comparison.points is not None)
    assert comparison.second is not None
    assert comparison.second.name == "other"
    assert session.run is None


def test_that_the_second_model_shows_the_images_at_hand(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    assert comparison.points is not None
    assert session.points is not None
    assert len(comparison.points.rows) == 60
    np.testing.assert_array_equal(comparison.points.z, session.points.z)
    assert comparison.alignment is None


def test_that_alignment_undoes_a_turn_of_the_other_plane(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    assert comparison.points is not None
    assert session.points is not None
    plain = comparison.points.z
    assert not np.allclose(plain, session.points.z)
    session.set_comparison(replace(comparison.choice, aligned=True))
    alignment = comparison.alignment
    assert alignment is not None
    assert alignment.angle == pytest.approx(90.0)
    assert alignment.explained == pytest.approx(1.0)
    np.testing.assert_allclose(comparison.points.z, session.points.z, atol=1e-5)
    session.undo()
    assert comparison.alignment is None
    np.testing.assert_array_equal(comparison.points.z, plain)


def test_that_pictures_of_an_aligned_model_are_asked_for_in_the_coordinates_of_the_first(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path), aligned=True))
    z = np.array([[2.0, -1.0], [0.0, 3.0]])
    with qtbot.waitSignal(comparison.decode.decoded) as told:
        comparison.decode.request("test", z)
    np.testing.assert_array_equal(told.args[0].images, FakeModel().decode(z.astype(np.float32)))


def test_that_what_is_closed_again_stays_and_another_choice_replaces_it(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    comparison.set_active(False)
    assert comparison.second is not None
    session.set_comparison(ComparisonChoice(a_run(tmp_path, "third")))
    assert comparison.second.name == "other"
    comparison.set_active(True)
    qtbot.waitUntil(lambda: comparison.second is not None and comparison.second.name == "third")
    session.set_comparison(ComparisonChoice())
    assert comparison.second is None
    assert comparison.shown_info is None
    assert comparison.points is None


def test_that_a_run_that_cannot_be_opened_is_told_and_leaves_nothing(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    comparison = session.comparison
    comparison.set_active(True)
    with qtbot.waitSignal(session.noticed) as told:
        session.set_comparison(ComparisonChoice(a_run(tmp_path, "broken")))
    assert "damaged" in told.args[0].text
    assert "damaged" in comparison.problem
    qtbot.waitUntil(lambda: not comparison.is_loading)
    assert comparison.second is None


def test_that_the_alignment_holds_still_while_the_first_model_trains(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path), aligned=True))
    backend.model = QuarterModel()
    session.set_setting("training.epochs", "10000")
    turns: list[object] = []
    comparison.model_changed.connect(turns.append)
    session.train()
    qtbot.waitUntil(lambda: session.points is not None and session.points.step > 20)
    assert session.state is RunState.TRAINING
    assert len(turns) == 0
    comparison.align_again()
    assert comparison.alignment is not None
    assert comparison.alignment.angle == pytest.approx(-90.0)
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (FakeModel(can_encode=False), "no encoder, so no image has a place"),
        (FakeModel(image_shape=(1, 4, 4)), "different sizes, 8 x 8 in grey and 4 x 4 in grey"),
        (FakeModel(can_decode=False), "Model B makes no pictures"),
        (FakeModel(conditioning="label", classes=2), "told one of 2 classes, and the images have 3"),
    ],
)
def test_that_what_two_models_do_not_share_is_said(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot, model: FakeModel, words: str
) -> None:
    backend.model = model
    comparison = session.comparison
    comparison.set_active(True)
    session.set_comparison(ComparisonChoice(a_run(tmp_path)))
    qtbot.waitUntil(lambda: comparison.shown_info is not None)
    assert words in " ".join(comparison.remarks)


def test_that_what_both_models_lack_is_said_of_a_first(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.model = FakeModel(can_encode=False)
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    session._set_model(as_snapshot(FakeModel(can_encode=False)))
    assert [said[: len("Model A")] for said in comparison.remarks if "shows no points" in said] == [
        "Model A",
        "Model B",
    ]


def test_that_the_second_model_takes_the_class_of_the_first_where_it_has_one(
    session: Session, backend: FakeBackend, tmp_path: Path, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    session.set_label(2)
    assert comparison.label == 2
    session.set_comparison(replace(comparison.choice, label=1))
    assert comparison.label == 1
    session.set_comparison(replace(comparison.choice, label=9))
    assert comparison.label == 0


def test_that_a_turned_model_speaks_the_language_of_the_other_plane() -> None:
    means = np.array([[1.0, 0.0], [0.0, 2.0]], dtype=np.float32)
    model = TurnedModel(as_snapshot(FakeModel(class_means=means)), QUARTER)
    z = np.array([[0.3, 1.0], [2.0, -1.0]], dtype=np.float32)
    np.testing.assert_array_equal(model.decode(z), FakeModel().decode(QUARTER.apply(z).astype(np.float32)))
    np.testing.assert_array_equal(model.classify(z), FakeModel().classify(QUARTER.apply(z).astype(np.float32)))
    assert model.class_means is not None
    np.testing.assert_allclose(QUARTER.apply(model.class_means), means, atol=1e-6)
    images = np.zeros((2, 1, 8, 8), dtype=np.uint8)
    np.testing.assert_allclose(QUARTER.apply(model.encode(images).mean), FakeModel().encode(images).mean, atol=1e-6)


def test_that_a_way_on_a_turned_plane_begins_and_ends_where_the_path_does(monkeypatch: pytest.MonkeyPatch) -> None:
    stretched = Alignment(QUARTER.turn, 1.7, (0.3, -0.9))
    asked: list[CourseWish] = []

    def bent(model: Model, wish: CourseWish, known: Course | None, cancelled: Callable[[], bool]) -> Course:
        del model, known, cancelled
        asked.append(wish)
        points = np.array(wish.points)
        legs = [np.stack([one, (one + other) / 2 + 0.5, other]) for one, other in pairwise(points)]
        return Course(points, tuple(legs), np.ones(len(legs)), np.full(len(legs), 2.0), wish.metric)

    monkeypatch.setattr(second_course, "found_course", bent)
    wish = CourseWish(((0.1, 0.2), (1.3, -0.7), (2.0, 2.0)), (None, None, None), "pixel")
    model = TurnedModel(as_snapshot(FakeModel()), stretched)
    course = second_course.found_second_course(model, wish, None, bool)
    np.testing.assert_allclose(asked[0].points, stretched.apply(wish.points))
    assert course.fits(wish.points)
    assert course.ratio == 0.5
    for leg, (start, end) in zip(course.legs, pairwise(wish.points), strict=True):
        assert (tuple(leg[0]), tuple(leg[-1])) == (start, end)
        own = stretched.apply(leg)
        np.testing.assert_allclose(own[1], (own[0] + own[2]) / 2 + 0.5)
    plain = second_course.found_second_course(as_snapshot(FakeModel()), wish, None, bool)
    assert plain.fits(wish.points)


def test_that_a_way_on_the_second_plane_is_looked_for_only_while_someone_looks(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    found: list[object] = []

    def work(model: Model, wish: CourseWish, known: Course | None, cancelled: Callable[[], bool]) -> Course:
        del known, cancelled
        found.append(model)
        points = np.array(wish.points)
        return Course(points, (points,), np.ones(1), np.ones(1), wish.metric, wish.classes)

    session.comparison.courses.work = work
    session.courses.work = work
    comparison = compare(session, qtbot, ComparisonChoice(a_run(tmp_path)))
    comparison.set_active(False)
    session.set_path_method("geodesic")
    session.set_start(LatentPoint((-1.0, 0.0)))
    session.set_end(LatentPoint((1.0, 0.0)))
    qtbot.waitUntil(lambda: session.courses.course is not None)
    assert comparison.courses.course is None
    comparison.set_active(True)
    qtbot.waitUntil(lambda: comparison.courses.course is not None)
    assert comparison.shown_model in found


def test_that_a_comparison_is_kept_with_the_other_choices() -> None:
    choice = ComparisonChoice("a run", 70, aligned=True, stretched=True, wipes=True, divider=0.25, label=3)
    choices = PlaneChoices(comparison=choice)
    assert from_json(PlaneChoices, to_json(choices)) == choices
