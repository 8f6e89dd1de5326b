"""Saving where the selected points lie, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QStandardPaths, Qt, Slot
from PySide6.QtWidgets import QFileDialog

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import PointCloud
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.tables import LatentTable


class SelectionSaving(QObject):
    """Asks for a file and writes the latents of the selected rows there, in a worker.

    Parameters
    ----------
    session
        Whose selection is saved.
    window
        Over which the dialog opens; owner.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._work = session.latest_work(tr("save the selected points"))
        self._work.finished.connect(self._tell)
        self._work.failed.connect(self._tell_failure)

    @Slot()
    def ask(self) -> None:
        """Ask where to write."""
        run = self._session.run
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposed = Path(folder) / tr("{run} selection.csv", run=tr("model") if run is None else run.name)
        dialog = make_readable(QFileDialog(self._window, tr("Export the selected points"), str(proposed)))
        dialog.setObjectName("selection-file")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("CSV table (*.csv)"), tr("NumPy arrays (*.npz)")])
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(str(proposed))
        dialog.fileSelected.connect(self.save)
        dialog.open()

    @Slot(str)
    def save(self, chosen: str) -> None:
        """Write the selected rows to a file, without those that have no place on the plane now."""
        cloud, dataset = self._session.points, self._session.dataset
        selected = self._session.choices.selected.array()
        if cloud is None or dataset is None or not len(selected):
            return
        model = self._session.model_info
        noisy = model is None or model.is_stochastic
        path = Path(chosen)

        def write(context: JobContext) -> object:
            from vae_explorer.export.tables import save_latents

            table = selected_latents(cloud, dataset, selected, noisy=noisy)
            written = save_latents(path, table, cancelled=context.cancelled)
            return written, len(table.rows), len(selected)

        self._work.ask(write)

    @Slot(object)
    def _tell(self, result: tuple[Path, int, int]) -> None:
        path, count, wanted = result
        words = tr("Saved {path}", path=path)
        if count != wanted:
            words = tr(
                "Saved {path}: {count:,} of {wanted:,} points, the others aren't encoded now",
                path=path,
                count=count,
                wanted=wanted,
            )
        self._session.notify("info", words)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._session.notify("error", tr("The table can't be saved: {message}", message=message), details)


def selected_latents(
    cloud: PointCloud, dataset: ImageDataset, selected: np.ndarray[tuple[int], np.dtype[np.int32]], *, noisy: bool
) -> LatentTable:
    """Return the table of the encodings of some rows [K] of the data; rows that aren't in the cloud are left out.

    Parameters
    ----------
    cloud, dataset
        Encodings, and the data they are of.
    selected
        Rows of the data in ascending order.
    noisy
        Whether the encoder gives a spread.
    """
    from vae_explorer.export.tables import LatentTable

    places = np.flatnonzero(np.isin(cloud.rows, selected))
    places = places[np.argsort(cloud.rows[places], kind="stable")]
    rows = cloud.rows[places]
    return LatentTable(
        mean=cloud.z[places],
        log_var=cloud.log_var[places] if noisy else None,
        rows=dataset.source_rows[rows],
        splits=["train" if row < dataset.train_count else "test" for row in rows.tolist()],
        labels=None if dataset.labels is None else dataset.labels[rows],
        class_names=dataset.class_names,
        correlation=None if cloud.correlation is None or not noisy else cloud.correlation[places],
    )
