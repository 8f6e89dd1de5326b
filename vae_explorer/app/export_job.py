"""Writing a picture, film or table in the background, from the model as it was when the export began."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from vae_explorer.app.model import Model

ExportWork = Callable[["Model", Callable[[float], None], Callable[[], bool]], object]
"""Called in the worker thread with the model, a function that takes the fraction done, and one that says whether the
user cancelled; returns the path of the file that was written, or a preview."""


class ExportJob(Job):
    """One export: `finished` carries what the work returns, `progressed` the fraction done.

    Reporting progress leaves the work once the user has cancelled, so that work which reports is cancellable already.
    """

    def __init__(self, work: ExportWork, model: Model, parent: QObject | None = None) -> None:
        def run(context: JobContext) -> object:
            return work(model, context.report, context.cancelled)

        super().__init__(run, tr("write the export"), parent)
