"""The export dialog: what to write, its settings, how it will look, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication

from vae_explorer.app.export_plans import StillPlan
from vae_explorer.app.exports import EXPORTS, ExportKind, subject
from vae_explorer.errors import VaeExplorerError
from vae_explorer.gui.dialogs.export_layout import ExportLayout
from vae_explorer.gui.dialogs.export_preview import format_bytes
from vae_explorer.gui.images import qimage_from_hwc
from vae_explorer.language import tr, without_stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.export_job import ExportJob
    from vae_explorer.app.export_plans import ExportPlan
    from vae_explorer.app.session import Session
    from vae_explorer.config import Config

_COPIED = frozenset({"grid", "strip", "plane", "curves"})
"""Kinds that are one picture, which can be copied too."""


class ExportDialog(ExportLayout):
    """Writes one file at a time and stays open, so that one can write the next.

    Parameters
    ----------
    session
        Whose model, path and data are exported; the model is that of the moment when writing begins.
    parent
        The window.
    kind
        Name of an entry of `EXPORTS` to begin with.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, *, kind: str = "grid") -> None:
        super().__init__(session, parent)
        self.session = session
        self._job: ExportJob | None = None
        self._failure = ""
        self._lacks = False
        self._connect()
        self.kinds.setCurrentIndex([entry.name for entry in EXPORTS].index(kind))
        self._change_kind()

    def _connect(self) -> None:
        self.forms.changed.connect(self._show_preview)
        self.kinds.currentIndexChanged.connect(self._change_kind)
        self.preview.failed.connect(self._refuse)
        self.preview.shown.connect(self._accept_preview)
        self.target.changed.connect(self._edit_path)
        self.save.clicked.connect(self.write)
        self.copy.clicked.connect(self.copy_picture)
        self.close_button.clicked.connect(self.reject)
        self.session.path_changed.connect(self._show_preview)
        self.session.path_changed.connect(self._describe)
        self.session.model_changed.connect(self._check)
        self.session.condition_changed.connect(self._describe)
        self.session.condition_changed.connect(self._show_preview)
        self.session.evaluation.changed.connect(self._look_again)
        self.session.moments.changed.connect(self._look_again)
        self.session.metrics_added.connect(self._look_again)

    # ------------------------------------------------------------------ what is chosen

    @property
    def kind(self) -> ExportKind:
        """What is going to be written."""
        return EXPORTS[self.kinds.currentIndex()]

    @property
    def options(self) -> Config | None:
        """Its settings."""
        return self.forms.options

    def set_options(self, options: Config) -> None:
        """Begin with these settings, where the kind of export that is shown has settings of this type."""
        self.forms.set_options(options)
        self._show_preview()

    @Slot()
    def _change_kind(self) -> None:
        self.forms.show_kind(self.kind)
        self._describe()
        self.copy.setVisible(self.kind.name in _COPIED)
        run = self.session.run
        name = "network" if self.kind.name == "onnx" else self.kind.name  # its ending says the rest
        self.target.offer(f"{'vae' if run is None else Path(run.name).name}-{name}", self.kind.suffixes)
        self.success.hide()
        self._show_preview()

    @Slot()
    def _describe(self) -> None:
        summary, words = tr(self.kind.summary), without_stop(subject(self.session, self.kind))
        both = tr("{summary}. {subject}.", summary=summary, subject=words)
        self.summary.setText(both if words else tr("{summary}.", summary=summary))

    @Slot()
    def _show_preview(self) -> None:
        if self._job is not None:
            return
        self._check()
        if self.kind.missing(self.session):
            self.preview.clear()
            return
        self.preview.request(self.kind.plan(self.session, self.options))

    @Slot()
    def _look_again(self) -> None:
        """Show the preview once nothing is missing any more."""
        if self._lacks and not self.kind.missing(self.session):
            self._show_preview()

    @Slot()
    def _check(self) -> None:
        """Say what stands in the way of writing, if anything."""
        self._lacks = bool(self.kind.missing(self.session))
        problem = self.kind.missing(self.session) or self.target.problem()
        self.message.setText(problem)
        self.message.setVisible(bool(problem))
        self.copy.setEnabled(not self.kind.missing(self.session) and self._job is None)
        self.save.setEnabled(not problem and self._job is None)
        exists = not problem and self.target.path.exists()
        self.save.setText(tr("&Replace") if exists else tr("&Save"))
        self.save.setToolTip(tr("There is a file of this name already: replace it") if exists else tr("Write the file"))

    @Slot()
    def _edit_path(self) -> None:
        self.success.hide()
        self._check()

    @Slot(str)
    def _refuse(self, problem: str) -> None:
        self.message.setText(problem)
        self.message.show()
        self.save.setEnabled(False)
        self.copy.setEnabled(False)

    @Slot(object)
    def _accept_preview(self, _preview: object) -> None:
        self._check()

    # ------------------------------------------------------------------ writing

    @Slot()
    def write(self) -> None:
        """Write the file in a worker."""
        plan, target = self._plan(), self.target.path
        if plan is not None:
            self._begin(
                self.session.export(lambda model, report, cancelled: plan.write(target, model, report, cancelled))
            )
            if self._job is not None:
                self._job.finished.connect(self._succeed)

    @Slot()
    def copy_picture(self) -> None:
        """Put the whole picture on the clipboard."""
        plan = self._plan()
        if isinstance(plan, StillPlan):
            self._begin(self.session.export(plan.picture))
            if self._job is not None:
                self._job.finished.connect(self._put_on_clipboard)

    def _plan(self) -> ExportPlan | None:
        if self._job is not None or self.kind.missing(self.session):
            return None
        try:
            return self.kind.plan(self.session, self.options)
        except VaeExplorerError as error:
            self._refuse(str(error))
            return None

    def _begin(self, job: ExportJob | None) -> None:
        self._job = job
        if job is None:
            return
        self.preview.stop()
        self.success.hide()
        self.show_busy(True)
        job.progressed.connect(self._show_progress)
        job.failed.connect(self._fail)
        job.ended.connect(self._end)

    @Slot(object)
    def _show_progress(self, progress: object) -> None:
        if isinstance(progress, float):
            self.show_progress(progress)

    @Slot(object)
    def _succeed(self, path: object) -> None:
        if isinstance(path, Path):
            self.success.tell(tr("Saved {name}, {size}.", name=path.name, size=format_bytes(path.stat().st_size)), path)

    @Slot(object)
    def _put_on_clipboard(self, pixels: NDArray[np.uint8]) -> None:
        QGuiApplication.clipboard().setImage(qimage_from_hwc(pixels))
        self.success.tell(
            tr("Copied a picture of {width} × {height} pixels.", width=pixels.shape[1], height=pixels.shape[0])
        )

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        self._failure = message

    @Slot(object)
    def _end(self, _job: object) -> None:
        self._job = None
        self.show_busy(False)
        failure, self._failure = self._failure, ""
        self._check()
        if failure:
            self.message.setText(failure)
            self.message.show()

    @Slot()
    def reject(self) -> None:
        """Cancel what is being written; without that, close."""
        if self._job is None:
            super().reject()
            return
        self._job.cancel()
        self.show_cancelling()

    def done(self, result: int) -> None:
        """Give up the preview before closing."""
        self.preview.stop()
        super().done(result)
