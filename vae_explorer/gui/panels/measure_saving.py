"""The button that saves what was measured as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton

from vae_explorer.errors import VaeExplorerError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session


class MeasureSaving(QToolButton):
    """Offers the measures and the values of each image, and asks where to write them.

    Parameters
    ----------
    session
        Whose newest result is saved.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setText(tr("Save"))
        self.setToolTip(tr("Save as a CSV table"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.addAction(tr("Measures…")).triggered.connect(self.save_measures)
        self._images = menu.addAction(tr("Values of each image…"))
        self._images.triggered.connect(self.save_image_values)
        self.setMenu(menu)

    def follow(self) -> None:
        """Offer the values of images only where there are some."""
        result = self._session.evaluation.result
        self._images.setEnabled(result is not None and result.per_image is not None)

    @Slot()
    def save_measures(self) -> None:
        """Ask for a file and write the measures."""
        from vae_explorer.export.measures import save_measures

        result = self._session.evaluation.result
        if result is not None:
            self._save(tr("{run} measures.csv", run=self._run_name), lambda path: save_measures(path, result))

    @Slot()
    def save_image_values(self) -> None:
        """Ask for a file and write the values of each image."""
        from vae_explorer.export.measures import save_image_values

        result, dataset = self._session.evaluation.result, self._session.dataset
        if result is not None:
            rows = None if dataset is None else dataset.source_rows
            self._save(tr("{run} images.csv", run=self._run_name), lambda path: save_image_values(path, result, rows))

    @property
    def _run_name(self) -> str:
        run = self._session.run
        return tr("model") if run is None else run.name

    def _save(self, name: str, write: Callable[[Path], Path]) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposed = Path(folder) / name
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Save as CSV"), str(proposed), tr("CSV table (*.csv)"))
        if not chosen:
            return
        path = Path(chosen)
        try:
            written = write(path if path.suffix else path.with_suffix(".csv"))
        except (VaeExplorerError, OSError) as error:
            self._session.notify("error", tr("The table can't be saved: {error}", error=error))
        else:
            self._session.notify("info", tr("Saved {path}", path=written))
