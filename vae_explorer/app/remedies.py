"""What can be done about a training that broke off, as buttons of its notice."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from vae_explorer.app.state import NoticeAction, RunState
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.training.events import TrainingFailed
    from vae_explorer.training.experiment import Experiment

LEARNING_RATE = "training.learning_rate"


class Remedies:
    """Knows which settings help against which fault, and trains with them.

    Parameters
    ----------
    session
        Whose run broke off.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def actions(self, failed: TrainingFailed) -> tuple[NoticeAction, ...]:
        """Return what can be done about a failure, the best first; nothing where only a person knows."""
        match failed.fault:
            case "diverged":
                return (self._calmer(),)
            case "memory":
                return self._smaller()
            case "gpu-memory":
                return (*self._smaller(), self._on_cpu())
            case "gpu-lost" | "gpu-missing":
                return (self._on_cpu(),)
            case "storage" if self._session.has_checkpoint:
                return (self._again(),)
            case _:
                return ()

    def kept(self, failed: TrainingFailed) -> str:
        """Return a sentence on what there is of the run that broke off."""
        saved = self._session.saved_step
        if failed.wrong_input:
            return ""
        if saved is None:
            return (
                tr("Nothing had been saved yet.")
                if not self._session.has_checkpoint
                else tr("The run is kept as it was.")
            )
        return tr("The run is kept as it was saved at step {saved:,}.", saved=saved)

    def _calmer(self) -> NoticeAction:
        if not self._session.has_checkpoint:
            return NoticeAction(
                tr("Train anew with half the learning rate"),
                tr("Set half the learning rate and start a new run, because nothing of this one was saved yet"),
                self._train_calmer,
            )
        return NoticeAction(
            self._from_there(
                marked("Go on with half the learning rate"),
                marked("Go on from step {saved:,} with half the learning rate"),
            ),
            tr("Go back to the last checkpoint, whose numbers are good, and take smaller steps from there"),
            self._go_on_calmer,
        )

    def _smaller(self) -> tuple[NoticeAction, ...]:
        trained = self._session.trained_experiment
        half = 0 if trained is None else trained.training.batch_size // 2
        if half == 0:
            return ()
        if self._session.has_checkpoint:
            tip = tr("Start a new run with smaller batches from the weights that were saved last")
            return (NoticeAction(tr("Fork with batches of {half} images", half=half), tip, self._shrink),)
        tip = tr("Start a new run with smaller batches, which need less memory")
        return (NoticeAction(tr("Train anew with batches of {half} images", half=half), tip, self._shrink),)

    def _on_cpu(self) -> NoticeAction:
        if not self._session.has_checkpoint:
            return NoticeAction(tr("Train on the CPU"), tr("Choose the CPU and start a new run"), self._train_on_cpu)
        return NoticeAction(
            self._from_there(marked("Go on using the CPU"), marked("Go on from step {saved:,} on the CPU")),
            tr("Go on from the last checkpoint on the processor of the computer, which has more memory and is slower"),
            self._go_on_on_cpu,
        )

    def _again(self) -> NoticeAction:
        tip = tr("Go on from the last checkpoint, once the run's folder can be written again")
        words = self._from_there(marked("Go on"), marked("Go on from step {saved:,}"))
        return NoticeAction(words, tip, self._session.go_on)

    def _from_there(self, plain: str, told: str) -> str:
        saved = self._session.saved_step
        return tr(plain) if saved is None else tr(told, saved=saved)

    def _go_on_calmer(self) -> None:
        rate = self._session.steering.value(LEARNING_RATE)
        self._session.go_on(changes={LEARNING_RATE: rate / 2})

    def _train_calmer(self) -> None:
        def calmer(trained: Experiment) -> Experiment:
            rate = trained.training.learning_rate / 2
            return dataclasses.replace(trained, training=dataclasses.replace(trained.training, learning_rate=rate))

        self._train(calmer)

    def _shrink(self) -> None:
        def smaller(trained: Experiment) -> Experiment:
            size = max(1, trained.training.batch_size // 2)
            return dataclasses.replace(trained, training=dataclasses.replace(trained.training, batch_size=size))

        self._train(smaller, from_saved=self._session.has_checkpoint)

    def _go_on_on_cpu(self) -> None:
        self._session.go_on(device="cpu")

    def _train_on_cpu(self) -> None:
        def on_cpu(trained: Experiment) -> Experiment:
            return dataclasses.replace(trained, training=dataclasses.replace(trained.training, device="cpu"))

        self._train(on_cpu)

    def _train(self, change: Callable[[Experiment], Experiment], *, from_saved: bool = False) -> None:
        """Start a new run with changed settings of the one that broke off, which the form shows from then on."""
        session = self._session
        trained = session.trained_experiment
        if trained is None or session.state not in {RunState.FAILED, RunState.FINISHED}:
            return
        session.set_experiment(change(trained))
        if from_saved:
            session.fork()
        else:
            session.train()
