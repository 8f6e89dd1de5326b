"""The choice over the legend: by what the points are coloured, with what can't be chosen yet and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from vae_explorer.gui.menu_sections import add_section
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.gui.plotting.point_colours import Colouring

_ARROW = "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"
_TIP = marked("What the colours of the points show")
_FILE_TIP = marked("Read a CSV table with a line for each image, and colour by its numbers or words")


class ColourChoice(QToolButton):
    """A button that shows what the points are coloured by and opens a menu of everything else.

    Parameters
    ----------
    parent
        Owner.
    """

    chosen = Signal(str)
    """Name of a `Colouring`."""

    file_wanted = Signal()
    """A table of the user's own is to give the colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("colour-choice")
        self.setProperty("role", "flat")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton { padding-right: 4px; } QToolButton::menu-indicator { image: none; }")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._tell)
        self.setMenu(self._menu)

    def offer(self, entries: Sequence[Colouring], name: str) -> None:
        """Offer these choices, of which one is chosen; those that are absent stand below with the reason."""
        self._menu.clear()
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        for entry in entries:
            if not entry.absent:
                self._add(entry, chosen=entry.name == name)
        for reason in dict.fromkeys(entry.absent for entry in entries if entry.absent):
            add_section(self._menu, reason)
            for entry in entries:
                if entry.absent == reason:
                    self._add(entry, chosen=False)
        self._menu.addSeparator()
        self._menu.addAction(tr("A column of a file…"), self.file_wanted.emit).setToolTip(tr(_FILE_TIP))
        current = next((entry for entry in entries if entry.name == name), None)
        self.setText(f"{'' if current is None else current.heading} {_ARROW}")
        self.setToolTip(tr(_TIP) if current is None else tr("{name}: {text}", name=tr(_TIP), text=current.title))
        self.setAccessibleName(
            tr("Colour points by") if current is None else tr("Colour points by: {title}", title=current.title)
        )

    @property
    def entries(self) -> tuple[QAction, ...]:
        """What the menu offers, without the lines between."""
        return tuple(self._group.actions())

    def _add(self, entry: Colouring, *, chosen: bool) -> None:
        action = self._group.addAction(entry.title)
        action.setData(entry.name)
        action.setCheckable(True)
        action.setChecked(chosen)
        action.setEnabled(not entry.absent)
        action.setToolTip(entry.absent or entry.summary)
        self._menu.addAction(action)

    @Slot(QAction)
    def _tell(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))
