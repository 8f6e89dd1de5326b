"""Imports what a first dialog needs while nobody waits: a module at a time, long before a person asks for it."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

_PAUSE = 150
"""Milliseconds between two modules."""

EXPORT_MODULES = (
    "vae_explorer.app.export_route",
    "vae_explorer.app.export_plans",
    "vae_explorer.export.figure_options",
    "vae_explorer.app.figure_plans",
    "vae_explorer.export.film_options",
    "vae_explorer.app.film_plan",
    "vae_explorer.app.latents_plan",
    "vae_explorer.app.table_plans",
    "vae_explorer.app.network_plan",
    "vae_explorer.app.exports",
    "vae_explorer.gui.dialogs.export_forms",
    "vae_explorer.gui.dialogs.export_preview",
    "vae_explorer.gui.dialogs.export_layout",
    "vae_explorer.gui.dialogs.export",
)
"""What the export dialog consists of, in such an order that none brings many others along."""


class Warming(QObject):
    """Imports modules one by one, between other events and never while a button of the mouse is down.

    Parameters
    ----------
    parent
        The window.
    modules
        Their full names, in order.
    """

    def __init__(self, parent: QObject, modules: tuple[str, ...] = EXPORT_MODULES) -> None:
        super().__init__(parent)
        self._waiting = list(modules)
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE)
        self._timer.timeout.connect(self._import_next)

    @Slot()
    def begin(self) -> None:
        """Begin, if there is anything left to import."""
        if self._waiting and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def stop(self) -> None:
        """Import no more."""
        self._timer.stop()

    @Slot()
    def _import_next(self) -> None:
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        import_module(self._waiting.pop(0))
        if not self._waiting:
            self._timer.stop()
