"""Hands for what a family of models can show: one that is trained, and a sample that is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from tests.app.fake_models import FakeModel
    from vae_explorer.app.session import Session


def trained(model: FakeModel, session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    """Train for a few steps, after which the model is this one."""
    backend.model = model
    session.set_setting("training.epochs", "1")
    session.train()
    has_points = model.can_encode
    qtbot.waitUntil(
        lambda: not session.state.is_active and session.run is not None and (session.points is not None) is has_points
    )


def choose_sample(session: Session, index: int = 0) -> int:
    """Choose the sample of an encoding, and return its row."""
    cloud = session.points
    assert cloud is not None
    row = int(cloud.rows[index])
    z1, z2 = cloud.z[index].tolist()
    session.pin((z1, z2), row, None if cloud.labels is None else int(cloud.labels[index]))
    return row
