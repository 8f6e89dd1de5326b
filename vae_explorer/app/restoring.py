"""Bringing back the view of an exported file: its run is found and opened, then shown as the file's note says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.noted_choices import noted_choices, noted_sample
from vae_explorer.app.run_search import FoundRun, find_run
from vae_explorer.app.state import RunState
from vae_explorer.errors import ExportError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session
    from vae_explorer.export.provenance import Provenance


@dataclass(frozen=True, slots=True)
class _Wish:
    """A file whose view is to be brought back, and its run once that is found."""

    file: Path
    note: Provenance
    run: FoundRun | None = None


class Restoring(QObject):
    """Restores one view at a time; a newer file takes the place of one that is still looked for.

    Parameters
    ----------
    session
        Opens the run and shows the view; its notices say what can't be done.
    """

    restored = Signal(str)
    """The kind of the file whose view is shown now, as `Provenance` names it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._wish: _Wish | None = None
        self._search = session.latest_work(tr("look for the run that made the file"))
        self._search.finished.connect(self._take)
        self._search.failed.connect(self._tell_failure)
        session.state_changed.connect(self._wait_for_run)

    def restore(self, file: Path, note: Provenance) -> None:
        """Bring back the view of a file by the note in it."""
        session = self._session
        if session.state.is_active:
            session.notify(
                "warning", tr("Training is under way: stop it first to restore {name}.", name=printable(file.name))
            )
            return
        known = [*([session.run.path] if session.run is not None else []), *session.recent.opened]
        places = list(dict.fromkeys([session.runs_folder, *(run.parent for run in known)]))
        wish = _Wish(file, note)

        def look(context: JobContext) -> object:
            return _Wish(wish.file, wish.note, find_run(note, file.absolute(), known, places, context))

        self._wish = None
        session.message_changed.emit(tr("Looking for the run that made {name} …", name=printable(file.name)))
        self._search.ask(look)

    @Slot(object)
    def _take(self, wish: _Wish) -> None:
        session, run = self._session, wish.run
        session.message_changed.emit("")  # it was looked for, and opening it says something of its own
        if run is None:
            session.notify("warning", self._lost(wish))
            return
        self._wish = wish
        if session.run is not None and session.run.path == run.folder:
            self._show()
        else:
            session.open_run(run.folder)

    def _lost(self, wish: _Wish) -> str:
        file, folder = printable(wish.file.name), printable(self._session.runs_folder)
        if not wish.note.run:
            return tr(
                "The run that made {file} wasn't found beside it, among the recent runs or in "
                "{folder}: open it with File > Open run, then drop the file again.",
                file=file,
                folder=folder,
            )
        return tr(
            "The run {run} that made {file} wasn't found beside it, among the recent runs or in "
            "{folder}: open it with File > Open run, then drop the file again.",
            run=printable(wish.note.run),
            file=file,
            folder=folder,
        )

    @Slot(object)
    def _wait_for_run(self, state: RunState) -> None:
        if self._wish is not None and state is not RunState.LOADING:
            QTimer.singleShot(0, self, self._show)

    @Slot()
    def _show(self) -> None:
        session, wish = self._session, self._wish
        if wish is None or wish.run is None or session.state is RunState.LOADING:
            return
        self._wish = None
        if session.run is None or session.run.path != wish.run.folder:
            return  # the run couldn't be opened, which was told, or a person has opened another
        try:
            choices = noted_choices(wish.note, session.choices)
        except ExportError as error:
            session.notify("warning", str(error))
            return
        session.moments.travel_to_step(wish.run.step)
        self._complete(noted_sample(wish.note))
        session.change_choices(
            choices if session.dataset is not None else choices.without_samples(), tr("Restore view")
        )
        self._tell(wish)
        self.restored.emit(wish.note.kind)

    def _complete(self, source_row: int | None) -> None:
        """Let the model complete the picture that it completed then."""
        dataset = self._session.dataset
        if source_row is None or dataset is None:
            return
        rows = (dataset.source_rows == source_row).nonzero()[0]
        if len(rows):
            self._session.set_condition(int(rows[0]))

    def _tell(self, wish: _Wish) -> None:
        run, name = wish.run, printable(wish.file.name)
        if run is None or run.is_exact:
            self._session.notify("info", tr("This is the view of {name}.", name=name))
        elif run.step == wish.note.step:
            self._session.notify(
                "info", tr("This is the view of {name}, with its weights as the run kept them: rounded.", name=name)
            )
        else:
            self._session.notify(
                "warning",
                tr(
                    "The weights that made {name}, after {step:,} steps, are no longer kept: the view is "
                    "shown with those after {shown:,} steps.",
                    name=name,
                    step=wish.note.step,
                    shown=run.step,
                ),
            )

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._session.notify("error", message, details)
