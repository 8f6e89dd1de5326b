"""Choosing another folder for a run that can't be saved where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.saving_care import SavingCare


class SavingElsewhere(QObject):
    """Asks for the folder, and asks again what to do where none is chosen.

    Parameters
    ----------
    care
        Wants the folder.
    window
        Owner of the dialog.
    """

    def __init__(self, care: SavingCare, window: QWidget) -> None:
        super().__init__(window)
        self._care = care
        self._window = window
        care.folder_wanted.connect(self.ask)

    @Slot(object)
    def ask(self, folder: Path) -> None:
        """Let a person choose the folder in which the run gets a folder of its own."""
        start = next((parent for parent in folder.parents if parent.is_dir()), Path.home())
        dialog = make_readable(
            QFileDialog(self._window, tr("Save the run elsewhere: choose a folder for it"), str(start))
        )
        dialog.setObjectName("save-elsewhere")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take)
        dialog.rejected.connect(self._ask_again)
        dialog.open()

    @Slot(str)
    def _take(self, path: str) -> None:
        self._care.save_in(Path(path))

    @Slot()
    def _ask_again(self) -> None:
        self._care.ask()
