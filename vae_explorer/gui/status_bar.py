"""The status bar: what is being done, where the pin is, how long decoding took, how smoothly the window runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from vae_explorer.gui.theme import SPACING

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import RunState
    from vae_explorer.runs.history import KeptMoment

_FRAME_MILLISECONDS = 16
_READOUT_FRAMES = 30


class StatusBar(QStatusBar):
    """Follows the session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.message = QLabel(self)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.position = self._readout("place on the plane", "z = (-0.00, -0.00)")
        self.decode_time = self._readout("decoding time", "decode 00.0 ms")
        self.frames = self._readout("frames per second", "00 fps")
        self.addWidget(self.message, 1)
        self.moment = QLabel(self)
        self.moment.setAccessibleName("earlier moment that is shown")
        self.moment.setToolTip("The plane shows an earlier moment of the run: Alt+End shows the newest again")
        self.moment.setProperty("role", "section")
        self.moment.hide()
        for label in (self.moment, self.position, self.decode_time, self.frames):
            self.addPermanentWidget(label)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(SPACING, 0, SPACING, 0)
        self._clock = QElapsedTimer()
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_FRAME_MILLISECONDS)
        self._timer.timeout.connect(self._count_frame)
        session.message_changed.connect(self.message.setText)
        session.pin_changed.connect(self._show_position)
        session.hover_changed.connect(self._show_position)
        session.layers.readings.changed.connect(self._show_position)
        session.decode.decoded.connect(self._show_decode_time)
        session.state_changed.connect(self._show_state)
        session.moments.shown_changed.connect(self._show_moment)

    @Slot()
    def _show_position(self) -> None:
        """Show where the pointer or the pin is, and what the shown layers are there."""
        point = self._session.hovered or self._session.pinned
        if point is None:
            self.position.clear()
            return
        place = f"z = ({point.z[0]:.2f}, {point.z[1]:.2f})".replace("-", "−")
        readings = self._session.layers.readings.at(point.z)
        self.position.setText("   ".join([f"{reading.title} {reading.text}" for reading in readings] + [place]))
        self.position.setToolTip("\n".join(reading.words for reading in readings))

    @Slot(object)
    def _show_moment(self, moment: KeptMoment | None) -> None:
        self.moment.setVisible(moment is not None)
        self.moment.setText("" if moment is None else f"shows epoch {moment.epoch:.2f}, not the newest")

    @Slot(object)
    def _show_decode_time(self, reply: DecodeReply) -> None:
        if len(reply.z) == 1:
            self.decode_time.setText(f"decode {reply.milliseconds:.1f} ms")

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        if state.is_active and not self._timer.isActive():
            self._count = 0
            self._clock.start()
            self._timer.start()
        elif not state.is_active:
            self._timer.stop()
            self.frames.clear()

    @Slot()
    def _count_frame(self) -> None:
        self._count += 1
        if self._count >= _READOUT_FRAMES:
            rate = 1000.0 * self._count / max(1, self._clock.restart())
            self.frames.setText(f"{min(rate, 60.0):.0f} fps")
            self._count = 0

    def _readout(self, name: str, widest: str) -> QLabel:
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label.setMinimumWidth(QFontMetrics(label.font()).horizontalAdvance(widest) + 12)
        return label
