"""The table of a user whose columns can colour the points: asked for, read in the background, kept while it fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.gui.plotting.point_colours import COLUMN_PREFIX
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session
    from vae_explorer.data.columns import ColumnTable
    from vae_explorer.data.dataset import ImageDataset


class FileColumns(QObject):
    """Keeps the columns of the file that was chosen.

    Parameters
    ----------
    session
        Whose images the columns are of.
    window
        Over which the dialog opens; owner.
    """

    changed = Signal()
    """There are other columns than before."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._table: ColumnTable | None = None
        self._wanted = ""
        self._asked: ImageDataset | None = None
        self._work = session.latest_work(tr("read the table"))
        self._work.finished.connect(self._take)
        self._work.failed.connect(self._refuse)
        session.column_file_changed.connect(self._follow)
        session.dataset_changed.connect(self._follow)

    @property
    def table(self) -> ColumnTable | None:
        """The columns, None without a file."""
        return self._table

    @Slot()
    def ask(self) -> None:
        """Ask for a file."""
        dialog = make_readable(QFileDialog(self._window, tr("Colour by a column of a file")))
        dialog.setObjectName("column-file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Tables (*.csv *.tsv *.txt)"), tr("All files (*)")])
        dialog.fileSelected.connect(self.open)
        dialog.open()

    @Slot(str)
    def open(self, path: str) -> None:
        """Read a file and colour by its first column."""
        if self._session.dataset is None:
            self._session.notify("info", tr("There are no images to colour yet: choose a data set first."))
            return
        if path == self._session.choices.column_file:
            self._read(path)
        self._session.set_column_file(path)

    @Slot()
    def _follow(self) -> None:
        path, dataset = self._session.choices.column_file, self._session.dataset
        if path and dataset is not None:
            if path != self._wanted or dataset is not self._asked:
                self._read(path)
            return
        self._work.forget()
        self._wanted = ""
        if self._table is not None:
            self._table = None
            self.changed.emit()

    def _read(self, path: str) -> None:
        dataset = self._session.dataset
        if dataset is None:
            return
        self._wanted, self._asked = path, dataset
        rows = dataset.source_rows

        def read(context: JobContext) -> object:
            from vae_explorer.data.columns import read_columns

            return read_columns(Path(path), rows, context.check)

        self._work.ask(read)

    @Slot(object)
    def _take(self, table: ColumnTable) -> None:
        self._table = table
        for note in table.notes:
            self._session.notify("info", note)
        self.changed.emit()
        if not self._session.choices.colour.startswith(COLUMN_PREFIX):
            # A person who opens a table wants to see it; which column that is belongs to the same step.
            with self._session.unrecorded():
                self._session.set_colour(COLUMN_PREFIX + table.columns[0].name)

    @Slot(str, str)
    def _refuse(self, message: str, details: str) -> None:
        self._session.notify("error", message, details)
        self._table = None
        with self._session.unrecorded():
            self._session.set_column_file("")
        self.changed.emit()
