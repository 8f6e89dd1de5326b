"""Leading a learner through one experiment: guess, train, look, conclude."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.choices import PlaneView
from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.lesson_training import LessonTraining, MadeRun
from vae_explorer.app.state import LatentPath, RunState
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.lessons import Lesson, Look
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import PointCloud


class Stage(Enum):
    """Where a learner is."""

    CHOOSING = "choosing"
    GUESSING = "guessing"
    TRAINING = "training"
    LOOKING = "looking"
    CONCLUDED = "concluded"


class LessonPlayer(QObject):
    """Plays one experiment at a time in the session; what it trains are runs like all others.

    A run that was trained for an earlier experiment with the same settings is used again.

    Parameters
    ----------
    session
        Where it trains, opens runs and points at things.
    """

    changed = Signal()
    """Stage, run that trains, or thing to look at."""

    panel_requested = Signal(str)
    """Name of a panel to bring to the front."""

    comparison_requested = Signal()
    """Two models are to be seen side by side."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._lesson: Lesson | None = None
        self._stage = Stage.CHOOSING
        self._guess: int | None = None
        self._look = 0
        self._training = LessonTraining(session)
        self._training.advanced.connect(self.changed)
        self._training.ended.connect(self._begin_to_look)
        self._training.failed.connect(self._fail)
        self._awaited: Look | None = None
        self._row: int | None = None
        self._problem = ""
        session.state_changed.connect(self._arrange_awaited)
        session.points_changed.connect(self._pin_row)

    @property
    def lesson(self) -> Lesson | None:
        """The experiment that is played; None while one is chosen."""
        return self._lesson

    @property
    def stage(self) -> Stage:
        """Where the learner is."""
        return self._stage

    @property
    def guess(self) -> int | None:
        """Index of the answer that the learner guessed."""
        return self._guess

    @property
    def made(self) -> tuple[MadeRun, ...]:
        """The runs of this experiment that are trained, in its order."""
        return self._training.made

    @property
    def look(self) -> Look | None:
        """What there is to look at now."""
        if self._lesson is None or self._stage is not Stage.LOOKING:
            return None
        return self._lesson.looks[self._look]

    @property
    def look_number(self) -> int:
        """Number of the look, from 1 on."""
        return self._look + 1

    @property
    def problem(self) -> str:
        """Why it can't go on, in one sentence; else empty."""
        return tr(self._problem)

    def begin(self, lesson: Lesson) -> None:
        """Take up an experiment."""
        self._forget()
        self._lesson = lesson
        self._enter(Stage.GUESSING)

    @Slot()
    def leave(self) -> None:
        """Go back to the list; a training that is under way goes on like any other."""
        self._forget()
        self._enter(Stage.CHOOSING)

    def choose(self, answer: int) -> None:
        """Guess, before anything is shown."""
        if self._stage is Stage.GUESSING:
            self._guess = answer
            self.changed.emit()

    @Slot()
    def train(self) -> None:
        """Train all runs of the experiment, one after another; it takes a guess first."""
        if self._lesson is None or self._stage is not Stage.GUESSING or self._guess is None:
            return
        self._problem = ""
        self._enter(Stage.TRAINING)
        device = self._session.experiment.training.device
        self._training.begin(tuple(run.experiment(device) for run in self._lesson.runs))

    @Slot()
    def go_forward(self) -> None:
        """Look at the next thing, or conclude."""
        if self._lesson is None or self._stage is not Stage.LOOKING:
            return
        if self._look + 1 < len(self._lesson.looks):
            self._show(self._look + 1)
        else:
            self._enter(Stage.CONCLUDED)

    @Slot()
    def go_back(self) -> None:
        """Look at the thing before once more."""
        if self._stage is Stage.CONCLUDED:
            self._show(self._look)
        elif self._stage is Stage.LOOKING and self._look > 0:
            self._show(self._look - 1)

    def _forget(self) -> None:
        self._training.forget()
        self._lesson, self._guess, self._look, self._problem = None, None, 0, ""
        self._awaited, self._row = None, None

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self.changed.emit()

    @Slot()
    def _begin_to_look(self) -> None:
        if self._stage is Stage.TRAINING:
            self._show(0)

    @Slot(str)
    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._enter(Stage.GUESSING)

    # -- Looking -------------------------------------------------------------------------------------------------------

    def _show(self, index: int) -> None:
        """Open the run of a thing to look at, then point at the thing."""
        self._look = index
        self._enter(Stage.LOOKING)
        look = self.look
        if look is None:
            return
        path = self.made[look.run].path
        self._awaited, self._row = look, look.row
        if self._session.run is None or self._session.run.path != path:
            self._session.open_run(path)
        else:
            self._arrange_awaited()

    @Slot()
    def _arrange_awaited(self) -> None:
        """Arrange the window as soon as the run is open that is to be looked at."""
        look, run = self._awaited, self._session.run
        if look is None or run is None or self._session.state is not RunState.FINISHED:
            return
        if self._lesson is not None and run.path == self.made[look.run].path:
            self._awaited = None
            self._arrange(look)

    def _arrange(self, look: Look) -> None:
        session = self._session
        with session.one_step(tr("Set up the experiment")):
            if look.layers is not None:
                session.set_layers(look.layers)
            session.set_colour(look.colour)
            session.set_view(None)
            if look.ends is not None:
                start, end = look.ends
                session.set_path(LatentPath(start, (), end, look.method, 0.5))
            second = "" if look.second is None else str(self.made[look.second].path)
            session.set_comparison(ComparisonChoice(run=second))
        self._pin_row(session.points)
        self.panel_requested.emit(look.panel)
        if second:
            self.comparison_requested.emit()

    @Slot(object)
    def _pin_row(self, points: PointCloud | None) -> None:
        """Choose the picture that is to be looked at, once its place is known."""
        place = None if points is None or self._row is None else points.place_of(self._row)
        if place is not None and self._awaited is None:
            with self._session.one_step(tr("Set up the experiment")):
                self._session.pin(place, self._row)
                if self.look is not None and self.look.reach is not None:
                    self._session.set_view(PlaneView(place, self.look.reach))
            self._row = None
