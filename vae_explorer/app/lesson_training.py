"""Training the models of an experiment one after another in the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.state import RunState
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vae_explorer.app.session import Session
    from vae_explorer.training.experiment import Experiment

_ROUNDING = 1e-6


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


class LessonTraining(QObject):
    """Trains what it is given, in order; a run that was trained before with the same settings is used again.

    Parameters
    ----------
    session
        Where it trains; the runs are runs like all others.
    """

    advanced = Signal()
    """Another run is there, or another one begins."""

    ended = Signal()
    """All runs are there."""

    failed = Signal(object)
    """Why it can't go on, in one sentence."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._plan: tuple[Experiment, ...] = ()
        self._known: list[MadeRun] = []
        self._made: list[MadeRun] = []
        self._wanted: Experiment | None = None
        self._has_started = False
        session.state_changed.connect(self._follow)

    @property
    def made(self) -> tuple[MadeRun, ...]:
        """The runs that are trained, in the order of the plan."""
        return tuple(self._made)

    def forget(self) -> None:
        """Plan nothing; a training that is under way goes on like any other."""
        self._plan, self._made, self._wanted = (), [], None

    def begin(self, plan: tuple[Experiment, ...]) -> None:
        """Train these experiments."""
        self.forget()
        if self._session.state.is_active:
            self._stop(tr("Training is under way: stop it first, then begin the experiment."))
            return
        self._plan = plan
        self._train_next()

    def _stop(self, problem: str) -> None:
        self._wanted = None
        self.failed.emit(problem)

    def _train_next(self) -> None:
        """Use runs that are there already, and train the first one that isn't."""
        for experiment in self._plan[len(self._made) :]:
            known = next((made for made in self._known if made.experiment == experiment and made.path.is_dir()), None)
            if known is None:
                self._want(experiment)
                return
            self._made.append(known)
        self.ended.emit()

    def _want(self, experiment: Experiment) -> None:
        self._wanted, self._has_started = experiment, False
        self._session.set_experiment(experiment)
        self._start_wanted()
        self.advanced.emit()

    def _start_wanted(self) -> None:
        """Start as soon as the data are there."""
        session = self._session
        if session.state.is_active or session.state is RunState.LOADING:
            return
        if session.experiment != self._wanted or session.dataset is None:
            self._stop(tr("The data of the experiment could not be loaded."))
            return
        self._has_started = True
        session.train()
        if not session.state.is_active:
            self._stop(tr("The training of the experiment could not begin."))

    @Slot(object)
    def _follow(self, state: RunState) -> None:
        if self._wanted is None:
            return
        if not self._has_started:
            self._start_wanted()
        elif state is RunState.FAILED:
            self._stop(tr("The training broke off; its notice says why."))
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
            self._stop(tr("Another run was opened before the experiment was done."))
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
