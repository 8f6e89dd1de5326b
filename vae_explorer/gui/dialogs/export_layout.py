"""The widgets of the export dialog and where they stand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vae_explorer.app.exports import EXPORTS
from vae_explorer.gui.dialogs.export_forms import ExportForms
from vae_explorer.gui.dialogs.export_preview import ExportPreview
from vae_explorer.gui.dialogs.export_result import ExportResult
from vae_explorer.gui.dialogs.export_target import ExportTarget
from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session

_FORM_WIDTH = 368
_BUTTON_WIDTH = 96
_PROGRESS_STEPS = 1000
_SECONDS_TO_JUDGE = 2.0
"""How long writing must have gone on before it is said how long it will."""


class ExportLayout(QDialog):
    """A list of kinds, their settings, a preview, a target, and buttons; it does nothing by itself."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "exports")
        self._began = 0.0
        self.setObjectName("export")
        self.setWindowTitle(tr("Export"))
        self.kinds = QComboBox()
        self.forms = ExportForms(session)
        self.summary = _words("muted")
        self.preview = ExportPreview(session)
        self.target = ExportTarget()
        self.message = _words("error")
        self.success = ExportResult()
        self.progress = QProgressBar()
        self.copy = QPushButton(tr("&Copy picture"))
        self.save = QPushButton(tr("&Save"))
        self.close_button = QPushButton(tr("Close"))
        self._set_up()
        self._arrange()

    def show_busy(self, busy: bool) -> None:
        """Show that a file is being written, or no longer."""
        self._began = time.monotonic()
        self.progress.setValue(0)
        self.progress.setFormat(tr("%p%"))
        self.progress.setVisible(busy)
        for widget in (self.kinds, self.forms, self.target, self.save, self.copy):
            widget.setEnabled(not busy)
        self.close_button.setText(tr("Cancel") if busy else tr("Close"))
        self.close_button.setEnabled(True)

    def show_cancelling(self) -> None:
        """Show that writing is about to end."""
        self.close_button.setText(tr("Cancelling …"))
        self.close_button.setEnabled(False)

    def show_progress(self, share: float) -> None:
        """Show which share of the work is done, and how long the rest will take."""
        self.progress.setValue(round(share * _PROGRESS_STEPS))
        gone = time.monotonic() - self._began
        if gone > _SECONDS_TO_JUDGE and 0 < share < 1:
            left = round(gone * (1 - share) / share)
            self.progress.setFormat(tr("%p% · {minutes}:{seconds:02d} left", minutes=left // 60, seconds=left % 60))

    def _set_up(self) -> None:
        for kind in EXPORTS:
            self.kinds.addItem(tr(kind.title), kind.name)
        self.kinds.setMaxVisibleItems(len(EXPORTS))
        self.kinds.setAccessibleName(tr("What to export"))
        self.kinds.setToolTip(tr("What to export"))
        self.copy.setToolTip(tr("Put the picture on the clipboard"))
        self.close_button.setToolTip(tr("Close the dialog, or cancel what is being written"))
        self.progress.setRange(0, _PROGRESS_STEPS)
        self.progress.setAccessibleName(tr("Progress of the export"))
        self.save.setProperty("role", "primary")
        self.save.setDefault(True)
        self.save.setMinimumWidth(_BUTTON_WIDTH)
        self.close_button.setMinimumWidth(_BUTTON_WIDTH)

    def _arrange(self) -> None:
        left = QVBoxLayout()
        for widget in (self.kinds, self.summary):
            left.addWidget(widget)
        left.addWidget(self.forms, 1)
        self.forms.setFixedWidth(_FORM_WIDTH)
        self.kinds.setFixedWidth(_FORM_WIDTH - SPACING)  # as wide as the fields, which leave room for a scroll bar
        self.summary.setFixedWidth(_FORM_WIDTH)
        middle = QHBoxLayout()
        middle.setSpacing(2 * SPACING)
        middle.addLayout(left)
        middle.addWidget(self.preview, 1)
        outer = QVBoxLayout(self)
        outer.addLayout(middle, 1)
        outer.addWidget(self.target)
        outer.addWidget(self.message)
        outer.addWidget(self.success)
        outer.addLayout(_row(self.progress, self.copy, self.close_button, self.save, stretched=self.progress))
        retain = self.progress.sizePolicy()
        retain.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(retain)
        self.progress.hide()
        self.resize(900, 560)


def _words(role: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label


def _row(*widgets: QWidget, stretched: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget, 1 if widget is stretched else 0)
    return row
