"""A picture of the real window with a run in it, also without a display."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint, Notice
from vae_explorer.errors import ExportError
from vae_explorer.gui.launch import has_display
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.language import tr
from vae_explorer.runs.folder import open_run

_QUIET_MILLISECONDS = 1_000
_PATIENCE_MILLISECONDS = 240_000
_PIN = LatentPoint((0.55, -0.35))
_START, _END = LatentPoint((-1.6, -0.9)), LatentPoint((1.3, 1.2))
_PATH_POSITION = 0.4
_OFFSCREEN_LACKS = "This plugin does not support "  # untranslated: words of Qt
"""How Qt begins to say what the offscreen platform has no use for, such as the smallest size of a window."""


class Portrait(QObject):
    """Opens a run, points at something, waits until everything asked for has been drawn, and keeps the picture.

    Parameters
    ----------
    window
        The window, shown.
    run
        A run's folder.
    picture
        Where the picture goes.
    """

    def __init__(self, window: MainWindow, run: Path, picture: Path) -> None:
        super().__init__(window)
        self._window = window
        self._picture = picture
        self._pointed = False
        self.problem = tr("The window took too long to draw everything.")
        self._quiet = QTimer(self, interval=_QUIET_MILLISECONDS, singleShot=True)
        self._quiet.timeout.connect(self._look)
        session = window.session
        session.points_changed.connect(self._wait)
        session.decode.decoded.connect(self._wait)
        session.decode.classified.connect(self._wait)
        session.noticed.connect(self._fail)
        QTimer.singleShot(_PATIENCE_MILLISECONDS, self, self._end)
        window.begin(str(run))

    @Slot(object)
    def _wait(self, _reply: object) -> None:
        self._quiet.start()

    @Slot()
    def _look(self) -> None:
        session = self._window.session
        model = session.model_info
        if model is None or (model.can_encode and session.points is None):
            return
        if not self._pointed:
            self._pointed = True
            session.pin_point(_PIN)
            session.set_start(_START)
            session.set_end(_END)
            session.set_path_position(_PATH_POSITION)
            self._quiet.start()
            return
        saved = self._window.grab().save(str(self._picture))
        self.problem = "" if saved else tr("The picture can't be written to {picture}.", picture=self._picture)
        self._end()

    @Slot(object)
    def _fail(self, notice: Notice) -> None:
        if notice.level == "error":
            self.problem = notice.text
            self._end()

    @Slot()
    def _end(self) -> None:
        self._window.close()
        QApplication.quit()


def draw(run: Path, picture: Path, theme: str, size: tuple[int, int]) -> None:
    """Draw the window with a run in it.

    Parameters
    ----------
    run
        A run's folder.
    picture
        The PNG to write.
    theme
        One of `THEMES`.
    size
        Width and height of the window, pixels of the screen before scaling.

    Raises
    ------
    RunError
        If the run can't be opened.
    ExportError
        If the window can't be drawn or the picture not be written.
    """
    open_run(run)
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    qInstallMessageHandler(_tell_terminal)
    QApplication.setStyle("Fusion")
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(Path(folder) / "runs"), Path(folder))
        window.set_theme(theme)
        window.resize(*size)
        window.show()
        portrait = Portrait(window, run, picture)
        app.exec()
    if portrait.problem:
        raise ExportError(portrait.problem)


def _tell_terminal(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Print what Qt complains of, but not what every window without a screen is told."""
    if not message.startswith(_OFFSCREEN_LACKS):
        sys.stderr.write(f"{message}\n")
