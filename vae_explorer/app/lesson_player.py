"""Leading a learner through one experiment: guess, train, look, conclude."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.state import LatentPath, RunState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vae_explorer.app.lessons import Lesson, LessonRun, Look
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import PointCloud
    from vae_explorer.training.experiment import Experiment


_ROUNDING = 1e-6


class Stage(Enum):
    """Where a learner is."""

    CHOOSING = "choosing"
    GUESSING = "guessing"
    TRAINING = "training"
    LOOKING = "looking"
    CONCLUDED = "concluded"


@dataclass(frozen=True, slots=True)
class MadeRun:
    """A run of an experiment, once it is trained.

    Attributes
    ----------
    experiment, path
        What was trained, and its folder.
    values
        Last measurement of each term on test images.
    epochs
        Epochs that were trained; fewer than planned if someone stopped it.
    """

    experiment: Experiment
    path: Path
    values: Mapping[str, float] = field(default_factory=dict)
    epochs: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether all epochs were trained."""
        return self.epochs >= self.experiment.training.epochs - _ROUNDING


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
        self._known: list[MadeRun] = []
        self._made: list[MadeRun] = []
        self._wanted: Experiment | None = None
        self._has_started = False
        self._awaited: Look | None = None
        self._row: int | None = None
        self._problem = ""
        session.state_changed.connect(self._follow)
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
        return tuple(self._made)

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
        return self._problem

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
        if self._stage is not Stage.GUESSING or self._guess is None:
            return
        if self._session.state.is_active:
            self._stop("A training is under way: stop it first, then begin the experiment.")
            return
        self._problem = ""
        self._enter(Stage.TRAINING)
        self._train_next()

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
        self._lesson, self._guess, self._look, self._made, self._problem = None, None, 0, [], ""
        self._wanted, self._awaited, self._row = None, None, None

    def _enter(self, stage: Stage) -> None:
        self._stage = stage
        self.changed.emit()

    def _stop(self, problem: str) -> None:
        self._problem, self._wanted = problem, None
        self._enter(Stage.GUESSING)

    # -- Training ------------------------------------------------------------------------------------------------------

    def _train_next(self) -> None:
        """Use runs that are there already, and train the first one that isn't; look once all are there."""
        if self._lesson is None:
            return
        for run in self._lesson.runs[len(self._made) :]:
            experiment = self._experiment_of(run)
            known = next((made for made in self._known if made.experiment == experiment and made.path.is_dir()), None)
            if known is None:
                self._want(experiment)
                return
            self._made.append(known)
        self._show(0)

    def _experiment_of(self, run: LessonRun) -> Experiment:
        return run.experiment(self._session.experiment.training.device)

    def _want(self, experiment: Experiment) -> None:
        self._wanted, self._has_started = experiment, False
        self._session.set_experiment(experiment)
        self._start_wanted()
        self.changed.emit()

    def _start_wanted(self) -> None:
        """Start as soon as the data are there."""
        session = self._session
        if session.state.is_active or session.state is RunState.LOADING:
            return
        if session.experiment != self._wanted or session.dataset is None:
            self._stop("The data of the experiment could not be loaded.")
            return
        self._has_started = True
        session.train()
        if not session.state.is_active:
            self._stop("The training of the experiment could not begin.")

    @Slot(object)
    def _follow(self, state: RunState) -> None:
        self._arrange_awaited()
        if self._wanted is None:
            return
        if not self._has_started:
            self._start_wanted()
        elif state is RunState.FAILED:
            self._stop("The training broke off; its notice says why.")
        elif state is RunState.FINISHED:
            # The last model and progress come right after the state.
            QTimer.singleShot(0, self, self._keep)

    @Slot()
    def _keep(self) -> None:
        session, wanted = self._session, self._wanted
        run, progress = session.run, session.progress
        if wanted is None:
            return
        if run is None or progress is None or session.trained_experiment != wanted:
            self._stop("Another run was opened before the experiment was done.")
            return
        values: dict[str, float] = {}
        for record in session.metrics:
            if record.split == "test":
                values.update(record.values)
        made = MadeRun(wanted, run.path, values, progress.epoch)
        self._wanted = None
        self._made.append(made)
        if made.is_whole:
            self._known.append(made)
        self._train_next()

    # -- Looking -------------------------------------------------------------------------------------------------------

    def _show(self, index: int) -> None:
        """Open the run of a thing to look at, then point at the thing."""
        self._look = index
        self._enter(Stage.LOOKING)
        look = self.look
        if look is None:
            return
        path = self._made[look.run].path
        self._awaited, self._row = look, look.row
        if self._session.run is None or self._session.run.path != path:
            self._session.open_run(path)
        else:
            self._arrange_awaited()

    def _arrange_awaited(self) -> None:
        """Arrange the window as soon as the run is open that is to be looked at."""
        look, run = self._awaited, self._session.run
        if look is None or run is None or self._session.state is not RunState.FINISHED:
            return
        if self._lesson is not None and run.path == self._made[look.run].path:
            self._awaited = None
            self._arrange(look)

    def _arrange(self, look: Look) -> None:
        session = self._session
        with session.one_step("Set up the experiment"):
            if look.layers is not None:
                session.set_layers(look.layers)
            session.set_colour(look.colour)
            session.set_view(None)
            if look.ends is not None:
                start, end = look.ends
                session.set_path(LatentPath(start, (), end, look.method, 0.5))
            second = "" if look.second is None else str(self._made[look.second].path)
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
            self._session.pin(place, self._row)
            self._row = None
