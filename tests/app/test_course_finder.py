"""Finding the way of a path in the background: the latest counts, and a way follows the model as it learns."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.app.fake_models import FakeModel, as_snapshot
from tests.patience import has_settled
from vae_explorer.app import path_walk
from vae_explorer.app.course_finder import CourseFinder, CourseWish
from vae_explorer.app.jobs import JobCancelled
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.errors import CapabilityError
from vae_explorer.latent.paths import Course

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.model import Model

START, END = LatentPoint((-2.0, 0.0), label=1), LatentPoint((2.0, 0.0))


@dataclass
class Searches:
    """Stands in for the search: keeps what was asked for, and waits while it is held."""

    wishes: list[CourseWish] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    known: list[Course | None] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)
    cancelled: int = 0
    error: str = ""

    def __call__(self, model: Model, wish: CourseWish, known: Course | None, cancelled: Callable[[], bool]) -> Course:
        self.wishes.append(wish)
        self.steps.append(model.step)
        self.known.append(known)
        while not self.free.wait(0.005):
            if cancelled():
                self.cancelled += 1
                raise JobCancelled
        if self.error:
            raise CapabilityError(self.error)
        return way(wish, height=1.0 + model.step)


def way(wish: CourseWish, height: float) -> Course:
    """Return a way that climbs to a height between its points."""
    points = np.array(wish.points)
    legs = tuple(np.stack([one, (one + two) / 2 + [0, height], two]) for one, two in pairwise(points))
    lengths = np.full(len(legs), 3.0)
    return Course(points, legs, lengths, lengths / 0.75, wish.metric, wish.classes)


@pytest.fixture
def searches() -> Searches:
    made = Searches()
    made.free.set()
    return made


@pytest.fixture
def session(tmp_path: Path, backend: FakeBackend, searches: Searches, qtbot: QtBot) -> Iterator[Session]:
    made = Session(tmp_path / "runs", backend)
    made.courses.work = searches
    made.start()
    qtbot.waitUntil(lambda: has_settled(made))
    made.set_start(START)
    made.set_end(END)
    yield made
    searches.free.set()
    assert made.close()


def found(finder: CourseFinder, qtbot: QtBot) -> Course:
    qtbot.waitUntil(lambda: finder.course is not None)
    assert finder.course is not None
    return finder.course


def test_that_only_a_path_that_follows_the_model_is_searched_for(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    assert searches.wishes == []
    session.set_path_method("geodesic")
    assert session.courses.is_searching
    course = found(session.courses, qtbot)
    assert not session.courses.is_searching
    assert searches.wishes == [CourseWish(((-2.0, 0.0), (2.0, 0.0)), (None, None), "pixel")]
    middle = path_walk.positions(session.path, session.model_info, np.array([0.5]), course)
    np.testing.assert_allclose(middle, [(0, 1)])
    session.set_path_method("linear")
    assert session.courses.course is None
    assert not session.courses.is_searching


def test_that_a_straight_line_stands_in_until_the_way_is_found(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    searches.free.clear()
    session.set_path_method("geodesic")
    assert path_walk.awaits_course(session.path, session.courses.course)
    middle = path_walk.positions(session.path, session.model_info, np.array([0.5]), session.courses.course)
    np.testing.assert_allclose(middle, [(0, 0)])
    searches.free.set()
    assert not path_walk.awaits_course(session.path, found(session.courses, qtbot))


def test_that_a_point_that_moves_gives_up_the_search_for_where_it_was(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    searches.free.clear()
    session.set_path_method("geodesic")
    qtbot.waitUntil(lambda: len(searches.wishes) == 1)
    for z1 in (2.1, 2.2, 2.3):
        session.set_end(LatentPoint((z1, 0.0)))
    qtbot.waitUntil(lambda: len(searches.wishes) == 2)
    searches.free.set()
    course = found(session.courses, qtbot)
    assert tuple(course.points[-1]) == (2.3, 0.0)
    assert searches.cancelled == 1
    assert len(searches.wishes) == 2


def test_that_moving_the_slider_searches_for_nothing(session: Session, searches: Searches, qtbot: QtBot) -> None:
    session.set_path_method("geodesic")
    found(session.courses, qtbot)
    for position in (0.2, 0.4, 0.6):
        session.set_path_position(position)
    session.set_path_frames(7)
    assert len(searches.wishes) == 1


def test_that_news_of_the_same_model_search_for_nothing(session: Session, searches: Searches, qtbot: QtBot) -> None:
    session.set_path_method("geodesic")
    found(session.courses, qtbot)
    session.model_changed.emit(session.model_info)
    assert not session.courses._is_busy()
    assert len(searches.wishes) == 1


def test_that_legs_of_the_same_model_are_handed_on(session: Session, searches: Searches, qtbot: QtBot) -> None:
    session.set_path_method("geodesic")
    first = found(session.courses, qtbot)
    session.add_way_point(LatentPoint((0.0, 1.0)))
    found(session.courses, qtbot)
    assert searches.known == [None, first]


def test_that_another_metric_is_another_way(session: Session, searches: Searches, qtbot: QtBot) -> None:
    session.set_path_method("geodesic")
    found(session.courses, qtbot)
    session.set_path_metric("fisher")
    assert session.courses.course is None
    assert found(session.courses, qtbot).metric == "fisher"


def test_that_a_metric_over_late_moments_names_the_run_that_keeps_them(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    session.set_path_method("geodesic")
    found(session.courses, qtbot)
    session.set_path_metric("pixel-late")
    found(session.courses, qtbot)
    assert session.run is not None
    assert [wish.run for wish in searches.wishes] == [None, session.run.path]


def test_that_a_way_stays_until_that_of_the_newer_model_is_found(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    session.set_path_method("geodesic")
    first = found(session.courses, qtbot)
    searches.free.clear()
    for step in (5, 6, 7):
        session._set_model(as_snapshot(FakeModel(step=step)))
    assert session.courses.course is first
    assert session.courses.exact is None
    searches.free.set()
    qtbot.waitUntil(lambda: session.courses.exact is not None)
    assert session.courses.course is not first
    assert searches.steps[-1] == 7
    assert len(searches.steps) <= 3
    assert searches.known[-1] is None


def test_that_a_class_that_is_chosen_changes_the_way_of_points_without_one(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    session._set_model(as_snapshot(replace(FakeModel(), conditioning="label")))
    session.set_path_method("geodesic")
    found(session.courses, qtbot)
    session.set_label(2)
    found(session.courses, qtbot)
    assert [wish.classes for wish in searches.wishes] == [(1, 0), (1, 2)]


def test_that_what_cannot_be_measured_is_said_and_the_line_stays_straight(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    searches.error = "This model gives no likelihood: choose the metric pixel."
    session.set_path_method("geodesic")
    qtbot.waitUntil(lambda: bool(session.courses.problem))
    assert session.courses.problem == searches.error
    assert session.courses.course is None
    assert not session.courses.is_searching
    searches.error = ""
    session.set_path_metric("fisher")
    found(session.courses, qtbot)
    assert session.courses.problem == ""


def test_that_a_model_without_a_decoder_is_not_asked(session: Session, searches: Searches) -> None:
    session._set_model(as_snapshot(replace(FakeModel(), can_decode=False)))
    session.set_path_method("geodesic")
    assert searches.wishes == []
    assert not session.courses.is_searching


def test_that_a_training_is_followed_without_pause_for_the_last_of_it(
    session: Session, searches: Searches, qtbot: QtBot
) -> None:
    session.courses._pause.setInterval(20)
    session.set_path_method("geodesic")
    session.set_setting("training.epochs", "4")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    qtbot.waitUntil(lambda: session.courses.exact is not None)
    assert searches.steps[-1] == 20


def test_that_a_way_goes_with_points_that_training_moves(
    session: Session, searches: Searches, backend: FakeBackend, qtbot: QtBot
) -> None:
    session.set_path_method("geodesic")
    session.set_setting("training.epochs", "200")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING and session.courses.course is not None)
    before = len(searches.wishes)
    for z1 in np.linspace(2.0, 3.0, 21).tolist():
        session.set_end(LatentPoint((z1, 1.0)))
        course = session.courses.course
        assert course is not None
        assert course.fits([point.z for point in session.path.points])
        assert session.courses.exact is None
    assert len(searches.wishes) <= before + 2
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and session.courses.exact is not None)
    assert searches.wishes[-1].points == ((-2.0, 0.0), (3.0, 1.0))


def test_that_closing_does_not_wait_for_a_search(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> None:
    session, held = Session(tmp_path / "runs", backend), Searches()
    session.courses.work = held
    session.start()
    qtbot.waitUntil(lambda: session.model_info is not None)
    session.set_start(START)
    session.set_end(END)
    session.set_path_method("geodesic")
    qtbot.waitUntil(lambda: bool(held.wishes))
    assert session.close()
    assert held.cancelled == 1
