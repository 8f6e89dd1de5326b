"""Leading through the stops of the tour, beside a person who uses the window meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QTimer, Slot

from vae_explorer.gui.tour.bubble import TourBubble, TourFrame
from vae_explorer.gui.tour.steps import STEPS, TourStep, has_trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.main_window import MainWindow

_LOOK_MILLISECONDS = 250
"""Pace at which the bubble looks whether its stop is done and where its target is."""

_MARGIN = 5
"""Room between a target and the frame round it, so that the frame of a button shows beside the button's own."""


class Tour(QObject):
    """The tour of a window; the bubble and its frame exist only while it is on.

    Parameters
    ----------
    window
        The window.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._index = 0
        self.bubble: TourBubble | None = None
        self._frame: TourFrame | None = None
        self._timer = QTimer(self, interval=_LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"help.tour": self.begin}

    @property
    def step(self) -> TourStep:
        """The stop at hand."""
        return STEPS[self._index]

    @Slot()
    def begin(self) -> None:
        """Start at the first stop."""
        if self.bubble is None:
            self._frame = TourFrame(self._window)
            self.bubble = TourBubble(self._window)
            self.bubble.forward_wanted.connect(self._go_forward)
            self.bubble.back_wanted.connect(self._go_back)
            self.bubble.end_wanted.connect(self.end)
            self._window.installEventFilter(self)
            if not self._window.session.state.is_active:
                self._window.status.say("")  # it may still invite to take the tour
        self._stop_at(0)
        self.bubble.forward_button.setFocus()

    @Slot()
    def end(self) -> None:
        """Take the bubble away."""
        self._timer.stop()
        self._window.removeEventFilter(self)
        for widget in (self.bubble, self._frame):
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.bubble, self._frame = None, None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window when it changes its size."""
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutRequest}:
            self._place()
        return super().eventFilter(watched, event)

    @Slot()
    def _go_forward(self) -> None:
        if self._index + 1 < len(STEPS):
            self._stop_at(self._index + 1)
        else:
            self.end()

    @Slot()
    def _go_back(self) -> None:
        self._stop_at(max(0, self._index - 1))

    def _stop_at(self, index: int) -> None:
        self._index = index
        if self.bubble is None or self._frame is None:
            return
        if self.step.panel:
            self._window.reveal(self.step.panel)
        self.bubble.show_step(self.step, index + 1, len(STEPS))
        self._frame.show()
        self.bubble.show()
        self._look()
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        if self.bubble is None or self._frame is None:
            return
        self._frame.set_colour(self._window.theme.colour("accent"))
        session = self._window.session
        if self.step.is_done is not None:
            self.bubble.set_done(self.step.is_done(session))
        self.bubble.set_lacking(self.step.shows_training and not has_trained(session))
        self._place()

    def _place(self) -> None:
        target = self.step.target(self._window)
        if self.bubble is None or self._frame is None or target is None:
            return
        part = target.rect() if self.step.part is None else self.step.part(target)
        area = self._in_window(target, part).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        area = area.intersected(self._window.rect())
        self._frame.setGeometry(area)
        bar, middle = self._window.run_bar, self._window.centralWidget()
        self.bubble.place_beside(area, self._in_window(bar, bar.rect()), self._in_window(middle, middle.rect()))
        self._frame.raise_()
        self.bubble.raise_()

    def _in_window(self, widget: QWidget, part: QRect) -> QRect:
        """Return a part of a widget in coordinates of the window."""
        return QRect(widget.mapTo(self._window, part.topLeft()), part.size())
