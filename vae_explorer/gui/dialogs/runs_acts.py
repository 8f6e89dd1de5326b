"""What can be done to the runs that are chosen in the list: the actions, with what each says where it can't be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

from vae_explorer.errors import printable
from vae_explorer.gui.commands import set_tip
from vae_explorer.gui.dialogs.runs_words import size
from vae_explorer.language import marked, tr
from vae_explorer.runs.overview import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vae_explorer.app.run_list_changes import RunChange
    from vae_explorer.app.session import Session
    from vae_explorer.runs.overview import RunEntry

_ACTS = {
    "open": (marked("&Open"), marked("Open this run in the window"), ""),
    "compare": (marked("Co&mpare"), marked("See this run beside the one that is open, under one cursor"), "Ctrl+B"),
    "rename": (marked("&Rename"), marked("Give the run's folder another name"), "F2"),
    "duplicate": (marked("D&uplicate"), marked("Copy the run into a folder of its own"), "Ctrl+D"),
    "folder": (marked("Show &folder"), marked("Show the run's folder in the file manager"), "Ctrl+Shift+E"),
    "delete": (marked("&Delete…"), marked("Move the chosen runs to the system's bin"), "Delete"),  # untranslated: a key
    "undo": (marked("U&ndo"), marked("Take the last renaming or deletion back"), "Ctrl+Z"),
}
_LISTED = 6
"""Runs that are named in a question."""
_LONGEST_NAME = 70


class RunActs(QObject):
    """The actions of the list.

    Parameters
    ----------
    session
        Whose runs they are.
    window
        Owner of the questions.
    """

    compare_wanted = Signal(object)
    """Path of the run to be seen beside the one that is open."""

    open_wanted = Signal(object)
    """Path of the run to be opened."""

    rename_wanted = Signal()
    """The name of the chosen run is to be edited."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window, self._changes = session, window, session.run_changes
        self._chosen: tuple[RunEntry, ...] = ()
        self._asked: tuple[Path, ...] = ()
        self.actions: dict[str, QAction] = {}
        for name, (text, tip, key) in _ACTS.items():
            action = QAction(tr(text), window)
            action.setIconText(tr(text))  # what buttons say, with the letter that presses them
            action.setObjectName(f"runs.{name}")
            if key:
                action.setShortcut(QKeySequence(key, QKeySequence.SequenceFormat.PortableText))
            set_tip(action, tr(tip))
            window.addAction(action)
            self.actions[name] = action
        self.actions["delete"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        slots = (self._open, self._compare, self._rename, self._duplicate, self._show_folder, self._ask, self._undo)
        for action, slot in zip(self.actions.values(), slots, strict=True):
            action.triggered.connect(slot)
        self.choose(())

    def choose(self, entries: Sequence[RunEntry]) -> None:
        """Act on these runs from now on."""
        self._chosen = tuple(entries)
        for name, why in self._obstacles().items():
            action = self.actions[name]
            action.setEnabled(not why)
            set_tip(action, tr(why or _ACTS[name][1]))

    def _obstacles(self) -> dict[str, str]:
        """Return why each thing can't be done just now; "" where it can."""
        chosen, shown = self._chosen, self._session.run
        one = chosen[0] if len(chosen) == 1 else None
        single = "" if one is not None else tr("Choose one run first.")
        some = "" if chosen else tr("Choose a run first.")
        there = one.reason if one is not None and one.condition is Condition.GONE else ""
        readable = one.reason if one is not None and not one.condition.can_be_opened else ""
        is_own = one is not None and shown is not None and shown.path.absolute() == one.path
        working = one.reason if one is not None and one.condition.is_at_work else ""
        locked = "" if one is None or one.can_be_changed else tr("Its folder can only be read.")
        undone = self._changes.next_undone
        return {
            "open": single or readable,
            "compare": single or readable or ("" if shown else tr("Open a run first, to compare it.")) or _own(is_own),
            "rename": single or there or working or locked,
            "duplicate": single or there or working,
            "folder": single or there,
            "delete": some,
            "undo": "" if undone is not None else tr("There is nothing to take back."),
        }

    @Slot()
    def _open(self) -> None:
        if self.actions["open"].isEnabled():
            self.open_wanted.emit(self._chosen[0].path)

    @Slot()
    def _compare(self) -> None:
        self.compare_wanted.emit(self._chosen[0].path)

    @Slot()
    def _rename(self) -> None:
        self.rename_wanted.emit()

    @Slot()
    def _duplicate(self) -> None:
        self._changes.duplicate(self._chosen[0].path)

    @Slot()
    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._chosen[0].path)))

    @Slot()
    def _undo(self) -> None:
        self._changes.undo()

    @Slot()
    def _ask(self) -> None:
        """Ask whether the chosen runs are to go to the bin, with how many and how large they are.

        Those whose folders are gone are only taken off the list.
        """
        there = [entry for entry in self._chosen if entry.condition is not Condition.GONE]
        if len(there) < len(self._chosen):
            self._session.recent.forget_missing()
            self._session.run_list.look()
        if not there:
            return
        paths, bytes_ = tuple(entry.path for entry in there), sum(entry.bytes for entry in there)
        box = self._question("delete-runs", _moving(len(paths), size(bytes_)), names(paths))
        move = box.addButton(tr("Move to bin"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(move)
        self._asked = paths
        box.accepted.connect(self._move_to_bin)
        box.open()

    def ask_for_good(self, change: RunChange) -> None:
        """Ask whether runs for which there is no bin are to be deleted without a way back."""
        paths = change.without_bin
        one, many = tr("There is no bin for this run."), tr("There is no bin for {count:,} runs.", count=len(paths))
        text = one if len(paths) == 1 else many
        rest = f"{names(paths)}\n\n{tr('Delete for good? There is no way back.')}"
        box = self._question("delete-for-good", text, rest)
        delete = box.addButton(tr("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        self._asked = paths
        delete.clicked.connect(self._delete)
        box.open()

    @Slot()
    def _move_to_bin(self) -> None:
        self._changes.move_to_bin(self._asked)

    @Slot()
    def _delete(self) -> None:
        self._changes.delete(self._asked)

    def _question(self, name: str, text: str, rest: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setObjectName(name)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setInformativeText(rest)
        box.finished.connect(box.deleteLater)
        return box


def _moving(count: int, size: str) -> str:
    if count == 1:
        return tr("Move this run ({size}) to the bin?", size=size)
    return tr("Move {count:,} runs ({size}) to the bin?", count=count, size=size)


def names(paths: Sequence[Path]) -> str:
    """Return the names of runs, one a line; of many the first."""
    shown = [printable(path.name, _LONGEST_NAME) for path in paths[:_LISTED]]
    more = [tr("and {count:,} more", count=len(paths) - _LISTED)] if len(paths) > _LISTED else []
    return "\n".join([*shown, *more])


def _own(is_own: bool) -> str:
    return tr("This run is the one that is open: choose another one to compare it with.") if is_own else ""
