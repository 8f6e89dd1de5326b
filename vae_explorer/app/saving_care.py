"""A training that can't be saved: what the window says and offers, and how the answer comes to the training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vae_explorer.app.state import NoticeAction, RunState
from vae_explorer.language import sentences, tr
from vae_explorer.training.events import SavingFailed, SavingPutOff, SavingResumed
from vae_explorer.training.questions import Answer

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.training.control import Control


class SavingCare(QObject):
    """Asks a person what to do, for one training at a time.

    Parameters
    ----------
    session
        Whose training it is.
    """

    folder_wanted = Signal(object)
    """`Path`: a folder is to be chosen in which the run is saved; this is where it is now."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._control: Control | None = None
        self._asked: SavingFailed | None = None

    @property
    def is_asking(self) -> bool:
        """Whether the training waits for an answer."""
        return self._asked is not None

    def hear(self, event: SavingFailed | SavingPutOff | SavingResumed, control: Control) -> None:
        """Follow what the training says of being saved."""
        match event:
            case SavingFailed():
                self._asked, self._control = event, control
                self.ask()
            case SavingPutOff():
                self.forget()
                if not control.stopped:
                    text = tr(
                        "The training goes on without being saved: it is tried again every half minute and at the end."
                    )
                    self._session.offer("warning", text, "", ())  # until it is saved again
            case SavingResumed():
                self.forget()

    def forget(self) -> None:
        """Ask no longer."""
        self._asked = self._control = None

    def ask(self) -> None:
        """Ask again what was asked last and not answered yet."""
        asked = self._asked
        if asked is None:
            return
        waits = tr("The training has ended and waits to be saved.") if asked.at_the_end else tr("The training waits.")
        self._session.offer("error", sentences(asked.message, waits), asked.details, self._actions(asked))

    def try_again(self) -> None:
        """Save it where it was to be saved."""
        self._answer(Answer("again"))

    def go_on_unsaved(self) -> None:
        """Go on; at the end, give up what isn't saved."""
        self._answer(Answer("later"))

    def choose_folder(self) -> None:
        """Let a person choose where else it is saved."""
        if self._asked is not None and self._session.run is not None:
            self.folder_wanted.emit(self._session.run.path)

    def save_in(self, parent: Path) -> None:
        """Save the run in a new folder of the same name below `parent`."""
        run = self._session.run
        if run is not None:
            self._answer(Answer("elsewhere", _free(parent / run.path.name)))

    def _answer(self, answer: Answer) -> None:
        control = self._control
        if control is not None and self._asked is not None:
            self.forget()
            self._session.withdraw_offer()
            control.questions.answer(answer)

    def _actions(self, asked: SavingFailed) -> tuple[NoticeAction, ...]:
        saved = self._session.saved_step
        kept = (
            tr("nothing of it is saved then")
            if saved is None
            else tr("it stays as it was saved at step {saved:,}", saved=saved)
        )
        return (
            NoticeAction(
                tr("Try again"),
                tr("Save the run where it is, once there is room or the folder is back"),
                self.try_again,
            ),
            NoticeAction(
                tr("Save elsewhere…"),
                tr("Choose another folder: the run goes there and is kept there from now on"),
                self.choose_folder,
            ),
            NoticeAction(
                tr("Give it up"), tr("End without saving what came last: {kept}", kept=kept), self.go_on_unsaved
            )
            if asked.at_the_end
            else NoticeAction(
                tr("Go on without saving"),
                tr("Train on and try again now and then; what was saved last stays as it is"),
                self.go_on_unsaved,
            ),
        )


def state_after(event: SavingFailed | SavingPutOff | SavingResumed, control: Control) -> RunState:
    """Return what the session is doing once the training said something of being saved."""
    if isinstance(event, SavingFailed):
        return RunState.PAUSED
    if control.stopped:
        return RunState.STOPPING
    return RunState.PAUSED if control.paused else RunState.TRAINING


def _free(folder: Path) -> Path:
    candidate, number = folder, 1
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name} {number}")
    return candidate
