"""The menu bar: every command in its menu, the panels and the themes under View."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.panels import PANELS, PanelEntry
from vae_explorer.gui.preferences import THEME_CHOICES
from vae_explorer.language import LANGUAGES, tr

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow

_KEYS = 10
"""Panels that have a key: Alt with a digit, the tenth with 0."""


class Menus(QObject):
    """Fills the menu bar of a window whose panels and commands are there."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.menus = {name: window.menuBar().addMenu(tr(title)) for name, title in MENUS.items()}
        self.themes = QActionGroup(self)
        self.languages = QActionGroup(self)
        self.panels = tuple(self._panel_action(entry, number) for number, entry in enumerate(PANELS, start=1))
        self._fill()

    def _fill(self) -> None:
        view = self.menus["view"]
        # Panels that can be closed come with a box; the views of the middle are always there.
        view.addActions([action for action in self.panels if action.isCheckable()])
        view.addSeparator()
        view.addActions([action for action in self.panels if not action.isCheckable()])
        view.addSeparator()
        view.addMenu(self._make_theme_menu(view))
        view.addMenu(self._make_language_menu(view))
        # Some of its commands say in their tips what they wait for.
        for name in ("explore", "select", "train"):
            self.menus[name].setToolTipsVisible(True)
        for command in COMMANDS:
            if command.separated:
                self.menus[command.menu].addSeparator()
            self.menus[command.menu].addAction(self._window.commands[command.name])
            if command.name == "file.runs":
                self.menus["file"].addMenu(self._window.run_bar.run_menu)

    def _panel_action(self, entry: PanelEntry, number: int) -> QAction:
        window = self._window
        dock = next((dock for dock in window.docks if dock.objectName() == f"dock.{entry.name}"), None)
        action = QAction(tr(entry.title), window)
        action.setProperty("panel", entry.name)
        if dock is not None:
            opened = dock.toggleViewAction()
            action.setCheckable(True)
            action.setChecked(opened.isChecked())
            opened.toggled.connect(action.setChecked)
            dock.windowTitleChanged.connect(action.setText)
            action.triggered.connect(self._turn_dock)
        else:
            action.triggered.connect(self._show_tab)
        if number <= _KEYS:
            action.setShortcut(f"Alt+{number % _KEYS}")
        return action

    def _make_theme_menu(self, parent: QMenu) -> QMenu:
        menu = QMenu(tr("&Theme"), parent)
        for choice, title in THEME_CHOICES.items():
            action = self.themes.addAction(tr(title))
            action.setCheckable(True)
            action.setData(choice)
            action.setChecked(choice == self._window.preferences.theme)
            menu.addAction(action)
        self.themes.triggered.connect(self._choose_theme)
        return menu

    def _make_language_menu(self, parent: QMenu) -> QMenu:
        menu = QMenu(tr("La&nguage"), parent)
        # Each in its own words, so that nobody is lost in a language that he doesn't read.
        for choice, title in {"system": tr("As the system"), **LANGUAGES}.items():
            action = self.languages.addAction(title)
            action.setCheckable(True)
            action.setData(choice)
            action.setChecked(choice == self._window.preferences.language)
            menu.addAction(action)
        self.languages.triggered.connect(self._choose_language)
        return menu

    @Slot(QAction)
    def _choose_language(self, action: QAction) -> None:
        self._window.set_language(str(action.data()))

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        self._window.set_theme(str(action.data()))

    @Slot()
    def _turn_dock(self) -> None:
        """Close a panel that is seen; one that lies behind another, or is closed, comes forward instead.

        Qt's own action would close a panel that nobody sees.
        """
        action = next(action for action in self.panels if action is self.sender())
        name = str(action.property("panel"))
        dock = next(dock for dock in self._window.docks if dock.objectName() == f"dock.{name}")
        if dock.isHidden() or dock.visibleRegion().isEmpty():
            self._window.reveal(name)
        else:
            dock.close()
        action.setChecked(not dock.isHidden())

    @Slot()
    def _show_tab(self) -> None:
        host = self._window.hosts[str(self.sender().property("panel"))]
        self._window.tabs.setCurrentWidget(host)
        (host.panel or host).setFocus(Qt.FocusReason.ShortcutFocusReason)
