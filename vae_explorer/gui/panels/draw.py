"""Drawing: a canvas whose picture the model encodes stroke by stroke, or any picture that is dropped or pasted."""

from __future__ import annotations

from secrets import randbelow
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from vae_explorer.gui.calm import CalmComboBox
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.draw_findings import DrawFindings
from vae_explorer.gui.panels.draw_paper import framing_words, obstacle, paper_for, pen_width_for
from vae_explorer.gui.panels.draw_tools import DrawTools
from vae_explorer.gui.plotting.class_choice import offer
from vae_explorer.gui.plotting.drawing_canvas import DrawingCanvas
from vae_explorer.gui.plotting.pictures import FramedPicture
from vae_explorer.gui.plotting.plane_scene import untrained
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage, QKeyEvent

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.app.undo import UndoStack
    from vae_explorer.gui.theme import Theme

FRAME_MILLISECONDS = 12
"""Pace at which the model follows a stroke: faster than a screen."""
_SMALL_SIDE = 88
_INVITATION = marked("Draw here, or drop or paste a picture.")


class DrawPanel(Panel):
    """Canvas, tools, before and after, and what the model makes of it."""

    name: ClassVar[str] = "draw"
    title: ClassVar[str] = marked("Draw")

    paste_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.canvas = DrawingCanvas()
        self.tools = DrawTools(self.canvas)
        self.framed = FramedPicture(tr("The drawing as the model sees it"))
        self.reconstruction = FramedPicture(tr("Reconstruction of the drawing"))
        self.framing = QCheckBox(tr("Centre and scale like the data"))
        self.classes = CalmComboBox()
        self.hint = QLabel()
        self.findings = DrawFindings(session)
        self._captions = {"framed": QLabel(tr("Model sees")), "reconstruction": QLabel(tr("Reconstruction"))}
        self._class_row = QWidget()
        self._is_behind = False
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(FRAME_MILLISECONDS)
        self._lay_out()
        self._connect()
        self._take_framing()
        self._take_model(session.model_info)

    @property
    def steps(self) -> UndoStack[QImage]:
        """The strokes: while the focus is in this panel, undo and redo are theirs."""
        return self.canvas.steps

    def undo(self) -> None:
        """Take the last stroke back."""
        self.canvas.undo()

    def redo(self) -> None:
        """Draw the stroke again that was taken back last."""
        self.canvas.redo()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        for part in (self.canvas, self.tools, self.framed, self.reconstruction, self.findings):
            part.set_theme(theme)

    def refresh(self) -> None:
        """Show everything anew."""
        self._show_framed()
        self.findings.show_reading()
        self.findings.show_neighbours()
        self._show_reading()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change tool and width by letters."""
        match event.text().lower():
            case "p":
                self.tools.choose(erases=False)
            case "e":
                self.tools.choose(erases=True)
            case "[":
                self.tools.widen(-1)
            case "]":
                self.tools.widen(1)
            case _:
                super().keyPressEvent(event)

    # -- Layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        column.addWidget(self.tools)
        column.addLayout(self._picture_row())
        self.framing.setChecked(True)
        column.addWidget(self.framing)
        column.addWidget(self._class_row)
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        column.addWidget(self.hint)
        column.addWidget(self.findings)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalArea(content, self, keeps_width=True))
        self._lay_out_classes()
        self.setFocusProxy(self.canvas)

    def _picture_row(self) -> QHBoxLayout:
        side = QGridLayout()
        side.setSpacing(SMALL_SPACING)
        for number, (caption, view) in enumerate(
            zip(self._captions.values(), (self.framed, self.reconstruction), strict=True)
        ):
            caption.setProperty("role", "muted")
            view.setFixedSize(_SMALL_SIDE, _SMALL_SIDE)
            side.addWidget(caption, 2 * number, 0, Qt.AlignmentFlag.AlignHCenter)
            side.addWidget(view, 2 * number + 1, 0, Qt.AlignmentFlag.AlignHCenter)
        side.setRowStretch(4, 1)
        self.framed.setToolTip(tr("The drawing as the model sees it: framed like the data"))
        self.reconstruction.setToolTip(tr("What the decoder makes of the place of the drawing"))
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.canvas, 1, Qt.AlignmentFlag.AlignTop)
        row.addLayout(side)
        return row

    def _lay_out_classes(self) -> None:
        caption = QLabel(tr("Class"))
        caption.setBuddy(self.classes)
        self.classes.setAccessibleName(tr("Class that the encoder is told"))
        self.classes.setToolTip(
            tr("The class that the encoder is told: the one that explains the drawing best, or yours")
        )
        row = QHBoxLayout(self._class_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        row.addWidget(caption)
        row.addWidget(self.classes, 1)

    def _connect(self) -> None:
        session, drawing = self.session, self.session.drawing
        drawing.framing_changed.connect(self._take_framing)
        drawing.framed_changed.connect(self._show_framed)
        drawing.reading_changed.connect(self._show_reading)
        drawing.brought.connect(self._put)
        session.model_changed.connect(self._take_model)
        self.canvas.drawn.connect(self._follow)
        self.canvas.settled.connect(self._settle)
        self._pace.timeout.connect(self._catch_up)
        self.framing.toggled.connect(self._frame)
        self.classes.activated.connect(self._choose_class)
        self.tools.sample_wanted.connect(self.copy_sample)
        self.tools.paste_wanted.connect(self.paste_wanted)
        self.tools.file_wanted.connect(self.file_wanted)

    # -- The canvas tells --------------------------------------------------------------------------------------------

    @Slot()
    def _follow(self) -> None:
        if self._pace.isActive():
            self._is_behind = True
        else:
            self._hand_over()

    @Slot()
    def _catch_up(self) -> None:
        if self._is_behind:
            self._hand_over()

    def _hand_over(self) -> None:
        self._is_behind = False
        self._pace.start()
        self.session.drawing.show(self.canvas.pixels())

    @Slot()
    def _settle(self) -> None:
        self._hand_over()
        self.session.drawing.settle()

    @Slot(bool)
    def _frame(self, centred: bool) -> None:
        self.session.drawing.set_centred(centred)
        self.session.drawing.settle()

    @Slot(int)
    def _choose_class(self, index: int) -> None:
        self.session.drawing.set_label(None if index == 0 else index - 1)

    @Slot()
    def copy_sample(self) -> None:
        """Put the chosen sample on the canvas, or a random test picture where none is chosen."""
        dataset, pin = self.session.dataset, self.session.pinned
        if dataset is None:
            return
        row = None if pin is None else pin.sample
        if row is None or row >= len(dataset.images):
            row = dataset.train_count + randbelow(len(dataset.images) - dataset.train_count)
        self.session.drawing.bring_sample(row)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot()
    def _take_framing(self) -> None:
        framing = self.session.drawing.framing
        self.setEnabled(framing is not None)
        if framing is not None:
            self.canvas.set_paper(paper_for(framing))
            self.tools.take_paper(pen_width_for(framing))
            self.framing.setEnabled(framing.frames)
            self.framing.setToolTip(framing_words(framing))
        self._describe()

    @Slot(object)
    def _take_model(self, model: ModelInfo | None) -> None:
        told = model is not None and model.knows_classes
        self._class_row.setVisible(told)
        if model is not None and told:
            names = [tr("Best explanation"), *(model.class_name(label) for label in range(model.classes))]
            offer(self.classes, names)
            self.show_label()
        self._describe()

    def show_label(self) -> None:
        """Show which class the encoder is told."""
        label = self.session.drawing.label
        self.classes.setCurrentIndex(0 if label is None else label + 1)

    @Slot(object)
    def _put(self, pixels: NDArray[np.uint8]) -> None:
        self.canvas.put(pixels)

    @Slot()
    def _show_framed(self) -> None:
        if not self.isVisible():
            self.mark_stale()
            return
        self.framed.show_pixels(self.session.drawing.framed)

    @Slot()
    def _show_reading(self) -> None:
        reading = self.session.drawing.reading
        pixels = None if reading is None else reading.reconstruction
        self.reconstruction.show_pixels(pixels)

    def _describe(self) -> None:
        framing, model = self.session.drawing.framing, self.session.model_info
        self.canvas.set_hint(tr(_INVITATION) if framing is not None else tr("No images yet: choose a data set first."))
        decodes = model is None or model.can_decode
        for widget in (self.reconstruction, self._captions["reconstruction"]):
            widget.setVisible(decodes and (model is None or model.can_encode))
        text = obstacle(model, framing) or untrained(model)
        self.hint.setText(text)
        self.hint.setVisible(bool(text))
