"""Opening the laboratories from the menu, one window each, and dressing them with the rest of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.laboratories.divergence_window import DivergenceWindow
    from vae_explorer.gui.laboratories.fit_window import FitWindow
    from vae_explorer.gui.laboratories.window import LaboratoryWindow
    from vae_explorer.gui.theme import Theme


class Laboratories(QObject):
    """Opens each laboratory once; asked again, it brings the open one to the front.

    Parameters
    ----------
    window
        The window they belong to and close with.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._theme = LIGHT
        self._opened_any = False

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"explore.divergences": self.open_divergences, "explore.bump-fit": self.open_bump_fit}

    @Slot()
    def open_divergences(self) -> None:
        """Open KL and JS of two Gaussians."""
        from vae_explorer.gui.laboratories.divergence_window import DivergenceWindow

        self._open(DivergenceWindow)

    @Slot()
    def open_bump_fit(self) -> None:
        """Open the fit of one bump to two."""
        from vae_explorer.gui.laboratories.fit_window import FitWindow

        self._open(FitWindow)

    def set_theme(self, theme: Theme) -> None:
        """Dress the laboratories that are open, and those to come."""
        self._theme = theme
        for laboratory in self._open_ones():
            laboratory.set_theme(theme)

    def close(self) -> None:
        """Close those that are open, so that none outlives its window."""
        for laboratory in self._open_ones():
            laboratory.close()

    def _open_ones(self) -> list[LaboratoryWindow]:
        if not self._opened_any:
            return []
        from vae_explorer.gui.laboratories.window import LaboratoryWindow

        return self._window.findChildren(LaboratoryWindow)

    def _open(self, kind: type[DivergenceWindow | FitWindow]) -> None:
        self._opened_any = True
        laboratory = self._window.findChild(kind)
        if not isinstance(laboratory, kind):
            laboratory = kind(self._window)
            laboratory.set_theme(self._theme)
        laboratory.setWindowState(laboratory.windowState() & ~Qt.WindowState.WindowMinimized)
        laboratory.show()
        laboratory.activateWindow()
