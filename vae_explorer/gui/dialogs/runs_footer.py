"""Under the list of runs: the note on the chosen run, what is wrong with it, what was done, and what is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING
from vae_explorer.language import sentences, tr
from vae_explorer.runs.overview import LONGEST_NOTE

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from vae_explorer.app.run_list_changes import RunChange, RunChanges
    from vae_explorer.gui.theme import Theme
    from vae_explorer.runs.overview import RunEntry

_STEPS = 1000
_TOLD = 3
"""Problems that are told at once."""


class RunsFooter(QWidget):
    """Shows one run's note, and news of the changes.

    Parameters
    ----------
    changes
        What is done to runs.
    undo
        Takes the last change back.
    parent
        Owner.
    """

    note_changed = Signal(object, str)
    """Path of a run, and what was written of it."""

    def __init__(self, changes: RunChanges, undo: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._changes = changes
        self._theme: Theme = LIGHT
        self._entry: RunEntry | None = None
        self._begun = ""
        self.note, self.reason, self.news = QLineEdit(self), _text(self), _text(self)
        self.caption = QLabel(tr("No&te"), self)
        self.progress, self.cancel = QProgressBar(self), QPushButton(tr("Cancel"), self)
        self.undo = QToolButton(self)
        self.undo.setDefaultAction(undo)
        self.undo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._arrange()
        changes.began.connect(self._begin)
        changes.progressed.connect(self._show_progress)
        changes.done.connect(self._tell)
        changes.failed.connect(self._tell_failure)
        changes.ended.connect(self._end)
        self.cancel.clicked.connect(changes.cancel)
        self.note.editingFinished.connect(self.commit)
        self._end()
        self.show_run(None)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def show_run(self, entry: RunEntry | None) -> None:
        """Show the note on a run, None for none; what was written of the one before is kept."""
        if self._entry is not None and (entry is None or entry.path != self._entry.path):
            self.commit()
        is_same = entry is not None and self._entry is not None and entry.path == self._entry.path
        before = self._entry
        self._entry = entry
        if not is_same or (before is not None and entry is not None and before.note != entry.note):
            self.note.setText("" if entry is None else entry.note)
        can_write = entry is not None and entry.condition.can_be_opened and entry.can_be_changed
        self.note.setEnabled(can_write and entry is not None and not entry.condition.is_at_work)
        self.caption.setEnabled(self.note.isEnabled())
        self.reason.setText("" if entry is None else tr(entry.reason))
        role = "error" if entry is not None and not entry.condition.can_be_opened else "muted"
        if self.reason.property("role") != role:
            self.reason.setProperty("role", role)
            self.reason.style().polish(self.reason)
        self.reason.setVisible(bool(self.reason.text()))

    @Slot()
    def commit(self) -> None:
        """Keep the note as it is written."""
        entry, text = self._entry, self.note.text().strip()
        if entry is not None and self.note.isEnabled() and text != entry.note and not self._changes.is_busy:
            self.note_changed.emit(entry.path, text)

    @Slot(str)
    def _begin(self, words: str) -> None:
        self._begun = words
        self.news.setText(words)
        self.undo.hide()
        self.progress.setRange(0, 0)
        self.progress.show()
        self.cancel.show()

    @Slot(float)
    def _show_progress(self, share: float) -> None:
        self.progress.setRange(0, _STEPS)
        self.progress.setValue(round(_STEPS * share))

    @Slot(object)
    def _tell(self, change: RunChange) -> None:
        self.news.setText(sentences(change.words, *change.problems[:_TOLD]))

    @Slot(str, str)
    def _tell_failure(self, message: str, _details: str) -> None:
        self.news.setText(message)

    @Slot()
    def _end(self) -> None:
        self.progress.hide()
        self.cancel.hide()
        if self._begun and self.news.text() == self._begun:  # nobody told what came of it
            self.news.setText(
                tr("Cancelled: nothing was changed.") if self._changes.next_undone is None else tr("Cancelled.")
            )
        self._begun = ""
        self.undo.setVisible(self._changes.next_undone is not None)

    def _arrange(self) -> None:
        self.note.setPlaceholderText(tr("A note on this run, found by the search"))
        self.note.setAccessibleName(tr("Note on the chosen run"))
        self.note.setToolTip(tr("What you want to remember of this run; it is kept in the run's folder"))
        self.note.setMaxLength(LONGEST_NOTE)
        self.reason.setProperty("role", "error")
        self.reason.setAccessibleName(tr("Why this run can't be opened or changed"))
        self.news.setAccessibleName(tr("What was done"))
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(160, 10)
        self.progress.setAccessibleName(tr("Progress"))
        self.cancel.setToolTip(tr("Give up what is under way"))
        self.caption.setBuddy(self.note)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(SPACING)
        first.addWidget(self.caption)
        first.addWidget(self.note, 1)
        second.setSpacing(SPACING)
        second.addWidget(self.news, 1)
        for widget in (self.progress, self.cancel, self.undo):
            second.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addLayout(first)
        column.addWidget(self.reason)
        column.addLayout(second)


def _text(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
