"""The window that lists all runs: search, sort, open, compare, rename, copy, annotate and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.app.run_list import RunList
from vae_explorer.app.run_list_pictures import RunPictures
from vae_explorer.errors import printable
from vae_explorer.gui.dialogs.runs_acts import RunActs
from vae_explorer.gui.dialogs.runs_footer import RunsFooter
from vae_explorer.gui.dialogs.runs_model import FoundRuns, RunsModel
from vae_explorer.gui.dialogs.runs_table import RunsView
from vae_explorer.gui.dialogs.runs_words import BEGAN, NAME, size
from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.one_line import OneLine
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QCloseEvent, QHideEvent, QResizeEvent, QShowEvent

    from vae_explorer.app.run_list_changes import RunChange
    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme
    from vae_explorer.runs.overview import RunEntry

_SIZE, _LEAST = (1216, 640), (720, 380)
_READING = marked("Reading the runs …")
_NO_RUNS = marked("No runs yet. Press Train in the main window to make one; it appears here while it trains.")
_ALL_ACTS = ("open", "compare", "rename", "duplicate", "folder", "delete")


class RunsWindow(QDialog):
    """The list in a window that blocks nothing and is gone when it closes.

    Parameters
    ----------
    session
        Whose runs are listed.
    parent
        The program's window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "runs")
        self._session = session
        self.list: RunList = session.run_list
        self.pictures: RunPictures = session.run_pictures
        self.model, self.found = RunsModel(self.pictures, self), FoundRuns(self)
        self.view, self.search = RunsView(self), QLineEdit(self)
        self.acts = RunActs(session, self)
        self.footer = RunsFooter(session.run_changes, self.acts.actions["undo"], self)
        self.summary, self.empty = OneLine(self), QLabel(tr(_READING), self)
        self.close_button = QToolButton(self)  # as high as those of the acts
        self._stack = QStackedLayout()
        self._next: Path | None = None
        self._build()
        self._connect()
        self.model.set_shown(None if session.run is None else session.run.path.absolute())
        self.model.home = session.runs_folder.absolute()
        self.model.take(self.list.entries)
        if self.model.shown is not None:
            self.choose(self.model.shown)
        self._show_state()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.model.set_theme(theme)
        self.footer.set_theme(theme)

    @property
    def chosen(self) -> tuple[RunEntry, ...]:
        """The runs that are selected, in the order of the table."""
        rows = sorted(self.view.selectionModel().selectedRows(), key=QModelIndex.row)
        return tuple(self.model.entry(self.found.mapToSource(index).row()) for index in rows)

    def choose(self, path: Path) -> None:
        """Select a run and bring it into view; one that isn't there yet, as soon as it is."""
        row = self.model.row_of(path)
        index = QModelIndex() if row is None else self.found.mapFromSource(self.model.index(row, NAME))
        self._next = None if index.isValid() else path
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(index, flags)
            self.view.scrollTo(index)

    # -- Making --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.setWindowTitle(tr("Runs"))
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self.setMinimumSize(*_LEAST)
        self.resize(*_SIZE)
        self.found.setSourceModel(self.model)
        self.view.setModel(self.found)
        self.view.arrange()
        self.view.sortByColumn(BEGAN, Qt.SortOrder.DescendingOrder)
        self.view.addAction(self.acts.actions["delete"])
        self.close_button.setText(tr("&Close"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.clicked.connect(self.close)
        self.search.setPlaceholderText(tr("Search name, objective, data and notes"))
        self.search.setAccessibleName(tr("Search the runs"))
        self.search.setToolTip(tr("Shows the runs that have all these words (Ctrl+F)"))
        self.search.setClearButtonEnabled(True)
        self.summary.setProperty("role", "muted")
        self.summary.setAccessibleName(tr("How many runs, and how large"))
        self.empty.setProperty("role", "empty")
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self._arrange()

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(SPACING)
        top.addWidget(self.search, 3)
        top.addWidget(self.summary, 2)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        buttons = QHBoxLayout()
        buttons.setSpacing(SMALL_SPACING)
        for name in _ALL_ACTS[1:]:
            buttons.addWidget(_button(self.acts, name))
        buttons.addStretch(1)
        for button in (self.close_button, _button(self.acts, "open")):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addLayout(top)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self.footer)
        layout.addLayout(buttons)
        self.search.setFocus()

    def _connect(self) -> None:
        session, changes = self._session, self._session.run_changes
        self.list.changed.connect(self._take)
        self.list.removed.connect(self._drop)
        self.list.looked.connect(self._show_state)
        self.pictures.came.connect(self._show_picture)
        session.run_changed.connect(self._mark_shown)
        session.state_changed.connect(self._look)
        changes.done.connect(self._tell)
        changes.ended.connect(self._look)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._go_to_table)
        self.view.selectionModel().selectionChanged.connect(self._follow_choice)
        self.view.activated.connect(self._activate)
        self.view.scrolled.connect(self._want_pictures)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.model.rename_wanted.connect(changes.rename)
        self.acts.rename_wanted.connect(self._edit_name)
        self.footer.note_changed.connect(changes.annotate)
        for key, act in (("Ctrl+F", self._go_to_search), ("F5", self.list.look)):
            QShortcut(QKeySequence(key), self).activated.connect(act)

    # -- What is shown -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the folder while somebody looks at the list."""
        super().showEvent(event)
        self.list.set_watched(True)
        self._want_pictures()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look at it no more."""
        super().hideEvent(event)
        self.list.set_watched(False)
        self.pictures.forget()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep a note that is being written."""
        self.footer.commit()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the pictures of the rows that have come into view."""
        super().resizeEvent(event)
        self._want_pictures()

    @Slot(object)
    def _take(self, entries: tuple[RunEntry, ...]) -> None:
        self.model.take(entries)
        self._show_state()
        if self._next is not None:
            self.choose(self._next)

    @Slot(object)
    def _drop(self, paths: frozenset[Path]) -> None:
        self.model.drop(paths)
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        """Show the table, or say in its place why there is nothing in it."""
        everything, visible = self.model.rowCount(), self.found.rowCount()
        if self.list.problem and not everything:
            self.empty.setText(self.list.problem)
        elif not everything:
            self.empty.setText(tr(_NO_RUNS if self.list.has_looked else _READING))
        elif not visible:
            self.empty.setText(tr("No run has the words “{words}”.", words=printable(self.search.text(), 80)))
        had_focus = self.view.hasFocus()
        self._stack.setCurrentWidget(self.view if visible else self.empty)
        if had_focus and not visible:  # not to a line in which Ctrl+Z would take letters back
            (self.footer.undo if self.footer.undo.isVisible() else self.search).setFocus()
        self.footer.note.setVisible(bool(everything))
        self.footer.caption.setVisible(bool(everything))
        self._follow_choice()
        self._want_pictures()

    @Slot()
    def _follow_choice(self) -> None:
        chosen = self.chosen
        self.acts.choose(chosen)
        self.footer.show_run(chosen[0] if len(chosen) == 1 else None)
        listed = [self.model.entry(row) for row in range(self.model.rowCount())]
        counted = chosen if len(chosen) > 1 else listed
        room = size(sum(entry.bytes for entry in counted))
        is_part = len(chosen) <= 1 and self.found.rowCount() < len(listed)
        found = self.found.rowCount() if is_part else None
        self.summary.setText(_summary(len(counted), room, found, len(chosen) > 1) if listed else "")

    @Slot()
    def _want_pictures(self) -> None:
        """Ask for the pictures of the rows that are on screen, the upper ones first."""
        # Not while the list is still read: rows move on as others come, and reading them matters more.
        if not self.isVisible() or not self.found.rowCount() or not self.list.has_looked:
            return
        height = self.view.viewport().height()
        first, last = self.view.rowAt(0), self.view.rowAt(max(0, height - 1))
        last = self.found.rowCount() - 1 if last < 0 else last
        rows = (self.found.mapToSource(self.found.index(row, 0)).row() for row in range(max(0, first), last + 1))
        self.pictures.want([self.model.entry(row) for row in rows])

    @Slot(object)
    def _show_picture(self, path: Path) -> None:
        self.model.tell_changed(path)

    @Slot()
    def _mark_shown(self) -> None:
        run = self._session.run
        self.model.set_shown(None if run is None else run.path.absolute())
        self._follow_choice()
        self._look()

    @Slot()
    def _look(self) -> None:
        if self.isVisible():
            self.list.look()

    @Slot(object)
    def _tell(self, change: RunChange) -> None:
        if change.kind in {"rename", "copy", "undo"} and change.moves and change.moves[-1].after is not None:
            self.choose(change.moves[-1].after)
        if change.without_bin:
            self.acts.ask_for_good(change)
        self._follow_choice()

    # -- What a person does --------------------------------------------------------------------------------------------

    @Slot(str)
    def _search(self, text: str) -> None:
        self.found.search(text)
        self._show_state()

    @Slot()
    def _go_to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def _go_to_table(self) -> None:
        if self.found.rowCount():
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
            if not self.chosen:
                self.view.selectRow(0)

    @Slot(QModelIndex)
    def _activate(self, _index: QModelIndex) -> None:
        self.acts.actions["open"].trigger()

    @Slot()
    def _edit_name(self) -> None:
        rows = self.view.selectionModel().selectedRows(NAME)
        if len(rows) == 1:
            self.view.setFocus()
            self.view.setCurrentIndex(rows[0])
            self.view.edit(rows[0])

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in _ALL_ACTS:
            if name == "delete":
                menu.addSeparator()
            menu.addAction(self.acts.actions[name])
        menu.popup(self.view.viewport().mapToGlobal(place))


def _button(acts: RunActs, name: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(acts.actions[name])
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if name == "open":
        button.setProperty("role", "primary")
    return button


def _summary(count: int, room: str, found: int | None, are_chosen: bool) -> str:
    """Return how many runs these are and how large: of those chosen, of those found, or of all."""
    if are_chosen:
        return tr("{count:,} runs chosen, {size}", count=count, size=room)
    if found is not None and count == 1:
        return tr("{found:,} of 1 run, {size}", found=found, size=room)
    if found is not None:
        return tr("{found:,} of {count:,} runs, {size}", found=found, count=count, size=room)
    return tr("1 run, {size}", size=room) if count == 1 else tr("{count:,} runs, {size}", count=count, size=room)
