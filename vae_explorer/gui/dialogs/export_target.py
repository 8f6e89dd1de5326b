"""Where an export goes: a line for folder and name, and a list of formats, and a button to look for a place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from vae_explorer.errors import ExportError
from vae_explorer.export.formats import suffix_of
from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExportTarget(QWidget):
    """Edits the path of a file whose suffix says its format."""

    changed = Signal()
    """A person changed the path."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suffixes: Mapping[str, str] = {}
        self._typed = False
        self.line = QLineEdit()
        self.format = QComboBox()
        self.browse = QPushButton(tr("&Browse…"))
        self.line.setAccessibleName(tr("File"))
        self.line.setToolTip(tr("Folder and name of the file to write"))
        self.format.setAccessibleName(tr("Format"))
        self.format.setToolTip(tr("Format of the file, which its name's ending says"))
        label = QLabel(tr("&File"))
        label.setBuddy(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.line, 1)
        row.addWidget(self.format)
        row.addWidget(self.browse)
        self.line.textEdited.connect(self._edit)
        self.format.activated.connect(self._take_format)
        self.browse.clicked.connect(self._browse)

    @property
    def path(self) -> Path:
        """The file; a name without a suffix gets the first of its kind."""
        text = self.line.text().strip()
        path = Path(text).expanduser() if text else Path()
        return path if path.suffix or not path.name else path.with_name(path.name + next(iter(self._suffixes)))

    def offer(self, name: str, suffixes: Mapping[str, str]) -> None:
        """Propose a file name, in the folder that was typed before or else among the user's pictures.

        Parameters
        ----------
        name
            Name without suffix.
        suffixes
            Suffixes that the file may have with what they stand for, the default first.
        """
        folder = self.path.parent if self._typed else _pictures_folder()
        self._suffixes = suffixes
        self.line.setText(str(folder / f"{name}{next(iter(suffixes))}"))
        self.format.clear()
        for suffix, title in suffixes.items():
            self.format.addItem(tr(title), suffix)
        self.format.setVisible(len(suffixes) > 1)

    def problem(self) -> str:
        """Return what is wrong with the path, as a sentence, or ""."""
        text = self.line.text().strip()
        if not text:
            return tr("Choose a file to write.")
        try:
            if Path(text).expanduser().is_dir():
                return tr("{path} is a folder: add a file name.", path=text)
            suffix_of(self.path, self._suffixes)
        except (ExportError, OSError, RuntimeError, ValueError) as error:
            return str(error)
        return ""

    @Slot()
    def _edit(self) -> None:
        self._typed = True
        place = self.format.findData(self.path.suffix.lower())
        self.format.setCurrentIndex(max(0, place))
        self.changed.emit()

    @Slot(int)
    def _take_format(self, place: int) -> None:
        path = self.path
        if path.name:
            # Only an ending that says a format is replaced: a name may have other dots in it.
            stem = path.with_suffix("") if path.suffix.lower() in self._suffixes else path
            self.line.setText(f"{stem}{self.format.itemData(place)}")
        self._edit()

    @Slot()
    def _browse(self) -> None:
        dialog = make_readable(QFileDialog(self, tr("Export to"), str(self.path)))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # The export dialog says itself whether a file is replaced: asking twice helps nobody.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setNameFilters([f"{tr(title)} (*{suffix})" for suffix, title in self._suffixes.items()])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take)
        dialog.open()

    @Slot(str)
    def _take(self, path: str) -> None:
        self.line.setText(path)
        self._edit()


def _pictures_folder() -> Path:
    places = QStandardPaths.StandardLocation
    for place in (places.PicturesLocation, places.DocumentsLocation, places.HomeLocation):
        folder = QStandardPaths.writableLocation(place)
        if folder and Path(folder).is_dir():
            return Path(folder)
    return Path.cwd()
