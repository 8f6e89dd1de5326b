"""Opening data and runs: file dialogs, drops, and the question that comes up while a training is under way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session


class Opening(QObject):
    """Asks what to open and opens it.

    Parameters
    ----------
    session
        Takes what was chosen.
    window
        Owner of the dialogs.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._waiting: Callable[[], None] | None = None

    @Slot()
    def ask_for_file(self) -> None:
        """Let a person choose a data file."""
        # Not before it is needed: the readers bring numpy, and the window opens without it.
        from vae_explorer.data.catalogue import file_suffixes

        dialog = self._dialog(tr("Open data file"), QFileDialog.FileMode.ExistingFile, "")
        dialog.setNameFilter(
            tr(
                "Image arrays ({patterns});;All files (*)",
                patterns=" ".join(f"*{suffix}" for suffix in file_suffixes()),
            )
        )
        dialog.open()

    @Slot()
    def ask_for_folder(self) -> None:
        """Let a person choose a folder with images."""
        self._dialog(tr("Open data folder"), QFileDialog.FileMode.Directory, "").open()

    @Slot()
    def ask_for_run(self) -> None:
        """Let a person choose the folder of a run."""
        folder = self._session.runs_folder
        start = folder if folder.is_dir() else folder.parent
        self._dialog(tr("Open run: choose its folder"), QFileDialog.FileMode.Directory, str(start)).open()

    @Slot(str)
    def open_chosen(self, path: str) -> None:
        """Open data or a run; ask first while a training is under way."""
        self.open_path(Path(path))

    def open_path(self, path: Path) -> None:
        """Open data or a run; ask first while a training is under way, or before anything is downloaded."""
        if self._session.downloads.is_missing(str(path)):
            self._session.downloads.ask(str(path))
            return
        if not self._session.state.is_active:
            self._session.open_source(str(path))
            return
        session = self._session
        self.ask_to_stop(
            tr("Stop it and open what you chose?"), lambda: session.open_source(str(path), stop_training=True)
        )

    def ask_to_stop(self, question: str, then: Callable[[], None]) -> None:
        """Ask whether a training that is under way may be stopped, and go on if so.

        Parameters
        ----------
        question
            What is to be done: "Stop it and …?"
        then
            Stops the training and does it.
        """
        self._waiting = then
        box = QMessageBox(self._window)
        box.setObjectName("stop-training")
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(tr("Training is under way."))
        box.setInformativeText(tr("{question} The run is saved first.", question=question))
        box.addButton(tr("Stop the training"), QMessageBox.ButtonRole.AcceptRole)
        # A key pressed before one has read must not end hours of work.
        box.setDefaultButton(box.addButton(tr("Keep training"), QMessageBox.ButtonRole.RejectRole))
        box.accepted.connect(self._stop_and_go_on)
        box.finished.connect(box.deleteLater)
        box.open()

    @Slot()
    def _stop_and_go_on(self) -> None:
        then, self._waiting = self._waiting, None
        if then is not None:
            then()

    def _dialog(self, title: str, mode: QFileDialog.FileMode, folder: str) -> QFileDialog:
        dialog = make_readable(QFileDialog(self._window, title, folder))
        dialog.setFileMode(mode)
        if mode is QFileDialog.FileMode.Directory:
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.fileSelected.connect(self.open_chosen)
        dialog.finished.connect(dialog.deleteLater)
        return dialog
