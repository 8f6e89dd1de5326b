"""Experiments for learners: what their files say can be trained and shown, and the way through one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.fake_backends import FakeBackend, RetellingBackend
from vae_explorer.app import lessons
from vae_explorer.app.choices import PlaneView
from vae_explorer.app.lesson_player import LessonPlayer, Stage
from vae_explorer.app.lessons import LESSON_NAMES, Guess, Lesson, LessonRun, Look, load_lesson, load_lessons
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.errors import VaeExplorerError
from vae_explorer.gui.panels import PANELS
from vae_explorer.language import LANGUAGES, use
from vae_explorer.latent.layers import LAYERS
from vae_explorer.latent.paths import INTERPOLATIONS
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.terms import TERMS
from vae_explorer.resources import resource_path
from vae_explorer.training.events import MetricBatch, MetricRecord, TrainingEvent, TrainingFinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


SWITCHES = {"tiles", "points", "prior", "posterior"} | {layer.name for layer in LAYERS}

SHORT = (("training.epochs", "2"),)
LESSON = Lesson(
    "two",
    "Two models",
    "Compare two models.",
    "Guess first.",
    Guess("Which?", ("This.", "That."), 1),
    (LessonRun("First", "mnist-10k", "vae", SHORT), LessonRun("Second", "mnist-10k", "beta-vae", SHORT)),
    (
        Look("The first.", 0, row=50, reach=0.5),
        Look("The second.", 1, "manifold", layers=("tiles",), ends=(LatentPoint((-1, 0)), LatentPoint((1, 0)))),
        Look("Both.", 0, second=1),
    ),
    "So it is.",
)


class MeasuringBackend(RetellingBackend):
    """Measures on test images at the end, like the real one."""

    def retold(self, event: TrainingEvent) -> Iterator[TrainingEvent]:
        if isinstance(event, TrainingFinished):
            record = MetricRecord(event.progress.step, event.progress.epoch, "test", 1.0, {"loss": 123.0})
            yield MetricBatch((record,), event.progress)
        yield event


@pytest.fixture
def backend() -> FakeBackend:
    return MeasuringBackend()


def train_through(player: LessonPlayer, lesson: Lesson, qtbot: QtBot) -> None:
    player.begin(lesson)
    player.choose(0)
    player.train()
    qtbot.waitUntil(lambda: player.stage is Stage.LOOKING)


@pytest.mark.parametrize("name", LESSON_NAMES)
def test_that_every_experiment_names_only_what_there_is(name: str) -> None:
    lesson = load_lesson(name)
    assert lesson.summary
    assert lesson.introduction
    assert lesson.conclusion
    for run in lesson.runs:
        assert run.experiment("cpu").objective.name == run.objective
    for look in lesson.looks:
        assert look.text
        assert look.panel in {entry.name for entry in PANELS}
        assert look.method in INTERPOLATIONS.names()
        assert set(look.layers or ()) <= SWITCHES
    own = {term.name for run in lesson.runs for term in OBJECTIVES.get(run.objective).terms}
    assert set(lesson.terms) <= set(TERMS) | own


def test_that_every_file_of_an_experiment_is_in_the_list() -> None:
    assert {path.stem for path in resource_path("lessons").glob("*.toml")} == set(LESSON_NAMES)
    assert [lesson.name for lesson in load_lessons()] == list(LESSON_NAMES)


@pytest.mark.parametrize("name", LESSON_NAMES)
@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_that_an_experiment_does_the_same_in_every_language(name: str, code: str) -> None:
    english = load_lesson(name)
    use(code)
    try:
        translated = load_lesson(name)
    finally:
        use("en")
    assert [replace(run, title="") for run in translated.runs] == [replace(run, title="") for run in english.runs]
    assert [replace(look, text="") for look in translated.looks] == [replace(look, text="") for look in english.looks]
    assert (translated.guess.answer, translated.terms) == (english.guess.answer, english.terms)
    assert len(translated.guess.choices) == len(english.guess.choices)


@pytest.mark.parametrize(
    "text", ["title = ", "title = 'x'", "answer = 9\n"], ids=["no TOML", "parts missing", "answer missing"]
)
def test_that_a_damaged_file_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "beta.toml"
    whole = resource_path("lessons", "beta.toml").read_text(encoding="utf-8")
    damaged.write_text(whole.replace("answer = 2\n", text) if text.startswith("answer") else text, encoding="utf-8")
    monkeypatch.setattr(lessons, "resource_path", lambda *parts: damaged)
    with pytest.raises(VaeExplorerError, match=r"beta\.toml is damaged"):
        load_lesson("beta")


def test_that_nothing_is_trained_before_a_guess(session: Session, backend: FakeBackend) -> None:
    player = LessonPlayer(session)
    player.begin(LESSON)
    player.train()
    assert player.stage is Stage.GUESSING
    assert not backend.trainings


def test_that_all_runs_are_trained_one_after_another_and_the_first_is_shown(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    player = LessonPlayer(session)
    train_through(player, LESSON, qtbot)
    assert [experiment.objective.name for experiment in backend.trainings] == ["vae", "beta-vae"]
    assert all(made.is_whole and made.values == {"loss": 123.0} for made in player.made)
    qtbot.waitUntil(lambda: session.pinned is not None and session.pinned.sample == 50)
    assert session.pinned is not None
    assert session.choices.view == PlaneView(session.pinned.z, 0.5)
    assert session.run is not None
    assert session.run.path == player.made[0].path


def test_that_each_look_opens_its_run_and_sets_up_the_plane_in_one_step(session: Session, qtbot: QtBot) -> None:
    player = LessonPlayer(session)
    panels: list[str] = []
    player.panel_requested.connect(panels.append)
    player.comparison_requested.connect(lambda: panels.append("comparison"))
    train_through(player, LESSON, qtbot)
    qtbot.waitUntil(lambda: panels == ["plane"])
    player.go_forward()
    qtbot.waitUntil(lambda: panels == ["plane", "manifold"])
    assert session.run is not None
    assert session.run.path == player.made[1].path
    assert session.choices.layers == frozenset({"tiles"})
    assert session.path.is_complete
    session.undo()
    assert not session.path.is_complete
    player.go_forward()
    qtbot.waitUntil(lambda: panels[2:] == ["plane", "comparison"])
    assert session.choices.comparison.run == str(player.made[1].path)
    player.go_forward()
    assert player.stage is Stage.CONCLUDED
    player.go_back()
    assert player.look is LESSON.looks[2]


def test_that_a_run_with_the_same_settings_is_used_again(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    player = LessonPlayer(session)
    train_through(player, LESSON, qtbot)
    first = player.made
    train_through(player, LESSON, qtbot)
    assert player.made == first
    assert len(backend.trainings) == 2


def test_that_a_run_that_was_stopped_counts_as_it_is_but_is_not_used_again(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.step_seconds = 0.05
    player = LessonPlayer(session)
    player.begin(LESSON)
    player.choose(1)
    player.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING and session.progress is not None)
    session.stop()
    qtbot.waitUntil(lambda: len(player.made) == 1)
    assert not player.made[0].is_whole
    backend.step_seconds = 0.0
    qtbot.waitUntil(lambda: player.stage is Stage.LOOKING)
    train_through(player, LESSON, qtbot)
    assert [experiment.objective.name for experiment in backend.trainings] == ["vae", "beta-vae", "vae"]


def test_that_a_training_that_fails_brings_the_learner_back_with_a_sentence(
    session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.fail_at = 1
    player = LessonPlayer(session)
    player.begin(LESSON)
    player.choose(0)
    player.train()
    qtbot.waitUntil(lambda: player.stage is Stage.GUESSING)
    assert "broke off" in player.problem


def test_that_a_training_under_way_is_not_disturbed(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.step_seconds = 0.05
    session.train()
    player = LessonPlayer(session)
    player.begin(LESSON)
    player.choose(0)
    player.train()
    assert "stop it first" in player.problem
    assert session.state.is_active
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


def test_that_leaving_lets_the_training_go_on(session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.step_seconds = 0.02
    player = LessonPlayer(session)
    player.begin(LESSON)
    player.choose(0)
    player.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING)
    player.leave()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert player.stage is Stage.CHOOSING
    assert len(backend.trainings) == 1
