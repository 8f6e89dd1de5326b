"""The untrained model: there before anyone trains, following the settings, gone once there is a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.patience import has_settled
from vae_explorer.app import untrained
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend


QUIET_MILLISECONDS = 20
"""How long the settings rest here before a model is built: less than for a person who types."""

AMPLE_MILLISECONDS = 5 * QUIET_MILLISECONDS
"""In which a model that shouldn't be built would be."""


@pytest.fixture
def session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(untrained, "QUIET_MILLISECONDS", QUIET_MILLISECONDS)
    made = Session(tmp_path / "runs", backend)
    made.start()
    qtbot.waitUntil(lambda: made.model_info is not None and made.points is not None)
    yield made
    backend.hold_building.set()
    assert made.close()


def test_that_before_any_training_there_are_an_untrained_model_and_its_encodings(session: Session) -> None:
    assert session.state is RunState.READY
    assert session.model_info is not None
    assert session.model_info.step == 0
    assert not session.is_trained
    assert session.run is None


def test_that_settings_of_the_model_build_it_anew_and_others_do_not(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    assert len(backend.built) == 1
    session.set_setting("training.epochs", "7")
    session.set_setting("training.learning_rate", "0.01")
    qtbot.wait(AMPLE_MILLISECONDS)
    assert len(backend.built) == 1
    session.set_setting("model.hidden", "16")
    qtbot.waitUntil(lambda: len(backend.built) == 2)
    session.set_setting("training.seed", "5")
    qtbot.waitUntil(lambda: len(backend.built) == 3)


def test_that_a_session_has_not_settled_while_its_settings_wait_for_their_model(session: Session, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: has_settled(session))
    session.set_setting("model.hidden", "7")
    assert not has_settled(session)
    qtbot.waitUntil(lambda: has_settled(session))
    assert session.experiment.model.hidden == (7,)


def test_that_of_many_quick_changes_only_the_last_is_built(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    for width in range(10, 30):
        session.set_setting("model.hidden", str(width))
    qtbot.waitUntil(lambda: len(backend.built) == 2)
    qtbot.wait(AMPLE_MILLISECONDS)
    assert [experiment.model.hidden for experiment in backend.built[1:]] == [(29,)]


def test_that_a_model_that_was_overtaken_while_it_was_built_is_never_shown(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    shown: list[object] = []
    backend.hold_building.clear()
    session.set_setting("model.hidden", "16")
    qtbot.waitUntil(lambda: len(backend.built) == 2)
    session.model_changed.connect(shown.append)
    session.set_setting("model.hidden", "32")
    backend.hold_building.set()
    qtbot.waitUntil(lambda: len(backend.built) == 3 and len(shown) == 1)
    qtbot.wait(50)
    assert len(shown) == 1


def test_that_what_stands_in_the_way_is_an_obstacle_and_no_notice(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    session.load_data("plain")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "plain")
    session.set_experiment(session.experiment.with_objective("cvae-label"))
    qtbot.waitUntil(lambda: session.obstacle != "")
    assert "labels" in session.obstacle
    assert session.model_info is None
    assert notices == []
    session.set_experiment(session.experiment.with_objective("vae"))
    qtbot.waitUntil(lambda: session.model_info is not None)
    assert session.obstacle == ""


def test_that_training_takes_over_and_nothing_untrained_comes_back(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    lost: list[object] = []
    session.model_changed.connect(lambda model: lost.append(model) if model is None else None)
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert lost == [], "the plane was never empty"
    session.set_setting("model.hidden", "16")
    qtbot.wait(AMPLE_MILLISECONDS)
    assert len(backend.built) == 1
    assert session.model_info is not None
    assert session.model_info.step == 5


def test_that_closing_while_a_model_is_built_waits_for_it(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.hold_building.clear()
    made = Session(tmp_path / "runs", backend)
    made.start()
    qtbot.waitUntil(lambda: len(backend.built) == 1)
    backend.hold_building.set()
    assert made.close()
