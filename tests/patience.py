"""Waiting for the window in tests: as long as a busy machine may need, and no longer than it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytestqt.qtbot import QtBot

from vae_explorer.app.state import RunState

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from PySide6.QtCore import SignalInstance
    from pytestqt.wait_signal import SignalBlocker

    from vae_explorer.app.session import Session

PATIENCE_MILLISECONDS = 30_000
"""Only a test that fails waits this long; on a machine that others load five seconds, pytest-qt's own, are too few."""

_LOOK_MILLISECONDS = 2
"""Time between two looks at what is waited for; pytest-qt's ten are most of what a short training takes."""


class _OftenLooking(QtBot):
    """Waits as pytest-qt does, but between two looks at a condition no longer than it needs."""

    def wait(self, ms: int) -> None:
        super().wait(min(ms, _LOOK_MILLISECONDS))


class PatientBot(QtBot):
    """The driver of widgets with more patience: it only gives up after half a minute."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        self._often_looking = _OftenLooking(request)

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MILLISECONDS) -> None:
        """Wait until the callback returns True, or returns nothing without an `AssertionError`."""
        __tracebackhide__ = True
        self._often_looking.waitUntil(callback, timeout=timeout)

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
    if model is None or session.state not in {RunState.READY, RunState.FINISHED} or session._untrained.is_awaited:
        return False
    return not model.can_encode or (points is not None and points.step == model.step)
