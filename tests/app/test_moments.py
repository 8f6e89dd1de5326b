"""Any moment that a run kept can be shown, while the newest one waits, and nothing shows what isn't wanted any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.patience import has_settled
from vae_explorer.app import encoding, moments
from vae_explorer.app.moments import MODELS_KEPT
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


@pytest.fixture
def session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[Session]:
    """A session that shows a run of seven steps with a moment for each."""
    backend.keeps_moments = True
    made = Session(tmp_path / "runs", backend)
    made.start()
    qtbot.waitUntil(lambda: has_settled(made))
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(made.experiment.to_dict()), encoding="utf-8")
    made.open_run(folder)
    qtbot.waitUntil(lambda: made.state is RunState.FINISHED and has_settled(made))
    yield made
    backend.hold_moments.set()
    assert made.close()


def shown_step(session: Session) -> int | None:
    return None if session.model_info is None else session.model_info.step


def wait_for_step(session: Session, qtbot: QtBot, step: int) -> None:
    qtbot.waitUntil(lambda: shown_step(session) == step)


def test_that_the_newest_moment_is_shown_at_first(session: Session) -> None:
    assert [moment.step for moment in session.moments.kept] == [0, 1, 2, 3, 4, 5, 6]
    assert session.moments.shown is None
    assert session.moments.position == 7
    assert shown_step(session) == 7


def test_that_model_points_and_pinned_sample_follow_the_moment(session: Session, qtbot: QtBot) -> None:
    assert session.points is not None
    row = int(session.points.rows[0])
    place = session.points.place_of(row)
    session.pin(place, row)
    session.moments.travel_to_place(2)
    qtbot.waitUntil(lambda: session.points is not None and session.points.step == 2)

    assert shown_step(session) == 2
    assert session.model is not None
    assert session.model.step == 2
    assert session.pinned is not None
    assert place is not None
    assert session.pinned.z == pytest.approx((0.2 * place[0], 0.2 * place[1]))


def test_that_how_far_the_run_has_come_does_not_depend_on_the_moment_that_is_shown(
    session: Session, qtbot: QtBot
) -> None:
    before = session.outcome
    session.moments.travel_to_place(2)
    qtbot.waitUntil(lambda: shown_step(session) == 2)

    assert session.outcome == before
    assert session.can_go_on


def test_that_back_forward_and_newest_walk_along_the_moments(session: Session, qtbot: QtBot) -> None:
    moments = session.moments
    for go, step in ((moments.go_back, 6), (moments.go_back, 5), (moments.go_forward, 6), (moments.go_forward, 7)):
        go()
        wait_for_step(session, qtbot, step)
    assert moments.shown is None
    moments.go_forward()
    assert moments.position == 7
    moments.travel_to_place(0)
    moments.go_back()
    assert moments.position == 0
    qtbot.waitUntil(lambda: shown_step(session) == 0)


def test_that_the_nearest_moment_to_a_step_is_found(session: Session, qtbot: QtBot) -> None:
    session.moments.travel_to_step(3.4)
    qtbot.waitUntil(lambda: shown_step(session) == 3)
    session.moments.travel_to_step(100)
    assert shown_step(session) == 7


def test_that_of_many_wishes_the_last_one_is_shown_and_few_are_loaded(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.hold_moments.clear()
    for place in (0, 1, 2, 3, 4, 5):
        session.moments.travel_to_place(place)
    assert session.moments.wanted is not None
    backend.hold_moments.set()
    qtbot.waitUntil(lambda: session.moments.shown is not None and session.moments.shown.step == 5)

    assert backend.loaded_steps[:2] == [0, 5]
    assert 3 not in backend.loaded_steps
    assert shown_step(session) == 5


def test_that_a_moment_seen_before_needs_no_loading_and_no_encoding(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    session.moments.travel_to_place(2)
    qtbot.waitUntil(lambda: session.points is not None and session.points.step == 2)
    known = session.points
    session.moments.travel(None)
    session.moments.travel_to_place(2)

    assert shown_step(session) == 2
    assert session.points is known
    assert backend.loaded_steps.count(2) == 1


def test_that_few_points_move_at_once_and_all_follow_at_rest(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_explorer.app import workspace

    monkeypatch.setattr(workspace, "POINTS_IN_PASSING", 12)
    counts: list[int] = []
    session.points_changed.connect(lambda points: counts.append(len(points.rows)))
    session.moments._settle.setInterval(600_000)
    session.moments.travel_to_place(1)
    qtbot.waitUntil(lambda: counts == [12])
    session.moments._settle.start(0)
    qtbot.waitUntil(lambda: counts == [12, 60])
    assert encoding.POINTS_IN_PASSING <= encoding.POINTS_WHILE_TRAINING


def test_that_the_next_moment_on_the_way_is_loaded_ahead(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    session.moments.travel_to_place(5)
    qtbot.waitUntil(lambda: backend.loaded_steps == [5, 4])
    wait_for_step(session, qtbot, 5)
    session.moments.go_back()
    assert shown_step(session) == 4
    qtbot.waitUntil(lambda: backend.loaded_steps == [5, 4, 3])
    assert shown_step(session) == 4


def test_that_a_lost_moment_is_told_and_left_out(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.lost_steps = {3}
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    session.moments.travel_to_place(3)
    qtbot.waitUntil(lambda: bool(notices))

    assert notices[0].text == (
        "The file step-00000003.safetensors is damaged: its content doesn't match its checksum. "
        "That moment is left out."
    )
    assert [moment.step for moment in session.moments.kept] == [0, 1, 2, 4, 5, 6]
    assert session.moments.position == 6
    assert shown_step(session) == 7


def test_that_training_goes_on_behind_an_earlier_moment(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.step_seconds = 0.02
    session.set_setting("training.epochs", "20")
    session.train()
    qtbot.waitUntil(lambda: len(session.moments.kept) > 3)
    session.moments.travel_to_place(1)
    qtbot.waitUntil(lambda: session.moments.shown is not None)
    recorded = len(session.metrics)
    newest = session.moments.newest
    qtbot.waitUntil(lambda: len(session.metrics) > recorded + 3 and session.moments.newest is not newest)

    assert shown_step(session) == session.moments.kept[1].step
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert shown_step(session) == session.moments.kept[1].step
    assert session.outcome is not None
    assert session.outcome.step > 3
    session.moments.travel(None)
    assert shown_step(session) == session.outcome.step


def test_that_another_run_begins_at_its_newest_moment(session: Session, tmp_path: Path, qtbot: QtBot) -> None:
    session.moments.travel_to_place(1)
    qtbot.waitUntil(lambda: shown_step(session) == 1)
    session.load_data("other")
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.model_info is not None)

    assert session.moments.kept == ()
    assert session.moments.shown is None
    assert shown_step(session) == 0


def test_that_few_models_stay_in_memory(session: Session, qtbot: QtBot) -> None:
    for place in range(7):
        session.moments.travel_to_place(place)
        wait_for_step(session, qtbot, place)
    assert len(session.moments._models) == 7 <= MODELS_KEPT


def test_that_fewer_models_stay_in_memory_where_they_are_large(
    session: Session, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "MODEL_BYTES_KEPT", 3000)
    for moment in session.moments.kept:
        moment.path.write_bytes(bytes(500))
    for place in range(7):
        session.moments.travel_to_place(place)
        wait_for_step(session, qtbot, place)
    assert len(session.moments._models) == 3
