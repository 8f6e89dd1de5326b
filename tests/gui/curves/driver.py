"""Hands for the loss curves: records as the trainer makes them, and what the panel shows of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from tests.gui.panel_driver import shown_panel
from vae_explorer.gui.panels.curves import CurvesPanel
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


def shown_curves(session: Session, qtbot: QtBot) -> CurvesPanel:
    """Return curves on the screen, as wide and low as their dock usually is."""
    return shown_panel(CurvesPanel, session, qtbot, (900, 260))


def run_records(count: int, first: int = 1) -> tuple[MetricRecord, ...]:
    """Records of training steps whose first losses are huge, with one of the test images in ten."""
    made = []
    for step in range(first, first + count):
        epoch = step / 10
        values = {"loss": 150 + 400 * math.exp(-step), "reconstruction": 144.0, "kl": 6.5, "kl_z1": 3.5, "kl_z2": 3.0}
        made.append(MetricRecord(step, epoch, "train", epoch, values))
        if step % 10 == 0:
            test = {**values, "loss": 152.0 - epoch + (2.0 if epoch > 1.5 else 0.0)}
            made.append(MetricRecord(step, epoch, "test", epoch, test))
    return tuple(made)


def objective_records(values: dict[str, float]) -> tuple[MetricRecord, ...]:
    """Ten training records, as the trainer makes them, and one of the test images."""
    train = [MetricRecord(step, step / 10, "train", 0.1, {**values, "learning_rate": 1e-3}) for step in range(1, 11)]
    return (*train, MetricRecord(10, 1.0, "test", 1.0, values))


def drawn(panel: CurvesPanel) -> list[list[str]]:
    """The keys in each plot on screen."""
    return [[quantity.key for quantity in plot.quantities] for plot in panel.plots.shown]


def wait_for_drawing(panel: CurvesPanel, qtbot: QtBot, drawings: int) -> None:
    """Wait until the panel was drawn more often than that."""
    qtbot.waitUntil(lambda: panel.drawings > drawings)


def visible_texts(panel: CurvesPanel) -> list[str]:
    """The words on screen."""
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
