"""What a drop or a paste is, decided in one place: a run, data, a view that was exported, or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session
    from vae_explorer.export.provenance import Provenance
    from vae_explorer.gui.dialogs.opening import Opening

_CARRIERS = (".png", ".apng", ".gif", ".webp", ".svg", ".pdf", ".mp4")
"""Endings of files that this program exports with a note of what made them."""
_TABLES = (".csv", ".tsv")
_NO_DATA = marked("There are no images yet that a picture could be framed like: choose a data set first.")


class Dropping(QObject):
    """Takes what comes from outside, by drop, paste or dialog, and hands it to whom it concerns.

    A run's folder is opened, as are data files and folders of pictures. A file that this program exported restores its
    view. Any other single picture goes onto the canvas, and a table colours the points by its columns.

    Parameters
    ----------
    session
        Opens and draws.
    opening
        Asks before a training is stopped.
    window
        Owner of the dialogs.

    Attributes
    ----------
    restore
        Brings back the view of an exported file; given its path and its note.
    """

    picture_came = Signal()
    """A picture is on its way to the canvas: bring the canvas to the front."""

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._opening = opening
        self._window = window
        self.restore: Callable[[Path, Provenance], None] | None = None
        self._looking = session.latest_work(tr("look into the file"))
        self._looking.finished.connect(self._take_found)
        self._looking.failed.connect(self._tell_failure)

    def accepts(self, data: QMimeData) -> bool:
        """Whether something can be made of what is dragged over the window: one file or folder, or a picture."""
        urls = data.urls()
        return (len(urls) == 1 and urls[0].isLocalFile()) or (not urls and data.hasImage())

    def take(self, data: QMimeData) -> None:
        """Take what was dropped."""
        if data.urls():
            self.take_path(Path(data.urls()[0].toLocalFile()))
        else:
            self._take_image(data.imageData())

    def take_path(self, path: Path) -> None:
        """Take a file or folder for what it is."""
        from vae_explorer.data.foreign import is_picture

        if self.looks_into(path):
            picture = is_picture(path)
            self._looking.ask(lambda context: _found(context, path, picture))
        elif path.is_file() and path.name.lower().endswith(_TABLES):
            self._colour_by(path)
        else:
            self._opening.open_path(path)

    def looks_into(self, path: Path) -> bool:
        """Whether a path is a file that may carry a note of what made it, or a single picture; no data, and no run."""
        from vae_explorer.data.foreign import is_picture

        try:
            return path.is_file() and (path.name.lower().endswith(_CARRIERS) or is_picture(path))
        except (OSError, ValueError):
            return False

    @Slot()
    def paste(self) -> None:
        """Put the picture on the clipboard, or the file that was copied there, onto the canvas."""
        # An empty clipboard has no data at all, which PySide's stubs don't know.
        data = cast("QMimeData | None", QGuiApplication.clipboard().mimeData())
        if data is not None and self.accepts(data):
            self.take(data)
        else:
            self._session.notify("info", tr("There is no picture on the clipboard: copy one first."))

    @Slot()
    def ask_for_picture(self) -> None:
        """Let a person choose a picture file for the canvas."""
        from vae_explorer.data.listing import PICTURE_SUFFIXES

        dialog = make_readable(QFileDialog(self._window, tr("Open a picture for the canvas")))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(
            tr("Pictures ({patterns});;All files (*)", patterns=" ".join(f"*{suffix}" for suffix in PICTURE_SUFFIXES))
        )
        dialog.fileSelected.connect(self._draw_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _draw_chosen(self, path: str) -> None:
        self._draw_file(Path(path))

    @Slot(object)
    def _take_found(self, found: tuple[Path, Provenance | None, bool]) -> None:
        path, note, is_picture = found
        if note is not None and self.restore is not None:
            self.restore(path, note)
        elif is_picture:
            self._draw_file(path)
        else:
            self._opening.open_path(path)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._session.notify("error", message, details)

    def _colour_by(self, path: Path) -> None:
        if self._session.dataset is None:
            self._session.notify("info", tr("There are no images to colour yet: choose a data set first."))
        else:
            self._session.set_column_file(str(path))

    def _draw_file(self, path: Path) -> None:
        if self._can_draw():
            self._session.drawing.bring_file(path)

    def _take_image(self, image: object) -> None:
        from vae_explorer.data.allowance import limits_in_force
        from vae_explorer.gui.images import chw_from_qimage

        most = limits_in_force().picture_pixels
        if not isinstance(image, QImage) or image.isNull():
            self._session.notify("error", tr("The picture can't be read: save it as a PNG file and drop that."))
        elif image.width() * image.height() > most:
            words = tr(
                "The picture has more than the {most:,} pixels allowed (limits.pixels): make it smaller.", most=most
            )
            self._session.notify("error", words)
        elif self._can_draw():
            self._session.drawing.bring_pixels(chw_from_qimage(image))

    def _can_draw(self) -> bool:
        if self._session.drawing.framing is None:
            self._session.notify("info", tr(_NO_DATA))
            return False
        self.picture_came.emit()
        return True


def _found(context: JobContext, path: Path, is_picture: bool) -> tuple[Path, Provenance | None, bool]:
    """Return what a file is: the note of what made it, where this program did, and whether it is a picture."""
    from vae_explorer.errors import ExportError
    from vae_explorer.export.notes import read_provenance

    context.check()
    try:
        note = read_provenance(path)
    except ExportError:
        # A picture without a note that can be read is a picture all the same.
        if not is_picture:
            raise
        note = None
    return path, note, is_picture
