"""The status bar: what is being done, where the pin is, how long decoding took, how smoothly the window runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from vae_explorer.gui.readout import Readout
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import RunState
    from vae_explorer.runs.history import KeptMoment

_READOUT_MILLISECONDS = 500
_FULL_RATE = 60.0
"""Frames a second that a screen shows: the beats that are counted come a little faster."""


class StatusBar(QStatusBar):
    """Follows the session."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.message = QLabel(self)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._said = ""
        self.position = Readout(tr("place on the plane"), "z = (−0.00, −0.00)  ", self)
        self.times = Readout(tr("frames a second and decoding time"), tr("60 fps · decode 00.0 ms  "), self)
        # As high without words as with those of the language, so that nothing above moves when they come.
        self.message.setMinimumHeight(self.times.height())
        self.addWidget(self.message, 1)
        self.moment = QLabel(self)
        self.moment.setAccessibleName(tr("earlier moment that is shown"))
        self.moment.setToolTip(tr("The plane shows an earlier moment of the run: Alt+End shows the newest again"))
        self.moment.setProperty("role", "section")
        self.moment.hide()
        for label in (self.moment, self.position, self.times):
            self.addPermanentWidget(label)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(SPACING, 0, SPACING, 0)
        self._decoding: float | None = None
        self._timer = QTimer(self, interval=_READOUT_MILLISECONDS)
        self._timer.timeout.connect(self._show_times)
        session.message_changed.connect(self.say)
        session.pin_changed.connect(self._show_position)
        session.hover_changed.connect(self._show_position)
        session.layers.readings.changed.connect(self._show_position)
        session.decode.decoded.connect(self._take_decode_time)
        session.state_changed.connect(self._show_state)
        session.moments.shown_changed.connect(self._show_moment)

    @Slot(object)
    def say(self, message: str) -> None:
        """Say what is being done; nothing when it is empty."""
        self._said = message
        self.message.setText(message)

    def take_over(self, old: StatusBar) -> None:
        """Say what the bar of another window says, in the language that is chosen now."""
        self.say(tr(old._said))

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
        self.moment.setText("" if moment is None else tr("shows epoch {epoch:.2f}, not the newest", epoch=moment.epoch))

    def show_times(self, shown: bool) -> None:
        """Show how smoothly the window runs and how long decoding takes, or leave that out."""
        self.times.setVisible(shown)
        self._show_state(self._session.state)

    @Slot(object)
    def _take_decode_time(self, reply: DecodeReply) -> None:
        if len(reply.z) == 1:
            self._decoding = reply.milliseconds
            if not self._timer.isActive():
                self._show_times()

    @Slot(object)
    def _show_state(self, state: RunState) -> None:
        if state.is_active and self.times.isVisibleTo(self):
            self._timer.start()
        else:
            self._timer.stop()
        self._show_times()

    @Slot()
    def _show_times(self) -> None:
        """Show what was measured lately; while nothing trains no frames are counted."""
        meter, is_training = self._session.frames, self._session.state.is_active
        counted = is_training and meter.is_measured
        words = [tr("{rate:.0f} fps", rate=min(meter.rate, _FULL_RATE))] if counted else []
        if self._decoding is not None:
            words.append(tr("decode {milliseconds:.1f} ms", milliseconds=self._decoding))
        self.times.setText(" · ".join(words))
        lines = []
        if counted:
            late = 1000 * meter.late(0.99), 1000 * meter.late(1.0)
            lines.append(
                tr(
                    "99 of 100 frames are at most {most:.0f} ms late, all at most {latest:.0f} ms",
                    most=late[0],
                    latest=late[1],
                )
            )
            lines.append(
                tr(
                    "Window and previews take {share:.0f}% of a processor core",
                    share=100 * self._session.previews.used,
                )
            )
        if self._decoding is not None:
            lines.append(
                tr(
                    "The picture at the pin or the pointer took {milliseconds:.1f} ms to decode",
                    milliseconds=self._decoding,
                )
            )
        self.times.setToolTip("\n".join(lines))
