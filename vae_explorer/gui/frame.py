"""The window's frame: docks round the tabs of the middle, a place for each panel, and the layout that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from vae_explorer.gui import layout
from vae_explorer.gui.centre import Centre
from vae_explorer.gui.notices import NoticeBar
from vae_explorer.gui.panel_host import PanelHost
from vae_explorer.gui.panels import PANELS, Area
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QChildEvent
    from PySide6.QtGui import QResizeEvent

    from vae_explorer.gui.panels.base import Panel

_MOST_PASSED_OVER = 1_000
"""Widgets in docks that lie behind others; more than there are."""


class WindowFrame(QMainWindow):
    """A window with a place for each panel, empty at first."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[str, PanelHost] = {}
        self._has_fresh_layout = True
        self._layout_problem = ""
        self.setDockNestingEnabled(True)

    def build(self) -> None:
        """Make docks, tabs and the middle; what is made before comes before them for the Tab key."""
        self.notices = NoticeBar(self)
        self.tabs = QTabWidget(self)
        self.docks = self._make_docks()
        self._make_centre()

    def panel(self, name: str) -> Panel | None:
        """Return a panel, None before it is made."""
        return self.hosts[name].panel

    def reveal(self, name: str) -> None:
        """Bring a panel to the front: its tab, or its dock, opened again where it was closed."""
        host = self.hosts[name]
        if self.tabs.indexOf(host) >= 0:
            self.tabs.setCurrentWidget(host)
        dock = next((dock for dock in self.docks if dock.widget() is host), None)
        if dock is not None:
            dock.show()
            dock.raise_()

    def bring_forward(self, name: str) -> None:
        """Bring a panel before those that share its place, and leave the focus; one that was closed stays closed."""
        host = self.hosts[name]
        for dock in self.docks:
            if dock.widget() is host and dock.toggleViewAction().isChecked():
                dock.raise_()

    @property
    def tab(self) -> str:
        """Name of the panel in front in the middle."""
        front = self.tabs.currentWidget()
        return front.entry.name if isinstance(front, PanelHost) else ""

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front of the middle; nothing for one that isn't there."""
        host = self.hosts.get(name)
        if host is not None and self.tabs.indexOf(host) >= 0:
            self.tabs.setCurrentWidget(host)

    def enter(self, name: str) -> None:
        """Bring a panel to the front and give it the focus."""
        self.reveal(name)
        host = self.hosts[name]
        (host.panel or host).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def restore_layout(self, folder: Path) -> None:
        """Put docks and window where they were, or where a newcomer finds them."""
        self.resize(layout.first_size(layout.room_for(self)))
        layout.arrange(self, self.docks)
        self._layout_problem = layout.set_broken_aside(folder)
        self._settings = layout.layout_settings(folder)
        self._has_fresh_layout = not layout.restore_layout(self, self._settings)
        if not self._has_fresh_layout:
            layout.clamp(self)

    def save_layout(self) -> None:
        """Keep where docks and window are."""
        layout.save_layout(self, self._settings)

    @property
    def layout_problem(self) -> str:
        """A sentence for the user where the layout was damaged and has been set aside."""
        return self._layout_problem

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the plane room in a narrow window."""
        super().resizeEvent(event)
        # The first size comes with the window's first showing; the fresh layout is made for the usual one.
        usual = layout.WINDOW_SIZE if self._has_fresh_layout else event.size()
        before = event.oldSize() if event.oldSize().isValid() else usual
        layout.make_room(self, self.docks, before.width(), event.size().width())

    def focusNextPrevChild(self, following: bool) -> bool:
        """Let the Tab key pass over docks that lie behind others: Qt takes them for visible."""
        for _ in range(_MOST_PASSED_OVER):
            if not super().focusNextPrevChild(following):
                return False
            if not self._is_covered(self.focusWidget()):
                break
        return True

    def _is_covered(self, widget: QWidget | None) -> bool:
        dock = next((dock for dock in self.docks if widget is not None and dock.isAncestorOf(widget)), None)
        return dock is not None and dock.visibleRegion().isEmpty()

    def childEvent(self, event: QChildEvent) -> None:
        """Give the tabs of docks a name: Qt makes them as docks are laid on one another."""
        super().childEvent(event)
        child = event.child()
        if event.type() is QEvent.Type.ChildPolished and isinstance(child, QTabBar):
            child.setAccessibleName(tr("Panels"))

    def _make_docks(self) -> dict[QDockWidget, Area]:
        docks: dict[QDockWidget, Area] = {}
        for entry in PANELS:
            host = PanelHost(entry, self)
            self.hosts[entry.name] = host
            if entry.area == "centre":
                self.tabs.addTab(host, tr(entry.title))
                continue
            dock = QDockWidget(tr(entry.title), self)
            dock.setObjectName(f"dock.{entry.name}")
            dock.setWidget(host)
            docks[dock] = entry.area
        return docks

    def _make_centre(self) -> None:
        centre = Centre(self.notices, self.tabs, self)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(tr("Views of the plane"))
        self.tabs.tabBar().setAccessibleName(tr("Views of the plane"))
        self.setCentralWidget(centre)
