"""The picture that a person draws or brings along: laid into the frame of the data, and read by the model at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.picture_reading import PictureReader, PictureReading
from vae_explorer.app.state import LatentPoint
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.workspace import Workspace
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.foreign import ForeignPicture
    from vae_explorer.data.framing import Framing
    from vae_explorer.latent.nearest import NearestPictures
    from vae_explorer.latent.single import ExactLikelihood


class Drawing(QObject):
    """A canvas' content and what the model makes of it.

    The canvas itself is the window's; it hands its pixels to `show`, as often as it likes, and calls `settle` when a
    stroke has ended.

    Parameters
    ----------
    workspace
        Whose model and data are asked.
    """

    framing_changed = Signal()
    """Other data are at hand, and their framing is known, or there are none."""

    framed_changed = Signal()
    """The picture in the frame of the data is another."""

    reading_changed = Signal()
    """There is another `reading`, or none any more."""

    exact_changed = Signal()
    nearest_changed = Signal()

    brought = Signal(object)
    """A picture uint8 [C, h, w] for the canvas, in the channels and polarity of the data."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._framing: Framing | None = None
        self._canvas: NDArray[np.uint8] | None = None
        self._framed: NDArray[np.uint8] | None = None
        self._centred = True
        self._label: int | None = None
        self._is_settled = self._is_awaited = False
        self._wants_exact = True
        self._reading: PictureReading | None = None
        self._exact: ExactLikelihood | None = None
        self._nearest: NearestPictures | None = None
        self._reader = PictureReader(workspace, "drawing.read")
        self._reader.read.connect(self._take_reading)
        self._reader.integrated.connect(self._take_exact)
        self._reader.compared.connect(self._take_nearest)
        self._measuring = workspace.latest_work(tr("measure how the pictures are framed"))
        self._measuring.finished.connect(self._take_framing)
        self._bringing = workspace.latest_work(tr("read the picture"))
        self._bringing.finished.connect(self._bring)
        self._bringing.failed.connect(self._tell_failure)
        workspace.dataset_changed.connect(self._measure)
        workspace.model_changed.connect(self._take_model)

    @property
    def framing(self) -> Framing | None:
        """How the data at hand lie in their frame; None until that is known."""
        return self._framing

    @property
    def framed(self) -> NDArray[np.uint8] | None:
        """What the model sees, uint8 [C, H, W]; None while the canvas is blank."""
        return self._framed

    @property
    def is_centred(self) -> bool:
        """Whether the picture is scaled and centred as the data are."""
        return self._centred

    @property
    def label(self) -> int | None:
        """The class that the encoder is told; None is the one that explains the picture best."""
        return self._label

    @property
    def reading(self) -> PictureReading | None:
        """What the model makes of the picture, or of the one just before."""
        return self._reading

    @property
    def exact(self) -> ExactLikelihood | None:
        """The exact likelihood, once the stroke has ended and it was integrated."""
        return self._exact

    @property
    def is_integrating(self) -> bool:
        """Whether the exact likelihood is under way."""
        return self._reader.is_integrating

    @property
    def nearest(self) -> NearestPictures | None:
        """The nearest pictures of the data, pixel by pixel."""
        return self._nearest

    @property
    def point(self) -> LatentPoint | None:
        """Where the picture lies on the plane, with the class that it is decoded with."""
        reading = self._reading
        return None if reading is None else LatentPoint(reading.z, label=reading.label)

    def show(self, canvas: NDArray[np.uint8] | None) -> None:
        """Take what is on the canvas, uint8 [C, h, w] in the channels of the data; None is a blank one."""
        self._canvas = canvas
        self._is_settled = False
        self._frame()

    def settle(self) -> None:
        """Look closer at the picture: a stroke has ended."""
        self._is_settled = self._wants_exact = True
        dataset = self._workspace.dataset
        if self._framed is not None and dataset is not None:
            self._reader.compare(self._framed, dataset.images)
        self._integrate()

    def set_centred(self, centred: bool) -> None:
        """Scale and centre the picture as the data are, or show the whole canvas."""
        if centred != self._centred:
            self._centred = centred
            self._frame()

    def set_label(self, label: int | None) -> None:
        """Tell the encoder this class; None looks for the one that explains the picture best."""
        if label != self._label:
            self._label = label
            self._read_again()

    def bring_file(self, path: Path) -> None:
        """Read a picture file in the background and hand it to the canvas; a notice tells where that fails."""
        from vae_explorer.data.foreign import read_foreign

        framing = self._framing
        if framing is not None:
            self._bringing.ask(lambda _context: read_foreign(path, framing))

    def bring_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Hand a picture uint8 [1 or 3, h, w], such as one from the clipboard, to the canvas."""
        framing = self._framing
        if framing is None:
            return

        def work(_context: JobContext) -> object:
            from vae_explorer.data.foreign import ForeignPicture
            from vae_explorer.data.framing import adopted

            return ForeignPicture(adopted(pixels, framing))

        self._bringing.ask(work)

    def bring_sample(self, row: int) -> None:
        """Hand a picture of the data to the canvas."""
        self.brought.emit(self._workspace.sample_image(row))

    @Slot(object)
    def _measure(self, dataset: ImageDataset | None) -> None:
        self._framing = None
        self._label = None
        self.show(None)
        self.framing_changed.emit()
        if dataset is None:
            self._measuring.forget()
            return

        def work(_context: JobContext) -> object:
            from vae_explorer.data.framing import measure_framing

            return measure_framing(dataset.train.images)

        self._measuring.ask(work)

    @Slot(object)
    def _take_framing(self, framing: Framing) -> None:
        self._framing = framing
        self.framing_changed.emit()

    @Slot(object)
    def _bring(self, picture: ForeignPicture) -> None:
        for note in picture.notes:
            self._workspace.notify("info", note)
        self.brought.emit(picture.pixels)

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._workspace.notify("error", message, details)

    def _frame(self) -> None:
        framing, canvas = self._framing, self._canvas
        if framing is None or canvas is None:
            self._framed = None
        else:
            from vae_explorer.data.framing import framed

            self._framed = framed(canvas, framing, centred=self._centred)
        self.framed_changed.emit()
        self._read_again()

    @Slot()
    def _take_model(self) -> None:
        # Integrating at each snapshot of a training would take the processor from it.
        self._wants_exact = not self._workspace.state.is_active
        self._read_again()

    def _read_again(self) -> None:
        if self._exact is not None:
            self._exact = None
            self.exact_changed.emit()
        picture = self._framed
        self._is_awaited = picture is not None and self._reader.ask(picture, self._label)
        if self._is_awaited:
            return
        if picture is None:
            self._reader.forget()
            self._take_nearest(None)
        if self._reading is not None:
            self._reading = None
            self.reading_changed.emit()
        self._integrate()

    def _integrate(self) -> None:
        """Ask for the exact likelihood once a stroke has ended and it is known which class the model is told."""
        picture, model, reading = self._framed, self._workspace.model, self._reading
        is_time = self._is_settled and self._wants_exact and not self._is_awaited
        if picture is None or model is None or not is_time:
            return
        if picture.shape == tuple(model.image_shape):
            label = self._label if reading is None else reading.label
            self._reader.integrate(picture, label or 0 if model.conditioning == "label" else label)
            self.exact_changed.emit()

    @Slot(object)
    def _take_reading(self, reading: PictureReading) -> None:
        self._reading = reading
        self._is_awaited = False
        self.reading_changed.emit()
        self._integrate()

    @Slot(object)
    def _take_exact(self, exact: ExactLikelihood | None) -> None:
        self._exact = exact
        self.exact_changed.emit()

    @Slot(object)
    def _take_nearest(self, nearest: NearestPictures | None) -> None:
        self._nearest = nearest
        self.nearest_changed.emit()
