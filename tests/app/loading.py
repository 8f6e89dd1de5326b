"""Sessions on the stand-ins for data and networks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.patience import has_settled
from vae_explorer.app.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.backend import Backend


@contextmanager
def loaded(runs: Path, backend: Backend, qtbot: QtBot) -> Iterator[Session]:
    """Give a session that has loaded its data; it is closed at the end.

    Its untrained model and encodings are there, so that none arrive later in place of those that a test sets.
    """
    session = Session(runs, backend)
    session.start()
    qtbot.waitUntil(lambda: has_settled(session))
    yield session
    assert session.close()
