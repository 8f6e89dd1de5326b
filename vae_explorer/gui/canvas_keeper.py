"""Keeps the drawing beside the session, and puts it back on the canvas when that is reopened."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer, Slot
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from vae_explorer.errors import StorageError
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.draw import DrawPanel

KEPT_MILLISECONDS = 3_000
"""How long after a stroke the drawing is kept, unless another one follows."""
MOST_BYTES = 8 * 2**20
_FORMAT = QByteArray(b"png")
_CENTRED, _LABEL = "centred", "label"


class CanvasKeeper(QObject):
    """Writes the canvas as a picture a while after each stroke, and reads it when the last session is reopened.

    Parameters
    ----------
    window
        The window, whose keeper says when the session is reopened.
    folder
        Where the session is kept.
    """

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.path = folder / "drawing.png"
        self._writing = window.session.latest_work(tr("keep the drawing"))
        self._later = QTimer(self, interval=KEPT_MILLISECONDS, singleShot=True)
        self._later.timeout.connect(self._write_later)
        self._is_wanted = False
        self._asked = self._written = 0
        self._one_at_a_time = threading.Lock()
        window.filled.connect(self._follow)
        window.keeper.reopened.connect(self._reopen)

    @property
    def _panel(self) -> DrawPanel | None:
        # Not before the panels are made: they bring numpy, and the window opens without it.
        from vae_explorer.gui.panels.draw import DrawPanel

        panel = self._window.panel("draw")
        return panel if isinstance(panel, DrawPanel) else None

    def close(self) -> None:
        """Keep what is on the canvas; while the last session is on its way, what was kept of it stays."""
        self._later.stop()
        content = None if self._window.keeper.is_reopening or self._is_wanted else self._content()
        if content is not None:
            self._write(content, self._next())

    def take_over(self) -> None:
        """Put the drawing back that another window's keeper wrote."""
        self._reopen()

    @Slot()
    def _follow(self) -> None:
        panel = self._panel
        if panel is not None:
            panel.canvas.settled.connect(self._wait)
            panel.framing.toggled.connect(self._wait)
            panel.classes.activated.connect(self._wait)
        # After the panel has connected itself, which then has taken the paper already.
        self._session.drawing.framing_changed.connect(self._put_back)

    @Slot()
    def _wait(self) -> None:
        self._later.start()

    @Slot()
    def _write_later(self) -> None:
        content = self._content()
        if content is not None:
            number = self._next()

            def work(_context: JobContext) -> object:
                self._write(content, number)
                return None

            self._writing.ask(work)

    def _content(self) -> bytes | None:
        """Return the drawing as a file, b"" for a blank canvas; None before there is a canvas."""
        panel = self._panel
        if panel is None:
            return None
        if panel.canvas.is_blank:
            return b""
        image = QImage(panel.canvas.sheet)
        drawing = self._session.drawing
        image.setText(_CENTRED, str(int(drawing.is_centred)))
        image.setText(_LABEL, "" if drawing.label is None else str(drawing.label))
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, _FORMAT).write(image)
        return bytes(buffer.data().data())

    def _next(self) -> int:
        self._asked += 1
        return self._asked

    def _write(self, content: bytes, number: int) -> None:
        """Write the drawing unless a later one is written; a disk that is full costs nothing but the drawing."""
        with self._one_at_a_time:
            if number < self._written:
                return
            self._written = number
            try:
                if content:
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                    write_atomically(self.path, [content])
                else:
                    self.path.unlink(missing_ok=True)
            except (StorageError, OSError):
                return

    @Slot()
    def _reopen(self) -> None:
        self._is_wanted = True
        self._put_back()

    @Slot()
    def _put_back(self) -> None:
        """Put the kept drawing on the canvas once the session is reopened and the paper for it is there."""
        panel, framing = self._panel, self._session.drawing.framing
        if not self._is_wanted or panel is None or framing is None:
            return
        self._is_wanted = False
        image = self._kept()
        if image is None or image.size() != panel.canvas.paper.size or not panel.canvas.is_blank:
            return
        label = image.text(_LABEL)
        self._session.drawing.set_label(int(label) if label.isdecimal() and len(label) < 6 else None)
        panel.framing.setChecked(image.text(_CENTRED) != "0")
        panel.show_label()
        panel.canvas.put_sheet(image)

    def _kept(self) -> QImage | None:
        try:
            if not self.path.is_file() or self.path.stat().st_size > MOST_BYTES:
                return None
            content = self.path.read_bytes()
        except OSError:
            return None
        buffer = QBuffer()
        buffer.setData(content)
        image = QImageReader(buffer, _FORMAT).read()
        return None if image.isNull() else image.convertToFormat(QImage.Format.Format_RGB32)
