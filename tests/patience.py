"""Waiting for the window in tests: as long as a busy machine may need, and no longer than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytestqt.qtbot import QtBot

from vae_explorer.app.state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance
    from pytestqt.wait_signal import SignalBlocker

    from vae_explorer.app.session import Session

PATIENCE_MILLISECONDS = 30_000
"""Only a test that fails waits this long; on a machine that others load five seconds, pytest-qt's own, are too few."""


class PatientBot(QtBot):
    """The driver of widgets with more patience: it only gives up after half a minute."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MILLISECONDS) -> None:
        """Wait until the callback returns True, or returns nothing without an `AssertionError`."""
        __tracebackhide__ = True
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(
        self,
        signal: SignalInstance,
        *,
        timeout: int = PATIENCE_MILLISECONDS,
        raising: bool | None = None,
        check_params_cb: Callable[..., bool] | None = None,
    ) -> SignalBlocker:
        """Return what waits, at the end of its ``with``, until the signal was sent."""
        return super().waitSignal(signal, timeout=timeout, raising=raising, check_params_cb=check_params_cb)


def has_settled(session: Session) -> bool:
    """Whether nothing is on its way to a session at rest: data, model and, where it can encode, its encodings."""
    model, points = session.model_info, session.points
    if model is None or session.state not in {RunState.READY, RunState.FINISHED}:
        return False
    return not model.can_encode or (points is not None and points.step == model.step)
