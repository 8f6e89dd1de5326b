"""Downloads that a person asked for: one at a time, in the background, and what is known of each data set."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.data.download_meter import DownloadProgress
    from vae_explorer.data.downloadable import Downloadable


class DownloadState(Enum):
    """How a data set stands that isn't at hand."""

    ABSENT = "absent"
    PARTIAL = "partial"
    RUNNING = "running"
    CANCELLING = "cancelling"
    FAILED = "failed"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Offer:
    """A data set that can be downloaded, as a person is shown it.

    Attributes
    ----------
    name, title, summary
        As in the list of data sets.
    download
        Size, terms and places.
    state
        How it stands.
    held
        Bytes that are on the disk already.
    folder
        Where its files are kept.
    message
        Why it failed, in a sentence; empty otherwise.
    by_hand
        How to get it without this program, once that has failed.
    """

    name: str
    title: str
    summary: str
    download: Downloadable
    state: DownloadState
    held: int = 0
    folder: str = ""
    message: str = ""
    by_hand: str = ""


class Downloads(QObject):
    """Downloads data sets by name; nothing is downloaded without `start`.

    Parameters
    ----------
    own
        Takes a job that has to have ended before the session has.
    """

    offered = Signal(str)
    """Name of a data set that isn't here and that somebody wants."""

    changed = Signal()
    """Something else than the progress has changed."""

    progressed = Signal(object)
    """`DownloadProgress` of the one that is running."""

    arrived = Signal(str)
    """Name of a data set all of whose files are here now."""

    def __init__(self, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own = own
        self._job: Job | None = None
        self._name = ""
        self._cancelling = False
        self._failures: dict[str, str] = {}

    @property
    def running(self) -> str:
        """Name of the data set that is being downloaded; empty when none is."""
        return self._name

    def is_missing(self, name: str) -> bool:
        """Whether a text names a data set that has to be downloaded before it can be chosen."""
        from vae_explorer.data.catalogue import SOURCES
        from vae_explorer.data.download_folder import is_here

        wanted = SOURCES.get(name).download if name in SOURCES else None
        return wanted is not None and not is_here(wanted)

    def offer(self, name: str) -> Offer:
        """Return how a data set stands that can be downloaded."""
        from vae_explorer.data.catalogue import SOURCES
        from vae_explorer.data.download_folder import by_hand, bytes_here, folder_of

        source = SOURCES.get(name)
        wanted = source.download
        if wanted is None:
            raise ValueError(f"{name} can't be downloaded")
        held, message = bytes_here(wanted), self._failures.get(name, "")
        way = tr("{by_hand}, then try again.", by_hand=by_hand(wanted))
        return Offer(
            name=name,
            title=tr(source.title),
            summary=tr(source.summary),
            download=wanted,
            state=self._state(name, held, wanted.size),
            held=held,
            folder=str(folder_of(wanted)),
            message=message.partition(f" {by_hand(wanted)}")[0],
            by_hand=way if message else "",
        )

    def ask(self, name: str) -> None:
        """Offer a data set that isn't here to the person who wants it."""
        self._failures.pop(name, None)
        self.offered.emit(name)

    def start(self, name: str) -> None:
        """Download a data set, or go on with it; while another one is on its way nothing happens."""
        if self._job is not None:
            return
        wanted = self.offer(name).download

        def work(context: JobContext) -> object:
            # Not before it is needed: it brings the network libraries.
            from vae_explorer.data.download import download

            return download(wanted, name, progress=context.report, check=context.check)

        self._failures.pop(name, None)
        self._name, self._cancelling = name, False
        self._job = job = Job(work, tr("download {title}", title=tr(wanted.title)), self)
        self._own(job)
        job.progressed.connect(self._tell)
        job.finished.connect(self._arrive)
        job.failed.connect(self._fail)
        job.ended.connect(self._end)
        self.changed.emit()
        job.start()

    @Slot()
    def cancel(self) -> None:
        """Leave the download that is running; what has arrived is kept."""
        if self._job is not None and not self._cancelling:
            self._cancelling = True
            self._job.cancel()
            self.changed.emit()

    def _state(self, name: str, held: int, size: int) -> DownloadState:
        if name == self._name:
            return DownloadState.CANCELLING if self._cancelling else DownloadState.RUNNING
        if name in self._failures:
            return DownloadState.FAILED
        if held == size:
            return DownloadState.HERE
        return DownloadState.PARTIAL if held else DownloadState.ABSENT

    @Slot(object)
    def _tell(self, progress: DownloadProgress) -> None:
        self.progressed.emit(progress)

    @Slot(object)
    def _arrive(self, folder: object) -> None:
        del folder
        name, self._name = self._name, ""
        self.arrived.emit(name)

    @Slot(str, str)
    def _fail(self, message: str, details: str) -> None:
        del details
        self._failures[self._name] = message

    @Slot(object)
    def _end(self, job: Job) -> None:
        del job
        self._job, self._name, self._cancelling = None, "", False
        self.changed.emit()
