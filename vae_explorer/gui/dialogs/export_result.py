"""What came of an export: where the file is, and what one may want to do with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from vae_explorer.language import tr


class ExportResult(QWidget):
    """Says what was saved or copied; hidden until there is something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.open_folder = QPushButton(tr("Open &folder"))
        self.open_folder.setToolTip(tr("Show the folder of the file"))
        self.copy_path = QPushButton(tr("Copy &path"))
        self.copy_path.setToolTip(tr("Put the place of the file on the clipboard"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.open_folder)
        row.addWidget(self.copy_path)
        self.open_folder.clicked.connect(self._open_folder)
        self.copy_path.clicked.connect(self._copy_path)
        self.hide()

    def tell(self, text: str, file: Path | None = None) -> None:
        """Say what was done; with a file, offer what one may do with it."""
        self._file = file
        self.words.setText(text)
        self.words.setToolTip("" if file is None else str(file))
        self.open_folder.setVisible(file is not None)
        self.copy_path.setVisible(file is not None)
        self.show()

    @Slot()
    def _open_folder(self) -> None:
        if self._file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._file.parent)))

    @Slot()
    def _copy_path(self) -> None:
        if self._file is not None:
            QGuiApplication.clipboard().setText(str(self._file))
