"""Which page of the help a widget belongs to, and F1 for windows beside the program's own."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

FIRST_PAGE: Final = "start"
OBJECTIVE_PAGE: Final = "objective"
"""Stands for the page of the objective that is chosen."""

_PROPERTY, _BY_TIP = "help page", "explained by its tip"  # untranslated: names of properties


def set_help_page(widget: QObject, page: str) -> None:
    """Say which page explains a widget and all that is in it."""
    widget.setProperty(_PROPERTY, page)


def help_page(widget: QWidget | None, objective: str) -> str:
    """Return the page that explains a widget: its own, or that of the nearest widget round it.

    Parameters
    ----------
    widget
        What has the focus, None for nothing.
    objective
        Name of the objective that is chosen.
    """
    around = widget
    while around is not None:
        page = around.property(_PROPERTY)
        if page:
            return objective if page == OBJECTIVE_PAGE else str(page)
        around = around.parentWidget()
    return FIRST_PAGE


def open_help(owner: QWidget, page: str) -> None:
    """Turn the help of a window to a page; it opens where it isn't open yet.

    Parameters
    ----------
    owner
        A window; a modal one would block a help that isn't its own.
    page
        Name of the page.
    """
    from vae_explorer.gui.dialogs.help import HelpWindow

    options = Qt.FindChildOption.FindDirectChildrenOnly
    opened = owner.findChild(HelpWindow, options=options)
    if opened is None:
        HelpWindow(owner, page).show()
        return
    opened.show_page(page)
    opened.raise_()
    opened.activateWindow()


def explain_by_tips(window: QWidget) -> None:
    """Let everything in a window that has a tip but no explanation of its own be explained by its tip."""
    for widget in window.findChildren(QWidget):
        if widget.toolTip() and (not widget.whatsThis() or widget.property(_BY_TIP)):
            widget.setWhatsThis(widget.toolTip())
            widget.setProperty(_BY_TIP, True)


class HelpKey(QObject):
    """Opens a page with F1 while a window beside the program's own is in front.

    Parameters
    ----------
    window
        The window, and owner of this.
    page
        Name of its page.
    """

    def __init__(self, window: QWidget, page: str) -> None:
        super().__init__(window)
        self._window, self._page = window, page
        QShortcut(QKeySequence(Qt.Key.Key_F1), window).activated.connect(self._open)

    @Slot()
    def _open(self) -> None:
        open_help(self._window, self._page)
