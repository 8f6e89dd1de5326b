"""What an export will look like: rendered in a worker, the latest wish wins, animations play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase, QImage
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from vae_explorer.app.export_plans import Preview
from vae_explorer.gui.images import qimage_from_hwc
from vae_explorer.gui.plotting.picture_view import PictureView
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.export_job import ExportJob
    from vae_explorer.app.export_plans import ExportPlan
    from vae_explorer.app.session import Session

_PAUSE = 60
"""Milliseconds to wait for further changes before rendering."""
_SIDE = 340
_HALF = 128


class ExportPreview(QWidget):
    """Shows plans of one session."""

    failed = Signal(object)
    """A sentence: this plan can't be written as it is."""
    shown = Signal(object)
    """The `Preview` that is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._wanted: ExportPlan | None = None
        self._job: ExportJob | None = None
        self._images: list[QImage] = []
        self._durations: tuple[int, ...] = ()
        self._frame = 0
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._render)
        self._film = QTimer(self)
        self._film.setSingleShot(True)
        self._film.timeout.connect(self._next_frame)
        self.picture = PictureView(tr("Preview"))
        self.text = QPlainTextEdit()
        self.words = QLabel()
        self._pages = QStackedWidget()
        self._build()

    def _build(self) -> None:
        self.picture.set_theme(DARK if self.palette().window().color().lightness() < _HALF else LIGHT)
        self.picture.setMinimumSize(_SIDE, _SIDE * 2 // 3)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("What will be written"))
        self.words.setProperty("role", "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._pages.addWidget(self.picture)
        self._pages.addWidget(self.text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.words)

    def request(self, plan: ExportPlan) -> None:
        """Show this plan as soon as may be, instead of any that is still waited for."""
        self._wanted = plan
        self.words.setText(tr("Rendering …"))
        if self._job is not None:
            self._job.cancel()
        self._wait.start()

    def clear(self) -> None:
        """Show nothing and wait for nothing."""
        self.stop()
        self._images = []
        self.picture.set_image(QImage())
        self._pages.setCurrentWidget(self.picture)
        self.words.clear()

    def stop(self) -> None:
        """Give up what is being rendered, and stop the film."""
        self._wanted = None
        self._wait.stop()
        self._film.stop()
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _render(self) -> None:
        if self._wanted is None or self._job is not None:
            return
        plan, self._wanted = self._wanted, None
        self._job = self._session.export(plan.preview)
        if self._job is not None:
            self._job.finished.connect(self._show)
            self._job.failed.connect(self._fail)
            self._job.ended.connect(self._end)

    @Slot(object)
    def _end(self, _job: object) -> None:
        self._job = None
        if self._wanted is not None and not self._wait.isActive():
            self._render()

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        if self._wanted is None:
            self.clear()
            self.failed.emit(message)

    @Slot(object)
    def _show(self, preview: object) -> None:
        if not isinstance(preview, Preview) or self._wanted is not None:
            return
        self._film.stop()
        self._images = [qimage_from_hwc(frame) for frame in preview.frames]
        self._durations, self._frame = preview.durations, preview.first - 1
        self._pages.setCurrentWidget(self.picture if self._images else self.text)
        self.text.setPlainText(preview.text)
        about = tr("{size}, about {bytes}", size=preview.size, bytes=format_bytes(preview.bytes))
        self.words.setText(about if preview.bytes else preview.size)
        if self._images:
            self._next_frame()
        self.shown.emit(preview)

    @Slot()
    def _next_frame(self) -> None:
        self._frame = (self._frame + 1) % len(self._images)
        self.picture.set_image(self._images[self._frame])
        if len(self._images) > 1:
            self._film.start(self._durations[self._frame])


def format_bytes(size: int) -> str:
    """Return a number of bytes in words: ``34 KiB``."""
    if size < 1024:
        return tr("1 byte") if size == 1 else tr("{size} bytes", size=size)
    for unit, divisor in (("KiB", 1 << 10), ("MiB", 1 << 20)):
        if size < 1000 * divisor:
            return f"{size / divisor:.{0 if size >= 10 * divisor else 1}f} {unit}"
    return f"{size / (1 << 30):.1f} GiB"  # untranslated: a unit
