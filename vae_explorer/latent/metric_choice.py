"""By what a step on the plane can be measured, in words; free of torch, so that a window can offer it at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vae_explorer.errors import SettingError
from vae_explorer.language import marked, tr
from vae_explorer.registry import unknown_name

Metric = Literal["pixel", "fisher"]
"""What a step costs under one decoder: the change of the mean picture, or how well two distributions are told apart."""


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """What a geodesic can be measured by.

    Attributes
    ----------
    title, summary
        For a form and its help.
    unit
        What lengths are counted in.
    base
        The metric of each decoder.
    averages
        Whether it is the expected metric over the moments that the run kept last, rather than that of one moment.
    """

    title: str
    summary: str
    unit: str
    base: Metric
    averages: bool = False


_PIXEL_UNIT = marked("grey levels from black to white, as the root of the sum of squares over pixels")

METRICS: dict[str, MetricEntry] = {
    "pixel": MetricEntry(
        marked("Pixels"),
        marked("Distance between the mean pictures: how much what one sees changes."),
        _PIXEL_UNIT,
        "pixel",
    ),
    "fisher": MetricEntry(
        marked("Fisher"),
        marked("How well the pictures' distributions can be told apart (Fisher information)."),
        marked("standard deviations of the likelihood"),
        "fisher",
    ),
    "pixel-late": MetricEntry(
        marked("Late weights"),
        marked(
            "Distance between the mean pictures, averaged over the last moments that the run has "
            "kept: short cuts through places where they disagree cost more."
        ),
        _PIXEL_UNIT,
        "pixel",
        averages=True,
    ),
}
"""What a geodesic can be measured by, by name; the first is the default."""


def metric_named(name: str) -> MetricEntry:
    """Return what a name of `METRICS` stands for.

    Raises
    ------
    SettingError
        If there is none of this name.
    """
    if name not in METRICS:
        raise SettingError(unknown_name(tr("metric"), name, METRICS))
    return METRICS[name]
