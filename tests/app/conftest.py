"""A session with sixty tiny pictures loaded, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.loading import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import Notice


@pytest.fixture
def session(tmp_path: Path, backend: FakeBackend, qtbot: QtBot) -> Iterator[Session]:
    """A session that has loaded sixty tiny pictures; its untrained model and encodings are there."""
    with loaded(tmp_path / "runs", backend, qtbot) as made:
        yield made


@pytest.fixture
def notices(session: Session) -> list[Notice]:
    """What the session says from now on."""
    kept: list[Notice] = []
    session.noticed.connect(kept.append)
    return kept
